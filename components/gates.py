"""`Gates`: hooks that let a release touch AWS only when every gate lets it, and write down that it begins.

The verdict is reached once for each service and run, whatever asks first. A preview refuses what will never pass, and
warns of what depends on the moment. Only an `Exception` may leave a hook: anything else hangs the engine.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pulumi

from account.aws_faults import AwsFault
from account.gathering import Gathered, gather
from account.journal_store import JournalStore
from release import journal
from release.gates import Demands, Verdict, judge
from release.journal import Begun, Override
from release.question import Question

REASON: Final = "SLIPWAY_REASON"
"""The environment variable with the reason of a release, for the journal."""
OVERRIDE: Final = "SLIPWAY_OVERRIDE"
"""The environment variable with the reason for going through gates that refuse, for the journal."""
ROLLOUT: Final = "slipway:index:Rollout"
GIT_SECONDS: Final = 5
COMMIT_VARIABLES: Final = ("SLIPWAY_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION")
"""Where continuous integration says which commit it builds."""


class Refused(Exception):  # noqa: N818 - the release is refused; nothing is wrong with the program
    """The release may not go out. Its text names every gate that refuses, and what would satisfy it."""


@dataclass(frozen=True, kw_only=True)
class GatesArgs:
    """The release that wants to go out, and what its environment demands."""

    question: Question
    demands: Demands
    digest: pulumi.Output[str]
    journal: pulumi.Output[str]
    """The bucket of the environment's journal."""
    needs: Sequence[pulumi.Resource]
    """What must be there before a hook can answer: the journal."""
    config: Mapping[str, Any]
    """The service's section of the stack file, for the journal."""


class Gates:
    """The hooks of one service. `definition` guards what comes before a deployment, `release` what starts one."""

    def __init__(self, name: str, args: GatesArgs) -> None:
        self._args = args
        self._name = name
        self._gathered: asyncio.Task[tuple[Gathered, Verdict] | None] | None = None
        self._begun: asyncio.Task[None] | None = None
        self.needs = args.needs
        self.definition = _binding(f"{name}-gates", self._before_definition)

    def release(
        self,
        *,
        release_hash: pulumi.Output[str],
        task_definition: pulumi.Input[str],
        content: Mapping[str, pulumi.Input[Any]],
    ) -> pulumi.ResourceHookBinding:
        """Guards whatever starts a deployment of this release."""

        async def before(hook: pulumi.ResourceHookArgs) -> None:
            identity = await release_hash.future()
            arn = await pulumi.Output.from_input(task_definition).future()
            rendered = await pulumi.Output.all(**content).future()
            await self._before_release(hook.type, identity, arn or "", rendered or {})

        return _binding(f"{self._name}-release", before)

    async def _before_definition(self, _: pulumi.ResourceHookArgs) -> None:
        reached = await self._verdict()
        if reached:
            _raise(self._args.question, reached[1])

    async def _before_release(self, kind: str, release_hash: str | None, arn: str, rendered: Mapping[str, Any]) -> None:
        reached = await self._verdict()
        if reached is None:
            return
        gathered, verdict = reached
        question = self._args.question
        if release_hash is not None:
            last = journal.newest(gathered.attempts, question.service)
            same = last and (last.begun.release_hash, last.begun.attempt) == (release_hash, question.attempt)
            if last and same and not last.quarantined:
                return  # it goes on; or nothing is released, and only the number of tasks changes
            held = journal.quarantine(gathered.attempts, question.service, release_hash, question.attempt)
            if held and kind == ROLLOUT:
                return  # the provider refuses it: a hook that refuses ends the whole update, other services' too
            if held and held.ended:
                raise Refused(quarantined(question, held.ended.sentence))
        _raise(question, verdict)
        if release_hash is not None and not pulumi.runtime.is_dry_run():
            if self._begun is None:
                self._begun = asyncio.ensure_future(self._begin(gathered, verdict, release_hash, arn, rendered))
            await self._begun

    async def _verdict(self) -> tuple[Gathered, Verdict] | None:
        """The verdict; None in a preview that does not know the image yet."""
        if self._gathered is None:
            self._gathered = asyncio.ensure_future(self._reach_verdict())
        return await self._gathered

    async def _reach_verdict(self) -> tuple[Gathered, Verdict] | None:
        args = self._args
        digest = await args.digest.future()
        if not digest:
            return None
        bucket = await args.journal.future() or ""
        try:
            gathered = await asyncio.to_thread(gather, args.question, args.demands, digest=digest, bucket=bucket)
        except AwsFault as fault:
            raise Refused(f"{_release(args.question)} is refused, for its gates cannot be asked: {fault}") from None
        preview = pulumi.runtime.is_dry_run()
        verdict = judge(gathered.candidate, args.demands, preview=preview, override=os.environ.get(OVERRIDE, ""))
        for finding in verdict.warned:
            pulumi.log.warn(f"{_release(args.question)}: {finding}")
        for finding in verdict.overridden:
            pulumi.log.warn(f"{_release(args.question)}: overridden: {finding}")
        return gathered, verdict

    async def _begin(
        self, gathered: Gathered, verdict: Verdict, release_hash: str, arn: str, rendered: Mapping[str, Any]
    ) -> None:
        """Writes that the attempt begins: before anything in AWS changes, so that none goes unnoticed."""
        args, question = self._args, self._args.question
        bucket = await args.journal.future()
        if not bucket:
            return
        reason = os.environ.get(OVERRIDE, "")
        last = journal.newest(gathered.attempts, question.service)
        begun = Begun(
            service=question.service,
            version=question.version,
            digest=gathered.candidate.digest,
            task_definition=arn,
            release_hash=release_hash,
            attempt=question.attempt,
            purpose=gathered.candidate.purpose,
            strategy=question.strategy,
            config=dict(args.config),
            release=dict(rendered),
            at=datetime.now(UTC),
            who=gathered.candidate.releaser,
            leaves=last.begun.version if last else "",
            commit=await asyncio.to_thread(commit),
            reason=os.environ.get(REASON, ""),
            overrides=tuple(Override(gate=one.gate, refusal=one.refusal, reason=reason) for one in verdict.overridden),
            after=gathered.newest_deployment,
        )
        try:
            await asyncio.to_thread(JournalStore(gathered.session, bucket).begin, begun)
        except AwsFault as fault:
            text = f"{_release(question)} is refused, for the journal does not take that it begins: {fault}"
            raise Refused(text) from None


def commit() -> str:
    """The commit that is released, from continuous integration or from git; empty where neither knows."""
    named = next((os.environ[name] for name in COMMIT_VARIABLES if os.environ.get(name)), "")
    if named:
        return named
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()


def quarantined(question: Question, sentence: str) -> str:
    """What is said of a release that failed before."""
    return (
        f"{_release(question)} is in quarantine, for it failed before: {sentence}. Nothing was changed. "
        f"Change the release, or ask for another try: `slipway retry -e {question.environment} "
        f"-s {question.service} --reason ...`"
    )


def _binding(name: str, hook: Any) -> pulumi.ResourceHookBinding:  # noqa: ANN401 - an async function of the SDK's kind
    made = pulumi.ResourceHook(name, hook, opts=pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_create=[made], before_update=[made])


def _release(question: Question) -> str:
    return f"{question.service} {question.version}"


def _raise(question: Question, verdict: Verdict) -> None:
    if verdict.refused:
        raise Refused(f"{_release(question)} is refused in {question.environment}:\n{verdict.text}")
