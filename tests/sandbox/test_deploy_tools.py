"""Tools that know nothing of the sandbox deploy a good and a bad revision, and say what they would say on AWS.

They poll by the wall clock, while a rollout takes half a second at one speed and next to nothing at the other. What
passes by faster than anybody can look, such as the hour for which ECS shows a stopped task, is looked at with time
standing still.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

from sandbox.lifecycle import Sandbox
from tests.sandbox.agreement.account import CLUSTER, Account, Deployed
from tests.sandbox.agreement.scenario import Scenario
from tests.sandbox.conftest import assert_no_crash, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

POLLS = {"Delay": 0.25, "MaxAttempts": 480}


@pytest.fixture(scope="module", params=[600, 10_000], ids=lambda speed: f"speed-{speed}")
def account(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    box = Sandbox(tmp_path_factory.mktemp("tools"))
    box.up(port=free_port(), stacks=False, speed=request.param)
    yield Account(box)
    box.down()
    assert_no_crash(box)


@contextmanager
def still(account: Account) -> Iterator[None]:
    """With time standing still."""
    account.box.clock.pause()
    try:
        yield
    finally:
        account.box.clock.resume()


def run(account: Account, *words: str) -> subprocess.CompletedProcess[str]:
    """A tool from the project's environment, in the shell that `slipway sandbox env` makes."""
    command = [str(Path(sys.executable).parent / words[0]), *words[1:]]
    return subprocess.run(
        command, env=account.box.environment(), capture_output=True, text=True, timeout=300, check=False
    )


