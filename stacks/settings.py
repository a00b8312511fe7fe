"""The settings of one environment: the dials of its stack file, checked at the door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from release.calendar import Calendar
from release.container_limits import LimitError
from release.gates import Demands
from release.question import Question, journal_bucket
from release.service_alarms import rollback_alarms
from rollout.strategy import Strategy
from rollout.strategy_text import parse as parse_strategy
from stacks import catalogue_check
from stacks.adopted import BY_SERVICE
from stacks.call_order import CallsInACircle, call_order
from stacks.catalogue import CATALOGUE
from stacks.dials import NetworkDials, ServiceDials, StackConfig
from stacks.errors import Mistake, SettingsError, shown
from stacks.mistakes import NAMESPACE, mistakes_of, readable, unknown
from stacks.names import Names
from stacks.neighbours import Neighbour
from stacks.profiles import PROFILES, Profile
from stacks.service_definition import ServiceDefinition
from stacks.sidecar_definition import check_parts

__all__ = ["NetworkDials", "ServiceDials", "Settings", "SettingsError", "parse"]

SECRET: Final = "secure"  # noqa: S105 - the key with which Pulumi marks an encrypted value
"""The one key of a mapping that stands for an encrypted value in a stack file."""


class Settings(StackConfig):
    """Everything that is set about one environment. Made by `parse` alone."""

    environment: str

    @property
    def profile(self) -> Profile:
        """What the environment is."""
        return PROFILES[self.environment]

    @property
    def demands(self) -> Demands:
        """What a release must pass here."""
        profile = self.profile
        return Demands(
            promotes_from=profile.promotes_from,
            approvals=profile.approvals,
            releaser_may_approve=profile.releaser_may_approve,
            changelog=profile.changelog,
            worst_finding=profile.worst_finding,
            calendar=self.calendar,
            checklist=profile.checklist,
            journal=profile.journal_required,
        )

    @property
    def encrypted_logs(self) -> bool:
        """Whether a key of the environment's own encrypts what services log."""
        said = self.logs.encrypted
        return self.profile.encrypted_logs if said is None else said

    @property
    def journal_bucket(self) -> str:
        """The bucket of the environment's journal."""
        return journal_bucket(self.prefix, self.aws.account, self.aws.region)

    @property
    def access_logs_bucket(self) -> str:
        """The bucket of the load balancer's logs: bucket names are shared by all of AWS, so the account is in it."""
        return f"{self.prefix}slipway-access-logs-{self.aws.account}-{self.aws.region}"

    def question(self, service: str, version: str, before: Neighbour | None, changelog: str | None = None) -> Question:
        """What the gates are asked about a release of the service.

        `before` is the environment it is promoted from, `changelog` the text of the service's, if it keeps one.
        """
        name = self.names.service(service)
        dials = self.services[service]
        pin, shifting = dials.pinned, dials.shifting
        return Question(
            environment=self.environment,
            service=service,
            ecs_service=name,
            cluster=self.names.cluster,
            repository=self.names.repository(service),
            version=version,
            attempt=dials.attempt,
            account=self.aws.account,
            region=self.aws.region,
            role_arn=self.aws.role_arn,
            journal_before=journal_bucket(before.prefix, before.account, before.region) if before else "",
            alarms=rollback_alarms(name) if self.profile.rollback_alarms else (),
            changelog=changelog,
            pinned=self.task_definition(service, pin.revision) if pin else "",
            strategy=shifting.strategy if shifting else Strategy.ROLLING,
        )

    def task_definition(self, service: str, revision: int) -> str:
        """ARN of one revision of the service's task definition."""
        aws, family = self.aws, self.names.service(service)
        return f"arn:{aws.partition}:ecs:{aws.region}:{aws.account}:task-definition/{family}:{revision}"

    @property
    def names(self) -> Names:
        """The names in the environment."""
        return Names(self.prefix, self.adopted)

    @property
    def calendar(self) -> Calendar | None:
        """When releases may go out; None: at any time."""
        return self.releases.calendar if self.releases else None


