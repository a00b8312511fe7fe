"""Waiting for a release: how it ends, and how soon."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from account.aws_faults import AwsFault
from provider.follow import Follower, Limits, ReleaseFailed, limits_of
from provider.verdict import State, Verdict

QUICK = Limits(total=5, start=0.05, settle=0.05, outage=0.05, first_poll=0.005, last_poll=0.01)

RUNS = Verdict(state=State.RUNS, sentence="runs", deployment="d1")
UNDERWAY = Verdict(state=State.UNDERWAY, sentence="tasks 1/2 running")
SETTLING = Verdict(state=State.SETTLING, sentence="auth 1.1.0 is deployed, but 0 of 2 targets are healthy")
NOT_STARTED = Verdict(state=State.NOT_STARTED, sentence="no deployment")
FAILED = Verdict(state=State.FAILED, sentence="rolled back", evidence=("log: boom",))
THROTTLED = AwsFault("AWS answered with Throttling", passing=True)
DENIED = AwsFault("may not call ecs:DescribeServices")


class Script:
    """What each look finds, one after the other; the last one stays true."""

    def __init__(self, *looks: Verdict | AwsFault) -> None:
        self.looks = list(looks)
        self.told: list[str] = []
        self.taken = 0

    async def look(self) -> Verdict:
        self.taken += 1
        now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(now, AwsFault):
            raise now
        return now

    async def report(self, text: str) -> None:
        self.told.append(text)

    def follow(self, limits: Limits = QUICK) -> Verdict:
        async def run() -> Verdict:
            return await Follower(self.look, self.report, asyncio.Event(), limits).to_the_end()

        return asyncio.run(run())


def test_a_running_release_needs_one_look() -> None:
    script = Script(RUNS)
    assert script.follow() is RUNS
    assert script.taken == 1


def test_a_deployment_is_followed_until_the_release_runs() -> None:
    script = Script(NOT_STARTED, UNDERWAY, UNDERWAY, SETTLING, RUNS)
    assert script.follow() is RUNS
    assert script.told == [NOT_STARTED.sentence, UNDERWAY.sentence, SETTLING.sentence, RUNS.sentence]


def test_traffic_that_goes_astray_may_pass_and_where_it_stays_the_release_is_not_blamed() -> None:
    astray = Verdict(state=State.ASTRAY, sentence="traffic goes elsewhere", evidence=("aws elbv2 modify-rule",))
    assert Script(astray, astray, RUNS).follow(replace(QUICK, astray=5)) is RUNS
    with pytest.raises(ReleaseFailed, match=r"^traffic goes elsewhere\n  aws elbv2 modify-rule$") as told:
        Script(astray).follow(replace(QUICK, astray=0.05))
    assert told.value.verdict is not None
    assert told.value.verdict.outcome is None


def test_a_recorded_failure_fails_at_the_first_look_without_waiting() -> None:
    script = Script(FAILED)
    with pytest.raises(ReleaseFailed, match=r"^rolled back\n  log: boom$"):
        script.follow()
    assert script.taken == 1
    assert script.told == []


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(NOT_STARTED, "no deployment"), (SETTLING, "0 of 2 targets are healthy, for"), (UNDERWAY, "still in progress")],
    ids=["never listed", "never well", "never ends"],
)
def test_no_wait_is_endless(verdict: Verdict, words: str) -> None:
    with pytest.raises(ReleaseFailed, match=words):
        Script(verdict).follow(replace(QUICK, total=0.1))


def test_the_time_to_settle_begins_anew_after_the_deployment_moved() -> None:
    limits = replace(QUICK, settle=0.1, first_poll=0.03, last_poll=0.03)
    assert Script(SETTLING, SETTLING, UNDERWAY, SETTLING, SETTLING, RUNS).follow(limits) is RUNS


def test_throttling_in_between_passes_and_is_told() -> None:
    script = Script(UNDERWAY, THROTTLED, THROTTLED, RUNS)
    assert script.follow() is RUNS
    assert f"{THROTTLED}; trying again" in script.told


def test_a_lasting_outage_ends_the_wait() -> None:
    with pytest.raises(AwsFault, match="Throttling"):
        Script(UNDERWAY, THROTTLED).follow()


def test_a_missing_permission_ends_the_wait_at_once() -> None:
    script = Script(UNDERWAY, DENIED)
    with pytest.raises(AwsFault, match="ecs:DescribeServices"):
        script.follow()
    assert script.taken == 2


@pytest.mark.parametrize("during", ["a pause", "a call"])
def test_a_cancel_ends_the_wait_at_once_and_says_that_the_deployment_goes_on(during: str) -> None:
    async def hanging() -> Verdict:
        await asyncio.sleep(0 if during == "a pause" else 60)
        return UNDERWAY

    async def run() -> None:
        cancelled = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, cancelled.set)
        limits = replace(QUICK, first_poll=60, last_poll=60, total=600)
        await Follower(hanging, Script(RUNS).report, cancelled, limits).to_the_end()

    began = time.monotonic()
    with pytest.raises(ReleaseFailed, match="interrupted: the deployment goes on in ECS"):
        asyncio.run(run())
    assert time.monotonic() - began < 2


def test_at_the_limit_people_read_what_was_predicted() -> None:
    limits = limits_of(replace(QUICK, total=3600), 90, 0.06)
    with pytest.raises(ReleaseFailed, match=r"after 0\.001 min, the limit, where 1\.5 min were predicted: tasks 1/2"):
        Script(UNDERWAY).follow(limits)


def test_without_a_prediction_the_limits_are_what_they_were() -> None:
    assert limits_of(QUICK, None, None) == QUICK
