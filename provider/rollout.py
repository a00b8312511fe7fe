"""The resource `slipway:index:Rollout`: stored only when the release runs, and looked at again on every preview and up.

Its state holds the inputs and what was verified: plain strings and numbers, no code and no config.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from pulumi.provider.experimental import property_value as pv
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)
from pulumi.runtime import rpc

from account.session import QUICK, AwsPlace, Patience
from provider.attempt_record import Journal
from provider.facts import ServiceFacts, short
from provider.follow import Limits, ReleaseFailed, limits_of
from provider.production_traffic import misrouted, told
from provider.release_run import Edges, Inputs, Reader, ReleaseRun, Verifier, look_at, reader_of, verdict_on
from provider.verdict import Known, Release, State, own_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Properties = Mapping[str, pv.PropertyValue]

UNKNOWN: Final = rpc.UNKNOWN
"""Stands for a value that is not known in a preview yet. The SDK's own `Computed` never reaches the wire."""

UNKNOWN_VERSION: Final = "unknown"
"""What a refresh shows as the version of an image that it did not expect."""

ROLLOUT: Final = "slipway:index:Rollout"

STRINGS: Final = (
    "cluster", "service", "taskDefinition", "version", "digest", "releaseHash",
    "account", "region", "roleArn", "journal",
)  # fmt: skip
INPUTS: Final = (*STRINGS, "targetGroupArns", "attempt")
COUNT: Final = "desiredCount"
"""The number of tasks asked for. Absent: somebody else says it, and any number is right."""
SECONDS: Final = ("predictedSeconds", "limitSeconds")
VERIFICATION: Final = ("verification", "onFailedVerification")
"""How long the release is expected to take, which may be absent and says nothing about it: never a change."""
KEEPING: Final = ("repository", "keptReleases")
"""Whose images are marked as kept, which may be absent and says nothing about the release: never a change."""
WAY_IN: Final = ("account", "region", "roleArn", "journal")
"""How to reach the service and its journal, which says nothing about the release: never a change."""
IDENTITY: Final = ("cluster", "service")
"""A change of these is another service, hence another resource."""


class Notes(Protocol):
    """Where progress is told."""

    async def progress(self, urn: str, text: str) -> None:
        """A passing line on the resource's row."""

    async def remark(self, urn: str, text: str) -> None:
        """A line that stays and asks for nothing."""

    async def warning(self, urn: str, text: str) -> None:
        """A line that stays and asks for attention."""


@dataclass(frozen=True)
class ResourceRow:
    """The row of one resource."""

    urn: str
    notes: Notes

    async def progress(self, text: str) -> None:
        """A passing line."""
        await self.notes.progress(self.urn, text)

    async def warning(self, text: str) -> None:
        """A line that stays."""
        await self.notes.warning(self.urn, text)

    async def remark(self, text: str) -> None:
        """A line that stays and asks for nothing."""
        await self.notes.remark(self.urn, text)


def requested_by(properties: Properties) -> Inputs:
    """From the engine's property values, all of which are known."""
    text = {key: str(properties[key].value) for key in STRINGS}
    groups = properties["targetGroupArns"].value
    if not isinstance(groups, tuple):
        raise TypeError(f"targetGroupArns is no list: {groups!r}")
    return Inputs(
        cluster=text["cluster"],
        release=Release(
            service=short(text["service"]),
            version=text["version"],
            task_definition=text["taskDefinition"],
            digest=text["digest"],
            target_groups=tuple(str(group.value) for group in groups),
        ),
        release_hash=text["releaseHash"],
        attempt=int(float(str(properties["attempt"].value))),
        journal=text["journal"],
        verification=_optional(properties, "verification"),
        rolls_back=_optional(properties, "onFailedVerification") == "rollback",
        repository=_optional(properties, "repository"),
        kept_releases=int(_number(properties, "keptReleases") or 0),
        place=AwsPlace(account=text["account"], region=text["region"], role_arn=text["roleArn"]),
    )


