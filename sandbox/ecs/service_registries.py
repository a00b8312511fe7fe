"""Service discovery: a service's tasks as instances of a Cloud Map service.

AWS: "Use service discovery to connect Amazon ECS services with DNS names".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ecs import refusals
from sandbox.ecs.arns import last_part

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.service_record import DeploymentRecord, ServiceRecord
    from sandbox.ecs.task_record import TaskRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]


def check(world: World, caller: Caller, config: Json, definition: Json) -> None:
    """Refuse registries that AWS refuses.

    AWS: "ServiceRegistry" (ECS API reference): one registry for a service, and a port only where the registry has an
    SRV record, as ``port`` or as a container and its port: documented. The wording of the refusals about ports is
    observed (public reports of Terraform modules), of the others assumed.
    """
    registries = config.get("serviceRegistries") or []
    if len(registries) > 1:
        raise refusals.invalid(f"serviceRegistries must have at most 1 item, got {len(registries)}.")
    for registry in registries:
        _check_one(world, caller, registry, definition)


def _check_one(world: World, caller: Caller, registry: Json, definition: Json) -> None:
    arn = registry.get("registryArn", "")
    facts = world.registries.registry(caller, arn)
    if facts is None:
        raise refusals.invalid(f"The service registry {arn} does not exist.")
    by_container = {name for name in ("containerName", "containerPort") if registry.get(name) is not None}
    by_port = registry.get("port") is not None
    if by_port and by_container:
        raise refusals.invalid(
            "Specify a value for either 'port' or the 'containerName' and 'containerPort' combination, but not both. "
            "Remove one and retry."
        )
    if "SRV" not in facts.record_types:
        for name in ("containerName", "containerPort", "port"):
            if registry.get(name) is not None:
                raise refusals.invalid(
                    f"The values specified for serviceRegistries do not require a value for '{name}'. "
                    "Remove the value and retry."
                )
        return
    if not by_port and len(by_container) != len(("containerName", "containerPort")):
        raise refusals.invalid(
            "The values specified for serviceRegistries require a value for either 'port' or the 'containerName' and "
            "'containerPort' combination."
        )
    if by_container:
        _check_container(registry, definition)


def _check_container(registry: Json, definition: Json) -> None:
    name, port = registry["containerName"], registry["containerPort"]
    container = next((c for c in definition["containerDefinitions"] if c["name"] == name), None)
    if container is None:
        raise refusals.invalid(f"The container {name} does not exist in the task definition.")
    if port not in [mapping.get("containerPort") for mapping in container.get("portMappings", [])]:
        raise refusals.invalid(f"The container {name} did not have a container port {port} defined.")


def follow(world: World, record: ServiceRecord, task: TaskRecord) -> None:
    """Register, update or deregister the task's instance, as the task's state asks for.

    AWS: "Amazon ECS task lifecycle": service discovery is configured while a task is ACTIVATING, so it stands when the
    task is RUNNING: documented. An instance goes when its task is told to stop, or ends: assumed.
    """
    wanted = task.last_status == "RUNNING" and task.desired_status == "RUNNING"
    deployment = record.deployments[task.deployment]
    if wanted and not task.instances:
        for registry in deployment.config.get("serviceRegistries") or []:
            _register(world, record, deployment, task, registry)
    elif not wanted:
        for arn in task.instances:
            world.registries.deregister(record.created_by, arn, task.id)
        task.instances = {}
    elif task.health != "UNKNOWN":
        for arn in [arn for arn, told in task.instances.items() if told != task.health]:
            world.registries.set_health(record.created_by, arn, task.id, task.health)
            task.instances[arn] = task.health


def _register(
    world: World, record: ServiceRecord, deployment: DeploymentRecord, task: TaskRecord, registry: Json
) -> None:
    """With AWS's attributes: documented.

    A task whose containers are checked is unhealthy until they have passed, any other is healthy: observed (public
    reports of instances that become healthy some time after their task runs).
    """
    arn = registry["registryArn"]
    facts = world.registries.registry(record.created_by, arn)
    attributes = {
        "AWS_INSTANCE_IPV4": task.interface.address,
        "AVAILABILITY_ZONE": task.interface.zone,
        "REGION": record.place.region,
        "ECS_SERVICE_NAME": record.name,
        "ECS_CLUSTER_NAME": record.cluster,
        "ECS_TASK_DEFINITION_FAMILY": last_part(deployment.task_definition).partition(":")[0],
    }
    port = registry.get("port") or registry.get("containerPort")
    if port:
        attributes["AWS_INSTANCE_PORT"] = str(port)
    checked = any(container.checked for container in task.containers)
    health = "UNHEALTHY" if checked and task.health != "HEALTHY" else "HEALTHY"
    if facts and facts.custom_health:
        attributes["AWS_INIT_HEALTH_STATUS"] = health
    world.registries.register(record.created_by, arn, task.id, attributes)
    task.instances[arn] = health
