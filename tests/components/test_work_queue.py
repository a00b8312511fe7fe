"""A queue, its dead letters, and what watches them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.queue_alarms import QueueAlarms, QueueAlarmsArgs
from components.service_alarms import ServiceAlarms
from components.task_definition import TaskDefinition
from components.work_queue import WorkQueue, WorkQueueArgs
from release.queue_alarms import QueueKind
from release.task_needs import Place, TaskNeed, Verb
from release.work_queue import Delivery
from tests.components.builders import QUEUE_ALARMS, SERVICE_ALARMS, TASK_DEFINITION, WORK_QUEUE, build
from tests.recording_engine import ACCOUNT, REGION

QUEUE = "aws:sqs/queue:Queue"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FIFO = replace(WORK_QUEUE, delivery=Delivery(fifo=True))
RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "alarms.md"


def queues(args: WorkQueueArgs = WORK_QUEUE) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The queue, and that of the dead letters."""
    made = build(WorkQueue, args)
    return made.one(QUEUE, "thing").inputs, made.one(QUEUE, "thing-dead-letters").inputs


def arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def test_what_is_handed_out_too_often_goes_to_the_dead_letters_and_from_no_other_queue() -> None:
    queue, dead = queues()
    redrive = json.loads(queue["redrivePolicy"])
    assert redrive["maxReceiveCount"] == 5
    assert redrive["deadLetterTargetArn"].endswith("dead-letters")
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [arn("mails")]}
    assert json.loads(dead["redriveAllowPolicy"]) == allowed
    assert dead["name"] == "mails-dead-letters"


def test_dead_letters_are_kept_longer_than_messages_wait() -> None:
    queue, dead = queues(replace(WORK_QUEUE, delivery=Delivery(kept_days=13)))
    assert queue["messageRetentionSeconds"] < dead["messageRetentionSeconds"] == 14 * 86_400


@pytest.mark.parametrize("which", [0, 1])
def test_both_are_encrypted(which: int) -> None:
    """Security Hub SQS.1."""
    assert queues()[which]["sqsManagedSseEnabled"] is True
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    by_key = queues(replace(WORK_QUEUE, key_arn=key))[which]
    assert (by_key["kmsMasterKeyId"], "sqsManagedSseEnabled" in by_key) == (key, False)


@pytest.mark.parametrize("which", [0, 1])
def test_neither_takes_a_word_that_is_not_encrypted(which: int) -> None:
    name = ("mails", "mails-dead-letters")[which]
    refused = json.loads(queues()[which]["policy"])["Statement"][0]
    assert (refused["Effect"], refused["Principal"], refused["Action"]) == ("Deny", "*", "sqs:*")
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refused["Resource"] == arn(name)


