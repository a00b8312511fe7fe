"""The JSON services answer as AWS's model says: what is asked, what is refused, and in which words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.aws_error import AwsError
from sandbox.caller import Caller
from sandbox.json_service import CRASHED, JsonService

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - a time without a zone is a defect to be found
CALLER = Caller("111111111111", "eu-west-1", "arn:aws:iam::111111111111:user/x")


def ask(handlers: dict[str, Any], operation: str, body: Any) -> tuple[int, dict[str, Any]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = JsonService("ecr", handlers).answer(CALLER, f"AmazonEC2ContainerRegistry_V20150921.{operation}", raw)
    return answer.status, json.loads(answer.body)


def refused(operation: str, body: Any) -> tuple[str, str]:
    handlers: dict[str, Any] = {"DescribeRepositories": lambda *_: {}, "CreateRepository": lambda *_: {}}
    status, answer = ask(handlers, operation, body)
    assert status == 400
    return answer["__type"], answer["message"]


def test_a_handler_gets_the_caller_and_the_parameters_without_nulls() -> None:
    seen: list[Any] = []

    def handler(caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        seen.append((caller, params))
        return {}

    ask({"DescribeRepositories": handler}, "DescribeRepositories", {"maxResults": 5, "nextToken": None})
    assert seen == [(CALLER, {"maxResults": 5})]


def test_times_are_epoch_seconds_and_none_is_absent() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678900, UTC)
    _, answer = ask(
        {"DescribeRepositories": lambda *_: {"repositories": [{"createdAt": moment}], "nextToken": None}},
        "DescribeRepositories",
        {},
    )
    assert answer == {"repositories": [{"createdAt": moment.timestamp().__round__(3)}]}


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (
            {},
            "InvalidParameterException",
            "1 validation error detected: Value null at 'repositoryName' failed to satisfy",
        ),
        ({"repositoryName": 7}, "SerializationException", "NUMBER_VALUE can not be converted to a String"),
        ({"repositoryName": True}, "SerializationException", "TRUE_VALUE can not be converted to a String"),
        ({"repositoryName": "A"}, "InvalidParameterException", "2 validation errors detected: Value 'A' at"),
        (
            {"repositoryName": "abc", "imageTagMutability": "NO"},
            "InvalidParameterException",
            "Member must satisfy enum value set: [MUTABLE, IMMUTABLE,",
        ),
        (
            {"repositoryName": "abc", "tags": [{"Key": "a"}]},
            "InvalidParameterException",
            "Value null at 'tags.1.member.Value'",
        ),
        (
            {"repositoryName": "abc", "colour": 1},
            "InvalidParameterException",
            "Member 'colour' is not known to the Slipway",
        ),
        (b"{", "SerializationException", "not JSON"),
        ([], "SerializationException", "START_ARRAY can not be converted to an Object"),
    ],
)
def test_bad_input_is_refused_in_awss_words(body: Any, code: str, words: str) -> None:
    got_code, got_words = refused("CreateRepository", body)
    assert got_code == code
    assert words in got_words


def test_an_operation_that_aws_has_and_the_sandbox_has_not_says_so() -> None:
    code, words = refused("PutImage", {})
    assert (code, words) == ("UnknownOperationException", "The Slipway sandbox does not imitate ecr:PutImage.")


def test_an_operation_that_aws_has_not_is_unknown() -> None:
    assert refused("Nonsense", {})[0] == "UnknownOperationException"


def test_a_handlers_aws_error_keeps_its_code_and_words() -> None:
    def handler(*_: object) -> dict[str, Any]:
        raise AwsError("RepositoryNotFoundException", "no")

    assert ask({"DescribeRepositories": handler}, "DescribeRepositories", {}) == (
        400,
        {"__type": "RepositoryNotFoundException", "message": "no"},
    )


@pytest.mark.parametrize("answer", [{"colour": 1}, {"nextToken": 1}, {"repositories": [{"createdAt": NAIVE}]}])
def test_an_answer_that_awss_model_does_not_have_is_our_defect_and_is_logged(
    answer: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    status, said = ask({"DescribeRepositories": lambda *_: answer}, "DescribeRepositories", {})
    assert (status, said["__type"]) == (400, "InternalFailure")
    assert CRASHED in caplog.text


def test_a_handler_for_an_operation_that_does_not_exist_cannot_be_registered() -> None:
    with pytest.raises(ValueError, match="no operation Nonsense"):
        JsonService("ecr", {"Nonsense": lambda *_: {}})
