"""ECS services."""

from __future__ import annotations

import uuid
from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.standins.aws.aws import Aws, Retry
from sandbox.standins.aws.casing import member_of, to_api
from sandbox.standins.aws.faults import Fault, code_of, is_gone
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.types.arns import last_part
from sandbox.standins.aws.values import Properties

STEADY_SECONDS: Final = 1200.0
DRAIN_SECONDS: Final = 1200.0

_MUTABLE: Final = (
    "availabilityZoneRebalancing capacityProviderStrategies deploymentController desiredCount enableEcsManagedTags "
    "enableExecuteCommand healthCheckGracePeriodSeconds loadBalancers orderedPlacementStrategies "
    "placementConstraints platformVersion propagateTags serviceConnectConfiguration serviceRegistries taskDefinition"
)
_COMPOSED: Final = (
    "alarms deploymentCircuitBreaker deploymentConfiguration deploymentMaximumPercent deploymentMinimumHealthyPercent"
)
_TAKEN_OUT: Final = {"desiredCount": 0, "healthCheckGracePeriodSeconds": 0}
"""What to tell ECS when the program says nothing any more: it would keep what it was told before."""
_NAMES: Final = {
    "name": "serviceName",
    "arn": "serviceArn",
    "alarms.enable": "enable",
    "capacityProviderStrategies": "capacityProviderStrategy",
    "deploymentMinimumHealthyPercent": "minimumHealthyPercent",
    "deploymentMaximumPercent": "maximumPercent",
    "loadBalancers.elbName": "loadBalancerName",
    "orderedPlacementStrategies": "placementStrategy",
    "serviceConnectConfiguration.services.tls.issuerCertAuthority": "issuerCertificateAuthority",
}


def _deployment(s: Situation, shape: Any) -> dict[str, Any] | None:  # noqa: ANN401 - botocore's shape
    """ECS's one deploymentConfiguration, from the five properties that Pulumi makes of it."""
    block = dict(s.p.get("deploymentConfiguration") or {})
    names = {f"deploymentConfiguration.{name.split('.')[-1]}": api for name, api in _NAMES.items()}
    made: dict[str, Any] = to_api(block, shape, names, "deploymentConfiguration") if block else {}
    for name in ("alarms", "deploymentCircuitBreaker", "deploymentMaximumPercent", "deploymentMinimumHealthyPercent"):
        value = s.p.get(name)
        if value is not None:
            member = _NAMES.get(name, name)
            made[member] = to_api(value, shape.members[member], _NAMES, name)
    return made or None


def _network(p: Properties) -> dict[str, Any] | None:
    network = p.get("networkConfiguration")
    if not network:
        return None
    public = "ENABLED" if network.get("assignPublicIp") else "DISABLED"
    given = {name: network[name] for name in ("subnets", "securityGroups") if network.get(name)}
    return {"awsvpcConfiguration": {**given, "assignPublicIp": public}}


def _parameters(s: Situation, operation: str, names: set[str]) -> dict[str, Any]:
    shape = s.aws.input_shape("ecs", operation)
    parameters: dict[str, Any] = {}
    for name in names & set(_MUTABLE.split()):
        member = _NAMES.get(name) or member_of(shape.members, name)
        if member is None:
            raise LookupError(f"{operation} takes no {name}")
        if s.p.get(name) is not None:
            parameters[member] = to_api(s.p[name], shape.members[member], _NAMES, name)
        elif isinstance(s.old.get(name), list) and s.old[name]:
            parameters[member] = []  # taken out of the program
        elif s.old.get(name) and name in _TAKEN_OUT:
            parameters[member] = _TAKEN_OUT[name]
    if names & set(_COMPOSED.split()):
        parameters["deploymentConfiguration"] = _deployment(s, shape.members["deploymentConfiguration"])
    if "networkConfiguration" in names:
        parameters["networkConfiguration"] = _network(s.p)
    return {name: value for name, value in parameters.items() if value is not None}


def _create(s: Situation) -> dict[str, Any]:
    parameters = _parameters(s, "CreateService", {*_MUTABLE.split(), *_COMPOSED.split(), "networkConfiguration"})
    if s.p["schedulingStrategy"] == "REPLICA":
        parameters.setdefault("desiredCount", 0)
    given = {
        "clientToken": str(uuid.uuid4()),
        "serviceName": s.p["name"],
        "cluster": s.p.get("cluster"),
        "launchType": s.p.get("launchType"),
        "schedulingStrategy": s.p["schedulingStrategy"],
        "tags": [{"key": key, "value": value} for key, value in s.p["tagsAll"].items()] or None,
        **parameters,
    }
    retry = (
        Retry("InvalidParameterException", "Unable to assume role"),
        Retry("InvalidParameterException", "verify that the ECS service role being passed has the proper permissions"),
        Retry("ClusterNotFoundException"),
    )
    known = {name: value for name, value in given.items() if value is not None}
    return s.aws.call("ecs", "CreateService", known, s.region, retry)


def _update(s: Situation) -> None:
    """Send what changed, all at once: two updates would be two deployments."""
    differing = {name for name in SERVICE.inputs if not SERVICE.sameness.same(s.p.get(name), s.old.get(name), name)}
    if "capacityProviderStrategies" in differing and not s.p.get("forceNewDeployment"):
        raise Fault("force_new_deployment should be true when capacity_provider_strategy is being updated")
    parameters = _parameters(s, "UpdateService", differing)
    if s.p.get("forceNewDeployment"):
        parameters["forceNewDeployment"] = True
    if parameters:
        s.call("ecs", "UpdateService", cluster=s.p.get("cluster"), service=s.p["name"], **parameters)


