"""To come."""

TYPES = ()
