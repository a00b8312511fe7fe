"""The service's own alarms take a bad release back, and tell people where the environment pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.sandbox.conftest import session

pytestmark = pytest.mark.integration


class Prod:
    """The account, asked as its people would."""

    def __init__(self, sandbox: Sandbox) -> None:
        signed = session(sandbox, "prod")
        services = ("ecs", "sns", "sqs")
        self.aws: dict[str, Any] = {name: signed.client(name, endpoint_url=sandbox.endpoint) for name in services}
        self._queue = ""

    def listen(self) -> None:
        """Let a queue have what the topic of the alarms is told."""
        self._queue = self.aws["sqs"].create_queue(QueueName="people")["QueueUrl"]
        asked = self.aws["sqs"].get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        queue = asked["Attributes"]["QueueArn"]
        topic = queue.replace(":sqs:", ":sns:").replace(":people", ":alerts")
        self.aws["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def told(self) -> list[str]:
        """Everything that has come since the last time."""
        texts: list[str] = []
        while True:
            answer = self.aws["sqs"].receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            if not answer.get("Messages"):
                return texts
            for message in answer["Messages"]:
                texts.append(json.loads(message["Body"])["Message"])
                self.aws["sqs"].delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])

    def live(self) -> str:
        found = self.aws["ecs"].describe_services(cluster="microservices-cluster", services=["auth-service"])
        return str(found["services"][0]["taskDefinition"]).rpartition("/")[2]


def test_a_release_with_errors_is_taken_back_by_ecs_and_people_hear_of_it(project: Project, sandbox: Sandbox) -> None:
    hasty = project.overriding("a test of alarms, not of gates")
    prod = Prod(sandbox)
    project.image("1.0.0", stack="prod")
    project.image("1.1.0", "--behave", "errors:rate=50", stack="prod")
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

    messages = prod.told()
    alarms = [json.loads(text) for text in messages if text.startswith("{")]
    states = [(one["AlarmName"], one["NewStateValue"]) for one in alarms]
    for name in ("auth-service-5xx-rate", "auth-service-unwell"):
        assert (name, "ALARM") in states
        assert (name, "OK") in states, "people hear of its end"
    assert any("auth-service: deployment" in text and "alarms.md#deployment-failed" in text for text in messages)

    project.set_version("1.0.0", stack="prod")
    hasty.up("prod").succeeded()
    project.run("pulumi", "preview", "-s", "prod", "--expect-no-changes").succeeded()
    project.run("pulumi", "refresh", "-s", "prod", "--yes", "--expect-no-changes").succeeded()
