"""Sixty releases: every bad one fails and fails again without a second deployment, every good one succeeds.

Each row is a service of its own on one sandbox, made and moved by boto3 alone, and followed by what `Rollout` does: the
named cause is the injected one, and the journal says how it ended. All rows go on at the same time.
"""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest

from account.session import AwsPlace, AwsSession, Patience
from provider.follow import Limits, ReleaseFailed
from provider.release_run import Edges, Inputs, ReleaseRun
from provider.service_deployment import ServiceReader
from provider.verdict import Release
from release.journal import Aborted, Attempt, Begun, Ended, Outcome
from rollout.strategy import Shifting, Stage, Strategy
from sandbox.lifecycle import Sandbox
from tests.provider.test_release_run import Row
from tests.sandbox.agreement.account import CLUSTER, Account, Deployed
from tests.sandbox.agreement.scenario import Halt, Scenario
from tests.sandbox.conftest import assert_no_crash, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.integration

SPEED: Final = 240
PLACE: Final = AwsPlace(account="111111111111", region="eu-west-1")
LIMITS: Final = Limits(total=150, start=3, settle=4, outage=10, first_poll=0.3, last_poll=1.5)
GIVEN_UP: Final = frozenset({Outcome.BREAKER_ROLLED_BACK, Outcome.FAILED})
"""Either the breaker was first, or Slipway, which had seen enough."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One release and how it must end."""

    scenario: Scenario
    outcomes: frozenset[Outcome] = frozenset({Outcome.SUCCEEDED})
    cause: str = ""
    """Name of the cause, where there must be one."""
    says: str = ""
    """What the first line must say."""
    meanwhile: Callable[[Deployed], None] | None = None
    """What somebody does as soon as the release has begun."""
    goes_on: bool = False
    """Whether it is not over when `Rollout` gives up waiting: no end is written."""


STRATEGIES: Final[Mapping[str, Shifting | None]] = {
    "rolling": None,
    "blue-green": Shifting(strategy=Strategy.BLUE_GREEN, bake=120),
    "canary": Shifting(strategy=Strategy.CANARY, step=10, step_bake=120, bake=60),
    "linear": Shifting(strategy=Strategy.LINEAR, step=40, step_bake=60, bake=60),
}


def person_stops(service: Deployed) -> None:
    service.stop_deployment()


def somebody_deploys(service: Deployed) -> None:
    service.deploy("")


def alarm_goes_off(service: Deployed) -> None:
    service.raise_alarm()


def somebody_deletes(service: Deployed) -> None:
    service.account.clients["ecs"].delete_service(cluster=CLUSTER, service=service.name, force=True)


def bad(behave: str, cause: str, says: str, **more: Any) -> Case:
    return Case(scenario=Scenario(behave=behave, **more), outcomes=GIVEN_UP, cause=cause, says=says)


def of_each_strategy(name: str, shifting: Shifting | None) -> dict[str, Case]:
    """What can befall a release, whatever the strategy."""
    return {
        f"{name}: sound": Case(scenario=Scenario(shifting=shifting)),
        f"{name}: slow but sound": Case(scenario=Scenario(behave="slow:start=45", grace=120, shifting=shifting)),
        f"{name}: errors under traffic but no alarm": Case(scenario=Scenario(behave="errors", shifting=shifting)),
        f"{name}: crash": bad("crash", "container exits", "container app exited with code 1", shifting=shifting),
        f"{name}: out of memory": bad("oom", "out of memory", "more memory than it has", shifting=shifting),
        f"{name}: missing image": bad("missing", "image not found", "image", shifting=shifting),
        f"{name}: never healthy": Case(
            scenario=Scenario(behave="unhealthy", shifting=shifting),
            outcomes=frozenset({Outcome.BREAKER_ROLLED_BACK}),
            says="health check",
        ),
        f"{name}: stopped by a person": Case(
            scenario=Scenario(behave="slow:start=90", grace=300, shifting=shifting),
            outcomes=frozenset({Outcome.STOPPED}),
            cause="stopped by a person",
            says="somebody stopped the deployment",
            meanwhile=person_stops,
        ),
        f"{name}: replaced by another deployment": Case(
            scenario=Scenario(behave="slow:start=90", grace=300, shifting=shifting),
            outcomes=frozenset({Outcome.REPLACED, Outcome.OTHER_REVISION}),
            meanwhile=somebody_deploys,
        ),
        f"{name}: alarm": Case(
            scenario=Scenario(behave="slow:start=90", grace=300, alarm="watched", shifting=shifting),
            outcomes=frozenset({Outcome.ALARM_ROLLED_BACK}),
            cause="alarm",
            says="alarm",
            meanwhile=alarm_goes_off,
        ),
        f"{name}: sound beside an alarm that stays quiet": Case(scenario=Scenario(alarm="watched", shifting=shifting)),
        f"{name}: service deleted": Case(
            scenario=Scenario(behave="slow:start=90", grace=300, shifting=shifting),
            outcomes=frozenset({Outcome.DELETED}),
            says="there is no service",
            meanwhile=somebody_deletes,
        ),
    }


