"""Containers beside a service of the catalogue, in every environment."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from release.container_limits import Limits
from release.container_order import Condition, Dependency, HealthCheck
from stacks.catalogue import CATALOGUE
from stacks.profiles import PROFILES
from stacks.service_definition import Permission, SecretReference, ServiceDefinition
from stacks.sidecar_definition import Collector, LogRouter, SidecarDefinition
from tests.infra.program import deploy, released
from tests.recording_engine import DIGEST, REGION, Engine

[AUTH] = CATALOGUE
IMAGE = f"public.ecr.aws/team/thing@{DIGEST}"
PRIVATE = f"{{account}}.dkr.ecr.{{region}}.amazonaws.com/proxy@{DIGEST}"
PROXY = SidecarDefinition(
    name="proxy",
    image=PRIVATE,
    repository="proxy",
    user="1000:1000",
    essential=False,
    command=("serve",),
    environment={"MODE": "{fast}"},
    secrets=(SecretReference(variable="API_KEY", secret="proxy/key"),),
    permissions=(Permission(name="read-routes", actions=("s3:GetObject",), resources=("arn:aws:s3:::routes/a",)),),
    limits=Limits(cpu=64, memory_reservation=64),
    depends_on=(Dependency(container="auth-service"),),
    health_check=HealthCheck(command=("CMD", "/ok")),
    scratch=("/cache",),
    start_timeout=60,
    stop_timeout=10,
)


def deployed(environment: str, **changed: Any) -> Engine:
    return deploy(environment, released(environment), services=[replace(AUTH, **changed)])


def account_of(environment: str) -> str:
    return str(released(environment)["aws"]["account"])


def containers(engine: Engine) -> dict[str, dict[str, Any]]:
    definition = engine.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    return {one["name"]: one for one in json.loads(definition["containerDefinitions"])}


def needs(engine: Engine) -> dict[str, Any]:
    found = {}
    for one in engine.all("aws:iam/rolePolicy:RolePolicy"):
        [statement, *_] = json.loads(one.inputs["policy"])["Statement"]
        found[one.name.partition("auth-service-")[2]] = statement["Resource"]
    return found


@pytest.mark.parametrize("environment", PROFILES)
def test_a_sidecar_comes_beside_the_service_with_all_that_its_entry_says(environment: str) -> None:
    engine = deployed(environment, scratch=("/cache",), limits=Limits(memory_reservation=128), sidecars=(PROXY,))
    account = account_of(environment)
    own, beside = containers(engine).values()
    assert own["memoryReservation"] == 128
    expected = {
        "image": f"{account}.dkr.ecr.{REGION}.amazonaws.com/proxy@{DIGEST}",
        "user": "1000:1000",
        "essential": False,
        "readonlyRootFilesystem": True,
        "privileged": False,
        "command": ["serve"],
        "environment": [{"name": "MODE", "value": "{fast}"}],
        "cpu": 64,
        "memoryReservation": 64,
        "dependsOn": [{"containerName": own["name"], "condition": "START"}],
        "mountPoints": own["mountPoints"],
        "startTimeout": 60,
        "stopTimeout": 10,
    }
    assert {name: beside[name] for name in expected} == expected
    [secret] = beside["secrets"]
    assert secret["name"] == "API_KEY"
    allowed = needs(engine)
    assert allowed["execution-pull-proxy"] == [f"arn:aws:ecr:{REGION}:{account}:repository/proxy"]
    assert allowed["execution-proxy-read-secret-api-key"] == [secret["valueFrom"]]
    assert allowed["task-read-routes"] == ["arn:aws:s3:::routes/a"]


@pytest.mark.parametrize("environment", PROFILES)
def test_a_log_router_leaves_the_log_where_alarms_look(environment: str) -> None:
    account = account_of(environment)
    engine = deployed(environment, sidecars=(LogRouter(image=IMAGE), Collector(image=IMAGE)))
    found = containers(engine)
    own = next(iter(found.values()))
    [group] = [one for one in engine.all("aws:cloudwatch/logGroup:LogGroup") if one.name.endswith("auth-service")]
    assert own["logConfiguration"]["logDriver"] == "awsfirelens"
    assert own["logConfiguration"]["options"]["log_group_name"] == group.inputs["name"]
    assert own["dependsOn"] == [{"containerName": "log-router", "condition": "START"}]
    assert needs(engine)["task-route-logs"] == [f"arn:aws:logs:{REGION}:{account}:log-group:{group.inputs['name']}:*"]
    assert found["telemetry"]["essential"] is False


def test_a_log_router_sends_the_log_wherever_its_entry_says() -> None:
    account = account_of("test")
    stream = f"arn:aws:firehose:{REGION}:{account}:deliverystream/logs"
    put = Permission(name="put-logs", actions=("firehose:PutRecordBatch",), resources=(stream,))
    options = {"Name": "firehose", "region": "{region}", "delivery_stream": "{environment}-logs"}
    engine = deployed("test", sidecars=(LogRouter(image=IMAGE, options=options, permissions=(put,)),))
    [own, _] = containers(engine).values()
    assert own["logConfiguration"]["options"] == {
        "Name": "firehose",
        "region": REGION,
        "delivery_stream": "test-logs",
    }
    assert needs(engine)["task-put-logs"] == [stream]
    assert "task-route-logs" not in needs(engine)


def test_a_log_router_s_secret_options_stay_references() -> None:
    router = LogRouter(
        image=IMAGE,
        options={"Name": "datadog", "Host": "logs.example.com"},
        secrets=(SecretReference(variable="apikey", secret="datadog/key"),),
    )
    engine = deployed("test", sidecars=(router,))
    [own, _] = containers(engine).values()
    [hidden] = own["logConfiguration"]["secretOptions"]
    assert hidden["name"] == "apikey"
    assert needs(engine)["execution-log-routing-read-secret-apikey"] == [hidden["valueFrom"]]


def test_the_service_starts_after_the_sidecars_that_it_waits_for() -> None:
    waits = (Dependency(container="telemetry", condition=Condition.HEALTHY),)
    engine = deployed("test", sidecars=(Collector(image=IMAGE),), depends_on=waits)
    [own, _] = containers(engine).values()
    assert own["dependsOn"] == [{"containerName": "telemetry", "condition": "HEALTHY"}]


def test_a_service_without_sidecars_says_nothing_of_them() -> None:
    [own] = containers(deploy("test", released("test"), services=[ServiceDefinition(name="mailer"), AUTH])).values()
    assert not own.keys() & {"dependsOn", "firelensConfiguration", "command"}
