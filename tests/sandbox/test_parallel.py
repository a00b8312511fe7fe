"""Requests at the same time: each is answered, and nothing of what they made is lost, also over a kill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.sandbox.conftest import free_port, session
from tests.sandbox.test_persistence import restart

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

EACH = 12
THREADS = 16


def make_all(client: Callable[[str], Any]) -> None:
    """A dozen of each kind, all at once."""
    ecs, logs, watch, ecr, ec2 = (client(name) for name in ("ecs", "logs", "cloudwatch", "ecr", "ec2"))
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ecs.create_cluster(clusterName="shared")
    logs.create_log_group(logGroupName="/shared")

    def family(number: int) -> None:
        ecs.register_task_definition(
            family="shared", containerDefinitions=[{"name": "app", "image": f"app:{number}", "memory": 64}]
        )

    makers: tuple[Callable[[int], Any], ...] = (
        family,
        lambda n: ecs.create_cluster(clusterName=f"cluster-{n}"),
        lambda n: ecs.tag_resource(
            resourceArn=ecs.describe_clusters(clusters=["shared"])["clusters"][0]["clusterArn"],
            tags=[{"key": f"tag-{n}", "value": str(n)}],
        ),
        lambda n: logs.create_log_stream(logGroupName="/shared", logStreamName=f"stream-{n}"),
        lambda n: watch.put_metric_alarm(
            AlarmName=f"alarm-{n}", Namespace="x", MetricName="y", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        ),
        lambda n: ecr.create_repository(repositoryName=f"repository-{n}"),
        lambda n: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24"),
    )  # fmt: skip
    with ThreadPoolExecutor(THREADS) as pool:
        done = [pool.submit(maker, number) for number in range(EACH) for maker in makers]
        for one in done:
            one.result()


def found(client: Callable[[str], Any]) -> dict[str, int]:
    ecs = client("ecs")
    shared = ecs.describe_clusters(clusters=["shared"], include=["TAGS"])["clusters"][0]
    definitions = ecs.list_task_definitions(familyPrefix="shared")["taskDefinitionArns"]
    assert sorted(int(arn.rsplit(":", 1)[1]) for arn in definitions) == list(range(1, EACH + 1))
    subnets = client("ec2").describe_subnets()["Subnets"]
    return {
        "task definitions": len(definitions),
        "clusters": len(ecs.list_clusters()["clusterArns"]) - 1,
        "tags": len(shared["tags"]),
        "streams": len(client("logs").describe_log_streams(logGroupName="/shared")["logStreams"]),
        "alarms": len(client("cloudwatch").describe_alarms()["MetricAlarms"]),
        "repositories": len(client("ecr").describe_repositories()["repositories"]),
        "subnets": sum(subnet["CidrBlock"].startswith("10.9.") for subnet in subnets),
    }


def test_what_is_made_at_the_same_time_is_all_there_also_after_kill_9(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False)
    signed = session(own_box)

    def client(service: str) -> Any:
        return signed.client(service, endpoint_url=own_box.endpoint)

    make_all(client)
    made = found(client)
    assert set(made.values()) == {EACH}, made
    restart(own_box)
    assert found(client) == made
