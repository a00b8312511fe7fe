"""The rules as Pulumi's policies: what the engine asks, and what it is told.

There are three policies and not one a rule, because the SDK reads a resource anew for each policy: that made a preview
of fifty services take many times as long. Each message begins with its rule's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyProviderResource,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policy.checked_resource import UNKNOWN, CheckedResource
from policy.inspection import Inspection, inspect, mistakes_in
from policy.inspection_text import advice, waiting, waivers_in_use
from policy.rule import ResourceRule, Rule, StackRule
from policy.rules import RULES
from policy.stack_state import default_tags
from policy.waiver import Waiver
from policy.waivers_file import WaiversError, waivers_of

RESOURCE_RULES: Final = tuple(rule for rule in RULES if isinstance(rule, ResourceRule))
STACK_RULES: Final = tuple(rule for rule in RULES if isinstance(rule, StackRule))


@dataclass(frozen=True)
class Pack:
    """What the policies need to know of the world."""

    folders: Sequence[Path]
    """Where to begin to look for the stack file, upwards."""
    today: date
    _waivers: dict[str, tuple[Waiver, ...]] = field(default_factory=dict)

    def policies(self) -> list[Policy]:
        """One about each resource, asked before it is made, and two about the stack, asked at its end."""
        return [
            ResourceValidationPolicy(
                name="resources",
                description="What each resource must be by itself.",
                enforcement_level=EnforcementLevel.MANDATORY,
                validate=self._each_resource,
            ),
            StackValidationPolicy(
                name="stack",
                description="What must be true of resources that belong together.",
                enforcement_level=EnforcementLevel.MANDATORY,
                validate=self._stack,
            ),
            StackValidationPolicy(
                name="advice",
                description="What would be better, what is waived, and what cannot be known yet.",
                enforcement_level=EnforcementLevel.ADVISORY,
                validate=self._advice,
            ),
        ]

    def _each_resource(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = _resource(args)
        for judged in self._inspect([resource], RESOURCE_RULES).mandatory:
            report(str(judged), None)

    def _stack(self, args: StackValidationArgs, report: ReportViolation) -> None:
        resources = _resources(args)
        for judged in self._inspect(resources, STACK_RULES).mandatory:
            report(str(judged), judged.violation.resource.urn)
        try:
            mistakes = mistakes_in(self._waived_in(resources))
        except WaiversError as error:
            mistakes = [str(error)]
        for mistake in mistakes:
            report(mistake, None)

    def _advice(self, args: StackValidationArgs, report: ReportViolation) -> None:
        inspection = self._inspect(_resources(args), RULES)
        messages = (*advice(inspection), *waivers_in_use(inspection), *waiting(inspection))
        if messages:
            report("\n".join(messages), None)

    def _inspect(self, resources: Sequence[CheckedResource], rules: Sequence[Rule]) -> Inspection:
        try:
            waivers = self._waived_in(resources)
        except WaiversError:
            waivers = ()  # said once, by the policy about the stack
        return inspect(resources, _environment(resources), waivers, self.today, rules)

    def _waived_in(self, resources: Sequence[CheckedResource]) -> tuple[Waiver, ...]:
        stack = _environment(resources)
        if stack not in self._waivers:
            self._waivers[stack] = waivers_of(stack, self.folders)
        return self._waivers[stack]


def _environment(resources: Sequence[CheckedResource]) -> str:
    """The stack that resources belong to, as their URNs have it."""
    return resources[0].urn.split("::")[0].rpartition(":")[2] if resources else ""


def _resources(args: StackValidationArgs) -> list[CheckedResource]:
    return [_resource(one) for one in args.resources if not one.resource_type.startswith("pulumi:")]


def _resource(args: ResourceValidationArgs | PolicyResource) -> CheckedResource:
    depends = args.property_dependencies if isinstance(args, PolicyResource) else {}
    return CheckedResource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        properties=_plain(args.props),
        depends={key: tuple(one.urn for one in found) for key, found in depends.items() if found},
        default_tags=_provider_tags(args.provider),
    )


def _provider_tags(provider: PolicyProviderResource | None) -> Mapping[str, str]:
    return default_tags(_plain(provider.props)) if provider else {}


def _plain(value: Any) -> Any:
    """Without the SDK's guards: an unknown value becomes `UNKNOWN`, where theirs raises."""
    if isinstance(value, Mapping):
        return {key: _element(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_element(value, index) for index in range(len(value))]
    return value


def _element(holder: Any, key: Any) -> Any:
    try:
        return _plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
