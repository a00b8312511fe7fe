"""From image to running, load-balanced tasks by the server alone: ECS, ECR, load balancer, logs and time together."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sandbox import process
from tests.sandbox.conftest import free_port, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

SPEED = 600
TRUST = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'


@pytest.fixture
def client(own_box: Sandbox) -> Callable[[str], Any]:
    own_box.up(port=free_port(), stacks=False, speed=SPEED)
    signed = session(own_box)
    return lambda service: signed.client(service, endpoint_url=own_box.endpoint)


def surroundings(client: Callable[[str], Any]) -> dict[str, Any]:
    """A network, a load balancer with a target group, a role, a log group, a cluster and a repository."""
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{z}")["Subnet"]["SubnetId"]
        for n, z in enumerate("ab")
    ]
    group = ec2.create_security_group(VpcId=vpc, GroupName="tasks", Description="tasks")["GroupId"]
    balancer = elb.create_load_balancer(Name="lb", Scheme="internal", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    target = elb.create_target_group(
        Name="auth", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": target}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    role = client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    client("logs").create_log_group(logGroupName="/ecs/auth-service")
    client("ecs").create_cluster(clusterName="microservices-cluster")
    client("ecr").create_repository(repositoryName="auth-service")
    return {"subnets": subnets, "group": group, "target": target, "role": role}


def definition(client: Callable[[str], Any], box: Sandbox, role: str, digest: str) -> str:
    log = {"awslogs-group": "/ecs/auth-service", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "auth"}
    answer = client("ecs").register_task_definition(
        family="auth-service",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=role,
        containerDefinitions=[
            {
                "name": "auth-service",
                "image": f"127.0.0.1:{box.port}/111111111111/eu-west-1/auth-service@{digest}",
                "portMappings": [{"containerPort": 8080}],
                "logConfiguration": {"logDriver": "awslogs", "options": log},
            }
        ],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def create_service(client: Callable[[str], Any], place: dict[str, Any], task_definition: str, **more: Any) -> None:
    client("ecs").create_service(
        cluster="microservices-cluster",
        serviceName="auth-service",
        taskDefinition=task_definition,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": place["subnets"], "securityGroups": [place["group"]]}},
        loadBalancers=[{"targetGroupArn": place["target"], "containerName": "auth-service", "containerPort": 8080}],
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        **more,
    )


def service(client: Callable[[str], Any]) -> dict[str, Any]:
    answer = client("ecs").describe_services(cluster="microservices-cluster", services=["auth-service"])
    found: dict[str, Any] = answer["services"][0]
    return found


def settled(client: Callable[[str], Any], revision: str) -> dict[str, Any]:
    """The service once its one deployment runs this revision to the full."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        now = service(client)
        if len(now["deployments"]) == 1 and now["deployments"][0]["rolloutState"] == "COMPLETED":
            assert now["taskDefinition"] == revision
            return now
        time.sleep(0.1)
    raise AssertionError(f"not settled: {now['deployments']} {now['events'][:3]}")


def healths(client: Callable[[str], Any], target: str) -> list[str]:
    answer = client("elbv2").describe_target_health(TargetGroupArn=target)
    return sorted(entry["TargetHealth"]["State"] for entry in answer["TargetHealthDescriptions"])


def test_a_service_runs_is_replaced_and_is_rolled_back_over_a_kill_of_the_server(
    own_box: Sandbox, client: Callable[[str], Any]
) -> None:
    place = surroundings(client)
    good = definition(client, own_box, place["role"], own_box.image("auth-service", "1.0.0")["digest"])
    create_service(client, place, good)
    assert settled(client, good)["runningCount"] == 2
    assert healths(client, place["target"]) == ["healthy", "healthy"]
    assert client("logs").filter_log_events(logGroupName="/ecs/auth-service")["events"]

    broken = own_box.image("auth-service", "1.1.0", behaviour="crash")["digest"]
    bad = definition(client, own_box, place["role"], broken)
    client("ecs").update_service(cluster="microservices-cluster", service="auth-service", taskDefinition=bad)
    server = process.find(own_box.directory)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    while (found := process.find(own_box.directory)) is None or found.pid:
        time.sleep(0.01)
    own_box.up(stacks=False)
    rolled_back = settled(client, good)
    assert rolled_back["runningCount"] == 2
    assert any("rolling back" in event["message"] for event in rolled_back["events"])


