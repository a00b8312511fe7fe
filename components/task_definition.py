"""`TaskDefinition`: how a service's tasks look. A change makes a new revision; the old ones stay to go back to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components import execute_command
from components.containers import Container, ContainerParameter, ContainerSecret, Logs, container_definitions
from components.execute_command import Sessions
from components.gates import Gates
from components.permissions import (
    Permission,
    decrypt,
    log_in_to_ecr,
    pull_images,
    read_parameter,
    read_secret,
    secret_name,
    trust_in_ecs,
    trust_in_tasks,
    write_logs,
)
from components.service_connect import NamedPort
from components.sidecars import LogRouting, Sidecar, check_sidecars, orders_of, sidecar_needs
from components.volumes import Mount, Volume, check_mounts, content_of, mount_needs, volume_args
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
from release.container_order import Dependency, HealthCheck, Ordered, check_order
from release.fargate_size import check_size
from release.plain_secrets import leaks
from release.task_needs import AwsResource, Declared, Place, TaskNeed, Verb, needs_of

DESCRIBED: Final = ("containerDefinitions", "cpu", "memory", "ephemeralStorage", "runtimePlatform", "volumes")
"""The properties that say what tasks are like."""


@dataclass(frozen=True, kw_only=True)
class PinnedRevision:
    """A revision of the family that is there already."""

    revision: int
    """Its number."""
    secrets: Sequence[str] = ()
    """ARNs of what it reads beside the secrets that are declared."""
    secret_keys: Sequence[str] = ()
    """ARNs of the customer's keys that encrypt those."""
    parameters: Sequence[str] = ()
    """ARNs of the parameters that it reads beside those that are declared."""


