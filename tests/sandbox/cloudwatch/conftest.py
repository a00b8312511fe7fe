"""A sandbox whose time passes only when a test lets it, asked through boto3."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.sandbox.conftest import assert_no_crash, free_port, session
from tests.sandbox.test_service_end_to_end import create_service, definition, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = {"ClusterName": "microservices-cluster", "ServiceName": "auth-service"}


class Cloud:
    """One account, with auth-service in a steady state once ``serve`` was called."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        signed = session(box)
        names = ("cloudwatch", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "logs", "sns", "sqs")
        self.clients: dict[str, Any] = {name: signed.client(name, endpoint_url=box.endpoint) for name in names}
        self.watch = self.clients["cloudwatch"]
        self.place: dict[str, Any] = {}

    def now(self) -> datetime:
        return self.box.clock.show().now

    def wait(self, seconds: float) -> None:
        self.box.clock.step(timedelta(seconds=seconds))

    def to_full_minute(self) -> None:
        self.wait(60 - self.now().timestamp() % 60)

    def serve(self) -> None:
        self.place = surroundings(self.clients.__getitem__)
        create_service(self.clients.__getitem__, self.place, self.register("1.0.0"))
        self.wait(300)

    def register(self, version: str, behaviour: str = "") -> str:
        digest = self.box.image("auth-service", version, behaviour=behaviour)["digest"]
        return definition(self.clients.__getitem__, self.box, self.place["role"], digest)

    def deploy(self, revision: str, **configuration: Any) -> None:
        self.clients["ecs"].update_service(
            cluster="microservices-cluster",
            service="auth-service",
            taskDefinition=revision,
            **({"deploymentConfiguration": configuration} if configuration else {}),
        )

    def service(self) -> dict[str, Any]:
        answer = self.clients["ecs"].describe_services(cluster="microservices-cluster", services=["auth-service"])
        found: dict[str, Any] = answer["services"][0]
        return found

    def balancer(self) -> dict[str, str]:
        arn = self.clients["elbv2"].describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
        return {"LoadBalancer": arn.partition(":loadbalancer/")[2]}

    def group(self) -> dict[str, str]:
        return {"TargetGroup": self.place["target"].rpartition(":")[2]}

    def alarm(self, name: str, **changes: Any) -> None:
        """A metric alarm: one data point of one minute above 0."""
        settings = {
            "AlarmName": name,
            "Namespace": "tests",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        merged = {key: value for key, value in (settings | changes).items() if value is not None}
        self.watch.put_metric_alarm(**merged)

    def put(self, name: str, value: float) -> None:
        self.watch.put_metric_data(Namespace="tests", MetricData=[{"MetricName": name, "Value": value}])

    def described(self, name: str) -> dict[str, Any]:
        answer = self.watch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        found: dict[str, Any] = (answer["MetricAlarms"] + answer["CompositeAlarms"])[0]
        return found

    def state(self, name: str) -> str:
        return str(self.described(name)["StateValue"])

    def latest(self, namespace: str, name: str, dimensions: dict[str, str], stat: str = "Sum") -> float | None:
        """The statistic of the last whole minute; None where nothing was measured."""
        end = self.now().replace(second=0, microsecond=0)
        points = self.watch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=end - timedelta(minutes=1),
            EndTime=end,
            Period=60,
            **({"Statistics": [stat]} if stat[0].isupper() else {"ExtendedStatistics": [stat]}),
        )["Datapoints"]
        if not points:
            return None
        return float(points[0][stat] if stat[0].isupper() else points[0]["ExtendedStatistics"][stat])

    def topic_with_queue(self, name: str) -> tuple[str, str]:
        """A topic and the URL of a queue that gets what is published to it."""
        topic = self.clients["sns"].create_topic(Name=name)["TopicArn"]
        queue = self.clients["sqs"].create_queue(QueueName=name)["QueueUrl"]
        arn = self.clients["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
        self.clients["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
        return topic, queue

    def received(self, queue: str) -> list[dict[str, Any]]:
        """What has come to a queue since the last time, each as SNS's envelope."""
        answer = self.clients["sqs"].receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        for message in messages:
            self.clients["sqs"].delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


def paused(box: Sandbox) -> Cloud:
    """The sandbox, started, at a full minute."""
    box.up(port=free_port(), stacks=False)
    box.clock.pause()
    cloud = Cloud(box)
    cloud.to_full_minute()
    return cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A sandbox that tests of alarms and metric data share, with names of their own."""
    box = Sandbox(tmp_path_factory.mktemp("cloudwatch"))
    yield paused(box)
    box.down()
    assert_no_crash(box)


@pytest.fixture
def serving(own_box: Sandbox) -> Cloud:
    """A sandbox of the test's own, in which auth-service runs behind a load balancer."""
    made = paused(own_box)
    made.serve()
    return made
