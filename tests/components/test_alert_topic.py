"""Who may write to people, and who they are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from components.alert_topic import AlertTopic
from tests.components.builders import ALERT_TOPIC, build
from tests.recording_engine import ACCOUNT, REGION

TOPIC = "aws:sns/topic:Topic"
KEY = "aws:kms/key:Key"


def statements(kind: str) -> dict[str, dict[str, Any]]:
    """The policy's statements by their name."""
    document = json.loads(build(AlertTopic, ALERT_TOPIC).one(kind).inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_only_alarms_and_rules_of_this_account_publish() -> None:
    allowed = {sid: one for sid, one in statements(TOPIC).items() if one["Effect"] == "Allow"}
    here = f"{REGION}:{ACCOUNT}"
    assert {one["Principal"]["Service"]: one["Condition"] for one in allowed.values()} == {
        "cloudwatch.amazonaws.com": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{here}:alarm:*"},
        },
        "events.amazonaws.com": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:events:{here}:rule/*"},
        },
    }
    assert {one["Action"] for one in allowed.values()} == {"sns:Publish"}


def test_nobody_publishes_in_the_clear() -> None:
    refused = statements(TOPIC)["EncryptedOnTheWay"]
    assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_every_statement_is_about_this_topic_alone() -> None:
    assert {one["Resource"] for one in statements(TOPIC).values()} == {f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"}


def test_messages_are_encrypted_with_a_key_that_cloudwatch_may_use() -> None:
    engine = build(AlertTopic, ALERT_TOPIC)
    assert engine.one(TOPIC).inputs["kmsMasterKeyId"].startswith("arn:aws:aws:kms/key")
    assert engine.one(KEY).inputs["enableKeyRotation"] is True
    assert statements(KEY)["UsedByAlarms"]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_key_asks_nothing_of_eventbridge_that_sns_documents_it_cannot_tell() -> None:
    assert "Condition" not in statements(KEY)["UsedByRules"]


def test_everybody_who_is_named_gets_a_mail() -> None:
    made = build(AlertTopic, ALERT_TOPIC).all("aws:sns/topicSubscription:TopicSubscription")
    assert {one.name: (one.inputs["protocol"], one.inputs["endpoint"]) for one in made} == {
        "thing-on-call@example.com": ("email", "on-call@example.com"),
        "thing-team@example.com": ("email", "team@example.com"),
    }
    alone = build(AlertTopic, replace(ALERT_TOPIC, emails=()))
    assert not alone.all("aws:sns/topicSubscription:TopicSubscription")


def test_in_another_part_of_aws_every_arn_is_of_that_part() -> None:
    engine = build(AlertTopic, replace(ALERT_TOPIC, partition="aws-cn"))
    for kind in (TOPIC, KEY):
        assert "arn:aws:" not in engine.one(kind).inputs["policy"]
