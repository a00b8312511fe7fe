"""What goes wrong with a sandbox for reasons that a person can put right."""

from __future__ import annotations


class SandboxError(Exception):
    """One short message: what is wrong, the value, where it stands, what to do."""