def parse(
    environment: str,
    config: Mapping[str, object],
    source: str,
    catalogue: Sequence[ServiceDefinition] = CATALOGUE,
) -> Settings:
    """The settings that `config` describes: the `slipway:` keys without their namespace, with plain values.

    `source` is the file as people know it. Every service of the catalogue has its dials in the answer. Raises
    `SettingsError` naming every mistake, and nothing else.
    """
    if environment not in PROFILES:
        raise SettingsError(
            Mistake(source=source, path="", problem=f"there is no environment {unknown(environment, tuple(PROFILES))}")
        )
    catalogue_check.check(catalogue)
    profile = PROFILES[environment]
    secrets = _secrets(config, source)
    found = [*secrets, *_unknown_services(config, source, catalogue), *_unknown_adopted(config, source, catalogue)]
    try:
        dials = StackConfig.model_validate(_with_defaults(config, profile, catalogue), context={"profile": profile})
    except ValidationError as error:
        named = {mistake.path for mistake in secrets}
        more = (mistake for mistake in mistakes_of(error, source) if mistake.path not in named)
        raise SettingsError(*found, *more) from None
    found += [
        *_long_names(dials.prefix, source, catalogue),
        *_without_traffic(dials.services, source, catalogue),
        *_without_queue(dials.services, source, catalogue),
        *_too_small(dials.services, source, catalogue),
        *_nobody_first(dials, source, catalogue),
    ]
    if found:
        raise SettingsError(*found)
    # Validated just above: `environment` is the one field that does not come from the file.
    return Settings.model_construct(environment=environment, **{name: getattr(dials, name) for name in _FIELDS})


def _long_names(prefix: str, source: str, catalogue: Sequence[ServiceDefinition]) -> list[Mistake]:
    room = catalogue_check.LONGEST_NAME
    return [
        Mistake(
            source=source,
            path="slipway:prefix",
            value=shown(prefix),
            problem=f"{prefix}{service.name} has more than the {room} characters a service's name may have: shorten it",
        )
        for service in catalogue
        if len(prefix + service.name) > room
    ]


def _without_traffic(
    services: Mapping[str, ServiceDials], source: str, catalogue: Sequence[ServiceDefinition]
) -> Iterator[Mistake]:
    """What only a load balancer could do, asked for services that have none."""
    why = "has neither paths nor a priority in stacks/catalogue.py, so that no traffic reaches it"
    for name in (service.name for service in catalogue if not service.routed):
        dials = services[name]
        for key, value, asked, remedy in (
            ("strategy", dials.strategy, parse_strategy(dials.strategy), "nothing could be shifted: set rolling"),
            (
                "scaling.requestsPerTask",
                dials.scaling and dials.scaling.requests_per_task,
                dials.scaling and dials.scaling.requests_per_task,
                "scale it by cpu, memory or queue",
            ),
        ):
            if asked:
                path = f"{NAMESPACE}services.{readable(name)}.{key}"
                yield Mistake(source=source, path=path, value=shown(value), problem=f"{name} {why}; {remedy}")


def _without_queue(
    services: Mapping[str, ServiceDials], source: str, catalogue: Sequence[ServiceDefinition]
) -> Iterator[Mistake]:
    """Services that are to be scaled by a queue of their own, and have none."""
    for name in (service.name for service in catalogue if service.queue is None):
        scaling = services[name].scaling
        if scaling and scaling.queue and scaling.queue.name is None:
            path = f"{NAMESPACE}services.{readable(name)}.scaling.queue"
            problem = f"{name} has no queue of its own in stacks/catalogue.py; give it one there, or name another here"
            yield Mistake(source=source, path=path, problem=problem)


def _too_small(
    services: Mapping[str, ServiceDials], source: str, catalogue: Sequence[ServiceDefinition]
) -> Iterator[Mistake]:
    """Tasks that are smaller than the parts that their containers keep."""
    for one in catalogue:
        dials = services[one.name]
        try:
            check_parts(one.name, one.limits, one.sidecars, cpu=dials.cpu, memory=dials.memory)
        except LimitError as error:
            yield Mistake(source=source, path=f"{NAMESPACE}services.{readable(one.name)}", problem=str(error))


