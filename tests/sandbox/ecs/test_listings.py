"""Lists of services, tasks and service deployments: filters, pages, and what cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ecs.surroundings import ACCOUNT, REGION, Ecs, Refused, container, service

CLUSTER = {"cluster": "microservices-cluster"}
AUTH = CLUSTER | {"service": "auth-service"}
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}


def in_namespace(ecs: Ecs, cluster: str, name: str, namespace: str, **connect: Any) -> str:
    """Create a service that uses Service Connect; its ARN."""
    ecs("CreateCluster", clusterName=cluster)
    params = service("auth-service") | {"cluster": cluster, "serviceName": name}
    connected = {"enabled": True, "namespace": namespace} | connect
    return str(ecs("CreateService", **params, serviceConnectConfiguration=connected)["service"]["serviceArn"])


def test_services_of_a_namespace_are_found_in_all_clusters_by_its_name_or_arn(ecs: Ecs) -> None:
    ecs.registries.namespaces = {"shop": "arn:aws:servicediscovery:shop", "else": "arn:aws:servicediscovery:else"}
    ecs.register(ecs.push("1.0.0"))
    arns = [
        in_namespace(ecs, "one", "by-name", "shop"),
        in_namespace(ecs, "two", "by-arn", "arn:aws:servicediscovery:shop"),
    ]
    in_namespace(ecs, "one", "another", "else")
    in_namespace(ecs, "one", "off", "shop", enabled=False)
    for namespace in ("shop", "arn:aws:servicediscovery:shop"):
        assert ecs("ListServicesByNamespace", namespace=namespace)["serviceArns"] == arns
    first = ecs("ListServicesByNamespace", namespace="shop", maxResults=1)
    assert first["serviceArns"] == arns[:1]
    second = ecs("ListServicesByNamespace", namespace="shop", nextToken=first["nextToken"])
    assert second == {"serviceArns": arns[1:]}
    ecs("DeleteService", cluster="one", service="by-name", force=True)
    assert ecs("ListServicesByNamespace", namespace="shop")["serviceArns"] == arns[1:]
    with pytest.raises(Refused, match="NamespaceNotFoundException: Failed to retrieve namespace for nowhere"):
        ecs("ListServicesByNamespace", namespace="nowhere")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, True),
        ({"launchType": "FARGATE"}, True),
        ({"launchType": "EC2"}, False),
        ({"schedulingStrategy": "REPLICA"}, True),
        ({"schedulingStrategy": "DAEMON"}, False),
        ({"resourceManagementType": "CUSTOMER"}, True),
        ({"resourceManagementType": "ECS"}, False),
    ],
)
def test_services_are_listed_by_filter(ecs: Ecs, filters: dict[str, Any], found: bool) -> None:  # noqa: FBT001 - a column
    ecs.running_service()
    assert bool(ecs("ListServices", **CLUSTER, **filters)["serviceArns"]) is found


def test_services_come_ten_a_page_unless_more_are_asked_for(ecs: Ecs) -> None:
    ecs("CreateCluster", clusterName="microservices-cluster")
    arn = ecs.register(ecs.push("1.0.0"))
    for number in range(12):
        ecs("CreateService", **service(arn) | {"serviceName": f"s-{number:02}", "desiredCount": 0})
    assert [len(ecs("ListServices", **CLUSTER, **asked)["serviceArns"]) for asked in ({}, {"maxResults": 100})] == [
        10,
        12,
    ]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 3),
        ({"serviceName": "auth-service"}, 2),
        ({"family": "auth-service"}, 3),
        ({"family": "auth"}, 0),
        ({"startedBy": "me"}, 1),
        ({"startedBy": "you"}, 0),
        ({"desiredStatus": "STOPPED"}, 0),
        ({"desiredStatus": "PENDING"}, 0),
        ({"launchType": "FARGATE"}, 3),
        ({"launchType": "EC2"}, 0),
        ({"startedBy": "me", "family": "auth-service", "desiredStatus": "RUNNING"}, 1),
    ],
)
def test_tasks_are_listed_by_filter(ecs: Ecs, filters: dict[str, Any], count: int) -> None:
    ecs.running_service()
    ecs("RunTask", **CLUSTER, taskDefinition="auth-service", networkConfiguration=NETWORK, startedBy="me")
    assert len(ecs("ListTasks", **CLUSTER, **filters)["taskArns"]) == count


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        ("ListTasks", {"startedBy": "me", "serviceName": "auth-service"}, "startedBy must be the only filter"),
        ("ListTasks", {"daemonName": "x"}, "does not know daemons"),
        ("ListTasks", {"serviceName": "other"}, "ServiceNotFoundException"),
        ("ListTasks", {"nextToken": "x"}, "Invalid token."),
        ("ListServices", {"nextToken": "x"}, "Invalid token."),
        ("ListServices", {"maxResults": 101}, "maxResults must be between 1 and 100, got 101."),
        ("ListServiceDeployments", {"service": "auth-service", "nextToken": "x"}, "Invalid token."),
        ("ListServiceDeployments", {"service": "auth-service", "maxResults": 0}, "maxResults"),
        ("ListServiceDeployments", {"service": "auth-service", "status": ["DONE"]}, "enum value set"),
        ("ListServiceDeployments", {"service": "other"}, "ServiceNotFoundException"),
    ],
)
def test_a_list_that_cannot_be_is_refused(ecs: Ecs, operation: str, params: dict[str, Any], message: str) -> None:
    ecs.running_service()
    with pytest.raises(Refused) as refusal:
        ecs(operation, **CLUSTER, **params)
    assert message in str(refusal.value)


def test_service_deployments_are_listed_by_status_and_time_newest_first(ecs: Ecs) -> None:
    ecs.running_service()
    begin = ecs.clock.moment.timestamp()
    ecs("UpdateService", **AUTH, forceNewDeployment=True)

    def statuses(**filters: Any) -> list[str]:
        listed = ecs("ListServiceDeployments", **AUTH, **filters)["serviceDeployments"]
        return [one["status"] for one in listed]

    assert statuses() == ["IN_PROGRESS", "SUCCESSFUL"]
    assert statuses(status=["SUCCESSFUL"]) == ["SUCCESSFUL"]
    assert statuses(status=["SUCCESSFUL", "IN_PROGRESS"]) == ["IN_PROGRESS", "SUCCESSFUL"]
    assert statuses(status=["STOPPED"]) == []
    assert statuses(createdAt={"after": begin}) == ["IN_PROGRESS"]
    assert statuses(createdAt={"before": begin - 1}) == ["SUCCESSFUL"]
    assert statuses(createdAt={"after": begin - 1, "before": begin + 1}) == ["IN_PROGRESS"]
    assert statuses(status=["SUCCESSFUL"], createdAt={"after": begin}) == []
    assert statuses(maxResults=1) == ["IN_PROGRESS"]


@pytest.mark.parametrize("arn", ["", "x", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/microservices-cluster"])
def test_what_is_no_arn_of_a_revision_or_a_deployment_is_refused(ecs: Ecs, arn: str) -> None:
    with pytest.raises(Refused, match="InvalidParameterException: Invalid ARN of a service-revision"):
        ecs("DescribeServiceRevisions", serviceRevisionArns=[arn])
    with pytest.raises(Refused, match="InvalidParameterException: Invalid ARN of a service-deployment"):
        ecs("DescribeServiceDeployments", serviceDeploymentArns=[arn])


def test_an_unknown_revision_is_missing_and_too_many_or_none_are_refused(ecs: Ecs) -> None:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-revision/c/s/1234567890123456789"
    assert ecs("DescribeServiceRevisions", serviceRevisionArns=[arn])["failures"] == [{"arn": arn, "reason": "MISSING"}]
    for arns in ([], [arn] * 21):
        with pytest.raises(Refused, match="From 1 to 20 ARNs"):
            ecs("DescribeServiceRevisions", serviceRevisionArns=arns)


def test_a_deployment_can_be_rolled_back_but_not_aborted(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("UpdateService", **AUTH, forceNewDeployment=True)
    arn = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][0]["serviceDeploymentArn"]
    with pytest.raises(Refused, match="InvalidParameterException: Only the stop type ROLLBACK"):
        ecs("StopServiceDeployment", serviceDeploymentArn=arn, stopType="ABORT")
    for _ in range(2):
        assert ecs("StopServiceDeployment", serviceDeploymentArn=arn) == {"serviceDeploymentArn": arn}
        entry = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][0]
        assert entry["status"] == "ROLLBACK_IN_PROGRESS", "asked again, it goes on going back"
    ecs.wait(600)
    with pytest.raises(Refused, match="ConflictException"):
        ecs("StopServiceDeployment", serviceDeploymentArn=arn)
    with pytest.raises(Refused, match="ServiceDeploymentNotFoundException"):
        ecs("StopServiceDeployment", serviceDeploymentArn=arn[:-1])


def test_a_service_in_the_middle_of_a_deployment_is_deleted_only_by_force(ecs: Ecs) -> None:
    ecs.running_service()
    whole = container(ecs.push("2.0.0"))
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register("", containerDefinitions=[whole]))
    ecs.wait(30)
    ecs("UpdateService", **AUTH, desiredCount=0)
    with pytest.raises(Refused, match=r"The service cannot be stopped while deployments are active\."):
        ecs("DeleteService", **AUTH)
    assert ecs("DeleteService", **AUTH, force=True)["service"]["status"] == "DRAINING"


@pytest.mark.parametrize("operation", ["CreateService", "UpdateService", "RunTask"])
def test_an_unknown_platform_version_is_refused(ecs: Ecs, operation: str) -> None:
    ecs.running_service()
    params = {
        "CreateService": service("auth-service") | {"serviceName": "other"},
        "UpdateService": AUTH,
        "RunTask": CLUSTER | {"taskDefinition": "auth-service", "networkConfiguration": NETWORK},
    }
    with pytest.raises(Refused, match=r"PlatformUnknownException: The specified platform does not exist: 9\.9\.9\."):
        ecs(operation, **params[operation], platformVersion="9.9.9")


def named(operation: str, arn: str) -> dict[str, Any]:
    """Parameters that name something by an ARN."""
    return {
        "DescribeServices": {"services": [arn]},
        "UpdateService": {"service": arn},
        "DeleteService": {"service": arn},
        "ListTasks": {"serviceName": arn},
        "DescribeTasks": {"tasks": [arn]},
        "StopTask": {"task": arn},
        "GetTaskProtection": {"tasks": [arn]},
        "ExecuteCommand": {"task": arn, "command": "sh", "interactive": True},
    }[operation]


OF_SERVICES = ("DescribeServices", "UpdateService", "DeleteService", "ListTasks")
OF_TASKS = ("DescribeTasks", "StopTask", "GetTaskProtection", "ExecuteCommand")


@pytest.mark.parametrize("operation", [*OF_SERVICES, *OF_TASKS])
def test_an_arn_of_another_cluster_or_of_something_else_is_refused(ecs: Ecs, operation: str) -> None:
    shown = ecs.running_service()
    ecs("CreateCluster", clusterName="other")
    arn = shown["serviceArn"] if operation in OF_SERVICES else ecs.tasks()[0]["taskArn"]
    message = "Invalid identifier: Identifier is for cluster microservices-cluster. Your cluster is other"
    with pytest.raises(Refused, match=f"InvalidParameterException: {message}"):
        ecs(operation, cluster="other", **named(operation, arn))
    with pytest.raises(Refused, match="InvalidParameterException: Unsupported resource type: cluster"):
        ecs(operation, **CLUSTER, **named(operation, shown["clusterArn"]))


def test_more_than_a_hundred_clusters_are_not_described_at_once(ecs: Ecs) -> None:
    with pytest.raises(Refused, match="at most 100 members, got 101"):
        ecs("DescribeClusters", clusters=["x"] * 101)
