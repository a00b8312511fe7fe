"""Whether the catalogue can be deployed: everything wrong with it is said before AWS is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from release.capacity import PLATFORM_VERSIONS
from release.container_limits import STOP_TIMEOUTS, LimitError, check_storage, check_ulimits
from release.fargate_size import SizeError, check_size
from release.service_alarms import Bound, Kind
from release.verification_request import SmokeCheck
from stacks.errors import Mistake, SettingsError, shown
from stacks.service_definition import ServiceDefinition

SOURCE: Final = "stacks/catalogue.py"
PORTS: Final = range(1, 65536)
PRIORITIES: Final = range(1, 50001)
"""AWS: "Listener rules for your Application Load Balancer", rule priority."""
MIGRATION_TIMEOUTS: Final = range(1, 86_401)
"""Seconds: what takes more than a day is no part of a release."""

WATCHES: Final = range(120, 3601)
BASELINES: Final = range(120, 86401)
LONGEST_SMOKE: Final = 60
"""Seconds for one answer."""
MOST_TRIES: Final = 10

ALARM_MINUTES: Final = range(1, 1441)
"""AWS: "PutMetricAlarm" (CloudWatch API reference), EvaluationPeriods: a day at most, with periods of a minute."""

LONGEST_NAME: Final = 24
"""With its prefix. Leaves room for a hyphen and Pulumi's seven digits in the 32 characters of a target group's name
(AWS: "CreateTargetGroup", Elastic Load Balancing API reference)."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What must be true of one value of an entry."""

    key: str
    value: Callable[[ServiceDefinition], object]
    holds: Callable[[ServiceDefinition], bool]
    allowed: str


RULES: Final = (
    Rule(
        key="name",
        value=lambda s: s.name,
        holds=lambda s: (
            re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", s.name) is not None and len(s.name) <= LONGEST_NAME
        ),
        allowed="a name has up to 24 lower-case letters, digits and single hyphens and starts with a letter",
    ),
    Rule(key="port", value=lambda s: s.port, holds=lambda s: s.port in PORTS, allowed="allowed are 1 to 65535"),
    Rule(
        key="egress_ports",
        value=lambda s: s.egress_ports,
        holds=lambda s: all(port in PORTS for port in s.egress_ports),
        allowed="allowed are 1 to 65535",
    ),
    Rule(
        key="priority",
        value=lambda s: s.priority,
        holds=lambda s: s.priority in PRIORITIES,
        allowed="allowed are 1 to 50000",
    ),
    Rule(
        key="paths",
        value=lambda s: s.paths,
        holds=lambda s: bool(s.paths) and all(path.startswith("/") for path in s.paths),
        allowed="name one path pattern at least, each with '/' in front, such as '/payments/*'",
    ),
    Rule(
        key="health_check.path",
        value=lambda s: s.health_check.path,
        holds=lambda s: s.health_check.path.startswith("/"),
        allowed="a path starts with '/', such as '/health'",
    ),
    Rule(
        key="health_check.timeout",
        value=lambda s: s.health_check.timeout,
        holds=lambda s: 0 < s.health_check.timeout < s.health_check.interval,
        allowed="must be shorter than the interval between two checks",
    ),
    Rule(
        key="scratch",
        value=lambda s: s.scratch,
        holds=lambda s: (
            all(len(path) > 1 and path.startswith("/") for path in s.scratch)
            and len({path.strip("/") for path in s.scratch}) == len(s.scratch)
        ),
        allowed="name each folder once, from the root, such as '/tmp'",
    ),
    Rule(
        key="platform_version",
        value=lambda s: s.platform_version,
        holds=lambda s: s.platform_version in PLATFORM_VERSIONS,
        allowed=f"allowed are {', '.join(PLATFORM_VERSIONS)}",
    ),
    Rule(
        key="stop_timeout",
        value=lambda s: s.stop_timeout,
        holds=lambda s: s.stop_timeout in STOP_TIMEOUTS,
        allowed="allowed are 1 to 120 seconds",
    ),
    Rule(
        key="migration.command",
        value=lambda s: s.migration and s.migration.command,
        holds=lambda s: s.migration is None or (bool(s.migration.command) and all(s.migration.command)),
        allowed="name the command and its arguments, such as ('migrate', 'up')",
    ),
    Rule(
        key="migration.timeout",
        value=lambda s: s.migration and s.migration.timeout,
        holds=lambda s: s.migration is None or s.migration.timeout in MIGRATION_TIMEOUTS,
        allowed="allowed are 1 to 86400 seconds",
    ),
    Rule(
        key="verification.watch",
        value=lambda s: s.verification.watch,
        holds=lambda s: s.verification.watch in WATCHES,
        allowed="allowed are 120 to 3600 seconds: CloudWatch measures whole minutes",
    ),
    Rule(
        key="verification.baseline",
        value=lambda s: s.verification.baseline,
        holds=lambda s: s.verification.baseline in BASELINES,
        allowed="allowed are 120 to 86400 seconds: CloudWatch measures whole minutes",
    ),
    Rule(
        key="verification.smoke",
        value=lambda s: [check for check in s.verification.smoke if not _can_be_asked(check)],
        holds=lambda s: all(_can_be_asked(check) for check in s.verification.smoke),
        allowed="a path starts with '/', the timeout is above 0 and at most 60 seconds, the tries are 1 to 10",
    ),
    Rule(
        key="alarms",
        value=lambda s: [kind for kind in Kind if not _can_go_off(s.alarms.bound(kind))],
        holds=lambda s: all(_can_go_off(s.alarms.bound(kind)) for kind in Kind),
        allowed="a threshold is 0 or more, 1 to 1440 minutes are looked at, and 1 to all of them must lie above it",
    ),
    Rule(
        key="alarms.least_requests",
        value=lambda s: s.alarms.least_requests,
        holds=lambda s: s.alarms.least_requests >= 1,
        allowed="a rate needs 1 request a minute at least",
    ),
    Rule(
        key="alarms.error_pattern",
        value=lambda s: s.alarms.error_pattern,
        holds=lambda s: bool(s.alarms.error_pattern.strip()),
        allowed="an empty pattern takes every line for an error; write one such as '?ERROR ?FATAL'",
    ),
    Rule(
        key="user",
        value=lambda s: s.user,
        holds=lambda s: s.user.split(":")[0] not in ("", "0", "root"),
        allowed="containers do not run as root; name a user id such as '65532:65532'",
    ),
    Rule(
        key="environment",
        value=lambda s: sorted(name for name, times in _variables(s).items() if times > 1),
        holds=lambda s: max(_variables(s).values()) == 1,
        allowed="set each variable once (PORT is set from `port`)",
    ),
)
"""The rules of one entry, but for its size."""