class RolloutProvider(Provider):
    """Serves `Rollout` to the engine."""

    def __init__(
        self,
        open_reader: Callable[[Inputs, Patience], Reader],
        notes: Notes,
        limits: Limits | None = None,
        *,
        open_journal: Callable[[Inputs], Journal | None] = lambda _: None,
        open_verifier: Callable[[Inputs], Verifier | None] = lambda _: None,
        keep_images: Callable[[Inputs, Sequence[str]], None] = lambda _inputs, _digests: None,
    ) -> None:
        self._edges = Edges(
            open_reader=open_reader, open_journal=open_journal, open_verifier=open_verifier, keep_images=keep_images
        )
        self._notes = notes
        self._limits = limits or Limits()
        self._cancelled = asyncio.Event()

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        """Asks the engine for plain values, and for previews."""
        return ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Refuses what is no Rollout. Values that are not known yet pass through."""
        asked = request.type.rpartition("$")[2]  # in front of the `$` stand the types of its parents
        if asked != ROLLOUT:
            raise ReleaseFailed(f"the provider slipway has no resource {asked!r}, only {ROLLOUT!r}")
        missing = [key for key in INPUTS if key not in request.new_inputs]
        unknown = [
            key
            for key in request.new_inputs
            if key not in (*INPUTS, COUNT, *SECONDS, *VERIFICATION, *KEEPING, "deployment", "__defaults")
        ]
        failures = [CheckFailure(key, f"{key} is missing") for key in missing]
        failures += [CheckFailure(key, f"{key} is no input of a Rollout") for key in unknown]
        return CheckResponse(request.new_inputs, failures)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """Compares the inputs; where they are the same, looks whether the release really runs."""
        changed = _changed(request.old_state, request.new_inputs)
        if changed:
            return _difference(changed)
        asked = requested_by(request.new_inputs)
        facts = await look_at(asked, await reader_of(self._edges, asked, QUICK))
        verdict = verdict_on(asked, facts, _known(request.old_state))
        if verdict.state is State.RUNS:
            return DiffResponse(changes=False)
        await self._notes.warning(request.urn, verdict.text)
        return _difference(["deployment"])

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Follows the release to its end; in a preview only says what is not known yet."""
        inputs = request.properties
        identifier = f"{short(_text(inputs, 'cluster'))}/{short(_text(inputs, 'service'))}"
        if request.preview:
            return CreateResponse(identifier, _foreseen(inputs))
        return CreateResponse(identifier, await self._followed(request.urn, inputs, {}, request.timeout))

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """As `create`. A release that ECS has already given up fails at once with the cause ECS recorded."""
        if request.preview:
            return UpdateResponse(_foreseen(request.news))
        return UpdateResponse(await self._followed(request.urn, request.news, request.olds, request.timeout))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """What runs now, for `pulumi refresh`. A service that is gone takes its Rollout with it."""
        if not request.inputs:
            raise ReleaseFailed("a Rollout cannot be imported: it is made by `pulumi up`")
        asked = requested_by(request.inputs)
        facts = await look_at(asked, await reader_of(self._edges, asked, QUICK))
        if facts is None:
            return ReadResponse(resource_id="")
        drift = _drift(asked.release, facts) | _live_drift(request.inputs, asked.release, facts)
        asked_for = {key: value for key, value in drift.items() if key in (*INPUTS, COUNT)}
        return ReadResponse(request.resource_id, {**request.properties, **drift}, {**request.inputs, **asked_for})

    async def delete(self, request: DeleteRequest) -> None:
        """Takes nothing back, for a Rollout changes nothing in AWS, but says what outlives the service on purpose."""
        revision = short(_text(request.properties, "taskDefinition"))
        family = revision.partition(":")[0]
        service = short(_text(request.properties, "service"))
        await self._notes.remark(
            request.urn,
            f"Kept on purpose, a rollback needs them: the revisions of task definition {family} up to "
            f"{revision}, and the images in the ECR repository of {service}; the journal is kept for auditors.",
        )

    async def cancel(self) -> None:
        """Ends every wait."""
        self._cancelled.set()

    async def _followed(
        self, urn: str, properties: Properties, olds: Properties, patience_seconds: float
    ) -> dict[str, pv.PropertyValue]:
        limits = limits_of(self._limits, _number(properties, "predictedSeconds"), _number(properties, "limitSeconds"))
        run = ReleaseRun(
            requested_by(properties),
            self._edges,
            ResourceRow(urn, self._notes),
            replace(limits, total=patience_seconds or limits.total),
            cancelled=self._cancelled,
            known=_known(olds),
        )
        verdict = await run.to_the_end()
        return {**properties, "deployment": pv.PropertyValue(verdict.deployment)}


