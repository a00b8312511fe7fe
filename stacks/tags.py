"""The tags that every resource carries: whose it is, and where to change it."""

from __future__ import annotations


def default_tags(environment: str) -> dict[str, str]:
    """Tags for the `aws` provider's `default_tags`, so that no resource can be made without them."""
    return {"Environment": environment, "ManagedBy": "pulumi", "Project": "slipway"}
