"""Creating, changing, describing and deleting services, through the JSON protocol."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.ecs.ports import TargetGroupFacts
from tests.sandbox.ecs.surroundings import TARGET_GROUP, Ecs, Refused, service

CLUSTER = {"cluster": "microservices-cluster"}
AUTH = CLUSTER | {"service": "auth-service"}


def test_a_service_shows_all_that_was_sent_and_the_defaults_of_aws(ecs: Ecs) -> None:
    sent = {
        "deploymentConfiguration": {
            "maximumPercent": 150,
            "minimumHealthyPercent": 50,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
        },
        "propagateTags": "SERVICE",
        "enableExecuteCommand": True,
        "enableECSManagedTags": True,
        "healthCheckGracePeriodSeconds": 60,
        "availabilityZoneRebalancing": "DISABLED",
        "platformVersion": "1.4.0",
        "tags": [{"key": "team", "value": "auth"}],
    }
    shown = ecs.running_service(**sent)
    for member, value in sent.items():
        if member != "deploymentConfiguration":
            assert shown[member] == value
    assert shown["deploymentConfiguration"] == sent["deploymentConfiguration"] | {  # type: ignore[operator]
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    assert shown["loadBalancers"] == service("")["loadBalancers"]
    assert shown["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-a", "subnet-b"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
    assert shown["launchType"] == "FARGATE"
    assert shown["deploymentController"] == {"type": "ECS"}
    assert shown["schedulingStrategy"] == "REPLICA"
    assert shown["serviceRegistries"] == []
    assert shown["createdBy"] == ecs.caller.arn


def test_a_service_left_to_the_defaults_shows_those_of_aws(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    params = service(ecs.register(ecs.push("1.0.0")))
    for member in ("deploymentConfiguration", "launchType", "loadBalancers"):
        del params[member]
    shown = ecs("CreateService", **params)["service"]
    assert shown["deploymentConfiguration"]["maximumPercent"] == 200
    assert shown["deploymentConfiguration"]["minimumHealthyPercent"] == 100
    assert shown["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": False, "rollback": False}
    assert shown["launchType"] == "FARGATE"
    assert shown["platformVersion"] == "LATEST"
    assert shown["propagateTags"] == "NONE"
    assert shown["availabilityZoneRebalancing"] == "ENABLED"
    assert "healthCheckGracePeriodSeconds" not in shown


def test_a_cluster_with_a_default_strategy_gives_it_to_services_without_a_launch_type(ecs: Ecs) -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    ecs(
        "CreateCluster",
        clusterName="microservices-cluster",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=strategy,
    )
    params = service(ecs.register(ecs.push("1.0.0")))
    del params["launchType"]
    shown = ecs("CreateService", **params)["service"]
    assert shown["capacityProviderStrategy"] == strategy
    assert "launchType" not in shown
    ecs.wait(60)
    assert {task["capacityProviderName"] for task in ecs.tasks()} == {"FARGATE_SPOT"}


def test_a_task_definition_by_family_is_stored_as_the_arn_of_its_latest_revision(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    arn = ecs.register(ecs.push("1.0.0"))
    assert ecs.create_service("auth-service")["taskDefinition"] == arn


def test_the_same_request_again_is_answered_with_the_same_service_and_another_one_is_refused(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    arn = ecs.register(ecs.push("1.0.0"))
    first = ecs.create_service(arn)
    assert ecs.create_service(arn)["serviceArn"] == first["serviceArn"]
    assert len(ecs.tasks()) == 2
    with pytest.raises(Refused, match=r"InvalidParameterException: Creation of service was not idempotent\."):
        ecs.create_service(arn, desiredCount=3)


def test_a_client_token_makes_the_request_the_same(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    arn = ecs.register(ecs.push("1.0.0"))
    ecs.create_service(arn, clientToken="once")
    ecs.create_service(arn, clientToken="once")
    with pytest.raises(Refused, match="not idempotent"):
        ecs.create_service(arn, clientToken="twice")


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"cluster": "nowhere"}, "ClusterNotFoundException", "Cluster not found."),
    ({"taskDefinition": "nothing:1"}, "ClientException", "TaskDefinition not found."),
    ({"serviceName": "no spaces"}, "InvalidParameterException", "Invalid service name"),
    ({"desiredCount": None}, "InvalidParameterException", "desiredCount cannot be null"),
    ({"desiredCount": -1}, "InvalidParameterException", "desiredCount must be from 0 to 5000, got -1."),
    (
        {"networkConfiguration": None},
        "InvalidParameterException",
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-x"]}}},
        "InvalidParameterException",
        "The subnet ID 'subnet-x' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
    ),
    (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-x"]}}},
        "InvalidParameterException",
        "The security group 'sg-x' does not exist (ErrorCode: InvalidGroup.NotFound)",
    ),
    (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-other"]}}},
        "InvalidParameterException",
        "does not appear to belong to the same VPC as the input subnets.",
    ),
    (
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-other"]}}},
        "InvalidParameterException",
        "All subnets must belong to the same VPC.",
    ),
    (
        {"loadBalancers": [{"targetGroupArn": "arn:nothing", "containerName": "auth-service", "containerPort": 8080}]},
        "InvalidParameterException",
        "The target group with targetGroupArn arn:nothing does not exist.",
    ),
    (
        {"loadBalancers": [{"targetGroupArn": TARGET_GROUP, "containerName": "other", "containerPort": 8080}]},
        "InvalidParameterException",
        "The container other does not exist in the task definition.",
    ),
    (
        {"loadBalancers": [{"targetGroupArn": TARGET_GROUP, "containerName": "auth-service", "containerPort": 80}]},
        "InvalidParameterException",
        "The container auth-service did not have a container port 80 defined.",
    ),
    (
        {"loadBalancers": [], "healthCheckGracePeriodSeconds": 30},
        "InvalidParameterException",
        "Health check grace period is only valid",
    ),
    (
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
        "InvalidParameterException",
        "Specifying both a launch type and capacity provider strategy is not supported.",
    ),
    (
        {"deploymentConfiguration": {"maximumPercent": 99}},
        "InvalidParameterException",
        "Invalid maximumPercent: 99. It must be from 100 to 200.",
    ),
    (
        {"deploymentConfiguration": {"strategy": "CANARY"}},
        "InvalidParameterException",
        "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy",
    ),
    ({"launchType": "EC2"}, "UnsupportedFeatureException", "The Slipway sandbox knows launchType FARGATE only: EC2."),
    ({"schedulingStrategy": "DAEMON"}, "UnsupportedFeatureException", "schedulingStrategy REPLICA only"),
    (
        {"placementStrategy": [{"type": "spread", "field": "host"}]},
        "InvalidParameterException",
        "Placement strategies and constraints are not supported with FARGATE launch type.",
    ),
]


@pytest.mark.parametrize(("changes", "code", "message"), FAULTS, ids=[message for _, _, message in FAULTS])
def test_a_bad_service_is_refused_in_the_words_of_aws_and_leaves_nothing_behind(
    ecs: Ecs, changes: dict[str, Any], code: str, message: str
) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    params = service(ecs.register(ecs.push("1.0.0"))) | changes
    with pytest.raises(Refused) as refusal:
        ecs("CreateService", **{key: value for key, value in params.items() if value is not None})
    assert refusal.value.code == code
    assert message in refusal.value.message
    assert ecs("ListServices", **CLUSTER)["serviceArns"] == []


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"target_type": "instance"}, "has target type instance, which is incompatible with the awsvpc network mode"),
        ({"load_balancer_arns": ()}, "does not have an associated load balancer."),
        ({"vpc_id": "vpc-2"}, "does not belong to the VPC of the subnets."),
    ],
)
def test_a_target_group_that_cannot_serve_the_tasks_is_refused(ecs: Ecs, facts: dict[str, Any], message: str) -> None:
    whole = {"arn": TARGET_GROUP, "vpc_id": "vpc-1", "port": 8080, "load_balancer_arns": ("arn:lb",)} | facts
    ecs.load_balancers.groups[TARGET_GROUP] = TargetGroupFacts(**whole)
    ecs("CreateCluster", clusterName="microservices-cluster")
    arn = ecs.register(ecs.push("1.0.0"))
    with pytest.raises(Refused, match="InvalidParameterException") as refusal:
        ecs.create_service(arn)
    assert message in refusal.value.message


UPDATES: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"desiredCount": 3}, False),
    ({"healthCheckGracePeriodSeconds": 30}, False),
    ({"deploymentConfiguration": {"maximumPercent": 150}}, False),
    ({"enableExecuteCommand": True}, False),
    ({"propagateTags": "SERVICE"}, False),
    ({"enableECSManagedTags": True}, False),
    ({"availabilityZoneRebalancing": "DISABLED"}, False),
    ({"taskDefinition": "auth-service:1"}, False),
    ({"forceNewDeployment": True}, True),
    ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}}, True),
    ({"platformVersion": "1.4.0"}, True),
    ({"loadBalancers": []}, True),
]


@pytest.mark.parametrize(("changes", "deploys"), UPDATES, ids=[str(changes) for changes, _ in UPDATES])
def test_an_update_starts_a_deployment_only_for_what_aws_says_does(
    ecs: Ecs,
    changes: dict[str, Any],
    deploys: bool,  # noqa: FBT001 - a column of the table
) -> None:
    before = ecs.running_service()["deployments"][0]["id"]
    updated = ecs("UpdateService", **AUTH, **changes)["service"]
    assert (updated["deployments"][0]["id"] != before) is deploys
    for member, value in changes.items():
        if member not in {"forceNewDeployment", "networkConfiguration", "deploymentConfiguration", "taskDefinition"}:
            assert updated[member] == value


def test_an_update_of_one_deployment_setting_keeps_the_others(ecs: Ecs) -> None:
    ecs.running_service()
    shown = ecs("UpdateService", **AUTH, deploymentConfiguration={"minimumHealthyPercent": 50})["service"]
    assert shown["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert shown["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_a_refused_update_changes_nothing(ecs: Ecs) -> None:
    before = ecs.running_service()
    with pytest.raises(Refused, match="TaskDefinition not found"):
        ecs("UpdateService", **AUTH, desiredCount=5, taskDefinition="nothing:1")
    assert ecs.describe() == before


def test_scaling_starts_and_stops_tasks_without_a_deployment(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("UpdateService", **AUTH, desiredCount=4)
    ecs.wait(120)
    assert len(ecs.tasks()) == 4
    ecs("UpdateService", **AUTH, desiredCount=1)
    ecs.wait(120)
    assert len(ecs.tasks()) == 1
    assert len(ecs("ListServiceDeployments", **AUTH)["serviceDeployments"]) == 1


def test_a_service_with_tasks_wanted_is_deleted_only_by_force(ecs: Ecs) -> None:
    ecs.running_service()
    with pytest.raises(Refused, match=r"The service cannot be stopped while it is scaled above 0\."):
        ecs("DeleteService", **AUTH)
    assert ecs("DeleteService", **AUTH, force=True)["service"]["status"] == "DRAINING"
    with pytest.raises(Refused, match=r"ServiceNotActiveException: Service was not ACTIVE\."):
        ecs("UpdateService", **AUTH, desiredCount=1)
    assert ecs("ListServices", **CLUSTER)["serviceArns"] == []
    ecs.wait(120)
    gone = ecs.describe()
    assert (gone["status"], gone["runningCount"], gone["deployments"]) == ("INACTIVE", 0, [])
    assert ecs.tasks() == []
    assert ecs.plane.target_health(TARGET_GROUP) == []


def test_a_deleted_service_can_be_created_again_when_its_tasks_have_stopped(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("DeleteService", **AUTH, force=True)
    with pytest.raises(Refused, match=r"Unable to Start a service that is still Draining\."):
        ecs.create_service("auth-service")
    ecs.wait(120)
    ecs.create_service("auth-service")
    ecs.wait(120)
    assert ecs.describe()["runningCount"] == 2


def test_unknown_services_are_missing_in_a_description_and_refused_elsewhere(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    assert ecs("DescribeServices", **CLUSTER, services=["auth-service"])["failures"][0]["reason"] == "MISSING"
    for operation in ("UpdateService", "DeleteService", "ListServiceDeployments"):
        with pytest.raises(Refused, match=r"ServiceNotFoundException: Service not found\."):
            ecs(operation, **AUTH)


def test_an_empty_list_of_services_is_refused_in_the_words_of_aws(ecs: Ecs) -> None:
    ecs.running_service()
    with pytest.raises(Refused, match=r"InvalidParameterException: Services cannot be empty\."):
        ecs("DescribeServices", **CLUSTER, services=[])


def test_tags_reach_tasks_as_propagation_says(ecs: Ecs) -> None:
    ecs.running_service(tags=[{"key": "team", "value": "auth"}], propagateTags="SERVICE", enableECSManagedTags=True)
    tags = {tag["key"]: tag["value"] for tag in ecs.tasks()[0]["tags"]}
    assert tags == {
        "team": "auth",
        "aws:ecs:clusterName": "microservices-cluster",
        "aws:ecs:serviceName": "auth-service",
    }


def test_no_more_than_a_hundred_events_are_shown_newest_first(ecs: Ecs) -> None:
    ecs.running_service()
    for number in range(30):
        ecs("UpdateService", **AUTH, desiredCount=1 + number % 2)
        ecs.wait(200)
    events = ecs.describe()["events"]
    assert len(events) == 100
    moments = [event["createdAt"] for event in events]
    assert moments == sorted(moments, reverse=True)
    assert len({event["id"] for event in events}) == 100