def test_a_service_of_aws_sends_for_its_resource_alone_and_to_no_dead_letters() -> None:
    """Security Hub SQS.3: nobody is let in whom the policy does not name."""
    queue, dead = queues()
    [_, allowed] = json.loads(queue["policy"])["Statement"]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    assert allowed["Condition"] == {
        "ArnEquals": {"aws:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    assert len(json.loads(dead["policy"])["Statement"]) == 1


def test_a_message_is_another_task_s_once_the_longest_work_is_over() -> None:
    queue, _ = queues(replace(WORK_QUEUE, delivery=Delivery(longest_work=90)))
    assert queue["visibilityTimeoutSeconds"] == 90
    assert queue["receiveWaitTimeSeconds"] == 20


def test_of_a_fifo_queue_the_dead_letters_are_one_too() -> None:
    queue, dead = queues(FIFO)
    assert (queue["name"], dead["name"]) == ("mails.fifo", "mails-dead-letters.fifo")
    assert (queue["fifoQueue"], dead["fifoQueue"]) == (True, True)
    assert "fifoQueue" not in queues()[0]


@pytest.mark.parametrize(
    ("args", "url"),
    [
        (WORK_QUEUE, f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/mails"),
        (FIFO, f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/mails.fifo"),
        (
            replace(WORK_QUEUE, partition="aws-cn", region="cn-north-1"),
            f"https://sqs.cn-north-1.amazonaws.com.cn/{ACCOUNT}/mails",
        ),
    ],
)
def test_its_url_is_known_before_it_is_there(args: WorkQueueArgs, url: str) -> None:
    assert args.url == url


def test_a_task_that_receives_from_it_gets_one_policy_on_this_queue_and_its_key() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    args = replace(TASK_DEFINITION, receives=[replace(WORK_QUEUE, key_arn=key).resource])
    policy = build(TaskDefinition, args).one("aws:iam/rolePolicy:RolePolicy", "thing-task-receives-queue-mails")
    [worked, decrypted] = json.loads(policy.inputs["policy"])["Statement"]
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage"} <= set(worked["Action"])
    assert "sqs:SendMessage" not in worked["Action"]
    assert (worked["Resource"], decrypted["Resource"]) == ([arn("mails")], [key])
    assert TaskNeed(verb=Verb.SENDS, resource=FIFO.resource, place=Place(account=ACCOUNT, region=REGION)).document()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"queue_name": "mails.fifo"}, "queue_name is 'mails.fifo'; .*without '.fifo', which is added"),
        ({"queue_name": "q" * 63}, "allowed are 1 to 62 letters"),
        ({"delivery": Delivery(longest_work=43_201)}, "longest_work is 43201; allowed are 1 to 43200"),
        ({"delivery": Delivery(attempts=0)}, "attempts is 0; allowed are 1 to 1000"),
        ({"delivery": Delivery(kept_days=14)}, "kept_days is 14; allowed are 1 to 13"),
    ],
)
def test_what_sqs_would_refuse_or_lose_messages_by_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(WORK_QUEUE, **changed)


def alarms(args: QueueAlarmsArgs = QUEUE_ALARMS) -> dict[str, Mapping[str, Any]]:
    return {one.inputs["name"]: one.inputs for one in build(QueueAlarms, args).all(ALARM)}


def test_people_hear_of_messages_that_wait_too_long_and_of_dead_letters() -> None:
    found = alarms()
    watched = {
        name: (one["metricName"], one["dimensions"]["QueueName"], one["threshold"]) for name, one in found.items()
    }
    assert watched == {
        "mails-oldest-message": ("ApproximateAgeOfOldestMessage", "mails", 900),
        "mails-dead-letters": ("ApproximateNumberOfMessagesVisible", "mails-dead-letters", 0),
    }
    for one in found.values():
        assert (one["alarmActions"], one["okActions"], one["actionsEnabled"]) == (["arn:topic"], ["arn:topic"], True)
    assert {one["actionsEnabled"] for one in alarms(replace(QUEUE_ALARMS, pages=False)).values()} == {False}


@pytest.mark.parametrize("kind", QueueKind)
def test_every_alarm_of_a_queue_has_its_runbook_and_says_where(kind: QueueKind) -> None:
    assert f"https://example.com/alarms.md#{kind}" in alarms()[f"mails-{kind}"]["alarmDescription"]
    assert f"\n## {kind}\n" in RUNBOOKS.read_text("utf-8")


def test_messages_that_wait_too_long_make_who_works_them_off_unwell_and_dead_letters_do_not() -> None:
    made = build(QueueAlarms, QUEUE_ALARMS)
    assert made.completed[made.one("slipway:components:QueueAlarms").urn]["symptoms"] == ["mails-oldest-message"]
    with_queue = replace(SERVICE_ALARMS, target_groups=(), more_symptoms=["mails-oldest-message"])
    composite = build(ServiceAlarms, with_queue).one("aws:cloudwatch/compositeAlarm:CompositeAlarm")
    assert composite.inputs["alarmRule"] == 'ALARM("auth-service-below-desired") OR ALARM("mails-oldest-message")'
