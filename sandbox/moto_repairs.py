"""Where moto answers otherwise than AWS in a way that shows in `pulumi preview`, and what sets it right.

Each repair names the AWS page that says how it is. A repair that moto has made itself is to be taken out.
"""

from __future__ import annotations

from moto.ec2.models.security_groups import SecurityGroupRule


def _description(rule: SecurityGroupRule) -> str | None:
    """The description of a rule, whatever its source (AWS: "SecurityGroupRule", EC2 API reference).

    moto 5.2.5 tells only that of a rule with an address range, and forgets that of one that names a group.
    """
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


def apply() -> None:
    """Set right what is listed here, once, before moto serves."""
    setattr(SecurityGroupRule, "description", property(_description))  # noqa: B010 - moto is untyped here
