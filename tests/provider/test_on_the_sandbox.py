"""`Rollout` against the sandbox's ECS: every bad release fails, and fails again at once; every good one succeeds."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.provider.experimental.provider import CreateRequest, DiffRequest, ReadRequest, UpdateRequest

from provider.follow import ReleaseFailed
from provider.rollout import RolloutProvider
from provider.server import Sessions
from sandbox.lifecycle import Sandbox
from tests.provider.sandbox_service import CLUSTER, SERVICE, Released, SandboxService
from tests.provider.test_rollout import URN, Notes, properties

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

SPEED = 240
IMAGES = {
    "1.0.0": "",
    "1.1.0": "",
    "1.2.0": "crash",
    "1.3.0": "unhealthy",
    "1.4.0": "oom",
    "1.5.0": "slow",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    running.up(speed=SPEED, stacks=False)
    yield running
    running.down()


@pytest.fixture(scope="module")
def service(sandbox: Sandbox) -> Iterator[SandboxService]:
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    made = SandboxService(sandbox.environment("test"))
    for version, behaviour in IMAGES.items():
        sandbox.image(SERVICE, version, behaviour=behaviour)
    yield made
    os.environ.clear()
    os.environ.update(before)


class Pulumi:
    """Calls the provider as the engine does, and keeps the state that the engine would keep."""

    def __init__(self, service: SandboxService) -> None:
        self.service = service
        self.notes = Notes()
        self.stored: dict[str, Any] = {}

    def provider(self) -> RolloutProvider:
        return RolloutProvider(Sessions().reader, self.notes)

    def inputs(self, asked: Released) -> dict[str, Any]:
        return properties(
            cluster=CLUSTER,
            service=SERVICE,
            taskDefinition=asked.task_definition,
            version=asked.version,
            digest=asked.digest,
            targetGroupArns=[self.service.target_group],
        )

    def up(self, asked: Released) -> None:
        inputs = self.inputs(asked)
        if not self.stored:
            made = asyncio.run(self.provider().create(CreateRequest(URN, inputs, 120, preview=False)))
            self.stored = made.properties
            return
        if self.differs(asked):
            request = UpdateRequest(URN, "x", self.stored, inputs, 120, [], preview=False)
            self.stored = asyncio.run(self.provider().update(request)).properties

    def differs(self, asked: Released) -> bool:
        request = DiffRequest(URN, "x", self.stored, self.inputs(asked), [])
        return bool(asyncio.run(self.provider().diff(request)).changes)

    def refreshed(self, asked: Released) -> Any:
        return asyncio.run(self.provider().read(ReadRequest(URN, "x", self.stored, self.inputs(asked))))


@pytest.fixture
def pulumi(service: SandboxService) -> Pulumi:
    """A stack in which 1.0.0 runs."""
    stack = Pulumi(service)
    stack.up(service.release("1.0.0"))
    return stack


@pytest.mark.parametrize("version", ["1.1.0", "1.5.0"], ids=["well", "slow to start"])
def test_a_good_release_succeeds_and_is_no_change_and_no_drift_afterwards(pulumi: Pulumi, version: str) -> None:
    asked = pulumi.service.release(version)
    pulumi.up(asked)
    assert pulumi.stored["version"].value == version
    assert not pulumi.differs(asked)
    seen = pulumi.refreshed(asked)
    assert (seen.properties, seen.inputs) == (pulumi.stored, pulumi.inputs(asked))


CAUSES = {
    "1.2.0": "container auth-service exited with code 1",
    "1.3.0": "the load balancer's health check fails at /",
    "1.4.0": "needed more memory than it has",
}


@pytest.mark.parametrize("version", CAUSES)
def test_a_bad_release_fails_with_its_cause_and_again_at_once_without_a_second_deployment(
    pulumi: Pulumi, version: str
) -> None:
    asked = pulumi.service.release(version)
    with pytest.raises(ReleaseFailed) as failed:
        pulumi.up(asked)
    first = str(failed.value).splitlines()[0]
    assert CAUSES[version] in first
    assert "Now 1.0.0 (auth-service:" in first
    assert "set the version back to 1.0.0" in first
    deployments = pulumi.service.deployments()
    began = time.monotonic()
    with pytest.raises(ReleaseFailed) as again:
        pulumi.up(asked)
    assert time.monotonic() - began < 3
    assert str(again.value).splitlines()[0] == first
    assert pulumi.service.deployments() == deployments
    assert pulumi.stored["version"].value == "1.0.0"


def test_after_a_bad_release_the_version_before_it_is_a_good_release_again(pulumi: Pulumi) -> None:
    with pytest.raises(ReleaseFailed):
        pulumi.up(pulumi.service.release("1.2.0"))
    pulumi.up(pulumi.service.release("1.0.0"))
    assert pulumi.stored["version"].value == "1.0.0"


def test_an_interrupted_release_is_followed_by_the_next_up_which_starts_nothing(pulumi: Pulumi) -> None:
    asked = pulumi.service.release("1.1.0")
    deployments = pulumi.service.deployments()
    provider = pulumi.provider()

    async def interrupted() -> None:
        asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(provider.cancel()))
        request = UpdateRequest(URN, "x", pulumi.stored, pulumi.inputs(asked), 120, [], preview=False)
        await provider.update(request)

    with pytest.raises(ReleaseFailed, match="interrupted"):
        asyncio.run(interrupted())
    pulumi.up(asked)
    assert pulumi.stored["version"].value == "1.1.0"
    assert pulumi.service.deployments() == deployments


def test_a_service_moved_by_hand_is_drift_and_a_change_and_its_up_says_what_to_do(pulumi: Pulumi) -> None:
    asked = pulumi.service.release("1.1.0")
    pulumi.up(asked)
    moved = pulumi.service.release("1.0.0")
    Pulumi(pulumi.service).up(moved)
    assert pulumi.refreshed(asked).properties["taskDefinition"].value == moved.task_definition
    assert pulumi.differs(asked)
    with pytest.raises(ReleaseFailed, match="run `pulumi up --refresh`"):
        pulumi.up(asked)


def test_a_deleted_service_takes_its_rollout_with_it(pulumi: Pulumi) -> None:
    asked = pulumi.service.release("1.1.0")
    pulumi.up(asked)
    pulumi.service.delete()
    assert pulumi.refreshed(asked).resource_id == ""
    assert pulumi.differs(asked)
