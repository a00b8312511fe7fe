"""One release, followed to its end: journal, quarantine, start, deployment, verification, and back where it fails.

The engine's types are not known here: `provider/rollout.py` speaks with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from account.aws_faults import AwsFault
from account.session import STEADY, AwsPlace, Patience
from provider.aborted import stopped_by_a_person, verdict_on_stop
from provider.attempt_record import AttemptRecord, Journal
from provider.facts import ServiceFacts, short
from provider.fail_fast import FailFast
from provider.follow import Follower, Limits, ReleaseFailed, Starter
from provider.verdict import Known, Release, State, Verdict, judge
from release.journal import JournalError, Outcome
from release.kept_images import last_verified_images

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from release.journal import Attempt
    from release.verification import Finding

T = TypeVar("T")


class Looks(Protocol):
    """Looks at a service for a release."""

    def read(self) -> ServiceFacts | None:
        """The facts, or None when there is no such service."""


class Reader(Looks, Protocol):
    """Looks at a service, and can start and stop a deployment of it."""

    def start(self) -> None:
        """Makes ECS start a deployment of the release."""

    def stop(self, deployment: str) -> None:
        """Stops a service deployment and rolls it back."""


class Verifier(Protocol):
    """Looks whether a release that runs does as well as what ran before."""

    remarks: tuple[str, ...]
    """After a check: what was not judged, and why."""

    def check(self, deployment: str) -> Sequence[Finding]:
        """What got worse with that deployment; empty when nothing did."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What `Rollout` was asked for, all of it known."""

    cluster: str
    release: Release
    release_hash: str
    attempt: int
    journal: str
    """`s3://bucket/attempts/service`; empty: none is kept."""
    verification: str = ""
    """What is verified after the deployment, as JSON; empty: nothing but tasks and targets."""
    rolls_back: bool = False
    """Whether a release that fails its verification is taken back."""
    repository: str = ""
    """The ECR repository of its image; empty: no images are marked as kept."""
    kept_releases: int = 0
    """Verified releases whose images are kept."""
    place: AwsPlace


@dataclass(frozen=True, kw_only=True)
class Edges:
    """The ways to AWS."""

    open_reader: Callable[[Inputs, Patience], Reader]
    open_journal: Callable[[Inputs], Journal | None] = lambda _: None
    open_verifier: Callable[[Inputs], Verifier | None] = lambda _: None
    keep_images: Callable[[Inputs, Sequence[str]], None] = lambda _inputs, _digests: None


class Row(Protocol):
    """The resource's row on the engine's display."""

    async def progress(self, text: str) -> None:
        """A passing line."""

    async def warning(self, text: str) -> None:
        """A line that stays."""

    async def remark(self, text: str) -> None:
        """A line that stays and asks for nothing."""


