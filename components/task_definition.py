"""`TaskDefinition`: how a service's tasks look. A change makes a new revision; the old ones stay to go back to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components import execute_command
from components.containers import Container, ContainerSecret, container_definitions
from components.execute_command import Sessions
from components.gates import Gates
from components.permissions import (
    Permission,
    log_in_to_ecr,
    pull_images,
    read_secret,
    secret_name,
    trust_in_ecs,
    trust_in_tasks,
    write_logs,
)
from components.volumes import Mount, Volume, check_mounts, content_of, volume_args
from release.architecture import Architecture
from release.container_limits import (
    SHARED,
    Limits,
    Ulimit,
    check_limits,
    check_stop_timeout,
    check_storage,
    check_ulimits,
)
from release.fargate_size import check_size

DESCRIBED: Final = ("containerDefinitions", "cpu", "memory", "ephemeralStorage", "runtimePlatform", "volumes")
"""The properties that say what tasks are like."""


@dataclass(frozen=True, kw_only=True)
class PinnedRevision:
    """A revision of the family that is there already."""

    revision: int
    secrets: Sequence[str] = ()
    """ARNs of what it reads beside the secrets that are declared."""


@dataclass(frozen=True, kw_only=True)
class TaskDefinitionArgs:
    """What the tasks run, and what they may do."""

    family: str
    """The family's name, and the container's."""
    image: pulumi.Input[str]
    """The image by its digest."""
    repository_arn: pulumi.Input[str]
    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    port: int
    user: str
    environment: Mapping[str, str]
    """Plain variables; nothing secret."""
    secrets: Sequence[ContainerSecret] = ()
    permissions: Sequence[Permission] = ()
    """What the service's own code may do."""
    stop_timeout: int
    """Seconds between SIGTERM and SIGKILL."""
    log_group: str
    log_retention_days: int
    account: str
    region: str
    partition: str = "aws"
    gates: Gates | None = None
    """What lets a release go out. None: every release goes out."""
    pinned: PinnedRevision | None = None
    """What tasks are started from, in place of what is described here. None: a revision of just that."""
    architecture: Architecture = Architecture.X86_64
    """The processor. The image must be built for it."""
    ephemeral_storage: int | None = None
    """GiB of disk that a task has while it runs, 21 to 200. None: Fargate's 20 (AWS: "Fargate task ephemeral storage
    for Amazon ECS")."""
    limits: Limits = SHARED
    """The container's part of the task's CPU and memory."""
    ulimits: Sequence[Ulimit] = ()
    """Limits of the operating system, such as the number of open files."""
    init: bool = False
    """Whether process 1 is an init that hands on signals and reaps what its children leave."""
    volumes: Sequence[Volume] = ()
    """Scratch, and file systems of EFS."""
    mounts: Sequence[Mount] = ()
    """Where the container sees them."""
    sessions: Sessions | None = None
    """What lets people open a shell in a task (`Cluster.sessions`): an init, folders that its agent writes to, and the
    permissions of the task's role. None: nobody can."""

    def __post_init__(self) -> None:
        check_mounts(self.all_volumes, {self.family: self.all_mounts})
        check_size(self.cpu, self.memory)
        check_limits(self.cpu, self.memory, {self.family: self.limits})
        check_storage(self.ephemeral_storage)
        check_stop_timeout(self.stop_timeout)
        check_ulimits(self.ulimits)

    @property
    def all_volumes(self) -> tuple[Volume, ...]:
        """Those that are asked for, and those that ECS Exec needs."""
        return (*self.volumes, *(execute_command.VOLUMES if self.sessions else ()))

    @property
    def all_mounts(self) -> tuple[Mount, ...]:
        """Those that are asked for, and those that ECS Exec needs."""
        return (*self.mounts, *(execute_command.MOUNTS if self.sessions else ()))


