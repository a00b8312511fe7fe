"""Deterministic failures on the sandbox's ECS: named and stopped within two minutes of its time."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.provider.experimental.provider import CreateRequest

from provider.follow import Limits, ReleaseFailed
from provider.rollout import RolloutProvider
from provider.server import Sessions
from sandbox.lifecycle import Sandbox
from tests.provider.sandbox_service import CLUSTER, SERVICE, Released, SandboxService
from tests.provider.test_rollout import URN, Notes, properties

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

SPEED = 30
LIMITS = Limits(total=120, first_poll=0.2, last_poll=0.2)
TWO_MINUTES = 120
MISSING_IMAGE = "sha256:" + "0" * 64
MISSING_SECRET = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    sandbox.up(speed=SPEED * 8, stacks=False)
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    made = SandboxService(sandbox.environment("test"))
    for version, behaviour in {"1.0.0": "", "1.1.0": "crash"}.items():
        sandbox.image(SERVICE, version, behaviour=behaviour)
    follow(made, made.release("1.0.0"))
    sandbox.up(speed=SPEED, stacks=False)
    yield made
    os.environ.clear()
    os.environ.update(before)
    sandbox.down()


def follow(service: SandboxService, asked: Released) -> Notes:
    notes = Notes()
    inputs = properties(
        cluster=CLUSTER,
        service=SERVICE,
        taskDefinition=asked.task_definition,
        version=asked.version,
        digest=asked.digest,
        targetGroupArns=[service.target_group],
    )
    provider = RolloutProvider(Sessions().reader, notes, LIMITS)
    asyncio.run(provider.create(CreateRequest(URN, inputs, 120, preview=False)))
    return notes


def newest(service: SandboxService) -> dict[str, Any]:
    listed = service.ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
    arn = max(listed, key=lambda one: one["createdAt"])["serviceDeploymentArn"]
    found: dict[str, Any] = service.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][
        0
    ]
    return found


BAD: dict[str, tuple[str, dict[str, str], str]] = {
    "missing image": ("1.0.0", {"digest": MISSING_IMAGE}, f"{MISSING_IMAGE} is not in its registry"),
    "missing secret": ("1.0.0", {"secret": MISSING_SECRET}, "a secret does not exist: "),
    "crash at start": ("1.1.0", {}, "container auth-service exited with code 1 after "),
}


@pytest.mark.parametrize("case", BAD)
def test_a_failure_that_repeats_is_named_and_stopped_within_two_minutes(service: SandboxService, case: str) -> None:
    version, changes, words = BAD[case]
    asked = service.release(version, **changes)
    with pytest.raises(ReleaseFailed) as failed:
        follow(service, asked)
    assert words in str(failed.value).splitlines()[0]
    deployment = newest(service)
    assert deployment["status"] == "ROLLBACK_SUCCESSFUL"
    assert deployment["deploymentCircuitBreaker"]["status"] != "TRIGGERED"
    took = (deployment["rollback"]["startedAt"] - deployment["createdAt"]).total_seconds()
    assert took <= TWO_MINUTES
