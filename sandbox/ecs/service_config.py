"""A service's configuration: defaults that AWS fills in, what it refuses, and what of it starts a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollout.settings import Breaker, EarlySuccess, Settings, ThresholdType
from sandbox.aws_error import AwsError
from sandbox.ecs import (
    refusals,
    service_connect,
    service_registries,
    service_volumes,
    shift_networking,
    strategy_config,
)
from sandbox.ecs.clusters import check_strategy

if TYPE_CHECKING:
    from rollout.alarms import Alarms
    from rollout.strategy import Shifting
    from sandbox.caller import Caller
    from sandbox.ecs.records import ClusterRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

DEFAULTS: Json = {
    "loadBalancers": [],
    "serviceRegistries": [],
    "platformVersion": "LATEST",
    "placementConstraints": [],
    "placementStrategy": [],
    "schedulingStrategy": "REPLICA",
    "enableECSManagedTags": False,
    "propagateTags": "NONE",
    "enableExecuteCommand": False,
    "availabilityZoneRebalancing": "ENABLED",
}
"""AWS: "CreateService" (ECS API reference): documented."""

DEPLOYING = (
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
)
"""Members whose change starts a deployment (AWS: "UpdateService", ECS API reference): documented."""

UPDATABLE = (
    *DEPLOYING,
    "desiredCount",
    "capacityProviderStrategy",
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "monitoring",
    "deploymentController",
)

_PLATFORMS = ("LATEST", "1.4.0", "1.3.0")
_MOST_SUBNETS = 16
_MOST_GROUPS = 5
_MOST_BALANCERS = 5
_PERCENTS = {"minimumHealthyPercent": (0, 100), "maximumPercent": (100, 200)}
_LONGEST_GRACE = 2_147_483_647
_MOST_TASKS = 5000
_WHOLE = 100


def deployment_configuration(given: Json | None, current: Json | None = None) -> Json:
    """The whole configuration: what was given over what stood there, over AWS's defaults."""
    defaults: Json = {"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING"}
    kept = current or {}
    if "strategy" in (given or {}):
        kept = strategy_config.without_steps(kept)
    result = defaults | kept | (given or {})
    breaker = {"enable": False, "rollback": False} | result.get("deploymentCircuitBreaker", {})
    if breaker["rollback"] and not breaker["enable"]:
        raise refusals.invalid("Rollback of the deployment circuit breaker needs the circuit breaker to be enabled.")
    result["deploymentCircuitBreaker"] = breaker
    result = strategy_config.normalised(result)
    for name, (least, most) in _PERCENTS.items():
        if not least <= result[name] <= most:
            raise refusals.invalid(f"Invalid {name}: {result[name]}. It must be from {least} to {most}.")
    _check_early_success(result)
    return result


def network_configuration(given: Json) -> Json:
    """With AWS's defaults."""
    if not given.get("awsvpcConfiguration"):
        return {}
    network = {"securityGroups": [], "assignPublicIp": "DISABLED"} | given["awsvpcConfiguration"]
    return {"awsvpcConfiguration": network}


def settings(config: Json, alarms: Alarms, shifting: Shifting | None) -> Settings:
    """What the rollout model needs of a service's configuration."""
    deployment = config["deploymentConfiguration"]
    breaker = deployment["deploymentCircuitBreaker"]
    threshold = breaker.get("thresholdConfiguration", {})
    return Settings(
        desired_count=config["desiredCount"],
        minimum_healthy_percent=deployment["minimumHealthyPercent"],
        maximum_percent=deployment["maximumPercent"],
        grace_period=config.get("healthCheckGracePeriodSeconds") or 0,
        breaker=Breaker(
            enabled=breaker["enable"],
            rollback=breaker["rollback"],
            threshold_type=ThresholdType(threshold.get("type", "BOUNDED_PERCENT")),
            threshold_value=threshold.get("value", 50),
            reset_on_healthy_task=breaker.get("resetOnHealthyTask", True),
        ),
        alarms=alarms,
        shifting=shifting,
        early_success=_early_success(deployment),
        rebalancing=config["availabilityZoneRebalancing"] == "ENABLED",
    )