SHIFTING: Final = STRATEGIES["blue-green"]
ROWS: Final[dict[str, Case]] = {
    **{
        name: row
        for strategy, shifting in STRATEGIES.items()
        for name, row in of_each_strategy(strategy, shifting).items()
    },
    "one task": Case(scenario=Scenario(desired=1)),
    "no task": Case(scenario=Scenario(desired=0)),
    "many tasks in place": Case(scenario=Scenario(desired=4, minimum=50, maximum=100)),
    "one by one": Case(scenario=Scenario(desired=3, minimum=100, maximum=134)),
    "no load balancer": Case(scenario=Scenario(target=None)),
    "container health check": Case(scenario=Scenario(target=None, container={"interval": 10, "retries": 3})),
    "long pull": Case(scenario=Scenario(behave="healthy:pull=90s")),
    "stubborn at its end": Case(scenario=Scenario(behave="stubborn", stop_timeout=60)),
    "crash late": bad("crash:after=15", "container exits", "container app exited with code 1", desired=4, minimum=50),
    "crash without a load balancer": bad("crash", "container exits", "container app exited with code 1", target=None),
    "crash without rollback": Case(
        scenario=Scenario(behave="crash", rollback=False),
        outcomes=frozenset({*GIVEN_UP, Outcome.NOTHING_TO_GO_BACK_TO}),
        cause="container exits",
        says="container app exited with code 1",
    ),
    "never healthy in its container": Case(
        scenario=Scenario(behave="unhealthy", target=None, container={"interval": 10, "retries": 2}),
        outcomes=frozenset({Outcome.BREAKER_ROLLED_BACK}),
        says="health check",
    ),
    "grace shorter than the start": Case(
        scenario=Scenario(behave="slow:start=300", grace=0),
        outcomes=frozenset({Outcome.BREAKER_ROLLED_BACK}),
        says="health check",
    ),
    "crash without a breaker": bad("crash", "container exits", "container app exited with code 1", breaker=False),
    "failing hook": Case(
        scenario=Scenario(shifting=SHIFTING, halt=Halt(stage=Stage.POST_SCALE_UP, pause=False)),
        outcomes=frozenset({Outcome.FAILED}),
        says="hook",
    ),
    "pause for a person": Case(
        scenario=Scenario(shifting=SHIFTING, halt=Halt(stage=Stage.POST_SCALE_UP)),
        outcomes=frozenset(),
        says="not finished: waits for a person",
        goes_on=True,
    ),
    "pause that nobody ends": Case(
        scenario=Scenario(shifting=SHIFTING, halt=Halt(stage=Stage.PRE_SCALE_UP, minutes=2)),
        outcomes=frozenset({Outcome.FAILED}),
        says="",
        goes_on=False,
    ),
}


@dataclass
class Journal:
    """A journal that remembers, so that the second run meets what the first one wrote."""

    service: str
    begun: Begun
    ended: Ended | None = None
    ends: int = 0

    def attempts(self) -> tuple[Attempt, ...]:
        return (Attempt(begun=self.begun, ended=self.ended),)

    def aborted(self, begun: Begun) -> Aborted | None:
        assert begun == self.begun

    def end(self, begun: Begun, ended: Ended) -> bool:
        assert begun == self.begun
        self.ended, self.ends = ended, self.ends + 1
        return True


@dataclass
class Said:
    """What became of a row."""

    answers: list[str] = field(default_factory=list)
    """What each of the two runs said; empty for one that succeeded."""
    deployments: list[int] = field(default_factory=list)
    """How many service deployments there were after each."""
    journal: Journal | None = None


def task_definition_of(service: Deployed) -> str:
    return max(service._revisions, key=lambda arn: int(service._revisions[arn]))


def newest(service: Deployed) -> str:
    listed = service.account.clients["ecs"].list_service_deployments(cluster=CLUSTER, service=service.name)
    return str(listed["serviceDeployments"][0]["serviceDeploymentArn"])


def counted(service: Deployed) -> int:
    ecs = service.account.clients["ecs"]
    try:
        return len(ecs.list_service_deployments(cluster=CLUSTER, service=service.name)["serviceDeployments"])
    except ecs.exceptions.ServiceNotFoundException:
        return 0


