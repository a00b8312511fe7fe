"""`up` never moves live weights or the number of tasks that an autoscaler has set: in any strategy, at any moment.

What `up` does to a running rollout is what `Rollout` does, for the program leaves the rule's actions alone
(tests/components/test_service.py, tests/integration/test_weights.py). Here time stands still while it looks and
follows, so that whatever moves, it has moved.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from account.session import AwsSession, Patience
from provider.follow import ReleaseFailed
from provider.release_run import Edges, Inputs, ReleaseRun, verdict_on
from provider.service_deployment import ServiceReader
from rollout.strategy import Shifting, Strategy
from sandbox.lifecycle import Sandbox
from tests.provider.test_release_run import Row
from tests.provider.test_sixty_releases import CLUSTER, LIMITS, PLACE, Begin, Case, begun
from tests.sandbox.agreement.account import Account, Deployed
from tests.sandbox.agreement.scenario import Scenario
from tests.sandbox.conftest import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

STEPS = st.sampled_from([5, 10, 20, 25, 40, 50])
SHORT = st.integers(0, 5).map(lambda minutes: 60.0 * minutes)
STRATEGIES = st.one_of(
    st.none(),
    st.builds(Shifting, strategy=st.just(Strategy.BLUE_GREEN), bake=SHORT),
    st.builds(Shifting, strategy=st.just(Strategy.CANARY), step=STEPS, step_bake=SHORT, bake=SHORT),
    st.builds(Shifting, strategy=st.just(Strategy.LINEAR), step=STEPS, step_bake=SHORT, bake=SHORT),
)
READS = ("describe_", "list_", "get_", "filter_")


class Recorded(AwsSession):
    """Remembers what it was asked to change."""

    def call(self, service: str, operation: str, /, **params: object) -> dict[str, Any]:
        if not operation.startswith(READS):
            CHANGES.append((operation, params))
        return super().call(service, operation, **params)


CHANGES: list[tuple[str, dict[str, object]]] = []


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Account, AwsSession]]:
    box = Sandbox(tmp_path_factory.mktemp("moved"))
    box.up(port=free_port(), stacks=False)
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in box.environment("test").items() if name.startswith("AWS_")})
    session = Recorded(
        PLACE,
        boto3.Session(profile_name="test", region_name=PLACE.region),
        Patience(connect=5, read=60, attempts=3).config(),
    )
    for client in ("ecs", "elbv2", "cloudwatch", "logs"):
        session.client(client)
    box.clock.pause()
    made = Account(box)
    os.environ.clear()
    os.environ.update(before)
    yield made, session
    box.down()


def live(service: Deployed) -> tuple[object, int]:
    """The weights of the listener rule, and the number of tasks that is wanted."""
    elb = service.account.clients["elbv2"]
    (rule,) = elb.describe_rules(RuleArns=[service.rule])["Rules"]
    return rule["Actions"], service.service()["desiredCount"]


def updated(begin: Begin, session: AwsSession) -> str:
    """What `Rollout` does in an `up` at a moment that stands still: it looks, and follows until interrupted."""
    inputs = Inputs(cluster=CLUSTER, release=begin.release, release_hash="cafe", attempt=1, journal="x", place=PLACE)
    edges = Edges(
        open_reader=lambda asked, _: ServiceReader(session, asked.cluster, asked.release),
        open_journal=lambda _: begin.journal,
    )
    verdict = verdict_on(inputs, ServiceReader(session, CLUSTER, begin.release).read(), None)

    async def follow() -> None:
        cancelled = asyncio.Event()
        asyncio.get_running_loop().call_later(0.6, cancelled.set)
        await ReleaseRun(inputs, edges, Row(), LIMITS, cancelled=cancelled, known=None).to_the_end()

    try:
        asyncio.run(follow())
    except ReleaseFailed:
        return str(verdict.state)
    return str(verdict.state)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A release, and the moment at which `up` comes."""

    shifting: Shifting | None
    behave: str
    moment: int
    """Seconds after the release has begun."""
    scaled: int
    """The number of tasks that an autoscaler sets half way there; 0: it leaves it."""


DRAWN = st.builds(
    Drawn,
    shifting=STRATEGIES,
    behave=st.sampled_from(["", "", "crash", "unhealthy"]),
    moment=st.integers(0, 1500),
    scaled=st.sampled_from([0, 1, 3]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=DRAWN)
def test_at_no_moment_of_any_rollout_does_up_move_weights_or_the_number_of_tasks(
    world: tuple[Account, AwsSession], drawn: Drawn
) -> None:
    account, session = world
    case = Case(scenario=Scenario(behave=drawn.behave, shifting=drawn.shifting))
    service = Deployed(account, case.scenario, f"s{account.rules}")
    account.box.clock.step(timedelta(minutes=10))
    begin = begun(case, service)
    account.box.clock.step(timedelta(seconds=drawn.moment / 2))
    if drawn.scaled:
        service.scale(drawn.scaled)
    account.box.clock.step(timedelta(seconds=drawn.moment / 2))
    before = live(service)
    CHANGES.clear()
    event(updated(begin, session))
    stopped = [operation for operation, _ in CHANGES if operation == "stop_service_deployment"]
    if drawn.behave == "crash" and stopped:
        return  # Slipway had ECS take back what can never run: the weights went back by ECS
    assert not stopped
    assert live(service) == before
    for operation, params in CHANGES:
        assert operation == "update_service", operation
        assert "desiredCount" not in params


def test_the_weights_of_a_release_under_way_are_seen_to_be_kept(world: tuple[Account, AwsSession]) -> None:
    """In the middle of a shift, so that the property above is not about rollouts that have ended."""
    account, session = world
    shifting = Shifting(strategy=Strategy.LINEAR, step=20, step_bake=300)
    case = Case(scenario=Scenario(shifting=shifting))
    service = Deployed(account, case.scenario, f"s{account.rules}")
    account.box.clock.step(timedelta(minutes=10))
    begin = begun(case, service)
    account.box.clock.step(timedelta(seconds=600))
    before = live(service)
    assert updated(begin, session) == "underway"
    assert live(service) == before