def _early_success(deployment: Json) -> EarlySuccess | None:
    criteria = deployment.get("earlySuccessCriteria", {})
    if not criteria.get("enable"):
        return None
    return EarlySuccess(
        healthy_percent=criteria["healthyPercent"],
        leaves_old_tasks=criteria["sourceServiceRevisionCleanup"] == "DEFERRED",
    )


def _check_early_success(deployment: Json) -> None:
    """AWS: "DeploymentEarlySuccessCriteria" (ECS API reference): documented; the wording is assumed."""
    criteria = deployment.get("earlySuccessCriteria", {})
    if not criteria.get("enable"):
        return
    missing = [name for name in ("healthyPercent", "sourceServiceRevisionCleanup") if name not in criteria]
    if missing:
        raise refusals.invalid(
            f"earlySuccessCriteria.{missing[0]} must be specified when earlySuccessCriteria is enabled."
        )
    least, percent = deployment["minimumHealthyPercent"], criteria["healthyPercent"]
    if not least <= percent <= _WHOLE:
        raise refusals.invalid(
            f"Invalid healthyPercent: {percent}. It must be from the minimumHealthyPercent, {least}, to {_WHOLE}."
        )


def check_platform(version: str | None) -> None:
    """AWS: "Fargate platform versions for Amazon ECS": documented; the wording is assumed."""
    if version and version not in _PLATFORMS:
        raise AwsError("PlatformUnknownException", f"The specified platform does not exist: {version}.")


def _at_most(name: str, items: list[Any], most: int) -> None:
    """AWS: "AwsVpcConfiguration" and "Amazon ECS service quotas": documented.

    The words are observed (docker-archive/compose-cli#996, hashicorp/terraform#25306).
    """
    if len(items) > most:
        raise refusals.invalid(f"{name} can have at most {most} items.")