def test_time_passes_for_ecs_without_anyone_asking(own_box: Sandbox, client: Callable[[str], Any]) -> None:
    place = surroundings(client)
    create_service(
        client, place, definition(client, own_box, place["role"], own_box.image("auth-service", "1.0.0")["digest"])
    )
    time.sleep(1.5)  # fifteen sandbox minutes, in which nobody asks anything
    tasks = client("ecs").list_tasks(cluster="microservices-cluster")["taskArns"]
    described = client("ecs").describe_tasks(cluster="microservices-cluster", tasks=tasks)["tasks"]
    assert [task["lastStatus"] for task in described] == ["RUNNING", "RUNNING"]
    # Written by the ticker while it happened, not in one go by the question above.
    logs = client("logs").filter_log_events(logGroupName="/ecs/auth-service")["events"]
    ingested = {event["ingestionTime"] for event in logs}
    assert min(ingested) < own_box.clock.show().now.timestamp() * 1000 - 500 * SPEED


def test_a_target_that_is_not_registered_is_unused_and_an_unknown_group_an_error(
    own_box: Sandbox, client: Callable[[str], Any]
) -> None:
    place = surroundings(client)
    elb = client("elbv2")
    answer = elb.describe_target_health(TargetGroupArn=place["target"], Targets=[{"Id": "10.0.0.9", "Port": 8080}])
    (entry,) = answer["TargetHealthDescriptions"]
    assert (entry["TargetHealth"]["State"], entry["TargetHealth"]["Reason"]) == ("unused", "Target.NotRegistered")
    with pytest.raises(ClientError, match="TargetGroupNotFound"):
        elb.describe_target_health(TargetGroupArn=place["target"] + "0")
    assert own_box.status()["environments"]["test"]["services"] == []


def test_auto_scaling_finds_the_services_of_our_ecs(own_box: Sandbox, client: Callable[[str], Any]) -> None:
    place = surroundings(client)
    create_service(
        client, place, definition(client, own_box, place["role"], own_box.image("auth-service", "1.0.0")["digest"])
    )
    scaling = client("application-autoscaling")
    target = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1,
        "MaxCapacity": 4,
    }
    scaling.register_scalable_target(ResourceId="service/microservices-cluster/auth-service", **target)
    with pytest.raises(ClientError, match="ECS service doesn't exist"):
        scaling.register_scalable_target(ResourceId="service/microservices-cluster/none", **target)


