"""One task as the API shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.ecs.arns import hexadecimal, uuid

if TYPE_CHECKING:
    from rollout.revision import Revision
    from rollout.steps import Plan
    from sandbox.caller import Caller
    from sandbox.ecs.arns import Place

    Json = dict[str, Any]


STOPPED_TASKS_STAY = timedelta(hours=1)
"""How long stopped tasks can be described (AWS: "Viewing Amazon ECS stopped task errors"): documented."""


@dataclass
class Interface:
    """The elastic network interface of a task."""

    id: str
    attachment: str
    address: str
    subnet: str
    zone: str
    security_groups: tuple[str, ...] = ()
    """Those asked for; none means the VPC's default one."""

    @property
    def mac(self) -> str:
        """A locally administered MAC address that follows from the interface."""
        digits = hexadecimal(10, "mac", self.id)
        return ":".join(["0a", *(digits[i : i + 2] for i in range(0, 10, 2))])


@dataclass
class ContainerState:
    """One container of a task."""

    name: str
    image: str
    cpu: str
    memory: str | None = None
    digest: str | None = None
    checked: bool = False
    """Whether it has a health check."""
    exit_code: int | None = None
    reason: str | None = None


@dataclass
class Target:
    """A task as a target of a target group."""

    group: str
    port: int
    state: str = "initial"
    draining_until: datetime | None = None


@dataclass
class TaskRecord:
    """A task, from its launch until an hour after it stopped."""

    id: str
    arn: str
    cluster_arn: str
    task_definition: str
    group: str
    started_by: str | None
    created_at: datetime
    cpu: str
    memory: str
    containers: list[ContainerState]
    interface: Interface
    deployment: int = 0
    """The model's number of the deployment it belongs to, 0 for a task of no service."""
    targets: list[Target] = field(default_factory=list)
    tags: list[Json] = field(default_factory=list)
    overrides: Json = field(default_factory=dict)
    capacity_provider: str | None = None
    platform_version: str = "1.4.0"
    ephemeral_storage: int = 20
    enable_execute_command: bool = False
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    version: int = 1
    announced: int = 0
    """The version that EventBridge was told last."""
    instances: dict[str, str] = field(default_factory=dict)
    """The Cloud Map services (by ARN) that it is an instance of, and the health that they were told last."""
    health: str = "UNKNOWN"
    times: dict[str, datetime] = field(default_factory=dict)
    """``startedAt``, ``stoppingAt`` and the like, as far as they have come."""
    stop_code: str | None = None
    stopped_reason: str | None = None

    def container_arn(self, name: str) -> str:
        """The ARN of one of its containers."""
        return f"{self.arn.replace(':task/', ':container/')}/{uuid(self.arn, name)}"

    def move(self, status: str, **times: datetime) -> None:
        """Reach ``status``."""
        self.last_status = status
        self.version += 1
        self.times |= times

    def describe(self, *, with_tags: bool) -> Json:
        """What DescribeTasks answers."""
        answer: Json = {
            "attachments": [self._attachment()],
            "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
            "availabilityZone": self.interface.zone,
            "clusterArn": self.cluster_arn,
            "containers": [self._container(container) for container in self.containers],
            "cpu": self.cpu,
            "memory": self.memory,
            "createdAt": self.created_at,
            "desiredStatus": self.desired_status,
            "enableExecuteCommand": self.enable_execute_command,
            "group": self.group,
            "healthStatus": self.health,
            "lastStatus": self.last_status,
            "overrides": {
                "containerOverrides": [{"name": c.name} for c in self.containers],
                "inferenceAcceleratorOverrides": [],
            }
            | self.overrides,
            "platformVersion": self.platform_version,
            "platformFamily": "Linux",
            "startedBy": self.started_by,
            "tags": self.tags if with_tags else [],
            "taskArn": self.arn,
            "taskDefinitionArn": self.task_definition,
            "version": self.version,
            "ephemeralStorage": {"sizeInGiB": self.ephemeral_storage},
            "fargateEphemeralStorage": {"sizeInGiB": self.ephemeral_storage},
            "stopCode": self.stop_code,
            "stoppedReason": self.stopped_reason,
        } | self.times
        if "connectivityAt" in self.times:
            answer["connectivity"] = "CONNECTED"
        if self.capacity_provider:
            answer["capacityProviderName"] = self.capacity_provider
        answer["launchType"] = "FARGATE"
        return answer

    def _attachment(self) -> Json:
        details = {
            "subnetId": self.interface.subnet,
            "networkInterfaceId": self.interface.id,
            "macAddress": self.interface.mac,
            "privateIPv4Address": self.interface.address,
        }
        if self.last_status == "PROVISIONING":
            details = {"subnetId": self.interface.subnet}
        status = {"PROVISIONING": "PRECREATED", "STOPPED": "DELETED"}.get(self.last_status, "ATTACHED")
        return {
            "id": self.interface.attachment,
            "type": "ElasticNetworkInterface",
            "status": status,
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }

    def _interfaces(self) -> list[Json]:
        """What a container has of the interface, once that is there: observed (public outputs of run-task)."""
        if self.last_status == "PROVISIONING":
            return []
        return [{"attachmentId": self.interface.attachment, "privateIpv4Address": self.interface.address}]

    def _container(self, container: ContainerState) -> Json:
        running = "startedAt" in self.times
        if container.exit_code is not None or self.last_status in {"STOPPED", "DEPROVISIONING"}:
            status = "STOPPED"
        else:
            status = "RUNNING" if running else "PENDING"
        answer: Json = {
            "containerArn": self.container_arn(container.name),
            "taskArn": self.arn,
            "name": container.name,
            "image": container.image,
            "lastStatus": status,
            "networkBindings": [],
            "networkInterfaces": self._interfaces(),
            "healthStatus": self.health if container.checked else "UNKNOWN",
            "cpu": container.cpu,
            "memory": container.memory,
            "imageDigest": container.digest if "pullStoppedAt" in self.times else None,
            "exitCode": container.exit_code,
            "reason": container.reason,
        }
        if running:
            answer["runtimeId"] = f"{self.id}-{hexadecimal(10, 'runtime', self.id, container.name)}"
        if self.enable_execute_command:
            answer["managedAgents"] = [
                {"name": "ExecuteCommandAgent", "lastStatus": "RUNNING" if status == "RUNNING" else "PENDING"}
            ]
        return answer


@dataclass
class LoneTask:
    """A task of no service, with the plan that it follows."""

    place: Place
    cluster: str
    owner: Caller
    task: TaskRecord
    definition: Json
    """The task definition, which may be gone before the task is."""
    revision: Revision
    begin: datetime
    """When the plan began."""
    plan: Plan = ()
    next: int = 1
    """Index of the next step of the plan; the first one, PROVISIONING, is taken at the launch."""
    start_failure: str = ""
    client_token: str | None = None

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        return f"ecs/{self.place.account}/{self.place.region}/task/{self.task.id}"

    def next_step_at(self) -> datetime | None:
        """When the next step is due; None when nothing more happens by itself."""
        return self.begin + timedelta(seconds=self.plan[self.next][0]) if self.next < len(self.plan) else None
