"""Services (AWS: "Amazon ECS services")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rollout import shifting
from rollout.service import Service
from sandbox.ecs import clusters, refusals, service_connect, shift_settings, task_definitions
from sandbox.ecs.pages import page
from sandbox.ecs.service_alarms import deployment_alarms, in_alarm
from sandbox.ecs.service_config import (
    DEFAULTS,
    DEPLOYING,
    UPDATABLE,
    ConfigCheck,
    deployment_configuration,
    network_configuration,
    settings,
)
from sandbox.ecs.service_course import ServiceCourse
from sandbox.ecs.service_description import describe
from sandbox.ecs.service_record import ServiceRecord
from sandbox.ecs.tags import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.records import ClusterRecord, Holdings
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_MOST_DESCRIBED = 10
_LISTED = 10


def find(holdings: Holdings, cluster: ClusterRecord, name: str) -> ServiceRecord:
    """The service that ``name``, or an ARN, names in the cluster, in whatever status."""
    service = holdings.services.get((cluster.name, clusters.name_in(cluster, "service", name)))
    if service is None:
        raise refusals.service_not_found()
    return service


def find_active(holdings: Holdings, cluster: ClusterRecord, name: str) -> ServiceRecord:
    """The same, refusing one that is not ACTIVE."""
    service = find(holdings, cluster, name)
    if service.status != "ACTIVE":
        raise refusals.service_not_active()
    return service


class Services:
    """The operations on services."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "CreateService": self.create_service,
            "UpdateService": self.update_service,
            "DeleteService": self.delete_service,
            "DescribeServices": self.describe_services,
            "ListServices": self.list_services,
            "ListServicesByNamespace": self.list_services_by_namespace,
        }

    def create_service(self, caller: Caller, params: Json) -> Json:
        """Create a service and start its first deployment (AWS: "CreateService")."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        name = params["serviceName"]
        if not _NAME.fullmatch(name):
            raise refusals.invalid(
                f"Invalid service name {name!r}: up to 255 letters, numbers, underscores and hyphens are allowed."
            )
        existing = holdings.services.get((cluster.name, name))
        if existing and existing.status != "INACTIVE":
            return self._repeated(existing, params)
        definition = self._definition(holdings, params.get("taskDefinition"))
        config = _initial_config(params, definition, cluster)
        ConfigCheck(self._world, caller).check(config, definition, cluster)
        _check_task_role(config, definition, "created")
        record = self._new_record(holdings, cluster, caller, params, config)
        course = ServiceCourse(self._world, record)
        chosen = shift_settings.groups(self._world, caller, config, None)
        found = course.profile(config, definition, {}, chosen)
        alarms = deployment_alarms(self._world, caller, config)
        alarming = in_alarm(self._world, caller, alarms.names)
        fault = shift_settings.fault_of(self._world, caller, config, None)
        strategy = shift_settings.shifting(self._world, caller, config, fault)
        record.model = Service(
            settings(config, alarms, strategy), found.revision, alarming=alarming, places=course.places(config)
        )
        course.adopt(record.model.primary.id, config, definition, found, chosen)
        record.deployments[record.model.primary.id].fault = fault
        holdings.services[cluster.name, name] = record
        course.absorb()
        return {"service": describe(record, with_tags=True)}

    def update_service(self, caller: Caller, params: Json) -> Json:
        """Change a service; some changes, or ``forceNewDeployment``, start a deployment (AWS: "UpdateService")."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        record = find_active(holdings, cluster, params["service"])
        config, definition = self._updated_config(cluster, record, params)
        ConfigCheck(self._world, caller).check(config, definition, cluster)
        _check_task_role(config, definition, "updated")
        forced = bool(params.get("forceNewDeployment"))
        _check_forced(record.config, config, forced=forced)
        deploys = forced or any(
            (config.get(member) or None) != (record.config.get(member) or None) for member in DEPLOYING
        )
        record.config = config
        course = ServiceCourse(self._world, record)
        record.model.advance(record.at(self._world.now()))
        course.absorb()
        course.limit_places()
        fault = shift_settings.fault_of(self._world, caller, config, record) if deploys else ""
        strategy = shift_settings.shifting(self._world, caller, config, fault)
        record.model.configure(settings(config, deployment_alarms(self._world, caller, config), strategy))
        course.hand_over_alarms(self._world.now())
        if deploys:
            source = record.deployments.get(shifting.source(record.model))
            chosen = shift_settings.groups(self._world, caller, config, source)
            found = course.profile(config, definition, {}, chosen)
            number = record.model.deploy(found.revision)
            course.adopt(number, config, definition, found, chosen)
            record.deployments[number].fault = fault
        course.absorb()
        return {"service": describe(record, with_tags=True)}

    def delete_service(self, caller: Caller, params: Json) -> Json:
        """Stop all tasks and make the service INACTIVE (AWS: "DeleteService"); needs a desired count of 0, or force."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        record = find_active(holdings, cluster, params["service"])
        if record.config["desiredCount"] > 0 and not params.get("force"):
            raise refusals.invalid("The service cannot be stopped while it is scaled above 0.")
        if len(record.model.deployments) > 1 and not params.get("force"):  # observed (convox/rack#346)
            raise refusals.invalid("The service cannot be stopped while deployments are active.")
        record.status = "DRAINING"
        record.config = record.config | {"desiredCount": 0}
        record.model.advance(record.at(self._world.now()))
        record.model.delete()
        ServiceCourse(self._world, record).absorb()
        return {"service": describe(record, with_tags=False)}

    def describe_services(self, caller: Caller, params: Json) -> Json:
        """Services by name or ARN, at most ten; unknown ones are failures with the reason MISSING."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        names = params["services"]
        if not 1 <= len(names) <= _MOST_DESCRIBED:
            if not names:  # observed
                raise refusals.invalid("Services cannot be empty.")
            raise refusals.invalid(f"Services must have from 1 to {_MOST_DESCRIBED} members, got {len(names)}.")
        found, failures = [], []
        for identifier in names:
            name = clusters.name_in(cluster, "service", identifier)
            record = holdings.services.get((cluster.name, name))
            if record is None:
                arn = holdings.place.arn(f"service/{cluster.name}/{name}")
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(describe(record, with_tags="TAGS" in (params.get("include") or ())))
        return {"services": found, "failures": failures}

    def list_services(self, caller: Caller, params: Json) -> Json:
        """ARNs of the cluster's active services."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        arns = [
            record.arn
            for (of_cluster, _), record in sorted(holdings.services.items())
            if of_cluster == cluster.name
            and record.status == "ACTIVE"
            and params.get("launchType") in {None, record.config.get("launchType")}
            and params.get("schedulingStrategy") in {None, "REPLICA"}
            and params.get("resourceManagementType") in {None, "CUSTOMER"}
        ]
        return page(arns, {"maxResults": _LISTED} | params, "serviceArns")

    def list_services_by_namespace(self, caller: Caller, params: Json) -> Json:
        """ARNs of the active services of all clusters that use Service Connect in a namespace."""
        find_namespace = self._world.registries.namespace
        wanted = find_namespace(caller, params["namespace"])
        if wanted is None:
            raise refusals.namespace_not_found(params["namespace"])
        arns = [
            record.arn
            for _, record in sorted(self._world.holdings(caller).services.items())
            if record.status == "ACTIVE"
            and (namespace := service_connect.namespace_of(record.config))
            and find_namespace(caller, namespace) == wanted
        ]
        return page(arns, {"maxResults": _LISTED} | params, "serviceArns")

    def _repeated(self, existing: ServiceRecord, params: Json) -> Json:
        """AWS: "Ensuring idempotency in Amazon ECS": the same request is answered again: documented."""
        token = params.get("clientToken")
        same = existing.request == params if token is None else existing.client_token == token
        if existing.status == "DRAINING":
            raise refusals.invalid("Unable to Start a service that is still Draining.")
        if not same:
            raise refusals.invalid("Creation of service was not idempotent.")
        return {"service": describe(existing, with_tags=True)}

    def _definition(self, holdings: Holdings, name: str | None) -> Json:
        if not name:
            raise refusals.invalid("TaskDefinition can not be blank.")
        found = task_definitions.find(holdings, name)
        if found is None:
            raise refusals.client("TaskDefinition not found.")
        if found.body["status"] != "ACTIVE":
            raise refusals.client("TaskDefinition is inactive")
        return found.body | {"tags": found.tags}

    def _new_record(
        self, holdings: Holdings, cluster: ClusterRecord, caller: Caller, params: Json, config: Json
    ) -> ServiceRecord:
        """A record without its model, which is made from what is looked up on the record's behalf."""
        name = params["serviceName"]
        return ServiceRecord(
            place=holdings.place,
            cluster=cluster.name,
            name=name,
            arn=holdings.place.arn(f"service/{cluster.name}/{name}"),
            created_at=self._world.now(),
            created_by=caller,
            config=config,
            tags=checked(params.get("tags")),
            client_token=params.get("clientToken"),
            request=params,
        )

    def _updated_config(self, cluster: ClusterRecord, record: ServiceRecord, params: Json) -> tuple[Json, Json]:
        changes = {member: params[member] for member in UPDATABLE if member in params}
        if "taskDefinition" in changes:
            definition = self._definition(self._world.records.holdings(record.place), changes["taskDefinition"])
            changes["taskDefinition"] = definition["taskDefinitionArn"]
        else:
            definition = record.deployments[record.model.primary.id].definition
        if "networkConfiguration" in changes:
            changes["networkConfiguration"] = network_configuration(changes["networkConfiguration"])
        if "serviceConnectConfiguration" in changes:
            connect = service_connect.with_namespace(changes["serviceConnectConfiguration"], cluster)
            changes["serviceConnectConfiguration"] = connect
        if "deploymentConfiguration" in params:
            changes["deploymentConfiguration"] = deployment_configuration(
                params["deploymentConfiguration"], record.config["deploymentConfiguration"]
            )
        return _launched(record.config | changes), definition


