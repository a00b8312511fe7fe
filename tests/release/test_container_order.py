"""Who waits for whom in a task (AWS: "ContainerDependency", "HealthCheck")."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.container_order import Condition, Dependency, HealthCheck, Ordered, check_order, order_of

NAMES = "abcd"
GRAPHS = st.fixed_dictionaries({name: st.sets(st.sampled_from([x for x in NAMES if x != name])) for name in NAMES})


def ordered(*wanted: str, condition: Condition = Condition.START, **facts: Any) -> Ordered:
    return Ordered(depends_on=[Dependency(container=name, condition=condition) for name in wanted], **facts)


def can_start(graph: dict[str, set[str]]) -> bool:
    """By starting whatever waits for nothing more, until nothing changes."""
    started: set[str] = set()
    while ready := {name for name, wanted in graph.items() if name not in started and wanted <= started}:
        started |= ready
    return started == graph.keys()


@given(GRAPHS)
def test_an_order_is_taken_exactly_when_every_container_can_start(graph: dict[str, set[str]]) -> None:
    containers = {name: ordered(*sorted(wanted)) for name, wanted in graph.items()}
    if can_start(graph):
        check_order(containers)
    else:
        with pytest.raises(ValueError, match=r"no container would start: . after"):
            check_order(containers)


@pytest.mark.parametrize(
    ("containers", "said"),
    [
        ({"app": ordered("router")}, "starts after 'router', which is no other container of its task; there are none"),
        ({"app": ordered("app"), "b": ordered()}, "'app' starts after 'app', .* there is b"),
        (
            {"app": ordered("setup", condition=Condition.SUCCESS), "setup": ordered()},
            "waits until 'setup' has ended, and the task ends with it; set essential to False",
        ),
        (
            {"app": ordered("db", condition=Condition.HEALTHY), "db": ordered()},
            "waits until 'db' is healthy, which has no health check",
        ),
    ],
)
def test_what_nobody_can_wait_for_is_refused(containers: dict[str, Ordered], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_order(containers)


def test_what_can_be_waited_for_is_taken() -> None:
    check_order(
        {
            "app": Ordered(
                depends_on=[
                    Dependency(container="setup", condition=Condition.SUCCESS),
                    Dependency(container="db", condition=Condition.HEALTHY),
                ]
            ),
            "setup": ordered(essential=False),
            "db": ordered(has_health_check=True),
        }
    )


def test_an_order_is_said_by_name() -> None:
    wanted = [Dependency(container="b", condition=Condition.HEALTHY), Dependency(container="a")]
    assert order_of(wanted) == {
        "dependsOn": [
            {"containerName": "a", "condition": "START"},
            {"containerName": "b", "condition": "HEALTHY"},
        ]
    }
    assert order_of([]) == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"command": ["/healthcheck"]}, "begin with CMD or CMD-SHELL"),
        ({"command": ["CMD"]}, "then the command"),
        ({"interval": 4}, "interval is 4; allowed are 5 to 300"),
        ({"timeout": 61}, "timeout is 61; allowed are 2 to 60"),
        ({"retries": 11}, "retries is 11; allowed are 1 to 10"),
        ({"start_period": 301}, "start_period is 301; allowed are 0 to 300"),
    ],
)
def test_a_health_check_is_one_that_ecs_takes(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        HealthCheck(**{"command": ["CMD", "/healthcheck"], **changed})