@dataclass(frozen=True, kw_only=True)
class TaskDefinitionArgs:
    """What the tasks run, and what they may do."""

    family: str
    """The family's name, and the container's."""
    image: pulumi.Input[str]
    """The image by its digest."""
    repository_arn: pulumi.Input[str]
    """The repository that the image is pulled from, and no other."""
    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    port: int | None = None
    """On which the container listens. It is told by the variable `PORT`. None: on nothing."""
    named_port: NamedPort | None = None
    """What Service Connect knows the port by. None: by nothing."""
    user: str
    """Whom the container runs as, `uid:gid`. Never root."""
    environment: Mapping[str, str]
    """Plain variables; nothing secret."""
    not_secret: Sequence[str] = ()
    """Variables of `environment` whose name or value looks like a secret and is none."""
    secrets: Sequence[ContainerSecret | ContainerParameter] = ()
    """What ECS reads from Secrets Manager and Systems Manager when a task starts. Values never come near the
    definition."""
    permissions: Sequence[Permission] = ()
    """What the service's own code may do, beside what follows."""
    reads: Sequence[AwsResource] = ()
    """What the service's own code reads: a `Bucket`, a `Table`, a `Secret`, a `Parameter` (`release/task_needs.py`)."""
    writes: Sequence[AwsResource] = ()
    """What it writes: a `Bucket`, a `Table`."""
    sends: Sequence[AwsResource] = ()
    """What it sends to: a `Queue`, a `Topic`, an `EventBus`."""
    receives: Sequence[AwsResource] = ()
    """What it receives from: a `Queue`."""
    stop_timeout: int
    """Seconds between SIGTERM and SIGKILL."""
    log_group: str
    """Name of the log group that is made for the tasks."""
    log_retention_days: int
    """Days for which their logs are kept. Security Hub's CloudWatch.16 wants 365 at least."""
    log_key_arn: pulumi.Input[str] | None = None
    """The KMS key that encrypts the logs; its policy must let CloudWatch Logs use it. None: CloudWatch's own keys. A
    group that is there changes its key in place, for what is logged from then on."""
    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""
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
    health_check: HealthCheck | None = None
    """How ECS asks the container whether it is well; a task that is not is replaced. For services without a load
    balancer above all: with one, its targets' checks are mostly enough. None: it is well as long as it runs."""
    init: bool = False
    """Whether process 1 is an init that hands on signals and reaps what its children leave."""
    volumes: Sequence[Volume] = ()
    """Scratch, and file systems of EFS."""
    mounts: Sequence[Mount] = ()
    """Where the container sees them."""
    sidecars: Sequence[Sidecar] = ()
    """Containers beside the service's own (`sidecars.log_router`, `sidecars.collector`, or your own)."""
    depends_on: Sequence[Dependency] = ()
    """The sidecars that the service's container starts after. After a log router it starts in any case."""
    log_routing: LogRouting | None = None
    """Where the log router sends the service's log. None: it goes to the log group, without a router."""
    sessions: Sessions | None = None
    """What lets people open a shell in a task (`Cluster.sessions`): an init, folders that its agent writes to, and the
    permissions of the task's role. None: nobody can."""

    def __post_init__(self) -> None:
        for variable, what in leaks(self.environment, self.not_secret).items():
            raise ValueError(
                f"environment: {variable} looks like {what}; hand it over by `secrets`, or write the variable into "
                "`not_secret` if it is none"
            )
        if self.named_port is not None and self.port is None:
            raise ValueError(f"named_port is {self.named_port.name!r}, and port is None: say on which it listens")
        check_size(self.cpu, self.memory)
        check_sidecars(self.family, self.sidecars, routed=self.log_routing is not None)
        check_mounts(
            self.all_volumes, {self.family: self.all_mounts, **{one.name: one.mounts for one in self.sidecars}}
        )
        check_limits(
            self.cpu, self.memory, {self.family: self.limits, **{one.name: one.limits for one in self.sidecars}}
        )
        check_order({self.family: self._order, **orders_of(self.sidecars)})
        check_storage(self.ephemeral_storage)
        check_stop_timeout(self.stop_timeout)
        check_ulimits(self.ulimits)
        _ = self.needs

    @property
    def needs(self) -> Sequence[TaskNeed]:
        """What the service's own code does with resources of AWS."""
        place = Place(account=self.account, region=self.region, partition=self.partition)
        declared: Declared = {verb: getattr(self, verb.value) for verb in Verb}
        return needs_of(declared, place)

    @property
    def _order(self) -> Ordered:
        return Ordered(depends_on=self.all_dependencies, has_health_check=self.health_check is not None)

    @property
    def all_dependencies(self) -> tuple[Dependency, ...]:
        """Those that are asked for, and the log router. ECS has the router start first only where nothing else is said
        (AWS: "Send Amazon ECS logs to an AWS service or AWS Partner"): *documented*.
        """
        said = {one.container for one in self.depends_on}
        routers = [one.name for one in self.sidecars if one.firelens is not None and one.name not in said]
        return (*self.depends_on, *(Dependency(container=name) for name in routers if self.log_routing))

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
    role_arns: Sequence[pulumi.Output[str]]
    """The execution role and the task role: whoever runs a task must be allowed to pass them."""

    def __init__(self, name: str, args: TaskDefinitionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:TaskDefinition", name, None, opts)
        logs = aws.cloudwatch.LogGroup(
            name,
            name=args.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.log_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        needs = [
            log_in_to_ecr(),
            pull_images(args.repository_arn),
            write_logs(logs.arn),
            *(need for secret in args.secrets for need in secret.needs()),
            *sidecar_needs(args.sidecars),
            *(args.log_routing.reads if args.log_routing else ()),
            *(_needs_of(args.pinned) if args.pinned else ()),
        ]
        execution, execution_policies = self._role(
            f"{name}-execution", f"{args.family}: ECS itself, to start tasks", trust_in_ecs(), needs
        )
        own = trust_in_tasks(args.account, args.region, args.partition)
        task, task_policies = self._role(
            f"{name}-task", f"{args.family}: the service's own code", own, _own_needs(args)
        )
        containers = pulumi.Output.json_dumps(
            container_definitions(_container(args, logs), args.sidecars), sort_keys=True
        )
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
        self.role_arns = [execution.arn, task.arn]
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
        self, name: str, description: str, trust: Mapping[str, Any], needs: Sequence[Permission | TaskNeed]
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


def _needs_of(pinned: PinnedRevision) -> list[Permission]:
    """What ECS must be allowed to start tasks from the revision, beside what is declared."""
    return [
        *(read_secret(f"pinned-{secret_name(arn)}", arn) for arn in pinned.secrets),
        *(read_parameter(f"pinned-{secret_name(arn)}", arn) for arn in pinned.parameters),
        *(decrypt(f"pinned-{arn.rpartition('/')[2]}", arn, "secretsmanager") for arn in pinned.secret_keys),
    ]


def _own_needs(args: TaskDefinitionArgs) -> list[Permission | TaskNeed]:
    """What the service's own code may do, and what acts in its name: mounts, and sessions."""
    sessions = args.sessions.permissions(args.account, args.region, args.partition) if args.sessions else ()
    routing = args.log_routing.permissions if args.log_routing else ()
    beside = [need for sidecar in args.sidecars for need in sidecar.permissions]
    mounted = mount_needs(args.volumes)
    return [*args.permissions, *args.needs, *mounted, *beside, *routing, *sessions]


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
        named_port=args.named_port,
        user=args.user,
        environment=args.environment,
        secrets=args.secrets,
        stop_timeout=args.stop_timeout,
        logs=Logs(group=logs.name, region=args.region),
        log_routing=args.log_routing,
        depends_on=args.all_dependencies,
        health_check=args.health_check,
        limits=args.limits,
        ulimits=args.ulimits,
        mounts=args.all_mounts,
        init=args.init or args.sessions is not None,
    )
