"""`Service`: keeps a service's tasks running behind the load balancer, and is done only when its release runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.gates import Gates
from components.migration import Migration, MigrationArgs, MigrationPlan
from components.network import ANYWHERE
from components.release_hash import release_hash
from components.rollout import Rollout, RolloutArgs
from components.strategy import deployment_configuration
from rollout.strategy import Shifting

PLATFORM_VERSION: Final = "LATEST"
PROPAGATE_TAGS: Final = "SERVICE"
ALL: Final = 100
"""Percent."""


@dataclass(frozen=True, kw_only=True)
class Routing:
    """How traffic reaches the service."""

    listener_arn: pulumi.Input[str]
    load_balancer_security_group_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]
    alternate_target_group_arn: pulumi.Input[str]
    """The other one of the pair that traffic is shifted between."""
    shifting_role_arn: pulumi.Input[str]
    """The role in which ECS moves the rule's weights."""
    paths: Sequence[str]
    priority: int
    needs: Sequence[pulumi.Resource] = ()
    """What must be there before traffic can be shifted: the policy of that role."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """How a release replaces the one before."""

    minimum_healthy_percent: int
    """Lower limit of running tasks, in percent of the desired count."""
    maximum_percent: int
    """Upper limit of running and pending tasks, in percent of the desired count."""
    circuit_breaker: bool = True
    """Whether ECS gives up a deployment whose tasks fail again and again."""
    automatic_rollback: bool = True
    """Whether it then goes back to the release before."""
    shifting: Shifting | None = None
    """How traffic moves to the new tasks; None: they replace the old ones by and by."""
    alarms: Sequence[pulumi.Input[str]] = ()
    """Names of the alarms that ECS watches, and that make it give a deployment up. They are there before it begins."""

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_healthy_percent <= 100 <= self.maximum_percent:  # noqa: PLR2004 - percent
            raise ValueError(
                f"minimum_healthy_percent is {self.minimum_healthy_percent}, maximum_percent {self.maximum_percent}; "
                "allowed are 0 to 100, and 100 or more"
            )
        if self.minimum_healthy_percent == self.maximum_percent:
            raise ValueError("minimum_healthy_percent and maximum_percent are both 100: ECS could replace no task")
        if self.automatic_rollback and not self.circuit_breaker:
            raise ValueError("automatic_rollback needs circuit_breaker: without it ECS never gives a deployment up")


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is to run, and under which name people know it."""

    version: str
    digest: pulumi.Input[str]
    task_definition_arn: pulumi.Input[str]
    task_definition_content: pulumi.Input[str]
    """The definition as canonical JSON."""
    needs: Sequence[pulumi.Resource]
    """What must be there before tasks can start: the policies of their roles."""


@dataclass(frozen=True, kw_only=True)
class KeptImages:
    """The images that stay whatever their age: those of the last verified releases."""

    repository: str
    releases: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the service is, for whoever looks at it."""

    account: str
    region: str
    role_arn: str
    """The role assumed to look. Empty: the credentials as they are."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a release takes, and for how long it is followed, in seconds."""

    predicted: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What is verified once the release runs."""

    request: pulumi.Input[str]
    """What is compared with the time before, as JSON."""
    on_failure: str
    """`rollback` puts the last verified revision back; `fail` leaves the release as it is, and fails."""


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """The service and its release."""

    service_name: str
    """The service's name, and the container's."""
    cluster_name: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets."""
    port: int
    egress_ports: Sequence[int]
    """TCP ports that tasks may reach outside."""
    desired_count: int
    autoscaled: bool = False
    """Whether `Autoscaling` owns the number of tasks. `desired_count` is then what the service begins with."""
    health_check_grace_period: int
    """Seconds after a task's start in which failed checks are forgiven."""
    routing: Routing
    deployment: Deployment
    release: Release
    place: Place
    gates: Gates | None = None
    """What lets a release go out. None: every release goes out."""
    verification: Verification | None = None
    """None: no more than tasks and targets."""
    kept_images: KeptImages | None = None
    """None: no image is marked as kept."""
    journal: pulumi.Input[str] = ""
    """Where the service's attempts are written down, `s3://bucket/attempts/service`. Empty: nowhere."""
    patience: Patience | None = None
    """How long a release is expected to take. None: nobody has predicted it."""
    attempt: int = 1
    """Raised when a release that failed is to be tried again as it is."""
    migration: MigrationPlan | None = None
    """What a release runs once before the service gets it. None: nothing."""


