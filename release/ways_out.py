"""How tasks in private subnets reach what is outside their network, and what they cannot start without. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Nat(StrEnum):
    """Through what tasks reach the internet (AWS: "NAT gateway basics": a gateway is lost with its zone)."""

    PER_ZONE = "per-zone"
    """A NAT gateway in each zone: the loss of one zone is not the loss of all."""
    ONE = "one"
    """One NAT gateway for all zones: the cheapest way to the internet, gone with its zone."""
    NONE = "none"
    """No way to the internet. AWS's own services are reached through VPC endpoints."""


GATEWAYS: Final = frozenset({"s3", "dynamodb"})
"""Services whose endpoints are routes and cost nothing (AWS: "Gateway endpoints"). All others are interfaces."""

TO_START: Final[Mapping[str, str]] = MappingProxyType(
    {
        "s3": "image layers are kept there",
        "ecr.api": "Fargate asks there where an image's layers are",
        "ecr.dkr": "Fargate pulls images there",
        "logs": "the log driver writes there what containers say",
    }
)
"""Endpoints without which no task starts where there is no NAT gateway, and what each is for.

AWS: "Amazon ECR interface VPC endpoints" (platform 1.4.0 and later) and "Amazon ECS interface VPC endpoints": tasks on
Fargate need none of ECS's own: documented.
"""

TO_WORK: Final[Mapping[str, str]] = MappingProxyType(
    {
        **TO_START,
        "secretsmanager": "ECS reads the secrets of tasks there",
        "ssm": "ECS reads the parameters of tasks there",
        "ssmmessages": "ECS Exec opens sessions there",
        "kms": "tasks and ECS Exec use keys",
        "sts": "tasks take other roles",
    }
)
"""The endpoints that there are without a NAT gateway, where nobody says which (same pages): documented."""

CHINESE: Final = frozenset({"ecr.api", "ecr.dkr", "sts"})
"""Those of `TO_WORK` that are named otherwise in China's regions: observed (aws-cdk, `vpc-endpoint.ts`)."""

_IN_FULL: Final = re.compile(r"(cn\.)?com\.amazonaws\.[a-z0-9-]+\.[a-z0-9.-]+")
_SHORT: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def default_endpoints(nat: Nat) -> tuple[str, ...]:
    """The services that have endpoints where nobody says which."""
    return tuple(TO_WORK) if nat is Nat.NONE else ()


def endpoint_service(region: str, service: str) -> str:
    """The name of the service as endpoints ask for it. One that is given in full stays as it is."""
    if _IN_FULL.fullmatch(service):
        return service
    start = "cn.com.amazonaws" if region.startswith("cn-") and service in CHINESE else "com.amazonaws"
    return f"{start}.{region}.{service}"


def check_endpoints(nat: Nat, endpoints: Sequence[str]) -> None:
    """Raises `ValueError` where tasks could not start, or an endpoint is named that cannot be."""
    for name in endpoints:
        if not _SHORT.fullmatch(name):
            raise ValueError(
                f"{name!r} is no service of AWS as endpoints name it; write what is behind com.amazonaws.<region>, "
                "like ecr.api"
            )
    twice = sorted({name for name in endpoints if list(endpoints).count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(map(repr, twice))} is there twice; once is enough")
    missing = [name for name in TO_START if name not in endpoints] if nat is Nat.NONE else []
    if missing:
        needs = "; ".join(f"{name}: {TO_START[name]}" for name in missing)
        raise ValueError(f"without a NAT gateway no task starts without endpoints of {needs}. Add them")
