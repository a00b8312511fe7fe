"""Follows a release to its end: looks again and again until it runs, has failed, or patience ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from account.aws_faults import AwsFault
from provider.verdict import State, unsettled
from release.journal import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from provider.verdict import Verdict

POLL_GROWTH: Final = 1.3
"""Each pause is this much longer than the one before."""


class ReleaseFailed(Exception):  # noqa: N818 - it is the release that failed, not the program
    """The release does not run. Its text is for people: one sentence with the cause and the remedy, then evidence."""

    def __init__(self, text: str, verdict: Verdict | None = None) -> None:
        super().__init__(text)
        self.verdict = verdict
        """What was seen last, where that was the end."""


@dataclass
class Starter:
    """Makes ECS start the deployment when there is none."""

    start: Callable[[], Awaitable[None]]
    at_once: bool = False
    """Whether nobody else starts it: then there is nothing to wait for."""
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long to wait for what, in seconds of this machine's time."""

    total: float = 3600
    """For a deployment to end. ECS itself gives up earlier where a circuit breaker or an alarm watches."""
    start: float = 60
    """For ECS to list a deployment that was just asked for."""
    astray: float = 30
    """For the listener rule to say that traffic goes where the tasks are, after ECS has called it successful."""
    settle: float = 300
    """For tasks and targets to be well after ECS has called the deployment successful."""
    outage: float = 120
    """For AWS to answer again, beyond botocore's own tries."""
    predicted: float | None = None
    """What the release is predicted to take; None where nobody has predicted it."""
    first_poll: float = 0.5
    last_poll: float = 5


def limits_of(limits: Limits, predicted: float | None, limit: float | None) -> Limits:
    """The limits with those of a release whose duration somebody has predicted, in seconds; None changes nothing."""
    return replace(limits, total=limits.total if limit is None else limit, predicted=predicted)


class Follower:
    """One wait for one release."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Verdict]],
        report: Callable[[str], Awaitable[None]],
        cancelled: asyncio.Event,
        limits: Limits,
        starter: Starter | None = None,
        *,
        what: str = "the deployment",
    ) -> None:
        self._starter = starter
        self._look = look
        self._report = report
        self._cancelled = cancelled
        self._limits = limits
        self._what = what
        self._state: State | None = None
        self._since = self._now()
        self._answered = self._now()
        self._reported = ""

    async def to_the_end(self) -> Verdict:
        """The verdict that the release runs; anything else raises `ReleaseFailed`, or `AwsFault`."""
        end = self._now() + self._limits.total
        pause = self._limits.first_poll
        while True:
            verdict = await self._next_verdict()
            if verdict is not None:
                if verdict.state is State.RUNS:
                    return verdict
                if not await self._started(verdict):
                    self._give_up_where_waiting_is_useless(verdict, end)
            await self._pause(pause)
            pause = min(pause * POLL_GROWTH, self._limits.last_poll)

    async def _next_verdict(self) -> Verdict | None:
        """One look; None when AWS did not answer this time. Ends at once on a cancel, even in the middle of a call."""
        look = asyncio.ensure_future(self._look())
        cancel = asyncio.ensure_future(self._cancelled.wait())
        await asyncio.wait({look, cancel}, return_when=asyncio.FIRST_COMPLETED)
        cancel.cancel()
        if self._cancelled.is_set():
            look.add_done_callback(_forget)
            self._raise_interrupted()
        try:
            verdict = look.result()
        except AwsFault as fault:
            if not fault.passing or self._now() - self._answered > self._limits.outage:
                raise
            await self._say(f"{fault}; trying again")
            return None
        self._answered = self._now()
        if verdict.state is not self._state:
            self._state, self._since = verdict.state, self._now()
        if verdict.state is not State.FAILED:  # that one is told as the error
            await self._say(verdict.sentence)
        return verdict

    async def _started(self, verdict: Verdict) -> bool:
        """Starts a deployment that nobody else starts, once."""
        starter = self._starter
        if starter is None or starter.done or verdict.state is not State.NOT_STARTED or verdict.outcome is not None:
            return False
        if not starter.at_once and self._now() - self._since < self._limits.start:
            return False
        starter.done = True
        await self._say("starting the deployment")
        await starter.start()
        self._since = self._now()
        return True

    def _give_up_where_waiting_is_useless(self, verdict: Verdict, end: float) -> None:
        waited = self._now() - self._since
        if verdict.state is State.FAILED or (verdict.state is State.NOT_STARTED and waited >= self._limits.start):
            raise ReleaseFailed(verdict.text, verdict)
        if verdict.state is State.ASTRAY and waited >= self._limits.astray:
            raise ReleaseFailed(verdict.text, verdict)
        if verdict.state is State.PAUSED:
            raise ReleaseFailed(f"not finished: waits for a person. {verdict.sentence}; then run `pulumi up` again")
        if verdict.state is State.SETTLING and waited >= self._limits.settle:
            unhealthy = replace(verdict, outcome=Outcome.UNHEALTHY)
            raise ReleaseFailed(unsettled(verdict, self._limits.settle / 60), unhealthy)
        if self._now() >= end:
            raise ReleaseFailed(
                f"still in progress after {self._limits.total / 60:.3g} min{self._foretold()}: {verdict.sentence}. "
                f"{self._what[0].upper()}{self._what[1:]} goes on in ECS; run `pulumi up` again to follow it"
            )

    def _foretold(self) -> str:
        if self._limits.predicted is None:
            return ""
        return f", the limit, where {self._limits.predicted / 60:.3g} min were predicted"

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._cancelled.wait(), seconds)
        except TimeoutError:
            return
        self._raise_interrupted()

    async def _say(self, text: str) -> None:
        if text != self._reported:
            self._reported = text
            await self._report(text)

    def _raise_interrupted(self) -> None:
        raise ReleaseFailed(f"interrupted: {self._what} goes on in ECS; run `pulumi up` again to follow it")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _forget(look: asyncio.Future[Verdict]) -> None:
    """Takes note of the look's outcome, so that asyncio does not complain that nobody did."""
    if not look.cancelled():
        look.exception()
