"""The services of an environment that call each other: each one's group is known to the others before it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType

import pulumi

from components.calls import Callee
from stacks.service_definition import ServiceDefinition
from stacks.settings import Settings


class Callees:
    """The deployed services of an environment, as those that call them see them.

    A context: whoever waits for a group that is not made after all hears why, and does not wait for ever.
    """

    def __init__(self, settings: Settings, catalogue: Sequence[ServiceDefinition]) -> None:
        self._settings = settings
        self._groups: dict[str, pulumi.Output[str]] = {}
        self._open: dict[str, Callable[[pulumi.Output[str]], None]] = {}
        for one in catalogue:
            if settings.services[one.name].version is not None:
                later: tuple[pulumi.Output[str], Callable[[pulumi.Output[str]], None]] = pulumi.deferred_output()
                self._groups[one.name], self._open[one.name] = later

    def of(self, definition: ServiceDefinition) -> Sequence[Callee]:
        """Whom the service calls. Who is not released here yet has no group to let anybody in."""
        return [
            Callee(
                service_name=self._settings.names.service(called),
                security_group_id=self._groups[called],
                ports=[port],
            )
            for called in definition.calls
            if called in self._groups and (port := self._settings.services[called].port) is not None
        ]

    def made(self, name: str, security_group_id: pulumi.Output[str]) -> None:
        """The service of this name has its group now."""
        self._open.pop(name)(security_group_id)

    def __enter__(self) -> Callees:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for name, resolve in self._open.items():
            cause = error or LookupError(f"{name} was not made, so nobody can be let in there")
            resolve(pulumi.Output.from_input(cause).apply(_failed))


def _failed(cause: BaseException) -> str:
    raise cause
