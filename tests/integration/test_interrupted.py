"""Interrupted in the middle of an `up`, the next run goes on or says what to do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time

import pytest

from tests.integration.conftest import Done, Project

pytestmark = pytest.mark.integration


def up_until(project: Project, seen: str) -> subprocess.Popen[str]:
    """Starts `pulumi up` and returns once its output holds a text."""
    process = subprocess.Popen(
        ["pulumi", "up", "-s", "test", "--yes", "--skip-preview"],
        cwd=project.folder,
        env=dict(project.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if seen in line:
            return process
    raise AssertionError(f"{seen!r} never appeared in:\n{''.join(printed)}")


def ended(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    rest = process.stdout.read()
    process.wait(timeout=60)
    return rest


@pytest.mark.parametrize("moment", ["aws:ec2:Vpc", "slipway:index:Rollout"])
def test_ctrl_c_ends_the_update_and_the_next_one_goes_on(project: Project, moment: str) -> None:
    project.image("1.0.0")
    project.set_version("1.0.0")
    process = up_until(project, moment)
    os.kill(process.pid, signal.SIGINT)
    output = ended(process)
    assert process.returncode != 0
    assert "Traceback" not in output
    project.up().succeeded()
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview", "--expect-no-changes").succeeded()


DELETED_BY = {
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "delete-log-group", "--log-group-name"),
    "aws:iam/role:Role": ("iam", "delete-role", "--role-name"),
    "aws:s3/bucket:Bucket": ("s3api", "delete-bucket", "--bucket"),
    "aws:kms/alias:Alias": ("kms", "delete-alias", "--alias-name"),
    "aws:ecr/repository:Repository": ("ecr", "delete-repository", "--force", "--repository-name"),
}
ORPHAN = re.compile(
    r"creating [^()]+ \((?P<id>[^)]+)\): .*a run that was killed may have made it: delete it, "
    r"or take it over by `pulumi import (?P<type>\S+) "
)


def goes_on(project: Project, *arguments: str) -> Done:
    """Runs a command until it goes on; does what a refusal says, for what the dead run left behind it.

    A call that was under way when its engine died may have come through: AWS has the thing, the state does not.
    """
    for _ in range(4):
        done = project.run(*arguments)
        orphans = {(found["type"], found["id"]) for found in ORPHAN.finditer(done.output)}
        if done.code == 0 or not orphans:
            break
        for kind, name in orphans:
            project.run("aws", *DELETED_BY[kind], name).succeeded()
    return done.succeeded()


def clear_a_half_written_file(project: Project) -> None:
    """What docs/operations.md says of "failed to load checkpoint: EOF"."""
    for attributes in (project.folder.parent / "sandbox" / "pulumi" / ".pulumi").rglob("*.attrs"):
        if attributes.stat().st_size == 0:
            attributes.unlink()


@pytest.mark.parametrize("moment", ["aws:ec2:Vpc", "slipway:index:Rollout"])
def test_after_a_killed_update_slipway_clears_the_dead_lock_and_goes_on(project: Project, moment: str) -> None:
    project.image("1.0.0")
    project.set_version("1.0.0")
    process = up_until(project, moment)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    time.sleep(1)  # the orphaned plugins notice that the engine is gone
    clear_a_half_written_file(project)
    locked = project.up()
    assert locked.code != 0
    assert "pulumi cancel" in locked.output, "plain Pulumi says what to type"
    goes_on(project, "slipway", "deploy", "-e", "test", "-s", "auth-service", "-v", "1.0.0", "--yes")
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview", "--expect-no-changes").succeeded()
    deployments = project.answer(
        "aws",
        "ecs",
        "list-service-deployments",
        "--cluster",
        "microservices-cluster",
        "--service",
        "auth-service",
    )["serviceDeployments"]
    assert len(deployments) == 1
