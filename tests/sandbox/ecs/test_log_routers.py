"""Log routers (AWS: "FirelensConfiguration")."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.conftest import Ecs
from tests.sandbox.ecs.surroundings import Refused

FARGATE: dict[str, Any] = {
    "family": "routed",
    "cpu": "256",
    "memory": "512",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "executionRoleArn": "arn:aws:iam::111111111111:role/execution",
}
APP = {"name": "app", "image": "auth:1", "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "null"}}}
ROUTER = {"name": "router", "image": "auth:1", "firelensConfiguration": {"type": "fluentbit"}}


@pytest.mark.parametrize(("given", "user"), [({}, "0"), ({"user": "0"}, "0"), ({"user": "65532:65532"}, "65532:65532")])
def test_a_router_without_a_user_is_root(ecs: Ecs, given: dict[str, Any], user: str) -> None:
    shown = ecs("RegisterTaskDefinition", **FARGATE, containerDefinitions=[APP, ROUTER | given])["taskDefinition"]
    assert shown["containerDefinitions"][1]["user"] == user
    assert "user" not in shown["containerDefinitions"][0]


@pytest.mark.parametrize(
    ("containers", "said"),
    [
        ([APP], "'app' uses the log driver awsfirelens"),
        ([APP, ROUTER, ROUTER | {"name": "other"}], "one container with a firelensConfiguration only"),
        ([APP, ROUTER | {"user": "fluent"}], "firelens container 'router', it must be one of"),
        (
            [APP, ROUTER | {"firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "s3"}}}],
            "only support the config-file-type 'file'",
        ),
    ],
)
def test_a_log_that_would_go_nowhere_is_refused(ecs: Ecs, containers: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(Refused, match=said):
        ecs("RegisterTaskDefinition", **FARGATE, containerDefinitions=containers)