def aws(account: Account, *words: str) -> dict[str, Any]:
    """The answer of an AWS CLI command, which must succeed."""
    done = run(account, "aws", "ecs", *words, "--output", "json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    return answer


def image(account: Account, tag: str, behave: str = "") -> str:
    account.box.image("app", tag, behaviour=behave)
    return f"127.0.0.1:{account.box.port}/111111111111/eu-west-1/app:{tag}"


def settled(account: Account, name: str, scenario: Scenario | None = None) -> Deployed:
    """A service with two running tasks of a sound image behind a load balancer."""
    made = Deployed(account, scenario or Scenario(), name)
    account.clients["ecs"].get_waiter("services_stable").wait(cluster=CLUSTER, services=[name], WaiterConfig=POLLS)
    return made


def images_that_run(account: Account, name: str) -> set[str]:
    ecs = account.clients["ecs"]
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName=name)["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    assert {task["lastStatus"] for task in tasks} == {"RUNNING"}
    return {task["containers"][0]["image"] for task in tasks}


# ecs-deploy (PyPI, 1.17.0)


def test_ecs_deploy_releases_a_good_image(account: Account) -> None:
    service = settled(account, "good")
    new = image(account, "good-new")
    done = run(account, "ecs", "deploy", CLUSTER, "good", "-i", "app", new)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Deployment successful" in done.stdout
    assert images_that_run(account, "good") == {new}
    assert service.ends()[-1][0] == "SUCCESSFUL"


def test_ecs_deploy_fails_with_the_breakers_words_when_nothing_is_rolled_back(account: Account) -> None:
    service = settled(account, "bad", Scenario(rollback=False))
    done = run(account, "ecs", "deploy", CLUSTER, "bad", "-i", "app", image(account, "bad-new", "crash"))
    assert done.returncode == 1, done.stdout
    assert "Deployment Failed! ECS deployment circuit breaker: tasks failed to start." in done.stderr
    assert service.ends()[-1][0] == "STOPPED"


def test_ecs_deploy_takes_a_rollback_by_ecs_for_a_success_as_people_report_of_aws(account: Account) -> None:
    """fabfuel/ecs-deploy issue 185: it says "Deployment successful" and deregisters the revision that runs."""
    service = settled(account, "back")
    before = service.service()["taskDefinition"]
    (old,) = images_that_run(account, "back")
    done = run(account, "ecs", "deploy", CLUSTER, "back", "-i", "app", image(account, "back-new", "crash"))
    assert done.returncode == 0, done.stderr
    assert "Deployment successful" in done.stdout
    assert service.ends()[-1][0] == "ROLLBACK_SUCCESSFUL"
    assert images_that_run(account, "back") == {old}
    assert service.service()["taskDefinition"] == before
    described = account.clients["ecs"].describe_task_definition(taskDefinition=before)["taskDefinition"]
    assert described["status"] == "INACTIVE"


def test_ecs_deploy_gives_up_after_its_timeout_on_tasks_that_never_become_healthy(account: Account) -> None:
    settled(account, "stuck", Scenario(breaker=False))
    words = ("-i", "app", image(account, "stuck-new", "unhealthy"), "--timeout", "3")
    done = run(account, "ecs", "deploy", CLUSTER, "stuck", *words)
    assert done.returncode == 1
    assert "Deployment failed due to timeout" in done.stderr


def test_ecs_scale_changes_the_number_of_tasks(account: Account) -> None:
    service = settled(account, "scaled")
    done = run(account, "ecs", "scale", CLUSTER, "scaled", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert service.service()["runningCount"] == 3


# The AWS CLI


def registered(account: Account, deployed: Deployed, image_name: str) -> str:
    """A new revision by the AWS CLI, made of what it answers about the old one."""
    described = aws(account, "describe-task-definition", "--task-definition", deployed.name)["taskDefinition"]
    kept = ("family", "containerDefinitions", "networkMode", "requiresCompatibilities", "cpu", "memory")
    definition = {key: described[key] for key in (*kept, "executionRoleArn")}
    definition["containerDefinitions"][0]["image"] = image_name
    answer = aws(account, "register-task-definition", "--cli-input-json", json.dumps(definition))
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def test_the_aws_cli_releases_a_good_image_and_waits_for_it(account: Account) -> None:
    deployed = settled(account, "cli-good")
    new = image(account, "cli-good-new")
    revision = registered(account, deployed, new)
    place = ("--cluster", CLUSTER)
    updated = aws(account, "update-service", *place, "--service", "cli-good", "--task-definition", revision)
    assert [one["rolloutState"] for one in updated["service"]["deployments"]] == ["IN_PROGRESS", "COMPLETED"]
    assert aws(account, "wait", "services-stable", *place, "--services", "cli-good") == {}
    service = aws(account, "describe-services", *place, "--services", "cli-good")["services"][0]
    assert (service["taskDefinition"], service["runningCount"]) == (revision, 2)
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert service["events"][0]["message"] == "(service cli-good) has reached a steady state."
    assert images_that_run(account, "cli-good") == {new}


def test_the_aws_cli_finds_a_bad_release_stable_again_after_its_rollback_as_on_aws(account: Account) -> None:
    """`services-stable` asks for one deployment with all tasks running, whichever it is: aws-actions/
    amazon-ecs-deploy-task-definition pull request 860 had to look at the deployment's id for that reason.
    """
    deployed = settled(account, "cli-bad")
    before = deployed.service()["taskDefinition"]
    revision = registered(account, deployed, image(account, "cli-bad-new", "crash"))
    place = ("--cluster", CLUSTER)
    aws(account, "update-service", *place, "--service", "cli-bad", "--task-definition", revision)
    deadline = time.monotonic() + 120
    while deployed.ends()[-1][1] is None and time.monotonic() < deadline:
        time.sleep(0.2)  # else the CLI would sleep for its 15 seconds
    aws(account, "wait", "services-stable", *place, "--services", "cli-bad")
    assert deployed.service()["taskDefinition"] == before
    (entry,) = aws(account, "list-service-deployments", *place, "--service", "cli-bad", "--max-results", "1")[
        "serviceDeployments"
    ]
    assert entry["status"] == "ROLLBACK_SUCCESSFUL"


def test_the_aws_cli_tells_why_tasks_of_a_bad_release_stopped(account: Account) -> None:
    deployed = settled(account, "cli-why")
    revision = registered(account, deployed, image(account, "cli-why-new", "crash"))
    place = ("--cluster", CLUSTER)
    with still(account):
        aws(account, "update-service", *place, "--service", "cli-why", "--task-definition", revision)
        account.box.clock.step(timedelta(minutes=10))
        stopped = aws(account, "list-tasks", *place, "--service-name", "cli-why", "--desired-status", "STOPPED")
        tasks = aws(account, "describe-tasks", *place, "--tasks", *stopped["taskArns"])["tasks"]
    assert {task["stoppedReason"] for task in tasks if task["taskDefinitionArn"] == revision} == {
        "Essential container in task exited"
    }


# boto3's waiters


def test_boto3_waits_for_a_release_that_is_in_progress_and_for_its_end(account: Account) -> None:
    deployed = settled(account, "waited")
    before = deployed.service()["taskDefinition"]
    deployed.deploy("")
    account.clients["ecs"].get_waiter("services_stable").wait(cluster=CLUSTER, services=["waited"], WaiterConfig=POLLS)
    service = deployed.service()
    assert service["taskDefinition"] != before
    assert (len(service["deployments"]), service["runningCount"]) == (1, 2)


def test_boto3_waits_for_a_task_and_is_told_when_it_can_never_run(account: Account) -> None:
    deployed = settled(account, "alone")
    ecs = account.clients["ecs"]
    network = deployed.service()["networkConfiguration"]
    launched = {"cluster": CLUSTER, "launchType": "FARGATE", "networkConfiguration": network}
    good = ecs.run_task(taskDefinition="alone", **launched)["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_running").wait(cluster=CLUSTER, tasks=[good], WaiterConfig=POLLS)
    with still(account):
        ecs.stop_task(cluster=CLUSTER, task=good)
        account.box.clock.step(timedelta(minutes=10))
        ecs.get_waiter("tasks_stopped").wait(cluster=CLUSTER, tasks=[good], WaiterConfig=POLLS)
    revision = registered(account, deployed, f"127.0.0.1:{account.box.port}/111111111111/eu-west-1/app:not-there")
    with still(account):
        bad = ecs.run_task(taskDefinition=revision, **launched)["tasks"][0]["taskArn"]
        account.box.clock.step(timedelta(minutes=10))
        with pytest.raises(WaiterError, match="STOPPED"):
            ecs.get_waiter("tasks_running").wait(cluster=CLUSTER, tasks=[bad], WaiterConfig=POLLS)


def test_boto3_waits_until_a_deleted_service_is_inactive(account: Account) -> None:
    settled(account, "gone")
    ecs = account.clients["ecs"]
    with still(account):
        ecs.delete_service(cluster=CLUSTER, service="gone", force=True)
        with pytest.raises(WaiterError, match="DRAINING"):
            ecs.get_waiter("services_stable").wait(cluster=CLUSTER, services=["gone"], WaiterConfig=POLLS)
    ecs.get_waiter("services_inactive").wait(cluster=CLUSTER, services=["gone"], WaiterConfig=POLLS)
