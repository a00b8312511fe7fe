"""What is left of a release that ran before."""

from __future__ import annotations

from typing import Any

import pytest

from account.aws_faults import AwsFault
from account.former_release import FormerRelease, look

SECRET = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:auth/db-Ab12Cd"
ARN = "arn:aws:ecs:eu-west-1:111111111111:task-definition/auth-service:2"
DEFINITION = {
    "status": "ACTIVE",
    "cpu": "256",
    "memory": "512",
    "executionRoleArn": "arn:aws:iam::111111111111:role/auth-execution",
    "taskRoleArn": "arn:aws:iam::111111111111:role/auth-task",
    "containerDefinitions": [
        {
            "name": "auth-service",
            "image": "auth@sha256:1",
            "environment": [{"name": "LEVEL", "value": "info"}],
            "secrets": [{"name": "DB", "valueFrom": f"{SECRET}:password::"}, {"name": "USER", "valueFrom": SECRET}],
        }
    ],
}


class Aws:
    """Answers all that is asked, but what is told to be gone."""

    def __init__(self, **answers: dict[str, Any] | AwsFault) -> None:
        self._answers: dict[str, Any] = {"describe_task_definition": {"taskDefinition": DEFINITION}, **answers}

    def call(self, _service: str, operation: str, /, **_params: object) -> dict[str, Any]:
        answer: dict[str, Any] | AwsFault = self._answers.get(operation, {})
        if isinstance(answer, AwsFault):
            raise answer
        return answer


def looked(**answers: dict[str, Any] | AwsFault) -> Any:
    aws: Any = Aws(**answers)
    return look(aws, ARN, "auth-service", "sha256:1")


def test_a_release_of_which_all_is_there_can_come_back() -> None:
    found = looked()
    assert (found.gone, found.unchecked) == ((), ())
    assert found.secrets == (SECRET,)
    assert found.parameters == ()
    assert found.lines["auth-service"]["secrets"] == {"DB": "auth/db", "USER": "auth/db"}
    assert found.lines["auth-service"]["environment"] == {"LEVEL": "info"}


@pytest.mark.parametrize(
    ("operation", "answer", "words"),
    [
        ("describe_task_definition", AwsFault("none", code="ClientException"), "revision auth-service:2 is gone"),
        (
            "describe_task_definition",
            {"taskDefinition": DEFINITION | {"status": "INACTIVE"}},
            "revision auth-service:2 was deregistered: ECS takes it for no service any more",
        ),
        ("describe_images", AwsFault("none", code="ImageNotFoundException"), "image auth-service@sha256:1 is gone"),
        ("describe_secret", AwsFault("none", code="ResourceNotFoundException"), "secret auth/db is gone"),
        ("describe_secret", {"DeletedDate": "soon"}, "secret auth/db is scheduled for deletion"),
    ],
)
def test_what_is_gone_is_named(operation: str, answer: Any, words: str) -> None:
    assert looked(**{operation: answer}).gone == (words,)


def test_both_roles_are_looked_for() -> None:
    gone = looked(get_role=AwsFault("none", code="NoSuchEntity")).gone
    assert gone == ("role auth-execution is gone", "role auth-task is gone")


def test_what_may_not_be_looked_at_is_said_and_stops_nothing() -> None:
    found = looked(describe_secret=AwsFault("no secretsmanager:DescribeSecret", code="AccessDeniedException"))
    assert found.gone == ()
    assert found.unchecked == ("secret auth/db: no secretsmanager:DescribeSecret",)


def test_an_aws_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(AwsFault):
        looked(get_role=AwsFault("throttled", code="Throttling"))


def test_parameters_are_no_secrets_and_are_named_as_their_arns_end() -> None:
    arn = "arn:aws:ssm:eu-west-1:111111111111:parameter/auth-abcdef"
    read = [{"name": "URL", "valueFrom": arn}, {"name": "DB", "valueFrom": SECRET}]
    found = FormerRelease(definition={"containerDefinitions": [{"name": "web", "secrets": read}]})
    assert (found.secrets, found.parameters) == ((SECRET,), (arn,))
    assert found.lines["web"]["secrets"] == {"URL": "parameter/auth-abcdef", "DB": "auth/db"}


def test_secret_options_of_a_log_are_among_what_a_release_reads() -> None:
    log = {"logDriver": "awsfirelens", "secretOptions": [{"name": "apikey", "valueFrom": SECRET}]}
    definition = {"containerDefinitions": [{"name": "auth-service", "logConfiguration": log}]}
    assert FormerRelease(definition=definition).secrets == (SECRET,)
