"""`Service`: keeps a service's tasks running, mostly behind a load balancer, and is done only when its release runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.calls import call_rules
from components.migration import Migration, MigrationArgs
from components.network import ANYWHERE
from components.release_hash import release_hash
from components.rollout import Rollout, RolloutArgs
from components.service_args import Deployment, Routing, ServiceArgs, TcpRouting
from components.strategy import deployment_configuration

PROPAGATE_TAGS: Final = "SERVICE"
ALL: Final = 100
"""Percent."""


class Service(pulumi.ComponentResource):
    """An ECS service on Fargate and the `Rollout` that follows each of its releases to the end.

    With routing, a load balancer sends it traffic; without, it is a worker, which nobody reaches.
    """

    service_name: pulumi.Output[str]
    """Of the ECS service, once it is there."""
    version: pulumi.Output[str]
    """The version that was verified to run."""
    digest: pulumi.Output[str]
    """The image digest that was verified to run."""
    task_definition: pulumi.Output[str]
    """ARN of the task definition that was verified to run."""
    security_group_id: pulumi.Output[str]
    """Of its tasks: who calls it names it (`Callee`)."""

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Service", name, None, opts)
        group, rules = self._security_group(name, args)
        ways = self._listener_rules(name, args.routing) if isinstance(args.routing, Routing) else []
        deploys = _what_deploys(args, group.id, ways)
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
        needs = [*ways, *migrations, *(args.routing.needs if args.routing else ())]
        ready = pulumi.ResourceOptions.merge(permitted, pulumi.ResourceOptions(depends_on=needs))
        service = self._service(name, args, deploys, ready)
        rollout = self._rollout(name, args, service, identity, hooks)
        self.service_name = service.name
        self.version = rollout.version
        self.digest = rollout.digest
        self.task_definition = rollout.task_definition
        self.security_group_id = group.id
        self.register_outputs(
            {
                "serviceName": self.service_name,
                "version": self.version,
                "digest": self.digest,
                "taskDefinition": self.task_definition,
                "securityGroupId": self.security_group_id,
            }
        )

    def _security_group(self, name: str, args: ServiceArgs) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
        """In from the load balancer and who declares to call it; out by declared ports, and to whom it calls."""
        child = pulumi.ResourceOptions(parent=self)
        let_in = "in from the load balancer alone" if args.routing else "no load balancer before them"
        group = aws.ec2.SecurityGroup(
            name,
            description=f"Tasks of {args.service_name}: {let_in}",
            vpc_id=args.vpc_id,
            tags={"Name": args.service_name},
            opts=child,
        )
        ways_in = self._ways_in(name, args, group, args.routing) if args.routing else []
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
        calls = call_rules(name, args.service_name, group.id, args.calls, child)
        return group, [*ways_in, *ways_out, *calls]

    def _ways_in(
        self, name: str, args: ServiceArgs, group: aws.ec2.SecurityGroup, routing: Routing | TcpRouting
    ) -> list[pulumi.Resource]:
        """From the load balancer to the tasks, on both sides."""
        child = pulumi.ResourceOptions(parent=self)
        balancer = routing.load_balancer_security_group_id
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
        return [way_in, to_tasks]

    def _listener_rules(self, name: str, routing: Routing) -> list[aws.lb.ListenerRule]:
        """Where people come, and the same paths where releases are tried, if anywhere."""
        rules = [self._listener_rule(name, routing, routing.listener_arn)]
        if routing.test_listener_arn is not None:
            rules.append(self._listener_rule(f"{name}-test", routing, routing.test_listener_arn))
        return rules

    def _listener_rule(self, name: str, routing: Routing, listener_arn: pulumi.Input[str]) -> aws.lb.ListenerRule:
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
            listener_arn=listener_arn,
            priority=routing.priority,
            conditions=_conditions(routing),
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
            launch_type=None if args.capacity else "FARGATE",
            capacity_provider_strategies=_strategies(args),
            # ECS changes the mix of a service in a forced deployment alone, and the provider forces all or none.
            force_new_deployment=True if args.capacity else None,
            platform_version=args.platform_version,
            deployment_minimum_healthy_percent=args.deployment.minimum_healthy_percent,
            deployment_maximum_percent=args.deployment.maximum_percent,
            deployment_configuration=deployment_configuration(
                args.deployment.shifting, args.deployment.hooks, args.deployment.hook_role_arn
            ),
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
            load_balancers=[_load_balancer(deploys)] if args.routing else None,
            service_registries=_registries(deploys),
            service_connect_configuration=args.connect.args if args.connect else None,
            enable_ecs_managed_tags=True,
            propagate_tags=PROPAGATE_TAGS,
            enable_execute_command=args.execute_command,
            availability_zone_rebalancing=_rebalancing(args.deployment),
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
                target_group_arns=[args.routing.target_group_arn] if args.routing else [],
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


def _conditions(routing: Routing) -> list[aws.lb.ListenerRuleConditionArgs]:
    """All of them are met by a request for the service."""
    paths = aws.lb.ListenerRuleConditionPathPatternArgs(values=list(routing.paths))
    of_paths = aws.lb.ListenerRuleConditionArgs(path_pattern=paths)
    if not routing.hosts:
        return [of_paths]
    hosts = aws.lb.ListenerRuleConditionHostHeaderArgs(values=list(routing.hosts))
    return [aws.lb.ListenerRuleConditionArgs(host_header=hosts), of_paths]


def _strategies(args: ServiceArgs) -> list[aws.ecs.ServiceCapacityProviderStrategyArgs] | None:
    if args.capacity is None:
        return None
    return [
        aws.ecs.ServiceCapacityProviderStrategyArgs(
            capacity_provider=share["capacityProvider"], base=share["base"], weight=share["weight"]
        )
        for share in args.capacity.strategy
    ]


def _load_balancer(deploys: Mapping[str, Any]) -> aws.ecs.ServiceLoadBalancerArgs:
    return aws.ecs.ServiceLoadBalancerArgs(
        target_group_arn=deploys["targetGroup"],
        container_name=deploys["container"],
        container_port=deploys["port"],
        advanced_configuration=_shifted(deploys) if "shiftingRole" in deploys else None,
    )


def _shifted(deploys: Mapping[str, Any]) -> aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs:
    return aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
        alternate_target_group_arn=deploys["alternateTargetGroup"],
        production_listener_rule=deploys["listenerRule"],
        role_arn=deploys["shiftingRole"],
        test_listener_rule=deploys.get("testListenerRule"),
    )


def _registries(deploys: Mapping[str, Any]) -> aws.ecs.ServiceServiceRegistriesArgs | None:
    """Of A records no port is said: ECS refuses one."""
    if "registry" not in deploys:
        return None
    return aws.ecs.ServiceServiceRegistriesArgs(registry_arn=deploys["registry"])


def _rebalancing(deployment: Deployment) -> str | None:
    if deployment.zone_rebalancing is None:
        return None
    return "ENABLED" if deployment.zone_rebalancing else "DISABLED"


def _alarms(deployment: Deployment) -> aws.ecs.ServiceAlarmsArgs | None:
    if not deployment.alarms:
        return None
    return aws.ecs.ServiceAlarmsArgs(
        alarm_names=list(deployment.alarms), enable=True, rollback=deployment.automatic_rollback
    )


def _what_deploys(
    args: ServiceArgs, security_group_id: pulumi.Input[str], rules: Sequence[aws.lb.ListenerRule]
) -> dict[str, Any]:
    """Everything a change of which makes ECS start a deployment.

    Neither the number of tasks nor the strategy does (AWS: "UpdateService", ECS API reference): documented.
    """
    return {
        "taskDefinition": args.release.task_definition_content,
        "subnets": args.subnet_ids,
        "securityGroups": [security_group_id],
        **(_traffic(args, args.routing, rules) if args.routing else {}),
        **({"registry": args.registry_arn} if args.registry_arn is not None else {}),
        **({"serviceConnect": args.connect.content} if args.connect else {}),
        "platformVersion": args.platform_version,
        "propagateTags": PROPAGATE_TAGS,
        **_forced(args),
    }


def _traffic(args: ServiceArgs, routing: Routing | TcpRouting, rules: Sequence[aws.lb.ListenerRule]) -> dict[str, Any]:
    """What of it belongs to the load balancer."""
    target = {"targetGroup": routing.target_group_arn, "container": args.service_name, "port": args.port}
    if isinstance(routing, TcpRouting):
        return target
    production, *test = rules
    return {
        **target,
        "alternateTargetGroup": routing.alternate_target_group_arn,
        "listenerRule": production.arn,
        **({"testListenerRule": test[0].arn} if test else {}),
        "shiftingRole": routing.shifting_role_arn,
    }


def _forced(args: ServiceArgs) -> dict[str, Any]:
    """What else deploys where each change of the service is forced to: the mix, and all that is in the service."""
    if args.capacity is None:
        return {}
    deployment = args.deployment
    return {
        "capacity": list(args.capacity.strategy),
        "forced": {
            "desiredCount": None if args.autoscaled else args.desired_count,
            "healthCheckGracePeriod": args.health_check_grace_period,
            "executeCommand": args.execute_command,
            "percents": [deployment.minimum_healthy_percent, deployment.maximum_percent],
            "circuitBreaker": [deployment.circuit_breaker, deployment.automatic_rollback],
            "shifting": repr(deployment.shifting),
            **({"hooks": [repr(hook) for hook in deployment.hooks]} if deployment.hooks else {}),
            "alarms": list(deployment.alarms),
            "zoneRebalancing": deployment.zone_rebalancing,
        },
    }