class TaskDefinition(pulumi.ComponentResource):
    """A Fargate task definition of a stable family, its log group and its two roles."""

    arn: pulumi.Output[str]
    """With the revision."""
    content: pulumi.Output[str]
    """The definition as canonical JSON: the same content is the same release, whatever its revision's number."""
    log_group: pulumi.Output[str]
    """Name of the group that the tasks log to."""
    policies: Sequence[pulumi.Resource]
    """The role policies: tasks start only when they are there."""

    def __init__(self, name: str, args: TaskDefinitionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:TaskDefinition", name, None, opts)
        logs = aws.cloudwatch.LogGroup(
            name,
            name=args.log_group,
            retention_in_days=args.log_retention_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        needs = [
            log_in_to_ecr(),
            pull_images(args.repository_arn),
            write_logs(logs.arn),
            *(read_secret(secret.variable, secret.arn) for secret in args.secrets),
            *(read_secret(f"pinned-{secret_name(arn)}", arn) for arn in (args.pinned.secrets if args.pinned else ())),
        ]
        execution, execution_policies = self._role(
            f"{name}-execution", f"{args.family}: ECS itself, to start tasks", trust_in_ecs(), needs
        )
        own = trust_in_tasks(args.account, args.region, args.partition)
        task, task_policies = self._role(
            f"{name}-task", f"{args.family}: the service's own code", own, _own_needs(args)
        )
        containers = pulumi.Output.json_dumps(container_definitions(_container(args, logs)), sort_keys=True)
        definition = aws.ecs.TaskDefinition(
            name,
            family=args.family,
            cpu=str(args.cpu),
            memory=str(args.memory),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                operating_system_family="LINUX", cpu_architecture=args.architecture.value
            ),
            ephemeral_storage=_storage(args.ephemeral_storage),
            volumes=volume_args(args.all_volumes),
            execution_role_arn=execution.arn,
            task_role_arn=task.arn,
            container_definitions=containers,
            # Old revisions are what a rollback, ECS's own included, goes back to.
            skip_destroy=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                hooks=args.gates.definition if args.gates else None,
                depends_on=list(args.gates.needs) if args.gates else None,
                # A revision that nobody would run is not made.
                ignore_changes=list(DESCRIBED) if args.pinned else None,
            ),
        )
        self.log_group = logs.name
        self.policies = [*execution_policies, *task_policies]
        made = {
            "family": args.family,
            "cpu": args.cpu,
            "memory": args.memory,
            "executionRole": execution.arn,
            "taskRole": task.arn,
            "containers": containers,
            **_beyond_containers(args),
        }
        pinned = _pinned_arn(args)
        self.arn = pulumi.Output.from_input(pinned) if pinned else definition.arn
        self.content = pulumi.Output.json_dumps({"pinned": pinned} if pinned else made, sort_keys=True)
        self.register_outputs({"arn": self.arn, "logGroup": self.log_group})

    def _role(
        self, name: str, description: str, trust: Mapping[str, Any], needs: Sequence[Permission]
    ) -> tuple[aws.iam.Role, list[aws.iam.RolePolicy]]:
        """A role with a policy for each need."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            description=description,
            assume_role_policy=json.dumps(trust, sort_keys=True),
            opts=child,
        )
        return role, [
            aws.iam.RolePolicy(
                f"{name}-{need.name}",
                role=role.name,
                policy=pulumi.Output.json_dumps(need.document(), sort_keys=True),
                opts=child,
            )
            for need in needs
        ]


def _storage(gibibytes: int | None) -> aws.ecs.TaskDefinitionEphemeralStorageArgs | None:
    return aws.ecs.TaskDefinitionEphemeralStorageArgs(size_in_gib=gibibytes) if gibibytes else None


def _beyond_containers(args: TaskDefinitionArgs) -> dict[str, Any]:
    """What of the content is neither size nor container, as far as it is asked for: all else is the same as ever."""
    said: dict[str, Any] = {}
    if args.architecture is not Architecture.X86_64:
        said["architecture"] = args.architecture.value
    if args.ephemeral_storage:
        said["ephemeralStorage"] = args.ephemeral_storage
    if args.all_volumes:
        said["volumes"] = content_of(args.all_volumes)
    return said


def _own_needs(args: TaskDefinitionArgs) -> list[Permission]:
    """What the service's own code may do, and what acts in its name: mounts, and sessions."""
    sessions = args.sessions.permissions(args.account, args.region, args.partition) if args.sessions else ()
    return [*args.permissions, *sessions]


def _pinned_arn(args: TaskDefinitionArgs) -> str:
    """ARN of the revision that tasks are held to; empty where they are not."""
    if args.pinned is None:
        return ""
    where = f"arn:{args.partition}:ecs:{args.region}:{args.account}"
    return f"{where}:task-definition/{args.family}:{args.pinned.revision}"


def _container(args: TaskDefinitionArgs, logs: aws.cloudwatch.LogGroup) -> Container:
    return Container(
        name=args.family,
        image=args.image,
        port=args.port,
        user=args.user,
        environment=args.environment,
        secrets=args.secrets,
        stop_timeout=args.stop_timeout,
        log_group=logs.name,
        region=args.region,
        limits=args.limits,
        ulimits=args.ulimits,
        mounts=args.all_mounts,
        init=args.init or args.sessions is not None,
    )
