"""Stand-ins for parts of the Pulumi engine that cannot be had everywhere: its plugins, written in Python."""