@dataclass(frozen=True)
class Begin:
    """A release that has just begun."""

    release: Release
    journal: Journal


def begun(row: Case, service: Deployed) -> Begin:
    """Writes the begin, and moves the service."""
    after = newest(service)
    service.deploy(row.scenario.behave)
    number = max(service.digests, key=int)
    release = Release(
        service=service.name,
        version="1.1.0",
        task_definition=task_definition_of(service),
        digest=service.digests[number],
        target_groups=tuple(service.groups[:1]),
    )
    record = Begun(
        service=service.name, version="1.1.0", digest=release.digest, task_definition=release.task_definition,
        release_hash="cafe", config={}, at=datetime.now(UTC), who="ada", after=after,
    )  # fmt: skip
    return Begin(release, Journal(service.name, record))


async def followed(begin: Begin, service: Deployed, session: AwsSession) -> Said:
    """Follows the release to its end, and then once more."""
    said = Said(journal=begin.journal)
    inputs = Inputs(cluster=CLUSTER, release=begin.release, release_hash="cafe", attempt=1, journal="x", place=PLACE)
    edges = Edges(
        open_reader=lambda asked, _: ServiceReader(session, asked.cluster, asked.release),
        open_journal=lambda _: begin.journal,
    )
    for _ in range(2):
        run = ReleaseRun(inputs, edges, Row(), LIMITS, cancelled=asyncio.Event(), known=None)
        try:
            await run.to_the_end()
            said.answers.append("")
        except ReleaseFailed as failure:
            said.answers.append(str(failure))
        said.deployments.append(await asyncio.to_thread(counted, service))
    return said


def settled(service: Deployed) -> None:
    """Waits until the first deployment has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if service.ends() and service.ends()[0][0] == "SUCCESSFUL":
            return
        time.sleep(0.2)
    raise AssertionError(f"{service.name} never came up: {service.ends()}")


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Said]]:
    box = Sandbox(tmp_path_factory.mktemp("sixty"))
    box.up(port=free_port(), speed=SPEED, stacks=False)
    environment = box.environment("test")
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in environment.items() if name.startswith("AWS_")})
    signed = boto3.Session(profile_name="test", region_name=PLACE.region)
    session = AwsSession(PLACE, signed, Patience(connect=5, read=60, attempts=3).config())
    for client in ("ecs", "elbv2", "cloudwatch", "logs"):
        session.client(client)
    account = Account(box)

    services = {name: Deployed(account, row.scenario, f"s{at}") for at, (name, row) in enumerate(ROWS.items())}
    for service in services.values():
        settled(service)
    box.clock.pause()  # so that whatever somebody does happens while the release goes on
    begins = {name: begun(row, services[name]) for name, row in ROWS.items()}
    box.clock.step(timedelta(seconds=5))
    for name, row in ROWS.items():
        if row.meanwhile:
            row.meanwhile(services[name])
    box.clock.resume()

    async def all_rows() -> dict[str, Said]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(24))
        going = [followed(begins[name], services[name], session) for name in ROWS]
        return dict(zip(ROWS, await asyncio.gather(*going), strict=True))

    found = asyncio.run(all_rows())
    os.environ.clear()
    os.environ.update(before)
    yield found
    box.down()
    assert_no_crash(box)


def test_the_table_has_sixty_rows() -> None:
    assert len(ROWS) >= 60
    ends = {outcome for row in ROWS.values() for outcome in row.outcomes}
    assert ends >= {
        Outcome.SUCCEEDED, Outcome.BREAKER_ROLLED_BACK, Outcome.ALARM_ROLLED_BACK, Outcome.STOPPED, Outcome.REPLACED,
        Outcome.DELETED, Outcome.FAILED,
    }  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_its_end_is_the_truth_and_is_told_again(said: dict[str, Said], name: str) -> None:
    row, was = ROWS[name], said[name]
    first, again = was.answers
    assert was.journal is not None
    good = row.outcomes == {Outcome.SUCCEEDED}
    assert (first == "") is good, first
    assert (again == "") is good, again
    assert was.deployments[0] == was.deployments[1], "the second run starts nothing"
    assert row.says in first.splitlines()[0] if first else not row.says, first
    if row.goes_on:
        assert was.journal.ended is None
        return
    assert was.journal.ended is not None, first
    assert was.journal.ended.outcome in row.outcomes, was.journal.ended
    assert was.journal.ended.cause == row.cause or not row.cause, was.journal.ended
    assert was.journal.ends == 1
    if not good:
        assert "quarantine" in again
        assert was.journal.ended.sentence in again
