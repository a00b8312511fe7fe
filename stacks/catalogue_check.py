"""Whether the catalogue can be deployed: everything wrong with it is said before AWS is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from release.capacity import PLATFORM_VERSIONS
from release.container_limits import STOP_TIMEOUTS, LimitError, check_storage, check_ulimits
from release.fargate_size import SizeError, check_size
from release.plain_secrets import leaks
from release.queue_alarms import QueueKind
from release.rule_conditions import ConditionError, check_hosts, check_paths, check_together
from release.service_alarms import Bound, Kind
from release.target_traffic import TrafficError
from release.target_traffic import check as check_traffic
from release.task_needs import NeedError, Verb
from release.task_needs import check as check_needs
from release.verification_request import SmokeCheck
from stacks import shared_files, sidecar_definition
from stacks.errors import Mistake, SettingsError, shown
from stacks.mistakes import unknown
from stacks.scheduled_command import wrong_with
from stacks.service_definition import QUEUE_URL, ServiceDefinition

SOURCE: Final = "stacks/catalogue.py"
PORTS: Final = range(1, 65536)
PRIORITIES: Final = range(1, 50001)
"""AWS: "Listener rules for your Application Load Balancer", rule priority."""
TASK_PROTOCOLS: Final = ("HTTP", "HTTPS")
"""What an application load balancer speaks to tasks."""
MIGRATION_TIMEOUTS: Final = range(1, 86_401)
"""Seconds: what takes more than a day is no part of a release."""

WATCHES: Final = range(120, 3601)
BASELINES: Final = range(120, 86401)
LONGEST_SMOKE: Final = 60
"""Seconds for one answer."""
MOST_TRIES: Final = 10

ALARM_MINUTES: Final = range(1, 1441)
"""AWS: "PutMetricAlarm" (CloudWatch API reference), EvaluationPeriods: a day at most, with periods of a minute."""

PARAMETER: Final = r"[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+"
"""AWS: "PutParameter" (Systems Manager API reference), Name."""

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
    Rule(
        key="port",
        value=lambda s: s.port,
        holds=lambda s: s.port in PORTS or (s.port is None and not s.routed),
        allowed="allowed are 1 to 65535; only what has neither paths nor a priority, a worker, needs none",
    ),
    Rule(
        key="egress_ports",
        value=lambda s: s.egress_ports,
        holds=lambda s: all(port in PORTS for port in s.egress_ports),
        allowed="allowed are 1 to 65535",
    ),
    Rule(
        key="priority",
        value=lambda s: s.priority,
        holds=lambda s: s.priority in PRIORITIES or not s.routed,
        allowed="allowed are 1 to 50000; a worker has neither priority nor paths",
    ),
    Rule(
        key="paths",
        value=lambda s: s.paths,
        holds=lambda s: (bool(s.paths) and all(path.startswith("/") for path in s.paths)) or not s.routed,
        allowed="name one path pattern at least, each with '/' in front, such as '/payments/*'; a worker has neither "
        "paths nor a priority",
    ),
    Rule(
        key="protocol",
        value=lambda s: s.protocol,
        holds=lambda s: s.protocol in TASK_PROTOCOLS,
        allowed=f"allowed are {', '.join(TASK_PROTOCOLS)}",
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
        key="verification.smoke",
        value=lambda s: [check.path for check in s.verification.smoke],
        holds=lambda s: s.routed or not s.verification.smoke,
        allowed="nobody can ask a worker: it has neither paths nor a priority; take its smoke checks out",
    ),
    Rule(
        key="alarms",
        value=lambda s: [kind for kind in Kind if not _can_go_off(s.alarms.bound(kind))],
        holds=lambda s: all(_can_go_off(s.alarms.bound(kind)) for kind in Kind),
        allowed="a threshold is 0 or more, 1 to 1440 minutes are looked at, and 1 to all of them must lie above it",
    ),
    Rule(
        key="queue.delivery",
        value=lambda s: (
            [f"{name}={value}: {allowed}" for name, value, allowed in s.queue.delivery.faults()] if s.queue else []
        ),
        holds=lambda s: s.queue is None or not any(s.queue.delivery.faults()),
        allowed="SQS takes no such queue, or would lose messages",
    ),
    Rule(
        key="queue.key",
        value=lambda s: s.queue and s.queue.key,
        holds=lambda s: s.queue is None or not s.queue.key or s.queue.key.startswith("alias/"),
        allowed="name the key by its alias, such as alias/orders: each environment has a key of its own",
    ),
    Rule(
        key="queue.alarms",
        value=lambda s: [kind for kind in QueueKind if s.queue and not _can_go_off(s.queue.alarms.bound(kind))],
        holds=lambda s: s.queue is None or all(_can_go_off(s.queue.alarms.bound(kind)) for kind in QueueKind),
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
        allowed="set each variable once (PORT is set from `port`, QUEUE_URL from `queue`)",
    ),
    Rule(
        key="environment",
        value=lambda s: leaks(s.environment, s.not_secret),
        holds=lambda s: not leaks(s.environment, s.not_secret),
        allowed="plain variables can be read by all who see the task definition: keep it in Secrets Manager and name "
        "it in `secrets`; where it is no secret, write the variable into `not_secret`",
    ),
    Rule(
        key="not_secret",
        value=lambda s: sorted(set(s.not_secret) - set(leaks(s.environment))),
        holds=lambda s: set(s.not_secret) <= set(leaks(s.environment)),
        allowed="no variable of `environment` that looks like a secret has this name; take it out",
    ),
    Rule(
        key="parameters",
        value=lambda s: [one.parameter for one in s.parameters if not re.fullmatch(PARAMETER, one.parameter)],
        holds=lambda s: all(re.fullmatch(PARAMETER, one.parameter) for one in s.parameters),
        allowed="name the parameter as Systems Manager does, such as /auth/url: letters, digits, '.', '_', '-', '/'",
    ),
    Rule(
        key="parameters.key",
        value=lambda s: [one.key for one in s.parameters if one.key and not one.key.startswith("alias/")],
        holds=lambda s: all(not one.key or one.key.startswith("alias/") for one in s.parameters),
        allowed="name the key by its alias, such as alias/parameters: each environment has a key of its own",
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
            if times > 1 and value is not None:
                problem = f"{times} services have this {what}; give each its own"
                yield Mistake(source=SOURCE, path=what, value=shown(value), problem=problem)


def _calls(catalogue: Sequence[ServiceDefinition]) -> Iterator[Mistake]:
    known = {service.name: service for service in catalogue}
    for service in catalogue:
        for called, times in Counter(service.calls).items():
            if called == service.name:
                problem = "it calls other services, and reaches itself by localhost; take it out"
            elif called not in known:
                problem = f"there is no service {unknown(called, tuple(known))} of the catalogue"
            elif known[called].port not in PORTS:
                problem = f"{called} has no port that it could be called by; give it one, or take it out here"
            elif times > 1:
                problem = f"it is there {times} times; name each service once"
            else:
                continue
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
    yield from _of_the_load_balancer(service)
    for problem in wrong_with(service.scheduled):
        yield Mistake(source=SOURCE, path=f"{service.name}.scheduled", problem=problem)
    for problem in sidecar_definition.wrong_with(_task(service), service.sidecars):
        yield Mistake(source=SOURCE, path=f"{service.name}.sidecars", problem=problem)
    for problem in shared_files.wrong_with(service.files, service.user, service.scratch):
        yield Mistake(source=SOURCE, path=f"{service.name}.files", problem=problem)
    for verb in Verb:
        yield from _needs(service, verb)


def _task(service: ServiceDefinition) -> sidecar_definition.Task:
    return sidecar_definition.Task(
        name=service.name,
        depends_on=service.depends_on,
        scratch=service.scratch,
        has_health_check=service.container_check is not None,
    )


def _of_the_load_balancer(service: ServiceDefinition) -> Iterator[Mistake]:
    """What its listener rule and its target groups cannot be."""
    checks: Mapping[str, Callable[[], None]] = {
        "hosts": lambda: check_hosts(service.hosts),
        "paths": lambda: check_paths([path for path in service.paths if path.startswith("/")]),
        "hosts and paths": lambda: check_together(service.hosts, service.paths),
        "traffic": lambda: check_traffic(service.traffic, service.health_check.path),
    }
    for key, checked in checks.items():
        try:
            checked()
        except (ConditionError, TrafficError) as error:
            yield Mistake(source=SOURCE, path=f"{service.name}.{key}", problem=str(error))
    if service.hosts and not service.paths:
        problem = "a host without paths; write paths=('/*',) for all of them"
        yield Mistake(source=SOURCE, path=f"{service.name}.hosts", value=shown(service.hosts), problem=problem)


def _needs(service: ServiceDefinition, verb: Verb) -> Iterator[Mistake]:
    resources = getattr(service, verb.value)
    path = f"{service.name}.{verb.value}"
    try:
        check_needs({verb: resources})
    except NeedError as error:
        yield Mistake(source=SOURCE, path=path, problem=str(error).removeprefix(f"{verb.value}: "))
    for one in resources:
        if one.key and not one.key.startswith("alias/"):
            problem = "name the key by its alias, such as alias/orders: each environment has a key of its own"
            yield Mistake(source=SOURCE, path=f"{path}.key", value=shown(one.key), problem=problem)


def _can_go_off(bound: Bound) -> bool:
    return bound.threshold >= 0 and bound.minutes in ALARM_MINUTES and 1 <= bound.breaching <= bound.minutes


def _can_be_asked(check: SmokeCheck) -> bool:
    return check.path.startswith("/") and 0 < check.timeout <= LONGEST_SMOKE and 1 <= check.tries <= MOST_TRIES


def _variables(service: ServiceDefinition) -> Counter[str]:
    secrets = (one.variable for one in service.secrets)
    parameters = (one.variable for one in service.parameters)
    own = ("PORT", QUEUE_URL) if service.queue else ("PORT",)
    return Counter([*own, *service.environment, *secrets, *parameters])
