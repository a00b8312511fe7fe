"""An engine that runs a program against mocks and records exactly what it registers, after everything has landed.

It subclasses the SDK's `MockMonitor`, whose requests have what `Mocks` never sees: parent, provider, protection.
What it does not prove: that AWS takes the inputs, and that nothing is replaced; the integration tests do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi.runtime import rpc, settings
from pulumi.runtime.known_types import is_unknown
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

ACCOUNT = "111111111111"
REGION = "eu-west-1"
DIGEST = "sha256:" + "a" * 64

STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Registered:
    """One resource as the program asked for it."""

    type: str
    name: str
    urn: str
    parent: str
    inputs: Mapping[str, Any]
    provider: str
    dependencies: frozenset[str]
    protect: bool
    retain_on_delete: bool
    delete_before_replace: bool
    import_id: str
    ignore_changes: tuple[str, ...]
    custom: bool
    timeouts: tuple[str, ...]
    """Own limits of create, update and delete, where they are set."""
    hooks: tuple[str, ...]
    """Names of what is asked before it is created."""


@dataclass
class Answers(Mocks):
    """Computed outputs, and look-ups by token. A look-up that nobody foresaw is an error."""

    calls: Mapping[str, Any] = field(default_factory=dict)
    preview: bool = False
    computed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Type -> outputs that differ from the inputs."""
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if self.preview:
            # Nothing exists yet: AWS has computed nothing.
            return None, dict(args.inputs)
        name = args.inputs.get("name", args.name)
        outputs: dict[str, Any] = {
            "arn": f"arn:aws:{args.typ}:{REGION}:{ACCOUNT}:{name}",
            "name": name,
            "dnsName": f"{name}.elb.example",
            "zoneId": f"Z-{name}",
            "fqdn": name,
            "arnSuffix": f"app/{name}/0123456789abcdef",
            "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}",
            "repoDigest": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}@{DIGEST}",
        }
        if args.typ == "aws:acm/certificate:Certificate":
            outputs["domainValidationOptions"] = [
                {
                    "domainName": domain,
                    "resourceRecordName": f"_proof.{domain.removeprefix('*.')}.",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "_proof.acm-validations.aws.",
                }
                for domain in args.inputs.get("subjectAlternativeNames") or [args.inputs["domainName"]]
            ]
        if args.typ == "aws:ecs/taskDefinition:TaskDefinition":
            outputs["arn"] = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{args.inputs['family']}:1"
        return f"{args.name}-id", {**outputs, **args.inputs, **self.computed.get(args.typ, {})}

    def call(self, args: MockCallArgs) -> Any:
        self.asked.append((args.token, args.args))
        if args.token not in self.calls:
            raise AssertionError(f"look-up {args.token} was not foreseen")
        answer = self.calls[args.token]
        if callable(answer):
            answer = answer(args.args)
        return answer


class Engine(MockMonitor):
    """Records registrations and completions."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.answers = answers
        self.registered: list[Registered] = []
        self.completed: dict[str, Mapping[str, Any]] = {}
        self.outputs: dict[str, Any] = {}
        """What the stack exports."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the gRPC method
        response = super().RegisterResource(request)
        if request.type != STACK:
            self.registered.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    urn=response.urn,
                    parent=request.parent,
                    inputs={key: as_known(value) for key, value in rpc.deserialize_properties(request.object).items()},
                    provider=request.provider,
                    dependencies=frozenset(request.dependencies),
                    protect=request.protect,
                    retain_on_delete=request.retainOnDelete,
                    delete_before_replace=request.deleteBeforeReplace,
                    import_id=request.importId,
                    ignore_changes=tuple(request.ignoreChanges),
                    custom=request.custom,
                    hooks=tuple(request.hooks.before_create),
                    timeouts=tuple(limit for _, limit in request.customTimeouts.ListFields()),
                )
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the name of the gRPC method
        self.completed[request.urn] = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)

    def all(self, kind: str) -> list[Registered]:
        """Everything of this type, such as `aws:ecs/service:Service`, by name: which is registered first is chance."""
        return sorted((one for one in self.registered if one.type == kind), key=lambda one: one.name)

    def one(self, kind: str, name: str | None = None) -> Registered:
        """The only one of this type, and of this name where one is given."""
        found = [one for one in self.all(kind) if name in (None, one.name)]
        assert len(found) == 1, f"{kind} {name or ''}: {[one.name for one in self.all(kind)]}"
        return found[0]

    def children(self, parent: Registered) -> list[Registered]:
        """What this component has made."""
        return [one for one in self.registered if one.parent == parent.urn]


def as_known(value: Any) -> Any:
    """The value with None for what is not known yet: the SDK has None or an object, by what ran before."""
    if isinstance(value, Mapping):
        return {key: as_known(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_known(one) for one in value]
    return None if is_unknown(value) else value


def run(
    program: Callable[[], object],
    *,
    stack: str = "test",
    preview: bool = False,
    calls: Mapping[str, Any] | None = None,
    computed: Mapping[str, Mapping[str, Any]] | None = None,
) -> Engine:
    """Runs the program to its end, everything it started included. Raises what it raises."""
    loop = asyncio.new_event_loop()  # Python 3.14 makes none for us
    asyncio.set_event_loop(loop)
    try:
        answers = Answers(calls or {}, preview, computed or {})
        engine = Engine(answers)
        settings.ROOT.set(None)  # else the stack of the program before, and what it exported, would be ours
        pulumi.runtime.set_mocks(answers, project="slipway", stack=stack, preview=preview, monitor=engine)

        @pulumi.runtime.test
        def drained() -> pulumi.Output[None]:
            program()
            exports = pulumi.runtime.get_root_resource().outputs
            return pulumi.Output.from_input(exports).apply(engine.outputs.update)

        # An output in a string is a warning text by default, which would become the value.
        # Mocks have no server that an engine could call back: hooks are recorded, never called.
        registered = loop.create_future()
        registered.set_result(None)
        with (
            patch.dict(os.environ, {"PULUMI_ERROR_OUTPUT_STRING": "1"}),
            patch("pulumi.resource_hooks.register_resource_hook", lambda _: registered),
        ):
            drained()
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    urns = [one.urn for one in engine.registered]
    assert len(urns) == len(set(urns)), f"duplicate URN in {sorted(urns)}"
    return engine
