"""What ECS says about services right now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from account.aws_faults import AwsFault
from slipway.live import look
from tests.provider.fake_ecs import FakeEcs, task_definition

if TYPE_CHECKING:
    from slipway.live import Live


def seen(ecs: FakeEcs) -> dict[str, Live]:
    return look(ecs, "microservices-cluster", ["auth-service"])  # type: ignore[arg-type]


def running() -> FakeEcs:
    ecs = FakeEcs(current=2, load_balanced=True)
    ecs.run(2)
    return ecs


def test_a_service_that_runs_is_well() -> None:
    live = seen(running())["auth-service"]
    assert (live.running, live.desired, live.healthy, live.targets) == (2, 2, 2, 2)
    assert live.task_definition == task_definition(2)
    assert live.well


@pytest.mark.parametrize(
    ("field", "value"),
    [("desired", 3), ("rollout_state", "IN_PROGRESS"), ("rollout_state", "FAILED"), ("targets", [("x", "unhealthy")])],
    ids=["tasks missing", "in motion", "failed", "targets unhealthy"],
)
def test_a_service_with_something_amiss_is_not_well(field: str, value: object) -> None:
    ecs = running()
    setattr(ecs, field, value)
    assert not seen(ecs)["auth-service"].well


def test_tasks_in_the_other_group_of_a_pair_are_counted_too() -> None:
    ecs = running()
    ecs.alternate = True
    live = seen(ecs)["auth-service"]
    assert (live.healthy, live.targets) == (2, 2)


def test_targets_that_drain_are_not_counted() -> None:
    ecs = running()
    ecs.targets.append(("10.0.0.99", "draining"))
    assert seen(ecs)["auth-service"].targets == 2


@pytest.mark.parametrize("status", ["MISSING", "INACTIVE", "DRAINING"])
def test_a_service_that_is_gone_is_not_listed(status: str) -> None:
    assert seen(FakeEcs(status=status)) == {}


def test_a_cluster_that_is_gone_has_no_services_and_other_faults_are_raised() -> None:
    ecs = FakeEcs()
    ecs.faults["describe_services"] = AwsFault("no cluster", code="ClusterNotFoundException")
    assert seen(ecs) == {}
    ecs.faults["describe_services"] = AwsFault("denied", code="AccessDeniedException")
    with pytest.raises(AwsFault, match="denied"):
        seen(ecs)
