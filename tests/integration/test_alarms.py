"""The service's own alarms take a bad release back, and tell people where the environment pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.sandbox.conftest import session

pytestmark = pytest.mark.integration
FIELD = re.compile(r"\b(?:detail|resources)(?:\.\w+)+")


class Prod:
    """The account, asked as its people would."""

    def __init__(self, sandbox: Sandbox) -> None:
        signed = session(sandbox, "prod")
        services = ("cloudwatch", "ecs", "logs", "sns", "sqs")
        self.aws: dict[str, Any] = {name: signed.client(name, endpoint_url=sandbox.endpoint) for name in services}
        self._queue = ""

    def receiver(self) -> str:
        """The ARN of a queue that lets EventBridge in."""
        allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": "*"}]})
        url = self.aws["sqs"].create_queue(QueueName="pager", Attributes={"Policy": policy})["QueueUrl"]
        asked = self.aws["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(asked["Attributes"]["QueueArn"])

    def listen(self) -> None:
        """Let a queue have what the topic of the alarms is told."""
        self._queue = self.aws["sqs"].create_queue(QueueName="people")["QueueUrl"]
        asked = self.aws["sqs"].get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        queue = asked["Attributes"]["QueueArn"]
        topic = queue.replace(":sqs:", ":sns:").replace(":people", ":alerts")
        self.aws["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def told(self) -> list[str]:
        """Everything that people were told since the last time."""
        return [json.loads(text)["Message"] for text in self._messages(self._queue)]

    def received(self) -> list[dict[str, Any]]:
        """Every event that the receiver got since the last time."""
        url = self.aws["sqs"].get_queue_url(QueueName="pager")["QueueUrl"]
        return [json.loads(text) for text in self._messages(url)]

    def _messages(self, queue: str) -> list[str]:
        texts: list[str] = []
        while True:
            answer = self.aws["sqs"].receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return texts
            for message in answer["Messages"]:
                texts.append(message["Body"])
                self.aws["sqs"].delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def live(self) -> str:
        found = self.aws["ecs"].describe_services(cluster="microservices-cluster", services=["auth-service"])
        return str(found["services"][0]["taskDefinition"]).rpartition("/")[2]

    def events(self) -> list[dict[str, Any]]:
        """What ECS told and the log of events has kept."""
        found = self.aws["logs"].filter_log_events(logGroupName="/aws/events/microservices-cluster")["events"]
        return [json.loads(one["message"]) for one in found]

    def counted(self, metric: str) -> list[str]:
        """Whose events the metric counts."""
        found = self.aws["cloudwatch"].list_metrics(Namespace="Slipway", MetricName=f"microservices-cluster-{metric}")
        return [one["Value"].rpartition("/")[2] for each in found["Metrics"] for one in each["Dimensions"]]

    def asked_of_events(self) -> set[str]:
        """The fields that the service's dashboard asks the log of events for."""
        name = "auth-service_eu-west-1"
        body = json.loads(self.aws["cloudwatch"].get_dashboard(DashboardName=name)["DashboardBody"])
        queries = [one["properties"].get("query", "") for one in body["widgets"]]
        return {field for query in queries if "/aws/events/" in query for field in FIELD.findall(query)}


def within(event: dict[str, Any], field: str) -> bool:
    """Whether the event has the field, as Logs Insights names it: `detail.containers.0.exitCode`."""
    found: Any = event
    for part in field.split("."):
        inside = isinstance(found, list) and int(part) < len(found) if part.isdigit() else part in found
        if not inside:
            return False
        found = found[int(part)] if part.isdigit() else found[part]
    return True


def test_a_release_with_errors_is_taken_back_by_ecs_and_people_hear_of_it(project: Project, sandbox: Sandbox) -> None:
    hasty = project.overriding("a test of alarms, not of gates")
    prod = Prod(sandbox)
    project.image("1.0.0", stack="prod")
    project.image("1.1.0", "--behave", "errors:rate=50", stack="prod")
    project.configure("alerts", {"receivers": [prod.receiver()]}, "prod")
    project.set_version("1.0.0", stack="prod")
    hasty.up("prod").succeeded()
    prod.listen()
    project.run("slipway", "sandbox", "traffic", "-e", "prod", "auth-service", "20").succeeded()
    sandbox.clock.step(timedelta(minutes=10))

    project.set_version("1.1.0", stack="prod")
    failed = hasty.up("prod").failed().output
    assert "alarm auth-service-5xx-rate" in failed
    assert "Traceback" not in failed
    sandbox.clock.step(timedelta(minutes=10))
    assert prod.live() == "auth-service:1"

    fields = prod.asked_of_events()
    assert {"resources.0", "detail.stoppedReason"} <= fields
    kept = prod.events()
    assert [field for field in fields if not any(within(event, field) for event in kept)] == []
    told = {event["detail"].get("eventName") for event in kept}
    assert {"SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_FAILED"} <= told, "the log of events keeps them"
    assert prod.counted("deployments") == ["auth-service"], "and its metric marks them in the dashboard"
    assert prod.counted("restarts") == [], "a rollback stops tasks, and nobody is told that they ended"

    messages = prod.told()
    alarms = [json.loads(text) for text in messages if text.startswith("{")]
    states = [(one["AlarmName"], one["NewStateValue"]) for one in alarms]
    for name in ("auth-service-5xx-rate", "auth-service-unwell"):
        assert (name, "ALARM") in states
        assert (name, "OK") in states, "people hear of its end"
    assert any("auth-service: deployment" in text and "alarms.md#deployment-failed" in text for text in messages)

    events = [one["detail"] for one in prod.received()]
    turns = {(one["alarmName"], one["state"]["value"]) for one in events if "alarmName" in one}
    assert {("auth-service-unwell", "ALARM"), ("auth-service-unwell", "OK")} <= turns, "and so do other receivers"
    assert "SERVICE_DEPLOYMENT_FAILED" in [one.get("eventName") for one in events]

    project.set_version("1.0.0", stack="prod")
    hasty.up("prod").succeeded()
    project.run("pulumi", "preview", "-s", "prod", "--expect-no-changes").succeeded()
    project.run("pulumi", "refresh", "-s", "prod", "--yes", "--expect-no-changes").succeeded()
