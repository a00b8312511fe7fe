"""`LoadBalancer`: the one way in from the internet, shared by all services of an environment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.network import ANYWHERE
from components.permissions import trust_in_ecs_itself

HTTP: Final = 80
HTTPS: Final = 443
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2 (AWS: "Security policies for your Application Load Balancer"; Security Hub ELB.17)."""
IDLE_TIMEOUT: Final = 60
"""Seconds without a byte after which a connection is closed."""
SHIFTING_POLICY: Final = "AmazonECSInfrastructureRolePolicyForLoadBalancers"
"""AWS's own policy for it (AWS: "Amazon ECS infrastructure IAM role for load balancers"): documented."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """Where it stands and how it is protected."""

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Public subnets of two zones at least."""
    deletion_protection: bool
    """Whether it must be unprotected before it can be deleted."""
    certificate_arn: str | None = None
    """With a certificate it speaks HTTPS, and HTTP only says where to go; without one it speaks HTTP."""
    partition: str = "aws"


class LoadBalancer(pulumi.ComponentResource):
    """An application load balancer that answers 404 to everything no service has asked for."""

    dns_name: pulumi.Output[str]
    metrics_name: pulumi.Output[str]
    """As CloudWatch's metrics name it: the end of its ARN, `app/name/id`."""
    listener_arn: pulumi.Output[str]
    """The listener that services add their rules to."""
    security_group_id: pulumi.Output[str]
    shifting_role_arn: pulumi.Output[str]
    """The role in which ECS moves the weights of the services' rules."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:LoadBalancer", name, None, opts)
        group = self._security_group(name, args)
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=False,
            subnets=list(args.subnet_ids),
            security_groups=[group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=args.deletion_protection,
            idle_timeout=IDLE_TIMEOUT,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.dns_name = balancer.dns_name
        self.metrics_name = balancer.arn_suffix
        self.listener_arn = self._listeners(name, balancer, args.certificate_arn).arn
        self.security_group_id = group.id
        self.shifting_role_arn = self._shifting_role(name, args.partition).arn
        self.register_outputs(
            {
                "dnsName": self.dns_name,
                "metricsName": self.metrics_name,
                "listenerArn": self.listener_arn,
                "securityGroupId": self.security_group_id,
                "shiftingRoleArn": self.shifting_role_arn,
            }
        )

    def _security_group(self, name: str, args: LoadBalancerArgs) -> aws.ec2.SecurityGroup:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            name,
            description="The load balancer: HTTP and HTTPS from anywhere, out to the services alone",
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        for port, word in ((HTTP, "http"), (HTTPS, "https")) if args.certificate_arn else ((HTTP, "http"),):
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{word}",
                security_group_id=group.id,
                description=f"{word.upper()} from anywhere",
                cidr_ipv4=ANYWHERE,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                opts=child,
            )
        return group

    def _listeners(self, name: str, balancer: aws.lb.LoadBalancer, certificate_arn: str | None) -> aws.lb.Listener:
        """The listeners; answers the one that speaks to people."""
        child = pulumi.ResourceOptions(parent=self)
        http = aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[_to_https() if certificate_arn else _not_found()],
            opts=child,
        )
        if certificate_arn is None:
            return http
        return aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_actions=[_not_found()],
            opts=child,
        )

    def _shifting_role(self, name: str, partition: str) -> aws.iam.Role:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-shifting",
            description="ECS registers tasks and moves traffic between the target groups of a service",
            assume_role_policy=json.dumps(trust_in_ecs_itself(), sort_keys=True),
            opts=child,
        )
        aws.iam.RolePolicyAttachment(
            f"{name}-shifting",
            role=role.name,
            policy_arn=f"arn:{partition}:iam::aws:policy/{SHIFTING_POLICY}",
            opts=child,
        )
        return role


def _not_found() -> aws.lb.ListenerDefaultActionArgs:
    return aws.lb.ListenerDefaultActionArgs(
        type="fixed-response",
        fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
            content_type="text/plain", message_body="Not found", status_code="404"
        ),
    )


def _to_https() -> aws.lb.ListenerDefaultActionArgs:
    return aws.lb.ListenerDefaultActionArgs(
        type="redirect",
        redirect=aws.lb.ListenerDefaultActionRedirectArgs(port=str(HTTPS), protocol="HTTPS", status_code="HTTP_301"),
    )
