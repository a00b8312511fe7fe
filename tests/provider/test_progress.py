"""What the row says of a deployment's course."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from provider.facts import Deployment
from provider.progress import course
from provider.service_deployment import ServiceReader
from provider.verdict import judge
from release.deployment_status import DeploymentStatus
from tests.provider.fake_ecs import START, FakeEcs, release

ROLLING = Deployment(arn="d", status=DeploymentStatus.IN_PROGRESS, task_definition="t", created_at=START)
CANARY = replace(ROLLING, stage="PRODUCTION_TRAFFIC_SHIFT", traffic=10.0, bake_minutes=5, updated_at=START)
BAKING = replace(CANARY, stage="BAKE_TIME", traffic=100.0)


def told(own: Deployment, seconds: float, predicted: float | None = None) -> str:
    return course(own, START + timedelta(seconds=seconds), predicted)


def test_a_rolling_deployment_that_nobody_predicted_has_no_course() -> None:
    assert told(ROLLING, 60) == ""


def test_traffic_is_told_where_it_is_shifted() -> None:
    assert told(CANARY, 60) == ", traffic 10 %"
    assert told(replace(CANARY, traffic=2.5), 60) == ", traffic 2.5 %"
    assert told(replace(CANARY, traffic=0.0), 60) == ", traffic 0 %"


@pytest.mark.parametrize(("gone", "left"), [(0, "5:00"), (100, "3:20"), (239.6, "1:00"), (300, "0:00")])
def test_a_bake_is_counted_down(gone: float, left: str) -> None:
    assert told(BAKING, gone) == f", traffic 100 %, bake {left} left"


@pytest.mark.parametrize("gone", [-1, 301], ids=["begins in the future", "should be over"])
def test_where_the_bake_s_begin_cannot_be_known_the_whole_is_told(gone: float) -> None:
    assert told(BAKING, gone) == ", traffic 100 %, bakes, 5 min in all"
    assert told(replace(BAKING, updated_at=None), 60) == ", traffic 100 %, bakes, 5 min in all"


def test_no_bake_is_told_before_it_begins_nor_where_there_is_none() -> None:
    assert "bake" not in told(CANARY, 60)
    assert "bake" not in told(replace(BAKING, bake_minutes=0), 60)


def test_the_predicted_end_is_told_in_the_reader_s_own_time_until_it_has_passed() -> None:
    end = (START + timedelta(seconds=150)).astimezone()
    assert told(ROLLING, 150, 150) == f", predicted end {end:%H:%M}"
    assert told(ROLLING, 151, 150) == f", later than predicted ({end:%H:%M})"


def test_the_row_of_a_canary_tells_all_of_it() -> None:
    ecs = FakeEcs(current=2, rollout_state="IN_PROGRESS", draining=True, load_balanced=True)
    ecs.deploy(
        2,
        "IN_PROGRESS",
        lifecycleStage="BAKE_TIME",
        updatedAt=START,
        deploymentConfiguration={"bakeTimeInMinutes": 5},
    )
    ecs.history[0]["targetServiceRevision"]["requestedProductionTrafficWeight"] = 10.0
    ecs.run(2, 1)
    asked = replace(release(2), predicted=300)
    facts = ServiceReader(ecs, "microservices-cluster", asked).read()  # type: ignore[arg-type]
    assert facts is not None
    end = (ecs.history[0]["createdAt"] + timedelta(seconds=300)).astimezone()
    at_bake = replace(facts, now=START + timedelta(seconds=100))
    assert judge(asked, at_bake).sentence == (
        f"tasks 1/2 running, 1/2 healthy, traffic 10 %, bake 3:20 left, predicted end {end:%H:%M}"
    )


def test_the_time_of_the_look_is_that_of_aws() -> None:
    class Dated(FakeEcs):
        def call(self, service: str, operation: str, /, **params: object) -> dict[str, object]:
            dated = {"ResponseMetadata": {"HTTPHeaders": {"date": "Thu, 01 Jan 2026 00:01:40 GMT"}}}
            return super().call(service, operation, **params) | dated

    ecs = Dated(current=2)
    ecs.run(2)
    facts = ServiceReader(ecs, "microservices-cluster", release(2)).read()  # type: ignore[arg-type]
    assert facts is not None
    assert facts.now == START + timedelta(seconds=100)
