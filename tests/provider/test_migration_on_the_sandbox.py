"""`Migration` against the sandbox's ECS: a good one runs once, a bad one fails with its cause, and again at once."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.provider.experimental.provider import CreateRequest

from provider.follow import Limits, ReleaseFailed
from provider.migration import MigrationProvider
from provider.server import Sessions
from sandbox.lifecycle import Sandbox
from tests.provider.sandbox_service import CLUSTER, SERVICE, Released, SandboxService
from tests.provider.test_migration import URN, properties
from tests.provider.test_rollout import Notes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

SPEED = 60
LIMITS = Limits(first_poll=0.05, last_poll=0.2)
IMAGES = {
    "1.0.0": "",
    "1.1.0": "crash:code=3",
    "1.2.0": "oom",
    "1.3.0": "healthy:start=2",
    "1.4.0": "healthy:start=3",
    "1.5.0": "healthy:start=4",
    "1.6.0": "healthy:start=5",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    sandbox.up(speed=SPEED, stacks=False)
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    made = SandboxService(sandbox.environment("test"))
    for version, behaviour in IMAGES.items():
        sandbox.image(SERVICE, version, behaviour=behaviour)
    yield made
    os.environ.clear()
    os.environ.update(before)
    sandbox.down()


class Told(Notes):
    """Notes that somebody waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    async def progress(self, urn: str, text: str) -> None:
        await super().progress(urn, text)
        self.told.set()


class Pulumi:
    """Creates the resource as the engine does; nothing is stored, as after a kill."""

    def __init__(self, service: SandboxService) -> None:
        self.service = service
        self.notes = Told()

    def provider(self) -> MigrationProvider:
        return MigrationProvider(Sessions().migration, self.notes, LIMITS)

    def request(self, asked: Released, **changes: Any) -> CreateRequest:
        inputs = properties(
            cluster=CLUSTER,
            service=SERVICE,
            taskDefinition=asked.task_definition,
            version=asked.version,
            digest=asked.digest,
            subnets=self.service.subnets,
            securityGroups=[self.service.security_group],
            **changes,
        )
        return CreateRequest(URN, inputs, 0, preview=False)

    def up(self, asked: Released, **changes: Any) -> str:
        made = asyncio.run(self.provider().create(self.request(asked, **changes)))
        return str(made.properties["task"].value)

    def fails(self, asked: Released, **changes: Any) -> str:
        with pytest.raises(ReleaseFailed) as failed:
            self.up(asked, **changes)
        return str(failed.value)

    def interrupted(self, asked: Released) -> None:
        """Ctrl-C while the task is on its way."""
        provider = self.provider()

        async def cancel() -> None:
            await self.notes.told.wait()
            await provider.cancel()

        async def run() -> None:
            await asyncio.gather(provider.create(self.request(asked)), cancel())

        with pytest.raises(ReleaseFailed, match="interrupted: the migration goes on in ECS"):
            asyncio.run(run())

    def tasks(self) -> set[str]:
        """All that ECS remembers."""
        ecs = self.service.ecs
        return {
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(cluster=CLUSTER, desiredStatus=status)["taskArns"]
        }


@pytest.fixture
def pulumi(service: SandboxService) -> Pulumi:
    return Pulumi(service)


def test_a_good_migration_succeeds_shows_its_log_and_is_found_again_after_a_kill(pulumi: Pulumi) -> None:
    asked = pulumi.service.register("1.0.0")
    task = pulumi.up(asked)
    assert "log: auth-service: exiting with code 0" in pulumi.notes.remarks[-1]
    before = pulumi.tasks()
    assert task in before
    again = Pulumi(pulumi.service)
    assert again.up(asked) == task
    assert again.tasks() == before


CAUSES = {
    "1.1.0": "container auth-service exited with code 3",
    "1.2.0": "container auth-service needed more memory than it has",
}


@pytest.mark.parametrize("version", CAUSES)
def test_a_bad_migration_fails_with_its_cause_and_again_at_once_without_a_second_task(
    pulumi: Pulumi, version: str
) -> None:
    asked = pulumi.service.register(version)
    first = pulumi.fails(asked).splitlines()[0]
    assert f"the migration of auth-service {version} failed: {CAUSES[version]}" in first
    before, began = pulumi.tasks(), time.monotonic()
    assert pulumi.fails(asked).splitlines()[0] == first
    assert time.monotonic() - began < 3
    assert pulumi.tasks() == before


def test_a_migration_whose_secret_is_missing_names_it_and_another_attempt_is_another_task(pulumi: Pulumi) -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf"
    asked = pulumi.service.register("1.3.0", secret=secret)
    assert "a secret does not exist" in pulumi.fails(asked).splitlines()[0]
    before = pulumi.tasks()
    assert "a secret does not exist" in pulumi.fails(asked, attempt=2.0)
    assert len(pulumi.tasks() - before) == 1


def test_a_migration_that_takes_too_long_is_stopped(pulumi: Pulumi) -> None:
    asked = pulumi.service.register("1.4.0")
    assert "failed: it took longer than its timeout of 0.1 s" in pulumi.fails(asked, timeout=0.1)


def test_interrupted_it_goes_on_and_no_other_starts_beside_it(pulumi: Pulumi) -> None:
    asked, other = pulumi.service.register("1.5.0"), pulumi.service.register("1.6.0")
    before = pulumi.tasks()
    pulumi.interrupted(asked)
    [running] = pulumi.tasks() - before
    told = Pulumi(pulumi.service).fails(other)
    assert f"another migration of auth-service is running, task {running.rpartition('/')[2]}" in told
    assert Pulumi(pulumi.service).up(asked) == running
    assert Pulumi(pulumi.service).up(other) not in before | {running}