def _changed(old: Properties, new: Properties) -> list[str]:
    return [key for key in (*INPUTS, COUNT) if key not in WAY_IN and _plain(old.get(key)) != _plain(new.get(key))]


def _plain(value: pv.PropertyValue | None) -> object:
    """The bare value: whether it is secret, and what it depends on, is no change."""
    if value is None:
        return None
    if isinstance(value.value, tuple):
        return [_plain(item) for item in value.value]
    return value.value


def _difference(changed: list[str]) -> DiffResponse:
    replaced = [key for key in changed if key in IDENTITY]
    kinds = {key: PropertyDiffKind.UPDATE_REPLACE if key in IDENTITY else PropertyDiffKind.UPDATE for key in changed}
    return DiffResponse(
        changes=True,
        replaces=replaced,
        diffs=changed,
        detailed_diff={key: PropertyDiff(kind, input_diff=key != "deployment") for key, kind in kinds.items()},
    )


def _foreseen(inputs: Properties) -> dict[str, pv.PropertyValue]:
    return {**inputs, "deployment": pv.PropertyValue(UNKNOWN)}


def _known(olds: Properties) -> Known | None:
    if "version" not in olds or "taskDefinition" not in olds or _text(olds, "version").startswith(UNKNOWN_VERSION):
        return None
    return Known(version=_text(olds, "version"), task_definition=_text(olds, "taskDefinition"))


def _drift(release: Release, facts: ServiceFacts) -> dict[str, pv.PropertyValue]:
    """What differs from the release. Which version another task definition holds is not known here: its digest is."""
    if facts.task_definition == release.task_definition:
        return {}
    drift = {"taskDefinition": pv.PropertyValue(facts.task_definition)}
    running = {
        digest for task in facts.tasks if task.task_definition == facts.task_definition for digest in task.digests
    }
    if running and release.digest not in running:
        digest = min(running)
        drift |= {"digest": pv.PropertyValue(digest), "version": pv.PropertyValue(f"{UNKNOWN_VERSION} ({digest[:19]})")}
    return drift


def _live_drift(inputs: Properties, release: Release, facts: ServiceFacts) -> dict[str, pv.PropertyValue]:
    """What differs of the number of tasks and of the traffic."""
    drift = {}
    count = _plain(inputs.get(COUNT))
    if count is not None and facts.desired != count:
        drift[COUNT] = pv.PropertyValue(float(facts.desired))
    astray = misrouted(facts, own_addresses(release, facts)) if facts.settled else None
    if astray:
        drift["trafficAstray"] = pv.PropertyValue(told(astray))
    return drift


def _number(properties: Properties, key: str) -> float | None:
    value = properties[key].value if key in properties else None
    return float(value) if isinstance(value, int | float) else None


def _optional(properties: Properties, key: str) -> str:
    """The text; empty where it is not given."""
    value = properties[key].value if key in properties else None
    return value if isinstance(value, str) else ""


def _text(properties: Properties, key: str) -> str:
    return str(properties[key].value)
