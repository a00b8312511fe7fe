"""How a stack file says that a service is scaled."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.scaling import ScalingDials
from stacks.settings import ServiceDials, parse
from tests.stacks.test_settings import GOOD, SOURCE, dials, refusal

FULL: dict[str, Any] = {
    "min": 2,
    "max": 10,
    "cpu": 60.0,
    "memory": 70.0,
    "requestsPerTask": 1000.0,
    "queue": {"name": "jobs", "messagesPerTask": 20.0},
    "steps": [{"cpuAbove": 80.0, "add": 2}, {"cpuAbove": 95.0, "add": 5}],
    "schedules": [{"name": "day", "when": "cron(0 7 ? * MON-FRI *)", "timeZone": "Europe/Berlin", "min": 4, "max": 12}],
}


def scaling(**changed: Any) -> dict[str, Any]:
    return dials(scaling={**FULL, **changed})


def read(config: dict[str, Any], environment: str = "test") -> ServiceDials:
    return parse(environment, config, SOURCE).services["auth-service"]


def test_everything_that_scales_can_be_said() -> None:
    found = read(scaling()).scaling
    assert isinstance(found, ScalingDials)
    assert (found.min, found.max, found.cpu, found.requests_per_task) == (2, 10, 60, 1000)
    assert found.queue is not None
    assert (found.queue.name, found.queue.messages_per_task) == ("jobs", 20)
    assert [(step.cpu_above, step.add) for step in found.steps] == [(80, 2), (95, 5)]
    assert found.schedules[0].time_zone == "Europe/Berlin"


def test_a_whole_number_of_percent_needs_no_point() -> None:
    found = read(dials(scaling={"min": 1, "max": 3, "cpu": 60})).scaling
    assert found is not None
    assert found.cpu == 60


def test_nothing_is_scaled_unless_the_stack_file_says_so() -> None:
    assert read(dict(GOOD)).scaling is None


def test_where_scaling_owns_the_number_the_service_begins_with_the_least() -> None:
    config = {**GOOD, "services": {"auth-service": {"scaling": {"min": 4, "max": 9, "cpu": 50}}}}
    assert read(config).desired_count == 4
    begun = {"auth-service": {"scaling": {"min": 4, "max": 9, "cpu": 50}, "desiredCount": 7}}
    assert read({**GOOD, "services": begun}).desired_count == 7


@pytest.mark.parametrize(
    ("config", "named"),
    [
        (scaling(min=11), ("auth-service.scaling", "min is 11 and max 10")),
        (scaling(min=3), ("auth-service.scaling", "desiredCount is 2", "3 to 10")),
        (dials(scaling={"min": 1, "max": 3}), ("auth-service.scaling", "nothing says when to scale")),
        (scaling(cpu=0), ("scaling.cpu", "1 to 100")),
        (scaling(cpu="60"), ("scaling.cpu", "'60'")),
        (scaling(requestsPerTask=0), ("scaling.requestsPerTask", "above 0")),
        (scaling(queue={"name": "https://sqs/q", "messagesPerTask": 1}), ("scaling.queue.name", "not its URL")),
        (scaling(queue={"name": "q"}), ("scaling.queue.messagesPerTask", "missing")),
        (scaling(steps=[{"cpuAbove": 80, "add": 0}]), ("scaling.steps.0.add", "1 to 100")),
        (scaling(steps=[{"cpuAbove": 80, "add": 1}] * 2), ("scaling", "two steps above 80")),
        (scaling(schedules=[{**FULL["schedules"][0], "timeZone": "Berlin"}]), ("schedules.0.timeZone", "no such time")),
        (scaling(schedules=[{**FULL["schedules"][0], "when": "7 o'clock"}]), ("schedules.0.when", "cron(0 7")),
        (scaling(schedules=[{**FULL["schedules"][0], "min": 13}]), ("schedules.0", "max must be no less")),
        (scaling(schedules=FULL["schedules"] * 2), ("scaling", "two schedules with the name day")),
        (scaling(cup=60), ("scaling.cup", "'cpu'")),
        (
            scaling(schedules=[{**FULL["schedules"][0], "zone": "UTC"}]),
            ("schedules.0.zone", "known are min, max, name, when, timeZone"),
        ),
    ],
)
def test_a_mistake_in_scaling_is_named(config: dict[str, Any], named: tuple[str, ...]) -> None:
    said = refusal(config)
    for name in named:
        assert name in said
