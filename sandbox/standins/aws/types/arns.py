"""Helpers of the tables: how resources are named in calls and by ARN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties


def by_id(p: Properties) -> list[str]:
    """The parameter of most describe calls."""
    return [str(p["id"])]


def ec2_arn(kind: str) -> Callable[[Situation, dict[str, Any]], str]:
    """EC2 tells few ARNs; they follow a pattern. `vpc` for arn:aws:ec2:<region>:<account>:vpc/<id>."""

    def arn(s: Situation, item: dict[str, Any]) -> str:
        account = item.get("OwnerId") or s.aws.identity().account
        return f"arn:aws:ec2:{s.region}:{account}:{kind}/{s.p['id']}"

    return arn


def last_part(name: str) -> str:
    """`auth-service` for .../microservices-cluster/auth-service: ARNs and names that mean the same."""
    return name.rpartition("/")[2]
