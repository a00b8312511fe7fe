"""The resource `slipway:index:Migration`: a one-off task of the new revision, stored only when it has succeeded.

Same service, image and command: no change, and no second run, whatever else of the task definition changes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from pulumi.provider.experimental import property_value as pv
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
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

from account.aws_faults import AwsFault
from account.session import STEADY, AwsPlace
from provider import migration_words as words
from provider.attempt_record import AttemptRecord
from provider.facts import short
from provider.follow import Follower, Limits, ReleaseFailed
from provider.migration_run import MigrationRunner, Order
from provider.migration_tasks import Network
from provider.verdict import Release
from release.gates import order as rank
from release.journal import JournalError
from release.migration import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from account.journal_store import ServiceJournal
    from account.session import Patience
    from provider.migration_tasks import MigrationTasks
    from provider.rollout import Notes
    from provider.verdict import Verdict

    Properties = Mapping[str, pv.PropertyValue]

MIGRATION: Final = "slipway:index:Migration"

STRINGS: Final = (
    "cluster", "service", "taskDefinition", "version", "digest", "releaseHash", "journal", "account", "region",
    "roleArn",
)  # fmt: skip
LISTS: Final = ("command", "subnets", "securityGroups")
INPUTS: Final = (*STRINGS, *LISTS, "timeout", "irreversible", "attempt")
OUTPUTS: Final = ("token", "task", "irreversibleSince")
IDENTITY: Final = ("cluster", "service")
"""A change of these is the migration of another service, hence another resource."""
COMPARED: Final = (*IDENTITY, "digest", "command", "version", "irreversible")
"""What makes a change. How and where the task runs does not: what has been migrated stays migrated."""
STOPPING: Final = 300
"""Seconds that a task which was told to stop is waited for; Fargate's longest stop timeout is 120."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The resource's inputs, all of them known."""

    order: Order
    cluster: str
    release_hash: str
    journal: str
    """Address of the service's journal; empty where none is kept."""
    place: AwsPlace

    @classmethod
    def of(cls, properties: Properties) -> Inputs:
        """From the engine's property values."""
        text = {key: str(properties[key].value) for key in STRINGS}
        lists = {key: _strings(key, properties[key]) for key in LISTS}
        identity = Identity(
            service=short(text["service"]),
            digest=text["digest"],
            command=lists["command"],
            task_definition=text["taskDefinition"],
            attempt=int(_number(properties["attempt"])),
        )
        order = Order(
            identity=identity,
            version=text["version"],
            network=Network(subnets=lists["subnets"], security_groups=lists["securityGroups"]),
            timeout=_number(properties["timeout"]),
            irreversible=properties["irreversible"].value is True,
        )
        place = AwsPlace(account=text["account"], region=text["region"], role_arn=text["roleArn"])
        return cls(
            order=order,
            cluster=text["cluster"],
            release_hash=text["releaseHash"],
            journal=text["journal"],
            place=place,
        )

    @property
    def release(self) -> Release:
        """The release that the migration is a part of."""
        identity = self.order.identity
        return Release(
            service=identity.service,
            version=self.order.version,
            task_definition=identity.task_definition,
            digest=identity.digest,
        )


