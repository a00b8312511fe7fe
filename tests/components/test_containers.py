"""Container definitions, rendered without Pulumi's engine."""

from __future__ import annotations

from typing import Any

import pytest

from components.containers import Container, Logs, container_definitions
from release.container_limits import LimitError, Limits, Ulimit
from release.container_order import HealthCheck
from tests.recording_engine import REGION

APP: dict[str, Any] = {
    "name": "app",
    "image": "image@sha256:1",
    "port": 8080,
    "user": "65532:65532",
    "environment": {},
    "secrets": [],
    "stop_timeout": 30,
    "logs": Logs(group="/ecs/app", region=REGION),
}
PLAIN = {
    "name",
    "image",
    "essential",
    "user",
    "privileged",
    "readonlyRootFilesystem",
    "stopTimeout",
    "portMappings",
    "environment",
    "secrets",
    "logConfiguration",
}


def rendered(**changed: Any) -> dict[str, Any]:
    (only,) = container_definitions(Container(**{**APP, **changed}))
    return only


def test_what_is_not_asked_for_is_not_in_the_definition() -> None:
    assert rendered().keys() == PLAIN


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"limits": Limits(cpu=128)}, {"cpu": 128}),
        ({"limits": Limits(memory=256)}, {"memory": 256}),
        (
            {"limits": Limits(memory=256, memory_reservation=128)},
            {"memory": 256, "memoryReservation": 128},
        ),
        (
            {"ulimits": [Ulimit(name="nproc", soft=1, hard=2), Ulimit(name="nofile", soft=3, hard=4)]},
            {
                "ulimits": [
                    {"name": "nofile", "softLimit": 3, "hardLimit": 4},
                    {"name": "nproc", "softLimit": 1, "hardLimit": 2},
                ]
            },
        ),
        (
            {"health_check": HealthCheck(command=("CMD", "/app", "health"), start_period=20)},
            {
                "healthCheck": {
                    "command": ["CMD", "/app", "health"],
                    "interval": 10,
                    "timeout": 5,
                    "retries": 3,
                    "startPeriod": 20,
                }
            },
        ),
        ({"init": True}, {"linuxParameters": {"initProcessEnabled": True}}),
    ],
)
def test_an_option_is_what_ecs_calls_it_and_changes_nothing_else(option: dict[str, Any], said: dict[str, Any]) -> None:
    assert rendered(**option) == {**rendered(), **said}


def test_a_container_that_listens_on_nothing_has_no_port_and_is_told_none() -> None:
    said = rendered(port=None)
    assert said["portMappings"] == []
    assert "PORT" not in [one["name"] for one in said["environment"]]


def test_a_stop_timeout_that_fargate_does_not_have_is_refused() -> None:
    with pytest.raises(LimitError, match="stop_timeout is 121"):
        rendered(stop_timeout=121)