def _check_forced(before: Json, after: Json, *, forced: bool) -> None:
    """Observed, with the words (pipe-cd/pipecd#6336, kayac/ecspresso#977)."""
    name = "capacityProviderStrategy"
    if not forced and before.get(name) != after.get(name):
        raise refusals.invalid(
            "When switching from launch type to capacity provider strategy on an existing service, or making a change "
            "to a capacity provider strategy on a service that is already using one, you must force a new deployment."
        )


def _check_task_role(config: Json, definition: Json, done: str) -> None:
    """AWS: "Monitor Amazon ECS containers with ECS Exec": documented.

    The words are observed (aws/aws-toolkit-jetbrains#3649).
    """
    if config["enableExecuteCommand"] and not definition.get("taskRoleArn"):
        raise refusals.invalid(
            f"The service couldn't be {done} because a valid taskRoleArn is not being used. Specify a valid task role "
            "in your task definition and try again."
        )


def _launched(config: Json) -> Json:
    """``config`` with a launch type or a strategy, not both: an empty strategy means the launch type (AWS:
    "UpdateService", capacityProviderStrategy): documented.
    """
    strategy = config.get("capacityProviderStrategy")
    rest = {name: value for name, value in config.items() if name not in {"launchType", "capacityProviderStrategy"}}
    if strategy:
        return rest | {"capacityProviderStrategy": [{"weight": 0, "base": 0} | item for item in strategy]}
    return rest | {"launchType": config.get("launchType") or "FARGATE"}