def _nobody_first(dials: StackConfig, source: str, catalogue: Sequence[ServiceDefinition]) -> Iterator[Mistake]:
    """AWS: "Service Connect concepts": a task knows the endpoints that there were when it started."""
    if not dials.discovery.service_connect:
        return
    try:
        call_order({one.name: one.calls for one in catalogue})
    except CallsInACircle as error:
        yield Mistake(
            source=source,
            path=f"{NAMESPACE}discovery.serviceConnect",
            value="true",
            problem=f"{error} (stacks/catalogue.py), and tasks call only who was there when they started: break the "
            "circle, by a queue or through the load balancer, or take serviceConnect out",
        )


_FIELDS: Final = tuple(StackConfig.model_fields)


def _secrets(config: Mapping[str, object], source: str) -> list[Mistake]:
    return [
        Mistake(
            source=source,
            path=f"{NAMESPACE}{path}",
            problem="this is an encrypted value, and the settings hold none: keep it in Secrets Manager and name it in "
            "stacks/catalogue.py; remove it with `pulumi config rm`",
        )
        for path in _secret_paths(config)
    ]


def _secret_paths(value: object, path: str = "") -> list[str]:
    if not isinstance(value, Mapping):
        return []
    if path and set(value) == {SECRET}:
        return [path]
    inner = ((f"{path}.{readable(key)}" if path else readable(key), item) for key, item in value.items())
    return [found for key, item in inner for found in _secret_paths(item, key)]


def _unknown_services(
    config: Mapping[str, object], source: str, catalogue: Sequence[ServiceDefinition]
) -> list[Mistake]:
    return _not_in_catalogue(config.get("services"), "services", source, catalogue)


def _unknown_adopted(
    config: Mapping[str, object], source: str, catalogue: Sequence[ServiceDefinition]
) -> list[Mistake]:
    adopted = config.get("adopted")
    if not isinstance(adopted, Mapping):
        return []
    return [
        mistake
        for key in BY_SERVICE
        for mistake in _not_in_catalogue(adopted.get(key), f"adopted.{key}", source, catalogue)
    ]


def _not_in_catalogue(
    sections: object, path: str, source: str, catalogue: Sequence[ServiceDefinition]
) -> list[Mistake]:
    known = tuple(service.name for service in catalogue)
    return [
        Mistake(
            source=source,
            path=f"{NAMESPACE}{path}.{readable(name)}",
            problem=f"there is no service {unknown(str(name), known)} (stacks/catalogue.py lists them)",
        )
        for name in (sections if isinstance(sections, Mapping) else ())
        if name not in known
    ]


def _with_defaults(
    config: Mapping[str, object], profile: Profile, catalogue: Sequence[ServiceDefinition]
) -> dict[str, Any]:
    """The config with what the environment and the catalogue say where the stack file is silent."""
    network = config.get("network", {})
    services = config.get("services", {})
    if isinstance(network, Mapping) and "adopt" not in network:
        network = {"zones": profile.zones, "nat": profile.nat, **network}
    if isinstance(services, Mapping):
        services = {service.name: _dials(service, services.get(service.name, {}), profile) for service in catalogue}
    return {**config, "network": network, "services": services}


def _dials(service: ServiceDefinition, section: object, profile: Profile) -> object:
    if not isinstance(section, Mapping):
        return section
    scaling = section.get("scaling")
    least = scaling.get("min") if isinstance(scaling, Mapping) else None
    defaults = {
        "desiredCount": least if isinstance(least, int) else profile.desired_count,
        "cpu": service.cpu,
        "memory": service.memory,
        "ephemeralStorage": service.ephemeral_storage,
        "port": service.port,
        "strategy": profile.strategy if service.routed else Strategy.ROLLING.lower(),
    }
    return {**defaults, **section}
