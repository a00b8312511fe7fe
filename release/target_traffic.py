"""How an application load balancer hands requests to a service's tasks: what AWS takes together, and what it refuses.

AWS: "Target groups for your Application Load Balancers" (protocol versions), "Edit target group attributes for your
Application Load Balancer" (routing algorithm, slow start, sticky sessions), "TargetGroupAttribute" and "Matcher"
(Elastic Load Balancing API reference): documented. That slow start and `weighted_random` exclude each other AWS says
when it refuses them (kubernetes-sigs/aws-load-balancer-controller issue 3686): observed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

HTTP1: Final = "HTTP1"
HTTP2: Final = "HTTP2"
GRPC: Final = "GRPC"
PROTOCOL_VERSIONS: Final = (HTTP1, HTTP2, GRPC)
ROUND_ROBIN: Final = "round_robin"
ALGORITHMS: Final = (ROUND_ROBIN, "least_outstanding_requests", "weighted_random")
SLOW_STARTS: Final = range(30, 901)
STICKY_SECONDS: Final = range(1, 604_801)

_CODES: Final = {HTTP1: range(200, 500), HTTP2: range(200, 500), GRPC: range(100)}
_WELL: Final = {HTTP1: "200", HTTP2: "200", GRPC: "0"}
_METHOD: Final = re.compile(r"/[A-Za-z_][\w.]*/[A-Za-z_]\w*")


class TrafficError(ValueError):
    """AWS would refuse it; the message says what is wrong, and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class TargetTraffic:
    """How the load balancer speaks to a service's tasks, and which of them it asks."""

    protocol_version: str = HTTP1
    """`HTTP1`, `HTTP2` or `GRPC`. The latter two need a listener that speaks HTTPS. Another one replaces the target
    groups."""
    healthy_codes: str = ""
    """What a healthy task answers: codes of HTTP, 200 to 499, or of gRPC, 0 to 99, such as `200,204` or `200-299`.
    Empty: 200, or 0, which is OK."""
    algorithm: str = ROUND_ROBIN
    """Which task is asked next: `round_robin`, `least_outstanding_requests` or `weighted_random`."""
    slow_start: int = 0
    """Seconds, 30 to 900, in which a new task's share grows to that of the others. 0: it has all of it at once. With
    `round_robin` alone."""
    sticky_seconds: int = 0
    """Seconds, up to a week, for which the load balancer's cookie keeps a client at the same task, as long as that is
    there: a release, or a shift of traffic, ends it. 0: any task is asked."""

    @property
    def codes(self) -> str:
        """What a healthy task answers, spelt out."""
        return self.healthy_codes or _WELL[self.protocol_version]


def check(traffic: TargetTraffic, health_path: str) -> None:
    """Does nothing for what AWS takes; raises `TrafficError` for anything else."""
    for name, value, allowed in (
        ("protocol_version", traffic.protocol_version, PROTOCOL_VERSIONS),
        ("algorithm", traffic.algorithm, ALGORITHMS),
    ):
        if value not in allowed:
            raise TrafficError(f"{name} is {value!r}; allowed are {', '.join(allowed)}")
    _check_seconds(traffic)
    if not _are_codes(traffic.codes, _CODES[traffic.protocol_version]):
        codes = _CODES[traffic.protocol_version]
        raise TrafficError(
            f"healthy_codes is {traffic.healthy_codes!r}; with {traffic.protocol_version} allowed are {codes[0]} to "
            f"{codes[-1]}, such as {codes[0]} or {codes[0]}-{codes[0] + 5} or {codes[0]},{codes[0] + 4}"
        )
    if traffic.protocol_version == GRPC and not _METHOD.fullmatch(health_path):
        raise TrafficError(
            f"the path of health checks is {health_path!r}; with GRPC it names a method, /package.service/method, such "
            "as /grpc.health.v1.Health/Check"
        )


def _check_seconds(traffic: TargetTraffic) -> None:
    if traffic.slow_start and traffic.slow_start not in SLOW_STARTS:
        raise TrafficError(f"slow_start is {traffic.slow_start} s; allowed are 30 to 900, or 0 for none")
    if traffic.slow_start and traffic.algorithm != ROUND_ROBIN:
        raise TrafficError(
            f"slow_start is {traffic.slow_start} s and algorithm {traffic.algorithm}; targets start slowly with "
            f"{ROUND_ROBIN} alone: take one of the two out"
        )
    if traffic.sticky_seconds and traffic.sticky_seconds not in STICKY_SECONDS:
        raise TrafficError(f"sticky_seconds is {traffic.sticky_seconds}; allowed are 1 to 604800, or 0 for none")


def _are_codes(text: str, allowed: range) -> bool:
    """Whether the text lists codes, or is one range of them."""
    single = re.fullmatch(r"(\d{1,3})-(\d{1,3})", text)
    if single:
        first, last = int(single[1]), int(single[2])
        return first < last and first in allowed and last in allowed
    return all(one.isdecimal() and int(one) in allowed for one in text.split(","))
