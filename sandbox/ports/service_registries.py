"""Reading moto's Cloud Map, and registering instances there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.ecs.ports import RegistryFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.caller import Caller

_UNKNOWN = "UNKNOWN"


class MotoServiceRegistries:
    """Services of the caller's Cloud Map. ``written`` is set by every change, and never reset here.

    The instances are written into moto's records, not through its API: that would note an operation for each of them,
    which Cloud Map does not show for what ECS does.
    """

    def __init__(self) -> None:
        self.written = False

    def registry(self, caller: Caller, arn: str) -> RegistryFacts | None:
        """The Cloud Map service, or None."""
        service = _service(caller, arn)
        if service is None:
            return None
        records = (service.dns_config or {}).get("DnsRecords", [])
        return RegistryFacts(
            arn=arn,
            record_types=tuple(record["Type"] for record in records),
            custom_health=service.health_check_custom_config is not None,
        )

    def namespace(self, caller: Caller, name_or_arn: str) -> str | None:
        """The ARN of the namespace, or None."""
        known = _backend(caller).namespaces.values()
        return next((str(one.arn) for one in known if name_or_arn in {one.name, one.arn}), None)

    def make_namespace(self, caller: Caller, name: str) -> str:
        """Make an HTTP namespace; its ARN."""
        _backend(caller).create_http_namespace(name=name, creator_request_id=name, description="", tags=[])
        self.written = True
        return str(self.namespace(caller, name))

    def register(self, caller: Caller, arn: str, instance: str, attributes: Mapping[str, str]) -> None:
        """Register an instance; nothing when the Cloud Map service has gone.

        Its health is unknown where the service has no health check (AWS: "AWS Cloud Map service health check
        configuration", and public outputs of discover-instances): observed.
        """
        service = _service(caller, arn)
        if service is None:
            return
        self.deregister(caller, arn, instance)
        made = _models().ServiceInstance(service.id, instance, attributes=dict(attributes))
        checked = service.health_check_custom_config is not None or service.health_check_config is not None
        made.health_status = attributes.get("AWS_INIT_HEALTH_STATUS", "HEALTHY") if checked else _UNKNOWN
        service.instances.append(made)
        self._revise(service, instance)

    def set_health(self, caller: Caller, arn: str, instance: str, status: str) -> None:
        """Set the custom health of an instance, ``HEALTHY`` or ``UNHEALTHY``, where the service has a custom check."""
        service = _service(caller, arn)
        for known in service.instances if service else []:
            if known.instance_id == instance and known.health_status != _UNKNOWN:
                known.health_status = status
                self._revise(service, instance)

    def deregister(self, caller: Caller, arn: str, instance: str) -> None:
        """Take an instance out; nothing when it is not there."""
        service = _service(caller, arn)
        for known in list(service.instances) if service else []:
            if known.instance_id == instance:
                service.instances.remove(known)
                self._revise(service, instance)

    def _revise(self, service: Any, instance: str) -> None:  # noqa: ANN401 - moto's service
        service.instances_revision[instance] = service.instances_revision.get(instance, 0) + 1
        self.written = True


def _service(caller: Caller, arn: str) -> Any:  # noqa: ANN401 - moto's service, or None
    services = _backend(caller).services
    return next((service for service in services.values() if service.arn == arn), None)


def _backend(caller: Caller) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend("servicediscovery")[caller.account][caller.region]


def _models() -> Any:  # noqa: ANN401 - imported late, with moto's first request for it
    from moto.servicediscovery import models  # noqa: PLC0415 - takes a while, and most sandboxes have no Cloud Map

    return models