class Service(pulumi.ComponentResource):
    """An ECS service on Fargate and the `Rollout` that follows each of its releases to the end."""

    service_name: pulumi.Output[str]
    """Of the ECS service, once it is there."""
    version: pulumi.Output[str]
    """The version that was verified to run."""
    digest: pulumi.Output[str]
    """The image digest that was verified to run."""
    task_definition: pulumi.Output[str]
    """ARN of the task definition that was verified to run."""

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Service", name, None, opts)
        group, rules = self._security_group(name, args)
        rule = self._listener_rule(name, args.routing)
        deploys = _what_deploys(args, group.id, rule.arn)
        identity = release_hash(deploys)
        hooks = (
            args.gates.release(release_hash=identity, task_definition=args.release.task_definition_arn, content=deploys)
            if args.gates
            else None
        )
        gated = pulumi.ResourceOptions(depends_on=args.gates.needs if args.gates else None, hooks=hooks)
        permitted = pulumi.ResourceOptions.merge(
            gated, pulumi.ResourceOptions(depends_on=[*rules, *args.release.needs])
        )
        migrations = self._migration(name, args, deploys, identity, permitted)
        needs = [rule, *migrations, *args.routing.needs]
        ready = pulumi.ResourceOptions.merge(permitted, pulumi.ResourceOptions(depends_on=needs))
        service = self._service(name, args, deploys, ready)
        rollout = self._rollout(name, args, service, identity, hooks)
        self.service_name = service.name
        self.version = rollout.version
        self.digest = rollout.digest
        self.task_definition = rollout.task_definition
        self.register_outputs(
            {
                "serviceName": self.service_name,
                "version": self.version,
                "digest": self.digest,
                "taskDefinition": self.task_definition,
            }
        )

    def _security_group(self, name: str, args: ServiceArgs) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
        """In from the load balancer alone; out by the ports the service declares."""
        child = pulumi.ResourceOptions(parent=self)
        balancer = args.routing.load_balancer_security_group_id
        group = aws.ec2.SecurityGroup(
            name,
            description=f"Tasks of {args.service_name}: in from the load balancer alone",
            vpc_id=args.vpc_id,
            tags={"Name": args.service_name},
            opts=child,
        )
        way_in = aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group.id,
            description="From the load balancer",
            referenced_security_group_id=balancer,
            ip_protocol="tcp",
            from_port=args.port,
            to_port=args.port,
            opts=child,
        )
        to_tasks = aws.vpc.SecurityGroupEgressRule(
            f"{name}-from-load-balancer",
            security_group_id=balancer,
            description=f"To {args.service_name}",
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=args.port,
            to_port=args.port,
            opts=child,
        )
        ways_out = [
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-{port}",
                security_group_id=group.id,
                description=f"Out by port {port}",
                cidr_ipv4=ANYWHERE,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=child,
            )
            for port in args.egress_ports
        ]
        return group, [way_in, to_tasks, *ways_out]

    def _listener_rule(self, name: str, routing: Routing) -> aws.lb.ListenerRule:
        """Where traffic goes is said once, here. Afterwards it is ECS's to say, in every strategy: `Rollout` tells when
        somebody else did. All of the actions is left alone, not the weights alone: an edit may leave none to name.
        """
        weights = ((routing.target_group_arn, ALL), (routing.alternate_target_group_arn, 0))
        forward = aws.lb.ListenerRuleActionForwardArgs(
            target_groups=[
                aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=arn, weight=weight) for arn, weight in weights
            ]
        )
        return aws.lb.ListenerRule(
            name,
            listener_arn=routing.listener_arn,
            priority=routing.priority,
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=list(routing.paths))
                )
            ],
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", forward=forward)],
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["actions"]),
        )

    def _migration(
        self,
        name: str,
        args: ServiceArgs,
        deploys: Mapping[str, Any],
        identity: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> list[Migration]:
        """The service's migration, where it has one: it runs where the service's own tasks do."""
        if args.migration is None:
            return []
        migration = Migration(
            name,
            MigrationArgs(
                cluster=args.cluster_name,
                service=args.service_name,
                task_definition=args.release.task_definition_arn,
                version=args.release.version,
                digest=args.release.digest,
                plan=args.migration,
                subnets=deploys["subnets"],
                security_groups=deploys["securityGroups"],
                release_hash=identity,
                attempt=args.attempt,
                journal=args.journal,
                account=args.place.account,
                region=args.place.region,
                role_arn=args.place.role_arn,
            ),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(parent=self)),
        )
        return [migration]

    def _service(
        self, name: str, args: ServiceArgs, deploys: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> aws.ecs.Service:
        return aws.ecs.Service(
            name,
            name=args.service_name,
            cluster=args.cluster_name,
            task_definition=args.release.task_definition_arn,
            desired_count=args.desired_count,
            launch_type="FARGATE",
            platform_version=PLATFORM_VERSION,
            deployment_minimum_healthy_percent=args.deployment.minimum_healthy_percent,
            deployment_maximum_percent=args.deployment.maximum_percent,
            deployment_configuration=deployment_configuration(args.deployment.shifting),
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(
                enable=args.deployment.circuit_breaker, rollback=args.deployment.automatic_rollback
            ),
            alarms=_alarms(args.deployment),
            health_check_grace_period_seconds=args.health_check_grace_period,
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=deploys["subnets"],
                security_groups=deploys["securityGroups"],
                assign_public_ip=False,
            ),
            load_balancers=[
                aws.ecs.ServiceLoadBalancerArgs(
                    target_group_arn=deploys["targetGroup"],
                    container_name=deploys["container"],
                    container_port=deploys["port"],
                    advanced_configuration=aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
                        alternate_target_group_arn=deploys["alternateTargetGroup"],
                        production_listener_rule=deploys["listenerRule"],
                        role_arn=deploys["shiftingRole"],
                    ),
                )
            ],
            enable_ecs_managed_tags=True,
            propagate_tags=PROPAGATE_TAGS,
            enable_execute_command=False,
            # `Rollout` waits: it knows a release that ECS rolled back from one that runs.
            wait_for_steady_state=False,
            # A cluster has each name once, so a replacement cannot come up beside what it replaces.
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    parent=self,
                    delete_before_replace=True,
                    # The number of tasks is `Autoscaling`'s where there is one.
                    ignore_changes=["desiredCount"] if args.autoscaled else None,
                ),
            ),
        )

    def _rollout(
        self,
        name: str,
        args: ServiceArgs,
        service: aws.ecs.Service,
        identity: pulumi.Output[str],
        hooks: pulumi.ResourceHookBinding | None,
    ) -> Rollout:
        return Rollout(
            name,
            RolloutArgs(
                cluster=args.cluster_name,
                service=service.name,
                task_definition=args.release.task_definition_arn,
                version=args.release.version,
                digest=args.release.digest,
                target_group_arns=[args.routing.target_group_arn],
                desired_count=None if args.autoscaled else args.desired_count,
                release_hash=identity,
                attempt=args.attempt,
                journal=args.journal,
                predicted_seconds=args.patience.predicted if args.patience else None,
                limit_seconds=args.patience.limit if args.patience else None,
                verification=args.verification.request if args.verification else None,
                on_failed_verification=args.verification.on_failure if args.verification else None,
                repository=args.kept_images.repository if args.kept_images else None,
                kept_releases=args.kept_images.releases if args.kept_images else None,
                account=args.place.account,
                region=args.place.region,
                role_arn=args.place.role_arn,
            ),
            opts=pulumi.ResourceOptions(parent=self, hooks=hooks),
        )


def _alarms(deployment: Deployment) -> aws.ecs.ServiceAlarmsArgs | None:
    if not deployment.alarms:
        return None
    return aws.ecs.ServiceAlarmsArgs(
        alarm_names=list(deployment.alarms), enable=True, rollback=deployment.automatic_rollback
    )


def _what_deploys(
    args: ServiceArgs, security_group_id: pulumi.Input[str], rule_arn: pulumi.Input[str]
) -> dict[str, Any]:
    """Everything a change of which makes ECS start a deployment.

    Neither the number of tasks nor the strategy does (AWS: "UpdateService", ECS API reference): documented.
    """
    return {
        "taskDefinition": args.release.task_definition_content,
        "subnets": list(args.subnet_ids),
        "securityGroups": [security_group_id],
        "targetGroup": args.routing.target_group_arn,
        "alternateTargetGroup": args.routing.alternate_target_group_arn,
        "listenerRule": rule_arn,
        "shiftingRole": args.routing.shifting_role_arn,
        "container": args.service_name,
        "port": args.port,
        "platformVersion": PLATFORM_VERSION,
        "propagateTags": PROPAGATE_TAGS,
    }
