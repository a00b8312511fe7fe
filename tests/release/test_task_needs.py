"""What a service's code does with resources of AWS, and no more, is what its role allows."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from release.task_needs import (
    KINDS,
    LONGEST_NAME,
    AwsResource,
    Bucket,
    EventBus,
    NeedError,
    Parameter,
    Place,
    Queue,
    Secret,
    Table,
    TaskNeed,
    Topic,
    Verb,
    check,
    needs_of,
    policy_name,
)

PLACE: Final = Place(account="111111111111", region="eu-west-1")
KEY: Final = "arn:aws:kms:eu-west-1:111111111111:key/one"
EACH: Final = [(verb, kind) for kind in KINDS for verb in kind.grants]
BOTO: Final = {
    "s3": "s3",
    "dynamodb": "dynamodb",
    "sqs": "sqs",
    "sns": "sns",
    "events": "events",
    "secretsmanager": "secretsmanager",
    "ssm": "ssm",
}
NO_CALL_OF_THAT_NAME: Final = {"s3:ListBucket": "ListObjectsV2", "dynamodb:ConditionCheckItem": "TransactWriteItems"}
"""IAM's action -> the call that it is asked for."""


def need(verb: Verb, resource: AwsResource) -> TaskNeed:
    (one,) = needs_of({verb: [resource]}, PLACE)
    return one


def statements(verb: Verb, resource: AwsResource) -> list[dict[str, Any]]:
    return list(need(verb, resource).document()["Statement"])


def arns(verb: Verb, resource: AwsResource) -> list[str]:
    return [arn for one in statements(verb, resource) for arn in one["Resource"]]


@pytest.mark.parametrize(
    ("verb", "resource", "expected"),
    [
        (Verb.READS, Bucket("avatars"), ["arn:aws:s3:::avatars/*", "arn:aws:s3:::avatars"]),
        (Verb.READS, Bucket("avatars", prefix="small/"), ["arn:aws:s3:::avatars/small/*", "arn:aws:s3:::avatars"]),
        (Verb.WRITES, Bucket("avatars"), ["arn:aws:s3:::avatars/*"]),
        (Verb.SENDS, Queue("orders.fifo"), ["arn:aws:sqs:eu-west-1:111111111111:orders.fifo"]),
        (Verb.SENDS, Topic("orders"), ["arn:aws:sns:eu-west-1:111111111111:orders"]),
        (Verb.SENDS, EventBus("shop"), ["arn:aws:events:eu-west-1:111111111111:event-bus/shop"]),
        (Verb.READS, Secret("/auth/db"), ["arn:aws:secretsmanager:eu-west-1:111111111111:secret:/auth/db-??????"]),
        (Verb.READS, Parameter("/auth/url"), ["arn:aws:ssm:eu-west-1:111111111111:parameter/auth/url"]),
        (Verb.WRITES, Table("orders"), ["arn:aws:dynamodb:eu-west-1:111111111111:table/orders"]),
    ],
)
def test_a_need_is_of_its_resource_alone(verb: Verb, resource: AwsResource, expected: list[str]) -> None:
    assert arns(verb, resource) == expected


def test_who_reads_a_prefix_lists_no_other() -> None:
    _, listing = statements(Verb.READS, Bucket("avatars", prefix="small/"))
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["small/*"]}}
    assert all("Condition" not in one for one in statements(Verb.READS, Bucket("avatars")))


@pytest.mark.parametrize(("verb", "kind"), EACH)
def test_each_action_is_one_of_the_service_and_none_is_a_wildcard(verb: Verb, kind: type[AwsResource]) -> None:
    actions = [action for grant in kind.grants[verb] for action in grant.actions.split()]
    assert actions
    for action in actions:
        service, _, name = action.partition(":")
        known = Loader().load_service_model(BOTO[service], "service-2")["operations"]
        assert NO_CALL_OF_THAT_NAME.get(action, name) in known, action


def test_whoever_sends_to_an_encrypted_queue_uses_its_key_through_the_queue_alone() -> None:
    *_, key = statements(Verb.SENDS, Queue("orders", key=KEY))
    assert key == {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": [KEY],
        "Condition": {"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}},
    }
    *_, key = statements(Verb.RECEIVES, Queue("orders", key=KEY))
    assert key["Action"] == ["kms:Decrypt"]


@pytest.mark.parametrize(
    ("verb", "resource", "words"),
    [
        (Verb.SENDS, Bucket("avatars"), "what code does with a bucket is `reads`, `writes`"),
        (Verb.READS, EventBus("shop"), "what code does with a event-bus is `sends`"),
        (Verb.READS, Bucket("arn:aws:s3:::avatars"), "without its ARN"),
        (Verb.READS, Bucket("*"), "no name of a bucket"),
        (Verb.SENDS, Queue("o" * 81), "no name of a queue"),
        (Verb.READS, Bucket("avatars-{stage}"), "takes {account}, {region} and {environment}"),
        (Verb.READS, Bucket("avatars-{"), "takes {account}, {region} and {environment}"),
        (Verb.READS, Bucket("avatars", prefix="*/small"), "has a wildcard"),
        (Verb.READS, Table("orders", key=KEY), "leave `key` out"),
    ],
)
def test_what_cannot_be_allowed_is_refused_with_its_value(verb: Verb, resource: AwsResource, words: str) -> None:
    with pytest.raises(NeedError, match=re.escape(words)):
        check({verb: [resource]})


def test_a_need_stands_there_once() -> None:
    with pytest.raises(NeedError, match="twice"):
        check({Verb.SENDS: [Queue("orders"), Queue("orders")]})
    check({Verb.SENDS: [Queue("orders")], Verb.RECEIVES: [Queue("orders")]})
    check({Verb.READS: [Bucket("shop", prefix="a/"), Bucket("shop", prefix="b/")]})


def test_a_name_says_what_the_need_is() -> None:
    assert need(Verb.READS, Bucket("avatars")).name == "reads-bucket-avatars"
    assert need(Verb.SENDS, EventBus("shop")).name == "sends-event-bus-shop"


@given(st.lists(st.text(alphabet="aB-./_0", min_size=1, max_size=120), min_size=2, max_size=2, unique=True))
def test_two_needs_have_two_names_within_the_limit(names: list[str]) -> None:
    one, other = (policy_name("reads-secret-", name) for name in names)
    assert one != other
    assert max(len(one), len(other)) <= LONGEST_NAME
    assert re.fullmatch("[a-z0-9-]+", one)


@pytest.mark.parametrize(("verb", "kind"), EACH)
def test_a_document_has_room_in_a_policy_of_a_role(verb: Verb, kind: type[AwsResource]) -> None:
    longest = kind("a" * 63)
    assert len(json.dumps(need(verb, longest).document())) < 2_048  # AWS: inline policies of a role have 10,240