class ConfigCheck:
    """What AWS refuses in a service's configuration."""

    def __init__(self, world: World, caller: Caller) -> None:
        self._world = world
        self._caller = caller

    def check(self, config: Json, definition: Json, cluster: ClusterRecord) -> None:
        """Refuse ``config`` with the message that AWS has for the first fault found."""
        self._check_counts(config)
        self._check_scope(config)
        check_strategy(config.get("capacityProviderStrategy") or [], cluster.body["capacityProviders"])
        check_platform(config.get("platformVersion"))
        if "FARGATE" not in definition["compatibilities"]:
            raise refusals.client("Task definition does not support launch_type FARGATE.")
        vpc = self.check_network(config, definition)
        shift_networking.check(self._world, self._caller, config)
        self._check_load_balancers(config, definition, vpc)
        service_registries.check(self._world, self._caller, config, definition)
        service_connect.check(self._world, self._caller, config, definition)
        service_volumes.check(self._world, self._caller, config, definition)

    def check_network(self, config: Json, definition: Json) -> str:
        """The VPC that the tasks will be in."""
        network = config.get("networkConfiguration", {}).get("awsvpcConfiguration")
        if definition["networkMode"] == "awsvpc" and not network:
            raise refusals.invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
        subnets = network.get("subnets") or []
        if not subnets:
            raise refusals.invalid("subnets can not be empty.")
        _at_most("subnets", subnets, _MOST_SUBNETS)
        _at_most("securityGroups", network.get("securityGroups") or [], _MOST_GROUPS)
        vpcs = {self._subnet_vpc(subnet) for subnet in subnets}
        if len(vpcs) > 1:
            raise refusals.invalid("All subnets must belong to the same VPC.")
        for group in network.get("securityGroups") or []:
            facts = self._world.network.security_group(self._caller, group)
            if facts is None:
                raise refusals.invalid(
                    f"Error retrieving security group information for [{group}]: The security group '{group}' does not "
                    "exist (ErrorCode: InvalidGroup.NotFound)"
                )
            if facts.vpc_id not in vpcs:
                raise refusals.invalid(
                    f"Security group {group} does not appear to belong to the same VPC as the input subnets."
                )
        return vpcs.pop()

    def _subnet_vpc(self, subnet: str) -> str:
        facts = self._world.network.subnet(self._caller, subnet)
        if facts is None:
            raise refusals.invalid(
                f"Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            )
        return facts.vpc_id

    def _check_counts(self, config: Json) -> None:
        desired = config.get("desiredCount")
        if desired is None:
            raise refusals.invalid("desiredCount cannot be null for the scheduling strategy REPLICA.")
        if not 0 <= desired <= _MOST_TASKS:
            raise refusals.invalid(f"desiredCount must be from 0 to {_MOST_TASKS}, got {desired}.")
        grace = config.get("healthCheckGracePeriodSeconds")
        if grace is not None and not 0 <= grace <= _LONGEST_GRACE:
            raise refusals.invalid(f"healthCheckGracePeriodSeconds must be from 0 to {_LONGEST_GRACE}, got {grace}.")

    def _check_scope(self, config: Json) -> None:
        """Say plainly what the sandbox leaves out."""
        limits = {
            "schedulingStrategy": ("REPLICA", config.get("schedulingStrategy")),
            "launchType": ("FARGATE", config.get("launchType", "FARGATE")),
            "deploymentController": ("ECS", config.get("deploymentController", {}).get("type", "ECS")),
        }
        for name, (known, given) in limits.items():
            if given != known:
                raise AwsError(
                    "UnsupportedFeatureException", f"The Slipway sandbox knows {name} {known} only: {given}."
                )
        if config.get("gatewayConnectors"):
            raise AwsError("UnsupportedFeatureException", "The Slipway sandbox does not know gatewayConnectors.")
        if config.get("placementStrategy") or config.get("placementConstraints"):
            raise refusals.invalid("Placement strategies and constraints are not supported with FARGATE launch type.")

    def _check_load_balancers(self, config: Json, definition: Json, vpc: str) -> None:
        balancers = config.get("loadBalancers") or []
        checks_health = any("healthCheck" in container for container in definition["containerDefinitions"])
        if config.get("healthCheckGracePeriodSeconds") and not balancers and not checks_health:
            raise refusals.invalid(
                "Health check grace period is only valid for services configured to use load balancers or "
                "container health checks."
            )
        _at_most("load balancers", balancers, _MOST_BALANCERS)
        for balancer in balancers:
            self._check_target_group(balancer.get("targetGroupArn"), vpc)
            if advanced := balancer.get("advancedConfiguration"):
                self._check_target_group(advanced["alternateTargetGroupArn"], vpc)
            self._check_container(balancer, definition)

    def _check_target_group(self, arn: str | None, vpc: str) -> None:
        if not arn:
            raise refusals.invalid("targetGroupArn can not be empty: services on Fargate need a target group.")
        facts = self._world.load_balancers.target_group(self._caller, arn)
        if facts is None:
            raise refusals.invalid(f"The target group with targetGroupArn {arn} does not exist.")
        if facts.target_type != "ip":
            raise refusals.invalid(
                f"The provided target group {arn} has target type {facts.target_type}, which is incompatible with the "
                "awsvpc network mode specified in the task definition."
            )
        if not facts.load_balancer_arns:
            raise refusals.invalid(
                f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            )
        if facts.vpc_id != vpc:
            raise refusals.invalid(f"The target group {arn} does not belong to the VPC of the subnets.")

    def _check_container(self, balancer: Json, definition: Json) -> None:
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        container = next((c for c in definition["containerDefinitions"] if c["name"] == name), None)
        if container is None:
            raise refusals.invalid(f"The container {name} does not exist in the task definition.")
        if port not in [mapping.get("containerPort") for mapping in container["portMappings"]]:
            raise refusals.invalid(f"The container {name} did not have a container port {port} defined.")
