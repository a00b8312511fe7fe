"""A stand-in for the engine: calls the provider as Pulumi's engine does, without its process and protocol."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pulumi.provider.experimental.provider import (
    CheckRequest,
    ConfigureRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    InvokeRequest,
    Provider,
    ReadRequest,
    UpdateRequest,
)

from sandbox.standins.aws.values import plain, wrapped

SEED = b"the same for preview and up"


class RefusedError(AssertionError):
    """The provider refused the inputs; ``failures`` holds (property, reason)."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        super().__init__(failures)
        self.failures = failures


@dataclass
class Resource:
    """A resource in the state."""

    urn: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


@dataclass
class SmallEngine:
    """Registers resources one after the other, and remembers them."""

    provider: Provider
    config: dict[str, Any] = field(default_factory=lambda: {"region": "eu-west-1"})

    def __post_init__(self) -> None:
        request = ConfigureRequest({}, wrapped(self.config), accept_secrets=True, accept_resources=True)
        run(self.provider.configure(request))

    def check(self, token: str, name: str, inputs: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = run(self.provider.check(CheckRequest(urn_of(token, name), wrapped(old or {}), wrapped(inputs), SEED)))
        if answer.failures:
            raise RefusedError([(failure.property, failure.reason) for failure in answer.failures])
        return plain(answer.inputs)

    def preview(self, token: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        checked = self.check(token, name, inputs)
        return plain(
            run(self.provider.create(CreateRequest(urn_of(token, name), wrapped(checked), 0, preview=True))).properties
        )

    def create(self, token: str, name: str, inputs: dict[str, Any]) -> Resource:
        checked = self.check(token, name, inputs)
        made = run(self.provider.create(CreateRequest(urn_of(token, name), wrapped(checked), 0, preview=False)))
        return Resource(urn_of(token, name), made.resource_id, checked, plain(made.properties))

    def diff(self, resource: Resource, inputs: dict[str, Any], ignored: list[str] | None = None) -> DiffResponse:
        new = self.check(resource.urn.split("::")[2], resource.urn.split("::")[3], inputs, resource.inputs)
        return run(
            self.provider.diff(
                DiffRequest(resource.urn, resource.id, wrapped(resource.outputs), wrapped(new), ignored or [])
            )
        )

    def update(self, resource: Resource, inputs: dict[str, Any], ignored: list[str] | None = None) -> Resource:
        new = self.check(resource.urn.split("::")[2], resource.urn.split("::")[3], inputs, resource.inputs)
        request = UpdateRequest(
            resource.urn, resource.id, wrapped(resource.outputs), wrapped(new), 0, ignored or [], preview=False
        )
        return Resource(resource.urn, resource.id, new, plain(run(self.provider.update(request)).properties))

    def refresh(self, resource: Resource) -> Resource | None:
        request = ReadRequest(resource.urn, resource.id, wrapped(resource.outputs), wrapped(resource.inputs))
        found = run(self.provider.read(request))
        if not found.resource_id:
            return None
        return Resource(resource.urn, found.resource_id, plain(found.inputs), plain(found.properties))

    def import_(self, token: str, name: str, resource_id: str) -> Resource | None:
        found = run(self.provider.read(ReadRequest(urn_of(token, name), resource_id, {}, {})))
        if not found.resource_id:
            return None
        return Resource(urn_of(token, name), found.resource_id, plain(found.inputs), plain(found.properties))

    def delete(self, resource: Resource) -> None:
        run(self.provider.delete(DeleteRequest(resource.urn, resource.id, wrapped(resource.outputs), 0)))

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        answer = run(self.provider.invoke(InvokeRequest(token, wrapped(args))))
        if answer.failures:
            raise RefusedError([(failure.property, failure.reason) for failure in answer.failures])
        return plain(answer.return_value or {})


def urn_of(token: str, name: str) -> str:
    return f"urn:pulumi:test::tests::{token}::{name}"


def run(awaited: Any) -> Any:
    return asyncio.run(awaited)