class ReleaseRun:
    """The way of one release to its end."""

    def __init__(
        self, inputs: Inputs, edges: Edges, row: Row, limits: Limits, *, cancelled: asyncio.Event, known: Known | None
    ) -> None:
        self._requested = inputs
        self._edges = edges
        self._row = row
        self._limits = limits
        self._cancelled = cancelled
        self._known = known

    async def to_the_end(self) -> Verdict:
        """The verdict that the release runs, written into the journal; anything else raises `ReleaseFailed`, or
        `AwsFault`."""
        requested = self._requested
        record = await self._record()
        record.refuse_in_quarantine()
        try:
            verdict = await self._followed(requested.release, record)
            if record.is_open:
                await self._verify(verdict, record)
        except ReleaseFailed as failure:
            if failure.verdict is not None:
                await of_aws(requested, partial(record.end, failure.verdict, str(failure)))
            raise
        await of_aws(requested, lambda: record.end(verdict, verdict.sentence))
        if record.is_open:
            await self._keep_images(record)
        return verdict

    async def _keep_images(self, record: AttemptRecord) -> None:
        """The release runs: that its image could not be marked is only said. The next one mends it."""
        requested = self._requested
        if not (requested.repository and requested.kept_releases and record.journal):
            return
        digests = last_verified_images(
            record.attempts, record.journal.service, requested.release.digest, requested.kept_releases
        )
        try:
            await asyncio.to_thread(self._edges.keep_images, requested, digests)
        except AwsFault as fault:
            await self._row.warning(f"the images of the last verified releases are not marked as kept: {fault}")

    async def _followed(self, release: Release, record: AttemptRecord, *, nobody_else_starts: bool = False) -> Verdict:
        asked = replace(self._requested, release=replace(release, after=release.after or record.after))
        reader = await reader_of(self._edges, asked, STEADY)
        watch = FailFast(reader, asked.release)

        async def start() -> None:
            await of_aws(asked, reader.start)

        starter = Starter(start) if record.is_open else None

        async def look() -> Verdict:
            facts = await look_at(asked, watch)
            verdict = await self._stopped(asked, facts, record, watch) or verdict_on(asked, facts, self._known)
            # Where the service means to run another revision, nobody else has just asked for this one.
            elsewhere = facts is not None and facts.task_definition != asked.release.task_definition
            if starter:
                starter.at_once = elsewhere and (nobody_else_starts or asked.attempt > 1)
            for remark in watch.remarks():
                await self._row.warning(remark)
            return verdict

        return await Follower(look, self._row.progress, self._cancelled, self._limits, starter).to_the_end()

    async def _stopped(
        self, asked: Inputs, facts: ServiceFacts | None, record: AttemptRecord, watch: FailFast
    ) -> Verdict | None:
        """The end, where a person has stopped the deployment: nobody waits until ECS has gone back."""
        own = stopped_by_a_person(facts) if facts else None
        if facts is None or own is None or own.arn in watch.stopped:
            return None
        aborted = await of_aws(asked, lambda: record.aborted(own.arn))
        return verdict_on_stop(asked.release, facts, self._known, own, aborted) if aborted else None

    async def _verify(self, verdict: Verdict, record: AttemptRecord) -> None:
        """Raises `ReleaseFailed` where the release runs, but not as well as what ran before."""
        requested = self._requested
        verifier = await of_aws(requested, lambda: self._edges.open_verifier(requested))
        if verifier is None:
            return
        await self._row.progress(f"{verdict.sentence}; verifying")
        findings = await self._unless_cancelled(of_aws(requested, lambda: verifier.check(verdict.deployment)))
        if verifier.remarks:
            await self._row.remark(f"verification: {'; '.join(verifier.remarks)}")
        if not findings:
            return
        release, good = requested.release, record.last_verified
        failed = f"{release.service} {release.version} runs, but its verification failed: {findings[0]}"
        back = "Mend it under a new version, or set the version back"
        outcome = Outcome.FAILED
        if requested.rolls_back and good is not None:
            back = await self._put_back(good, verdict, record)
            outcome = Outcome.VERIFICATION_ROLLED_BACK
        evidence = tuple(str(finding) for finding in findings[1:])
        ended = replace(
            verdict, state=State.FAILED, sentence=f"{failed}. {back}", evidence=evidence, outcome=outcome,
            cause="verification failed",
        )  # fmt: skip
        raise ReleaseFailed(ended.text, ended)

    async def _unless_cancelled(self, asked: Coroutine[None, None, T]) -> T:
        """The answer; a cancel does not wait for it."""
        answer, cancel = asyncio.ensure_future(asked), asyncio.ensure_future(self._cancelled.wait())
        await asyncio.wait({answer, cancel}, return_when=asyncio.FIRST_COMPLETED)
        cancel.cancel()
        if not answer.done():
            answer.cancel()
            raise ReleaseFailed("interrupted while the release was verified; run `pulumi up` again to verify it")
        return answer.result()

    async def _put_back(self, good: Attempt, verdict: Verdict, record: AttemptRecord) -> str:
        """Brings the last verified revision back, once, and says what runs now."""
        begun = good.begun
        former = replace(
            self._requested.release,
            version=begun.version,
            task_definition=begun.task_definition,
            digest=begun.digest,
            after=verdict.deployment,
        )
        try:
            back = await self._followed(former, record, nobody_else_starts=True)
        except (ReleaseFailed, AwsFault) as trouble:
            return f"Going back to {begun.version} failed as well: {trouble}"
        return f"Slipway put {begun.version} back: {back.sentence}. Mend it under a new version"

    async def _record(self) -> AttemptRecord:
        asked = self._requested

        def read() -> AttemptRecord:
            return AttemptRecord.read(self._edges.open_journal(asked), asked.release, asked.release_hash, asked.attempt)

        return await of_aws(asked, read)


async def of_aws(requested: Inputs, call: Callable[[], T]) -> T:
    """Asks in a thread; a fault says which release it is about."""
    name = f"{requested.release.service} {requested.release.version}"
    try:
        return await asyncio.to_thread(call)
    except AwsFault as fault:
        text = f"cannot tell whether {name} runs: {fault}"
        raise AwsFault(text, code=fault.code, passing=fault.passing) from fault
    except JournalError as error:
        raise ReleaseFailed(f"{name}: {error}") from error


async def reader_of(edges: Edges, requested: Inputs, patience: Patience) -> Reader:
    """A reader for the service."""
    return await of_aws(requested, lambda: edges.open_reader(requested, patience))


async def look_at(requested: Inputs, reader: Looks) -> ServiceFacts | None:
    """One look at the service."""
    return await of_aws(requested, reader.read)


def verdict_on(requested: Inputs, facts: ServiceFacts | None, known: Known | None) -> Verdict:
    """What the facts say of the release; no facts: there is no such service."""
    if facts is not None:
        return judge(requested.release, facts, known)
    release = requested.release
    sentence = (
        f"{release.service} {release.version} does not run: "
        f"there is no service {release.service} in cluster {short(requested.cluster)}. "
        "It was deleted outside Pulumi: run `pulumi up --refresh`"
    )
    return Verdict(state=State.NOT_STARTED, sentence=sentence, outcome=Outcome.DELETED)
