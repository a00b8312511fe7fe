"""What every container beside a service's own must be, checked before ECS is asked. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from release.container_limits import Limits, check_stop_timeout

NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ROOT: Final = ("", "0", "root")
ROUTERS_USER: Final = re.compile(r"[0-9]+(:[^:]+)?")
"""*observed*: aws/amazon-ecs-agent#4596. Until October 2025 FireLens took root alone (aws/containers-roadmap#2122)."""
START_TIMEOUTS: Final = range(2, 121)
"""Seconds (AWS: "Amazon ECS task definition parameters for Fargate", startTimeout): *documented* is the most."""
ROUTER: Final = "log-router"
COLLECTOR: Final = "telemetry"
ROUTER_LIMITS: Final = Limits(memory_reservation=50)
COLLECTOR_LIMITS: Final = Limits(memory_reservation=64)


def check_user(user: str) -> None:
    """Does nothing for a user that may run a container; raises `ValueError` for root."""
    if user.split(":", maxsplit=1)[0] in ROOT:
        raise ValueError(f"user is {user!r}; a container does not run as root")


def check_image(name: str, image: str) -> None:
    """Does nothing for an image that is named by its digest; raises `ValueError` else."""
    if "@sha256:" not in image:
        raise ValueError(
            f"sidecar {name!r} runs {image!r}, and a tag may name another image tomorrow; name it by its digest, "
            "repository@sha256:..."
        )


def check_sidecar(name: str, *, user: str, routes_logs: bool, stop_timeout: int, start_timeout: int | None) -> None:
    """Does nothing for a sidecar that Fargate runs and that is safe; raises `ValueError` else."""
    if not NAME.fullmatch(name):
        raise ValueError(f"sidecar {name!r}: a name has up to 63 lower-case letters, digits and hyphens")
    check_user(user)
    if routes_logs and not ROUTERS_USER.fullmatch(user):
        raise ValueError(
            f"sidecar {name!r} is a log router and its user {user!r}; FireLens takes uid, uid:gid or uid:group, with a "
            "number for the uid"
        )
    check_stop_timeout(stop_timeout)
    if start_timeout is not None and start_timeout not in START_TIMEOUTS:
        raise ValueError(
            f"sidecar {name!r}: start_timeout is {start_timeout}; Fargate waits {START_TIMEOUTS[0]} to "
            f"{START_TIMEOUTS[-1]} seconds"
        )


def check_names(family: str, sidecars: Iterable[str]) -> None:
    """Does nothing where each container of a task has a name of its own; raises `ValueError` else."""
    twice = [name for name, times in Counter([family, *sidecars]).items() if times > 1]
    if twice:
        raise ValueError(f"container {twice[0]!r} is there twice; give each container of a task its own name")
