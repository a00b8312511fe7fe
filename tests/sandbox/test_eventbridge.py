"""What becomes of an event that a service of the sandbox puts on the bus, and what a target receives of it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox import moto_repairs
from sandbox.caller import Caller
from sandbox.eventbridge.bus import MotoEvents
from sandbox.eventbridge.target_input import part, received
from sandbox.ports.logs import MotoLogs

CALLER = Caller("123456789012", "eu-west-1", "arn:aws:iam::123456789012:root")
RULE = {"Arn": "arn:aws:events:eu-west-1:123456789012:rule/r", "Name": "r"}
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "1",
    "detail-type": "ECS Task State Change",
    "source": "aws.ecs",
    "account": CALLER.account,
    "time": "2030-01-02T03:04:05Z",
    "region": CALLER.region,
    "resources": ["arn:aws:ecs:eu-west-1:123456789012:task/c/1"],
    "detail": {
        "lastStatus": "STOPPED",
        "stoppedReason": 'said "no"',
        "containers": [{"name": "web", "exitCode": 0}, {"name": "proxy", "exitCode": 3}],
    },
}


class Bus:
    """A bus with one rule, and what its targets received."""

    def __init__(self) -> None:
        self.events = MotoEvents(MotoLogs())
        self.api = self.client("events")
        self.sqs = self.client("sqs")

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name="eu-west-1")

    def rule(self, target: dict[str, Any], pattern: dict[str, Any] | None = None, **more: Any) -> None:
        self.api.put_rule(Name="r", EventPattern=json.dumps(pattern or {"source": ["aws.ecs"]}), **more)
        self.api.put_targets(Rule="r", Targets=[{"Id": "1", **target}], **_bus_of(more))

    def queue(self, name: str = "q", *, service: str = "events.amazonaws.com") -> tuple[str, str]:
        """The URL and the ARN of a queue that lets the service send."""
        allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": "*"}
        attributes = {"Policy": json.dumps({"Statement": [allowed]})}
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:eu-west-1:123456789012:{name}"

    def put(self) -> None:
        self.events.put(CALLER, EVENT)

    def messages(self, url: str) -> list[Any]:
        got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return list(got.get("Messages", []))


def _bus_of(more: dict[str, Any]) -> dict[str, Any]:
    return {"EventBusName": more["EventBusName"]} if "EventBusName" in more else {}


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    moto_repairs.apply()
    with mock_aws():
        yield Bus()


def test_a_queue_receives_the_whole_event(bus: Bus) -> None:
    url, arn = bus.queue()
    bus.rule({"Arn": arn})
    assert bus.events.written is False
    bus.put()
    assert [json.loads(message["Body"]) for message in bus.messages(url)] == [EVENT]
    assert bus.events.written is True


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"detail": {"lastStatus": ["RUNNING", "STOPPED"]}}, True),
        ({"detail": {"containers": {"exitCode": [{"anything-but": 0}]}}}, True),
        ({"detail": {"containers": {"exitCode": [7]}}}, False),
        ({"detail": {"containers": {"name": ["proxy"]}}}, True),
        ({"resources": [{"suffix": "/1"}]}, True),
        ({"detail": {"stopCode": [{"exists": False}]}}, True),
    ],
)
def test_a_rule_takes_what_its_pattern_matches(bus: Bus, pattern: dict[str, Any], matches: bool) -> None:  # noqa: FBT001 - a table's column
    url, arn = bus.queue()
    bus.rule({"Arn": arn}, pattern)
    bus.put()
    assert bool(bus.messages(url)) is matches


def test_a_rule_that_is_disabled_takes_nothing(bus: Bus) -> None:
    url, arn = bus.queue()
    bus.rule({"Arn": arn}, State="DISABLED")
    bus.put()
    assert bus.messages(url) == []


def test_a_scheduled_rule_takes_no_event(bus: Bus) -> None:
    url, arn = bus.queue()
    bus.api.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
    bus.api.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    bus.put()
    assert bus.messages(url) == []


def test_a_topic_hands_the_event_to_its_subscribers(bus: Bus) -> None:
    sns = bus.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    url, queue = bus.queue(service="sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    bus.rule({"Arn": topic})
    bus.put()
    assert bus.messages(url) == []
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Statement": [{**allowed, "Resource": topic}]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    bus.put()
    assert [json.loads(json.loads(message["Body"])["Message"]) for message in bus.messages(url)] == [EVENT]


def test_a_log_group_receives_the_event_at_its_time(bus: Bus) -> None:
    logs = bus.client("logs")
    logs.create_log_group(logGroupName="/aws/events/ecs")
    bus.rule({"Arn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/ecs"})
    bus.put()
    assert logs.filter_log_events(logGroupName="/aws/events/ecs")["events"] == []
    allowed = {"Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}}
    logs.put_resource_policy(policyName="p", policyDocument=json.dumps({"Statement": [allowed]}))
    bus.put()
    (line,) = logs.filter_log_events(logGroupName="/aws/events/ecs")["events"]
    assert json.loads(line["message"]) == EVENT
    assert line["timestamp"] == 1893553445000


def test_another_bus_hands_the_event_on_to_its_own_rules_but_to_no_third_bus(bus: Bus) -> None:
    url, arn = bus.queue()
    for name in ("second", "third"):
        bus.api.create_event_bus(Name=name)
    buses = "arn:aws:events:eu-west-1:123456789012:event-bus/"
    bus.rule({"Arn": buses + "second"})
    bus.rule({"Arn": buses + "third"}, EventBusName="second")
    bus.rule({"Arn": arn}, EventBusName="third")
    bus.put()
    assert bus.messages(url) == []
    bus.rule({"Arn": arn}, EventBusName="second")
    bus.put()
    assert [json.loads(message["Body"]) for message in bus.messages(url)] == [EVENT]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("arn:aws:sqs:eu-west-1:123456789012:none", "The queue none does not exist."),
        ("arn:aws:sns:eu-west-1:123456789012:none", "The topic none does not exist."),
        ("arn:aws:logs:eu-west-1:123456789012:log-group:none", "The log group none does not exist."),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", "The Slipway sandbox delivers no events to lambda."),
    ],
)
def test_what_cannot_be_delivered_is_logged_and_lost(
    bus: Bus, caplog: pytest.LogCaptureFixture, target: str, why: str
) -> None:
    bus.rule({"Arn": target})
    bus.put()
    assert why in caplog.text
    assert bus.events.written is False


def test_a_queue_without_a_policy_for_eventbridge_receives_nothing(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    url, arn = bus.queue(service="s3.amazonaws.com")
    bus.rule({"Arn": arn})
    bus.put()
    assert bus.messages(url) == []
    assert "The policy of the queue q does not let events.amazonaws.com send to it." in caplog.text


def test_what_cannot_be_delivered_lies_in_the_dead_letter_queue_with_the_cause(bus: Bus) -> None:
    url, arn = bus.queue("dead")
    bus.rule({"Arn": "arn:aws:sqs:eu-west-1:123456789012:none", "DeadLetterConfig": {"Arn": arn}})
    bus.put()
    (message,) = bus.messages(url)
    assert json.loads(message["Body"]) == EVENT
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert said["ERROR_CODE"] == "NO_RESOURCE"
    assert said["TARGET_ARN"].endswith(":none")
    assert said["RULE_ARN"].endswith(":rule/r")


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"Input": '{"a": 1}'}, '{"a": 1}'),
        ({"InputPath": "$.detail.lastStatus"}, '"STOPPED"'),
        ({"InputPath": "$.detail.containers[1]"}, '{"name": "proxy", "exitCode": 3}'),
        ({"InputPath": "$.detail.none.at.all"}, "null"),
        ({}, json.dumps(EVENT)),
    ],
)
def test_a_target_chooses_what_it_receives(target: dict[str, Any], text: str) -> None:
    assert received(target, RULE, EVENT) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{"state": <state>, "codes": <containers>}', '{"state": "STOPPED", "codes": 3}'),
        ('"Task is <state>: <why>"', '"Task is STOPPED: said \\"no\\""'),
        ('{"text": "it is <state>", "raw": <why>}', '{"text": "it is STOPPED", "raw": "said \\"no\\""}'),
        ("<none>", "null"),
        ('"<none>"', '""'),
        ("<unknown>", "<unknown>"),
        ('"<aws.events.rule-name>"', '"r"'),
        ("<aws.events.event.json>", json.dumps(EVENT)),
    ],
)
def test_a_transformer_puts_values_where_its_template_has_variables(template: str, text: str) -> None:
    paths = {
        "state": "$.detail.lastStatus",
        "why": "$.detail.stoppedReason",
        "containers": "$.detail.containers[1].exitCode",
        "none": "$.detail.none",
    }
    made = received({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}, RULE, EVENT)
    assert made == text


def test_a_path_names_names_with_hyphens_too() -> None:
    assert part(EVENT, "$.detail-type") == "ECS Task State Change"
    assert part(EVENT, "$") == EVENT
