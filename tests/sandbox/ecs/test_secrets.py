"""Secrets and parameters that tasks need to start."""

from __future__ import annotations

from typing import Any

import pytest

from release.cause import diagnose
from release.evidence import Evidence
from sandbox.ecs.ports import SecretFacts
from tests.sandbox.ecs.surroundings import ACCOUNT, REGION, Ecs, container, service

ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:auth/key-AbCdEf"
INIT = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
ASM = f"{INIT}unable to retrieve secret from asm: "
RETRIED = "service call has been retried 1 time(s): "
FETCH = f"{ASM}{RETRIED}failed to fetch secret {ARN} from secrets manager: "
NOT_FOUND = f"{FETCH}ResourceNotFoundException: Secrets Manager can't find the specified secret."


def needing(*references: str) -> dict[str, Any]:
    """What a container needs to hold secrets."""
    return {"secrets": [{"name": f"SECRET_{n}", "valueFrom": name} for n, name in enumerate(references)]}


def start(ecs: Ecs, changes: dict[str, Any]) -> str:
    """Create the service with a changed container; why its first task stopped, "" if it did not."""
    ecs("CreateCluster", clusterName="microservices-cluster")
    whole = container(ecs.push("1.0.0")) | changes
    ecs("CreateService", **service(ecs.register("", containerDefinitions=[whole])))
    ecs.wait(90)
    return next((str(task["stoppedReason"]) for task in ecs.tasks("STOPPED")), "")


@pytest.mark.parametrize(
    ("reference", "held", "reason"),
    [
        (ARN, {}, NOT_FOUND),
        (ARN, {"": SecretFacts("x")}, ""),
        (ARN, {"": SecretFacts('{"key": 1}')}, ""),
        (f"{ARN}:key::", {"": SecretFacts('{"key": 1}')}, ""),
        (f"{ARN}:key:AWSPREVIOUS:", {"AWSPREVIOUS": SecretFacts('{"key": 1}')}, ""),
        (f"{ARN}:::v1", {"v1": SecretFacts("x")}, ""),
        (
            f"{ARN}:other::",
            {"": SecretFacts('{"key": 1}')},
            f"{ASM}{RETRIED}retrieved secret from Secrets Manager did not contain json key other",
        ),
        (
            f"{ARN}:key::",
            {"": SecretFacts("'x'")},
            f"{ASM}{RETRIED}invalid character ''' looking for beginning of value",
        ),
        (
            ARN,
            {"": SecretFacts("x", deleted=True)},
            (
                f"{FETCH}InvalidRequestException: You can't perform this operation on the secret because it was marked "
                "for deletion."
            ),
        ),
        (
            ARN,
            {"": SecretFacts(None)},
            (
                f"{FETCH}ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging "
                "label: AWSCURRENT"
            ),
        ),
        (
            f"{ARN}:::v2",
            {"v1": SecretFacts("x")},
            (
                f"{FETCH}ResourceNotFoundException: Secrets Manager can't find the specified secret value for "
                "VersionId: v2"
            ),
        ),
        (
            f"{ARN}:key",
            {"": SecretFacts("x")},
            (
                f"{ASM}trying to retrieve secret with value {ARN}:key resulted in error: an invalid ARN format for the "
                "AWS Secrets Manager secret was specified. Specify a valid ARN and try again."
            ),
        ),
        ("token", {}, f"{INIT}unable to retrieve secrets from ssm: {RETRIED}invalid ssm parameters: token"),
    ],
)
def test_a_task_starts_only_with_a_secret_that_can_be_read_and_says_else_why(
    ecs: Ecs, reference: str, held: dict[str, SecretFacts], reason: str
) -> None:
    ecs.secrets.values = {(ARN, version): facts for version, facts in held.items()}
    assert start(ecs, needing(reference)) == reason
    assert (ecs.describe()["runningCount"] > 0) is (reason == "")


def test_parameters_are_found_by_name_and_all_that_are_missing_are_named(ecs: Ecs) -> None:
    ecs.secrets.parameters = {"there"}
    assert start(ecs, needing("there", "a", "b")).endswith("invalid ssm parameters: a, b")


@pytest.mark.parametrize(
    "changes",
    [
        {"repositoryCredentials": {"credentialsParameter": ARN}},
        {
            "logConfiguration": {
                "logDriver": "splunk",
                "secretOptions": [{"name": "splunk-token", "valueFrom": ARN}],
            }
        },
    ],
)
def test_secrets_of_registries_and_of_logs_are_needed_too(ecs: Ecs, changes: dict[str, Any]) -> None:
    assert start(ecs, changes) == NOT_FOUND


def test_tasks_start_by_themselves_once_the_secret_is_there(ecs: Ecs) -> None:
    assert start(ecs, needing(ARN)) == NOT_FOUND
    ecs.secrets.values[ARN, ""] = SecretFacts("x")
    ecs.wait(600)
    assert ecs.describe()["runningCount"] == 2


def test_what_is_missing_next_is_told_when_the_secret_is_there(ecs: Ecs) -> None:
    assert start(ecs, {"image": "nowhere:1"} | needing(ARN)) == NOT_FOUND
    ecs.secrets.values[ARN, ""] = SecretFacts("x")
    ecs.wait(400)
    newest = max(ecs.tasks("STOPPED"), key=lambda task: str(task["createdAt"]))
    assert newest["stoppedReason"].startswith("CannotPullContainerError")


def test_a_task_of_no_service_needs_its_secrets_too(ecs: Ecs) -> None:
    ecs("CreateCluster")
    whole = container(ecs.push("1.0.0")) | needing(ARN)
    arn = ecs.register("", containerDefinitions=[whole])
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    task = ecs("RunTask", taskDefinition=arn, networkConfiguration=network)["tasks"][0]["taskArn"]
    ecs.wait(90)
    assert ecs("DescribeTasks", tasks=[task])["tasks"][0]["stoppedReason"] == NOT_FOUND


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (NOT_FOUND, f"a secret does not exist: {ARN}"),
        (f"{INIT}unable to retrieve secrets from ssm: {RETRIED}invalid ssm parameters: token", "a secret does not"),
        (f"{ASM}{RETRIED}retrieved secret from Secrets Manager did not contain json key k", "holds no key k"),
    ],
)
def test_a_release_reads_the_cause_in_these_words(reason: str, sentence: str) -> None:
    evidence = Evidence(service="auth-service", version="1.0.0", stopped_reason=reason)
    assert sentence in diagnose(evidence).sentence
