"""Containers beside the service's own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.containers import ContainerSecret
from components.sidecars import LogRouting, Sidecar, collector, log_router, to_log_group
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from components.volumes import Mount, Volume
from release.container_limits import LimitError, Limits
from release.container_order import Condition, Dependency, HealthCheck
from tests.components.builders import SECRET_ARN, TASK_DEFINITION, build
from tests.recording_engine import DIGEST, REGION

IMAGE = f"public.ecr.aws/team/thing@{DIGEST}"
SIDECAR = Sidecar(name="proxy", image=IMAGE)


def containers(args: TaskDefinitionArgs) -> dict[str, dict[str, Any]]:
    text = build(TaskDefinition, args).one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    return {one["name"]: one for one in json.loads(text)}


def policies(args: TaskDefinitionArgs) -> dict[str, Any]:
    found = {}
    for one in build(TaskDefinition, args).all("aws:iam/rolePolicy:RolePolicy"):
        (statement,) = json.loads(one.inputs["policy"])["Statement"]
        found[one.name.removeprefix("thing-")] = statement["Resource"]
    return found


def test_a_sidecar_is_as_safe_as_the_service_and_leaves_it_as_it_was() -> None:
    alone, beside = containers(TASK_DEFINITION), containers(replace(TASK_DEFINITION, sidecars=[SIDECAR]))
    assert beside["auth-service"] == alone["auth-service"]
    assert beside["proxy"] == {
        "name": "proxy",
        "image": IMAGE,
        "essential": True,
        "user": "65532:65532",
        "privileged": False,
        "readonlyRootFilesystem": True,
        "stopTimeout": 30,
        "environment": [],
        "secrets": [],
        "logConfiguration": alone["auth-service"]["logConfiguration"],
    }


def test_every_option_of_a_sidecar_is_what_ecs_calls_it() -> None:
    whole = replace(
        SIDECAR,
        essential=False,
        command=["serve", "--fast"],
        environment={"B": "2", "A": "1"},
        secrets=[ContainerSecret(variable="KEY", arn=SECRET_ARN)],
        limits=Limits(cpu=64, memory=128, memory_reservation=64),
        depends_on=[Dependency(container="auth-service", condition=Condition.START)],
        health_check=HealthCheck(command=["CMD", "/ok"]),
        mounts=[Mount(volume="tmp", path="/tmp")],  # noqa: S108
        start_timeout=60,
        stop_timeout=10,
    )
    made = containers(replace(TASK_DEFINITION, volumes=[Volume(name="tmp")], sidecars=[whole]))["proxy"]
    expected = {
        "essential": False,
        "command": ["serve", "--fast"],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "secrets": [{"name": "KEY", "valueFrom": SECRET_ARN}],
        "cpu": 64,
        "memory": 128,
        "memoryReservation": 64,
        "dependsOn": [{"containerName": "auth-service", "condition": "START"}],
        "healthCheck": {"command": ["CMD", "/ok"], "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 0},
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
        "startTimeout": 60,
        "stopTimeout": 10,
    }
    assert {name: made[name] for name in expected} == expected


def test_the_order_of_sidecars_makes_no_other_definition() -> None:
    other = replace(SIDECAR, name="other")

    def text(*sidecars: Sidecar) -> str:
        engine = build(TaskDefinition, replace(TASK_DEFINITION, sidecars=sidecars))
        return str(engine.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])

    assert text(SIDECAR, other) == text(other, SIDECAR)


def test_the_services_log_goes_through_the_router_which_starts_first() -> None:
    args = replace(
        TASK_DEFINITION, sidecars=[log_router(IMAGE)], log_routing=to_log_group("/routed", "arn:group", REGION)
    )
    made = containers(args)
    assert made["auth-service"]["logConfiguration"] == {
        "logDriver": "awsfirelens",
        "options": {
            "Name": "cloudwatch_logs",
            "auto_create_group": "false",
            "log_group_name": "/routed",
            "log_stream_prefix": "routed/",
            "region": REGION,
        },
    }
    assert made["auth-service"]["dependsOn"] == [{"containerName": "log-router", "condition": "START"}]
    router = made["log-router"]
    assert router["firelensConfiguration"] == {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}}
    assert (router["user"], router["privileged"], router["essential"]) == ("65532:65532", False, True)
    assert router["logConfiguration"]["logDriver"] == "awslogs", "its own log goes by no router"
    assert policies(args)["task-route-logs"] == ["arn:group:*"]


def test_a_secret_option_of_the_log_is_a_reference_that_ecs_may_read() -> None:
    key = ContainerSecret(variable="apikey", arn=SECRET_ARN)
    routing = LogRouting(options={"Name": "datadog", "Host": "logs.example.com"}, secrets=[key])
    args = replace(TASK_DEFINITION, sidecars=[log_router(IMAGE)], log_routing=routing)
    said = containers(args)["auth-service"]["logConfiguration"]
    assert said["secretOptions"] == [{"name": "apikey", "valueFrom": SECRET_ARN}]
    assert policies(args)["execution-log-routing-read-secret-apikey"] == [SECRET_ARN]


def test_a_secret_option_of_the_log_in_plain_is_refused() -> None:
    with pytest.raises(ValueError, match=r"option apikey looks like a key .*by `secrets`"):
        LogRouting(options={"Name": "datadog", "apikey": "1a2b"})


def test_the_longest_variable_of_the_longest_name_still_names_a_policy() -> None:
    secret = ContainerSecret(variable="V" * 255, arn=SECRET_ARN)
    args = replace(TASK_DEFINITION, sidecars=[replace(SIDECAR, name="n" * 63, secrets=[secret])])
    assert [SECRET_ARN] in [said for name, said in policies(args).items() if name.startswith(f"execution-{'n' * 63}")]


def test_a_collector_does_not_take_the_service_down_and_sends_traces() -> None:
    args = replace(TASK_DEFINITION, sidecars=[collector(IMAGE)])
    made = containers(args)["telemetry"]
    assert made["essential"] is False
    assert made["command"] == ["--config=/etc/ecs/ecs-default-config.yaml"]
    assert made["healthCheck"]["command"] == ["CMD", "/healthcheck"]
    assert policies(args)["task-send-traces"] == ["*"]


def test_a_collector_takes_a_configuration_of_ones_own() -> None:
    made = containers(replace(TASK_DEFINITION, sidecars=[collector(IMAGE, config="receivers: {}")]))["telemetry"]
    assert made["environment"] == [{"name": "AOT_CONFIG_CONTENT", "value": "receivers: {}"}]
    assert "command" not in made


def test_ecs_may_pull_a_private_sidecar_and_read_its_secrets_and_no_more() -> None:
    secret = ContainerSecret(variable="API_KEY", arn=SECRET_ARN)
    private = replace(SIDECAR, repository_arn="arn:repository", secrets=[secret])
    before, after = policies(TASK_DEFINITION), policies(replace(TASK_DEFINITION, sidecars=[private]))
    assert {name: after[name] for name in after.keys() - before.keys()} == {
        "execution-pull-proxy": ["arn:repository"],
        "execution-proxy-read-secret-api-key": [SECRET_ARN],
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "A proxy"}, "lower-case letters"),
        ({"image": "nginx:latest"}, "runs 'nginx:latest', .* name it by its digest"),
        ({"user": "root"}, "a container does not run as root"),
        ({"user": "0", "firelens": {}}, "a container does not run as root"),
        ({"user": "fluent", "firelens": {}}, "its user 'fluent'; FireLens takes uid, uid:gid or uid:group"),
        ({"stop_timeout": 121}, "stop_timeout is 121"),
        ({"start_timeout": 121}, "start_timeout is 121; Fargate waits 2 to 120"),
    ],
)
def test_a_sidecar_that_could_not_run_or_is_not_safe_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SIDECAR, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sidecars": [SIDECAR, SIDECAR]}, "'proxy' is there twice"),
        ({"sidecars": [replace(SIDECAR, name="auth-service")]}, "'auth-service' is there twice"),
        ({"sidecars": [log_router(IMAGE), replace(log_router(IMAGE), name="other")]}, "are both log routers"),
        ({"log_routing": LogRouting(options={"Name": "null"})}, "there is none; add one to sidecars"),
        ({"depends_on": [Dependency(container="proxy")]}, "'proxy', which is no other container"),
        ({"sidecars": [replace(SIDECAR, mounts=[Mount(volume="x", path="/x")])]}, "'proxy' mounts 'x'"),
    ],
)
def test_containers_that_do_not_fit_together_are_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(TASK_DEFINITION, **changed)


def test_what_containers_keep_for_themselves_is_within_the_tasks() -> None:
    with pytest.raises(LimitError, match=r"keep 600 MiB .*\(auth-service 500 \+ proxy 100\).* task has 512"):
        replace(
            TASK_DEFINITION,
            limits=Limits(memory_reservation=500),
            sidecars=[replace(SIDECAR, limits=Limits(memory_reservation=100))],
        )