def check(catalogue: Sequence[ServiceDefinition]) -> None:
    """Does nothing for a catalogue that can be deployed; raises `SettingsError` naming every mistake in any other."""
    mistakes = [
        *_doubles(catalogue),
        *_calls(catalogue),
        *(mistake for service in catalogue for mistake in _mistakes(service)),
    ]
    if mistakes:
        raise SettingsError(*mistakes)


def _doubles(catalogue: Sequence[ServiceDefinition]) -> Iterator[Mistake]:
    for what in ("name", "priority"):
        for value, times in Counter(getattr(service, what) for service in catalogue).items():
            if times > 1:
                problem = f"{times} services have this {what}; give each its own"
                yield Mistake(source=SOURCE, path=what, value=shown(value), problem=problem)


def _calls(catalogue: Sequence[ServiceDefinition]) -> Iterator[Mistake]:
    names = {service.name for service in catalogue}
    for service in catalogue:
        for called in service.calls:
            if called not in names - {service.name}:
                problem = "it calls other services of the catalogue, each by its name"
                yield Mistake(source=SOURCE, path=f"{service.name}.calls", value=shown(called), problem=problem)


def _mistakes(service: ServiceDefinition) -> Iterator[Mistake]:
    for rule in RULES:
        if not rule.holds(service):
            yield Mistake(
                source=SOURCE,
                path=f"{service.name}.{rule.key}",
                value=shown(rule.value(service)),
                problem=rule.allowed,
            )
    try:
        check_size(service.cpu, service.memory)
    except SizeError as error:
        yield Mistake(source=SOURCE, path=f"{service.name}.cpu and memory", problem=str(error))
    try:
        check_storage(service.ephemeral_storage)
        check_ulimits(service.ulimits)
    except LimitError as error:
        yield Mistake(source=SOURCE, path=service.name, problem=str(error))


def _can_go_off(bound: Bound) -> bool:
    return bound.threshold >= 0 and bound.minutes in ALARM_MINUTES and 1 <= bound.breaching <= bound.minutes


def _can_be_asked(check: SmokeCheck) -> bool:
    return check.path.startswith("/") and 0 < check.timeout <= LONGEST_SMOKE and 1 <= check.tries <= MOST_TRIES


def _variables(service: ServiceDefinition) -> Counter[str]:
    return Counter(["PORT", *service.environment, *(secret.variable for secret in service.secrets)])
