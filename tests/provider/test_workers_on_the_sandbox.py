"""Releases of a service without a load balancer on the sandbox's ECS, which calls some a success that do not run."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.provider.experimental.provider import CreateRequest, DiffRequest

from provider.follow import Limits, ReleaseFailed
from provider.rollout import RolloutProvider
from provider.server import Sessions
from sandbox.lifecycle import Sandbox
from tests.provider.sandbox_service import CLUSTER, SERVICE, Released, SandboxService
from tests.provider.test_rollout import URN, Notes, properties

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

SPEED = 240
LIMITS = Limits(total=120, settle=3, first_poll=0.2, last_poll=0.5)
BEHAVIOURS = {"1.0.0": "", "1.1.0": "crash", "1.2.0": "crash:after=20s", "1.3.0": "", "1.4.0": "crash:after=60s"}


class SandboxWorker(SandboxService):
    """One that nobody calls."""

    def behind(self) -> dict[str, Any]:
        return {}

    def succeeded(self) -> bool:
        """Whether ECS calls its newest deployment a success."""
        found = self.ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
        return bool(max(found, key=lambda one: one["createdAt"])["status"] == "SUCCESSFUL")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxWorker]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    sandbox.up(speed=SPEED, stacks=False)
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    made = SandboxWorker(sandbox.environment("test"))
    for version, behaviour in BEHAVIOURS.items():
        sandbox.image(SERVICE, version, behaviour=behaviour)
    yield made
    os.environ.clear()
    os.environ.update(before)
    sandbox.down()


def inputs(asked: Released) -> dict[str, Any]:
    return properties(
        cluster=CLUSTER,
        service=SERVICE,
        taskDefinition=asked.task_definition,
        version=asked.version,
        digest=asked.digest,
        targetGroupArns=[],
    )


def up(asked: Released) -> Any:
    provider = RolloutProvider(Sessions().reader, Notes(), LIMITS)
    made = asyncio.run(provider.create(CreateRequest(URN, inputs(asked), 120, preview=False)))
    again = DiffRequest(URN, "x", made.properties, inputs(asked), [])
    assert not asyncio.run(provider.diff(again)).changes, "a second `pulumi up` finds nothing"
    return made.properties["version"].value


def test_good_releases_of_a_worker_run(worker: SandboxWorker) -> None:
    assert [up(worker.release(version)) for version in ("1.0.0", "1.3.0")] == ["1.0.0", "1.3.0"]


@pytest.mark.parametrize("version", ["1.1.0", "1.2.0"], ids=["at once", "after a while"])
def test_a_release_whose_tasks_crash_goes_back(worker: SandboxWorker, version: str) -> None:
    up(worker.release("1.0.0"))
    with pytest.raises(ReleaseFailed, match=r"container auth-service exited with code 1 .* Now auth-service:\d+ runs"):
        up(worker.release(version))


def test_a_release_that_ecs_calls_a_success_and_whose_tasks_crash_later_is_a_change_to_the_next_preview(
    worker: SandboxWorker,
) -> None:
    up(worker.release("1.0.0"))
    asked = worker.release("1.4.0")
    notes, stored = Notes(), inputs(asked)
    provider = RolloutProvider(Sessions().reader, notes, LIMITS)
    end = time.monotonic() + 60
    while not (worker.succeeded() and "ended before them" in "".join(notes.warnings)):
        assert time.monotonic() < end, notes.warnings
        time.sleep(0.1)
        asyncio.run(provider.diff(DiffRequest(URN, "x", stored, stored, [])))