def _initial_config(params: Json, definition: Json, cluster: ClusterRecord) -> Json:
    dropped = {"cluster", "serviceName", "clientToken", "tags", "role"}
    config = DEFAULTS | {key: value for key, value in params.items() if key not in dropped}
    config["taskDefinition"] = definition["taskDefinitionArn"]
    config["deploymentController"] = params.get("deploymentController") or {"type": "ECS"}
    config["deploymentConfiguration"] = deployment_configuration(params.get("deploymentConfiguration"))
    if "networkConfiguration" in params:
        config["networkConfiguration"] = network_configuration(params["networkConfiguration"])
    if "serviceConnectConfiguration" in params:
        connect = service_connect.with_namespace(params["serviceConnectConfiguration"], cluster)
        config["serviceConnectConfiguration"] = connect
    strategy = params.get("capacityProviderStrategy")
    if strategy and params.get("launchType"):
        raise refusals.invalid("Specifying both a launch type and capacity provider strategy is not supported.")
    if params.get("role"):  # observed
        raise refusals.invalid("You cannot specify an IAM role for services that require a service linked role.")
    if not strategy and not params.get("launchType"):
        config["capacityProviderStrategy"] = cluster.body["defaultCapacityProviderStrategy"]
    if config["loadBalancers"]:
        config.setdefault("healthCheckGracePeriodSeconds", 0)
    return _launched(config)
