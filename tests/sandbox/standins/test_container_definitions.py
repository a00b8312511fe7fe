"""When two texts of containers mean the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.standins.aws.types.container_definitions import canonical

WEB = {"name": "web", "image": "web:1", "portMappings": [{"containerPort": 8080}]}


def same(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    return canonical(json.dumps(one)) == canonical(json.dumps(other))


@pytest.mark.parametrize(
    "added",
    [
        {"essential": True},
        {"environment": [], "mountPoints": [], "volumesFrom": [], "systemControls": []},
        {"cpu": 0},
        {"portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]},
        {"portMappings": [{"containerPort": 8080.0}]},
    ],
)
def test_what_aws_adds_is_no_difference(added: dict[str, Any]) -> None:
    assert same([WEB], [{**WEB, **added}])


@pytest.mark.parametrize(
    "changed",
    [
        {"essential": False},
        {"image": "web:2"},
        {"environment": [{"name": "A", "value": "1"}]},
        {"cpu": 128},
        {"portMappings": [{"containerPort": 8080, "protocol": "udp"}]},
        {"command": ["a", "b"]},
    ],
)
def test_what_a_program_changes_is_a_difference(changed: dict[str, Any]) -> None:
    assert not same([WEB], [{**WEB, **changed}])


def test_the_order_of_a_command_counts_and_that_of_variables_does_not() -> None:
    one, two = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}
    assert same([{**WEB, "environment": [one, two]}], [{**WEB, "environment": [two, one]}])
    assert not same([{**WEB, "command": ["a", "b"]}], [{**WEB, "command": ["b", "a"]}])


def test_text_that_is_no_list_of_containers_stands_for_itself() -> None:
    assert canonical("[{") == "[{"
    assert canonical('{"name": "web"}') == '{"name": "web"}'
    assert canonical("[1, 2]") == "[1, 2]"