def _described(s: Situation) -> dict[str, Any] | None:
    services = s.call("ecs", "DescribeServices", cluster=s.p.get("cluster"), services=[s.p["name"]])["services"]
    return services[0] if services else None


def _steady(s: Situation) -> None:
    if not s.p.get("waitForSteadyState"):
        return

    def steady() -> bool:
        service = _described(s)
        if service is None or service["status"] != "ACTIVE":
            raise Fault(f"the service is {service['status'] if service else 'gone'}")
        failed = [each for each in service.get("deployments", []) if each.get("rolloutState") == "FAILED"]
        if failed:
            raise Fault(f"service deployment failed: {failed[0].get('rolloutStateReason')}")
        if len(service.get("deployments", [])) != 1 or service["runningCount"] != service["desiredCount"]:
            return False
        return service["deployments"][0].get("rolloutState") in {None, "COMPLETED"}

    s.aws.wait(steady, STEADY_SECONDS, f"ECS service {s.p['name']} to reach a steady state")


def _delete(s: Situation) -> None:
    """Drain, then delete: what still runs is stopped first."""
    service = _described(s)
    if service is None or service["status"] == "INACTIVE":
        return
    where = {"cluster": s.p.get("cluster"), "service": s.p["name"]}
    if s.p.get("schedulingStrategy") == "REPLICA" and service["status"] == "ACTIVE":
        try:
            s.call("ecs", "UpdateService", **where, desiredCount=0)
        except ClientError as error:
            if code_of(error) != "ServiceNotActiveException":
                raise
    known = {name: value for name, value in where.items() if value is not None}
    retry = (Retry("InvalidParameterException", "The service cannot be stopped while deployments are active"),)
    s.aws.call("ecs", "DeleteService", {**known, "force": True}, s.region, retry)


def _inactive(s: Situation) -> None:
    def inactive() -> bool:
        try:
            service = _described(s)
        except ClientError as error:
            return is_gone(error)
        return service is None or service["status"] == "INACTIVE"

    s.aws.wait(inactive, DRAIN_SECONDS, f"ECS service {s.p['name']} to be drained and INACTIVE")


def _import(given: str, _: Aws) -> Properties:
    parts = (
        given.rpartition(":")[2].removeprefix("service/").split("/") if given.startswith("arn:") else given.split("/")
    )
    if len(parts) != 2 or not all(parts):  # noqa: PLR2004 - cluster and service
        raise Fault(f"wrong format of import ID ({given}), use: 'cluster-name/service-name'")
    return {"id": given, "cluster": parts[0], "name": parts[1]}


def _service_id(s: Situation, item: dict[str, Any]) -> str:
    s.p["id"] = item["serviceArn"]
    return str(item["serviceArn"])


SERVICE = ResourceType(
    token="aws:ecs/service:Service",
    noun="ECS Service",
    service="ecs",
    create=_create,
    id="service.serviceArn",
    read=Call(
        "DescribeServices",
        also={"cluster": lambda p: p.get("cluster"), "services": lambda p: [p["name"]], "include": ["TAGS"]},
    ),
    item="services[0]",
    alive=lambda item: item["status"] != "INACTIVE",
    update=(Update(f"{_MUTABLE} {_COMPOSED} networkConfiguration forceNewDeployment triggers", _update),),
    settled=_steady,
    delete=_delete,
    emptied=_inactive,
    names=_NAMES,
    outputs={
        "arn": _service_id,
        "cluster": "clusterArn",
        "networkConfiguration": lambda _, item: _read_network(item),
        "alarms": "deploymentConfiguration.alarms",
        "deploymentCircuitBreaker": "deploymentConfiguration.deploymentCircuitBreaker",
        "deploymentMaximumPercent": "deploymentConfiguration.maximumPercent",
        "deploymentMinimumHealthyPercent": "deploymentConfiguration.minimumHealthyPercent",
        "deploymentConfiguration": "deploymentConfiguration",
        "launchType": lambda _, item: item.get("launchType"),
    },
    force_new="cluster launchType name schedulingStrategy",
    computed="alarms availabilityZoneRebalancing cluster deploymentCircuitBreaker deploymentConfiguration "
    "deploymentConfiguration.strategy deploymentConfiguration.bakeTimeInMinutes deploymentController "
    "deploymentMaximumPercent deploymentMinimumHealthyPercent launchType platformVersion propagateTags "
    "taskDefinition triggers",
    defaults={
        "deploymentMaximumPercent": lambda p: None if p.get("schedulingStrategy") == "DAEMON" else 200,
        "deploymentMinimumHealthyPercent": lambda p: None if p.get("schedulingStrategy") == "DAEMON" else 100,
        "enableEcsManagedTags": False,
        "enableExecuteCommand": False,
        "schedulingStrategy": "REPLICA",
        "waitForSteadyState": False,
    },
    unread="forceDelete forceNewDeployment serviceConnectConfiguration triggers waitForSteadyState",
    canonical={"cluster": last_part, "taskDefinition": last_part},
    naming=Naming(255),
    tags="tags",
    import_id=_import,
    not_imitated="iamRole sigintRollback volumeConfiguration vpcLatticeConfigurations",
)


def _read_network(item: dict[str, Any]) -> Properties | None:
    found = (item.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if not found:
        return None
    return {
        "assignPublicIp": found.get("assignPublicIp") == "ENABLED",
        "securityGroups": found.get("securityGroups") or [],
        "subnets": found.get("subnets") or [],
    }


TYPES: Final = (SERVICE,)