class MigrationProvider(Provider):
    """Serves `Migration` to the engine."""

    def __init__(
        self,
        open_room: Callable[[Inputs, Patience], tuple[MigrationTasks, ServiceJournal | None]],
        notes: Notes,
        limits: Limits | None = None,
    ) -> None:
        self._open_room = open_room
        self._notes = notes
        self._limits = limits or Limits()
        self._cancelled = asyncio.Event()

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Refuses what is no Migration. Values that are not known yet pass through."""
        asked = request.new_inputs
        failures = [CheckFailure(key, f"{key} is missing") for key in INPUTS if key not in asked]
        known = (*INPUTS, *OUTPUTS, "__defaults")
        failures += [CheckFailure(key, f"{key} is no input of a Migration") for key in asked if key not in known]
        return CheckResponse(asked, failures)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """Compares the inputs alone: that it was run is never in doubt."""
        changed = [key for key in COMPARED if _plain(request.old_state.get(key)) != _plain(request.new_inputs.get(key))]
        kinds = {
            key: PropertyDiffKind.UPDATE_REPLACE if key in IDENTITY else PropertyDiffKind.UPDATE for key in changed
        }
        return DiffResponse(
            changes=bool(changed),
            replaces=[key for key in changed if key in IDENTITY],
            diffs=changed,
            detailed_diff={key: PropertyDiff(kind, input_diff=True) for key, kind in kinds.items()},
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Runs it to its end; in a preview says only what is not known yet."""
        inputs = request.properties
        identifier = f"{short(_text(inputs, 'cluster'))}/{short(_text(inputs, 'service'))}"
        if request.preview:
            return CreateResponse(identifier, await self._foreseen(request.urn, inputs, {}))
        return CreateResponse(identifier, await self._ran(request.urn, inputs, {}))

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """As `create`."""
        if request.preview:
            return UpdateResponse(await self._foreseen(request.urn, request.news, request.olds))
        return UpdateResponse(await self._ran(request.urn, request.news, request.olds))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """What is stored: a migration leaves nothing in ECS that could drift."""
        if not request.inputs:
            raise ReleaseFailed("a Migration cannot be imported: it is made by `pulumi up`")
        return ReadResponse(request.resource_id, {**request.properties}, {**request.inputs})

    async def delete(self, request: DeleteRequest) -> None:
        """Takes nothing back: nobody here knows how."""

    async def cancel(self) -> None:
        """Ends every wait."""
        self._cancelled.set()

    async def _foreseen(self, urn: str, news: Properties, olds: Properties) -> dict[str, pv.PropertyValue]:
        await self._warn(urn, news, olds)
        return {**news, **{key: pv.PropertyValue(rpc.UNKNOWN) for key in OUTPUTS}}

    async def _warn(self, urn: str, news: Properties, olds: Properties) -> None:
        """Tells of what cannot be undone, in previews too; there the digest may be unknown as yet."""
        service, version = short(_text(news, "service")), _text(news, "version")
        since = str(olds["irreversibleSince"].value) if "irreversibleSince" in olds else ""
        if _is_before(version, since):
            await self._notes.warning(urn, words.goes_back(service, version, since))
        elif news["irreversible"].value is True and _plain(olds.get("digest")) != _plain(news.get("digest")):
            await self._notes.warning(urn, words.irreversible(service, version))

    async def _ran(self, urn: str, news: Properties, olds: Properties) -> dict[str, pv.PropertyValue]:
        inputs = Inputs.of(news)
        token, task = inputs.order.identity.token, _plain(olds.get("task")) or ""
        if _plain(olds.get("token")) != token:
            await self._warn(urn, news, olds)
            task = await self._to_the_end(urn, inputs)
        outputs = {"token": token, "task": str(task), "irreversibleSince": _irreversible_since(inputs.order, olds)}
        return {**news, **{key: pv.PropertyValue(value) for key, value in outputs.items()}}

    async def _to_the_end(self, urn: str, inputs: Inputs) -> str:
        try:
            tasks, journal = await asyncio.to_thread(self._open_room, inputs, STEADY)
            runner = MigrationRunner(inputs.order, tasks, journal, monotonic)

            async def report(text: str) -> None:
                await self._notes.progress(urn, text)

            limits = replace(self._limits, total=inputs.order.timeout + STOPPING)
            follower = Follower(
                lambda: asyncio.to_thread(runner.look), report, self._cancelled, limits, what="the migration"
            )
            verdict = await self._recorded(inputs, journal, follower)
        except AwsFault as fault:
            sentence = f"cannot tell whether {words.name(inputs.order)} has run: {fault}"
            raise AwsFault(sentence, code=fault.code, passing=fault.passing) from fault
        except JournalError as error:
            raise ReleaseFailed(f"{words.name(inputs.order)}: {error}") from error
        await self._notes.remark(urn, verdict.text)
        return verdict.deployment

    @staticmethod
    async def _recorded(inputs: Inputs, journal: ServiceJournal | None, follower: Follower) -> Verdict:
        """Follows it; a failure ends the release's attempt too, for `Rollout` will not get to see it."""
        try:
            return await follower.to_the_end()
        except ReleaseFailed as failure:
            await asyncio.to_thread(_end_attempt, inputs, journal, failure)
            raise


def _end_attempt(inputs: Inputs, journal: ServiceJournal | None, failure: ReleaseFailed) -> None:
    if failure.verdict is not None:
        attempt = inputs.order.identity.attempt
        record = AttemptRecord.read(journal, inputs.release, inputs.release_hash, attempt)
        record.end(failure.verdict, str(failure))


def _is_before(version: str, since: str) -> bool:
    new, old = rank(version), rank(since)
    return new is not None and old is not None and new < old


def _irreversible_since(order: Order, olds: Properties) -> str:
    """The newest version whose migration cannot be undone; empty without one. Going back does not undo it."""
    since = str(olds["irreversibleSince"].value) if "irreversibleSince" in olds else ""
    return order.version if order.irreversible and not _is_before(order.version, since) else since


def _plain(value: pv.PropertyValue | None) -> object:
    """The bare value: whether it is secret, and what it depends on, is no change."""
    if value is None:
        return None
    if isinstance(value.value, tuple):
        return [_plain(item) for item in value.value]
    return value.value


def _strings(key: str, value: pv.PropertyValue) -> tuple[str, ...]:
    if not isinstance(value.value, tuple):
        raise TypeError(f"{key} is no list: {value.value!r}")
    return tuple(str(item.value) for item in value.value)


def _number(value: pv.PropertyValue) -> float:
    if not isinstance(value.value, (int, float)):
        raise TypeError(f"not a number: {value.value!r}")
    return float(value.value)


def _text(properties: Properties, key: str) -> str:
    return str(properties[key].value)