def queue_of_events(client: Callable[[str], Any]) -> str:
    """The URL of a queue that receives ECS's events."""
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Statement": [{**allowed, "Resource": "*"}]})
    url: str = client("sqs").create_queue(QueueName="ecs", Attributes={"Policy": policy})["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    client("events").put_rule(Name="ecs", EventPattern=json.dumps({"source": ["aws.ecs"]}))
    client("events").put_targets(Rule="ecs", Targets=[{"Id": "1", "Arn": attributes["QueueArn"]}])
    return url


def map_service(client: Callable[[str], Any]) -> dict[str, Any]:
    """A Cloud Map service whose instances' health ECS tells."""
    zone = client("servicediscovery")
    zone.create_http_namespace(Name="local")
    namespace = zone.list_namespaces()["Namespaces"][0]["Id"]
    made = zone.create_service(Name="auth", NamespaceId=namespace, HealthCheckCustomConfig={"FailureThreshold": 1})
    service: dict[str, Any] = made["Service"]
    return service


def test_eventbridge_and_cloud_map_learn_of_the_tasks_and_keep_it_over_a_restart(
    own_box: Sandbox, client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "AWS_DISABLE_HOST_PREFIX_INJECTION"
    monkeypatch.setenv(name, own_box.variables("test")[name] or "")
    place, url, registry = surroundings(client), queue_of_events(client), map_service(client)
    good = definition(client, own_box, place["role"], own_box.image("auth-service", "1.0.0")["digest"])
    create_service(client, place, good, serviceRegistries=[{"registryArn": registry["Arn"]}])
    settled(client, good)
    port = own_box.port
    own_box.down()
    own_box.up(port=port, stacks=False, speed=SPEED)
    zone, sqs, ecs = client("servicediscovery"), client("sqs"), client("ecs")
    tasks = ecs.list_tasks(cluster="microservices-cluster")["taskArns"]
    found = zone.discover_instances(NamespaceName="local", ServiceName="auth", HealthStatus="HEALTHY")["Instances"]
    assert {one["InstanceId"] for one in found} == {arn.rpartition("/")[2] for arn in tasks}
    addresses = {one["Attributes"]["AWS_INSTANCE_IPV4"] for one in found}
    targets = client("elbv2").describe_target_health(TargetGroupArn=place["target"])["TargetHealthDescriptions"]
    assert addresses == {one["Target"]["Id"] for one in targets}
    health = zone.get_instances_health_status(ServiceId=registry["Id"])["Status"]
    assert set(health.values()) == {"HEALTHY"}
    assert len(zone.list_instances(ServiceId=registry["Id"])["Instances"]) == 2
    told = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=43_200).get("Messages"):
        told += [json.loads(message["Body"]) for message in got]
        for message in got:  # at this speed it would soon be visible again
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    told = list({one["id"]: one for one in told}.values())
    names = [one["detail"].get("eventName") or one["detail"]["lastStatus"] for one in told]
    tasks_told = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"] * 2
    expected = [*tasks_told, "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE"]
    assert sorted(names) == sorted(expected)


def two_rules(client: Callable[[str], Any], place: dict[str, Any]) -> dict[str, str]:
    """A second target group, a rule for production and one for test traffic, and a role for ECS."""
    elb = client("elbv2")
    (first,) = elb.describe_target_groups(TargetGroupArns=[place["target"]])["TargetGroups"]
    other = elb.create_target_group(
        Name="auth-b", Protocol="HTTP", Port=8080, VpcId=first["VpcId"], TargetType="ip", HealthCheckPath="/health"
    )["TargetGroups"][0]["TargetGroupArn"]
    balancer = elb.describe_load_balancers(Names=["lb"])["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]
    rules = []
    for priority, (path, group) in enumerate((("/*", place["target"]), ("/test/*", other)), start=1):
        made = elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        rules.append(made["Rules"][0]["RuleArn"])
    trust = TRUST.replace("ecs-tasks", "ecs")
    role = client("iam").create_role(RoleName="balancing", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    return {
        "alternateTargetGroupArn": other,
        "productionListenerRule": rules[0],
        "testListenerRule": rules[1],
        "roleArn": role,
    }


def shares(client: Callable[[str], Any], rule: str) -> dict[str, int]:
    """Weight by target group of a rule that ECS has moved."""
    (action,) = client("elbv2").describe_rules(RuleArns=[rule])["Rules"][0]["Actions"]
    return {group["TargetGroupArn"]: group["Weight"] for group in action["ForwardConfig"]["TargetGroups"]}


def test_a_canary_moves_the_weights_of_the_load_balancer_and_a_person_lets_it_go_on(
    own_box: Sandbox, client: Callable[[str], Any]
) -> None:
    place = surroundings(client)
    advanced = two_rules(client, place)
    good = definition(client, own_box, place["role"], own_box.image("auth-service", "1.0.0")["digest"])
    create_service(client, place, good)
    settled(client, good)
    new = definition(client, own_box, place["role"], own_box.image("auth-service", "1.1.0")["digest"])
    balancer = {"targetGroupArn": place["target"], "containerName": "auth-service", "containerPort": 8080}
    pause = {"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}
    ecs, auth = client("ecs"), {"cluster": "microservices-cluster", "service": "auth-service"}
    ecs.update_service(
        **auth,
        taskDefinition=new,
        loadBalancers=[{**balancer, "advancedConfiguration": advanced}],
        deploymentConfiguration={
            "strategy": "CANARY",
            "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 0},
            "lifecycleHooks": [pause],
        },
    )
    blue, green = place["target"], advanced["alternateTargetGroupArn"]
    production = advanced["productionListenerRule"]
    arn = ecs.list_service_deployments(**auth)["serviceDeployments"][0]["serviceDeploymentArn"]

    def go_on() -> None:
        """Wait for the pause, and end it."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            (entry,) = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
            waiting = [h for h in entry.get("lifecycleHookDetails", ()) if h["status"] == "AWAITING_ACTION"]
            if waiting:
                ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=waiting[0]["hookId"])
                return
            time.sleep(0.1)
        raise AssertionError(f"not paused: {entry}")

    go_on()
    assert shares(client, production) == {blue: 90, green: 10}
    assert shares(client, advanced["testListenerRule"]) == {blue: 0, green: 100}
    assert healths(client, blue) == healths(client, green) == ["healthy", "healthy"]
    go_on()
    assert settled(client, new)["runningCount"] == 2
    assert shares(client, production) == {blue: 0, green: 100}
    assert healths(client, green) == ["healthy", "healthy"]
