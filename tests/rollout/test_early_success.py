"""Early success criteria of a rolling deployment."""

from __future__ import annotations

import pytest

from rollout.alarms import Alarms
from rollout.settings import EarlySuccess
from rollout.timeline import Kind
from tests.rollout.worlds import revision, roll_out, steady


def ends(**settings: object) -> dict[Kind, float]:
    """When a rollout of 10 tasks, two at a time, reached which end."""
    service = steady(10, maximum_percent=120, **settings)
    begin = service.now
    events = roll_out(service, revision("new"))
    assert service.steady
    assert service.fleet.tasks() == 10
    told = (Kind.DEPLOYMENT_COMPLETED, Kind.STEADY_STATE, Kind.BAKE_STARTED)
    return {event.kind: event.at - begin for event in events if event.kind in told}


def test_without_them_the_deployment_ends_when_the_service_is_steady() -> None:
    found = ends()
    assert found[Kind.DEPLOYMENT_COMPLETED] == found[Kind.STEADY_STATE] == 5 * 52 + 42


@pytest.mark.parametrize(("percent", "batches"), [(20, 1), (21, 2), (60, 3), (100, 5)])
def test_with_deferred_cleanup_it_ends_when_the_percentage_is_healthy_and_goes_on_in_the_background(
    percent: int, batches: int
) -> None:
    found = ends(early_success=EarlySuccess(healthy_percent=percent, leaves_old_tasks=True))
    assert found == {Kind.DEPLOYMENT_COMPLETED: batches * 52, Kind.STEADY_STATE: 5 * 52 + 42}


def test_with_blocking_cleanup_it_waits_until_the_old_tasks_have_stopped() -> None:
    found = ends(early_success=EarlySuccess(healthy_percent=100))
    assert found[Kind.DEPLOYMENT_COMPLETED] == 5 * 52 + 42


def test_the_bake_time_follows_the_percentage() -> None:
    alarms = Alarms(names=frozenset({"errors"}), enabled=True, bake_time=600)
    found = ends(early_success=EarlySuccess(healthy_percent=20, leaves_old_tasks=True), alarms=alarms)
    assert found[Kind.BAKE_STARTED] == 52
    assert found[Kind.DEPLOYMENT_COMPLETED] == 652
