"""`LoadBalancer`: the one way in from the internet, shared by all services of an environment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
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
_WHOSE_REQUESTS: Final = (
    "The load balancer: HTTP and HTTPS from anywhere, out to the services alone",
    "The load balancer: HTTP and HTTPS from networks of ours, out to the services alone",
)
"""Of its security group: for the internet, and for networks of one's own."""
DESYNC_MITIGATIONS: Final = ("strictest", "defensive")
SHIFTING_POLICY: Final = "AmazonECSInfrastructureRolePolicyForLoadBalancers"
"""AWS's own policy for it (AWS: "Amazon ECS infrastructure IAM role for load balancers"): documented."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """Where it stands and how it is protected."""

    vpc_id: pulumi.Input[str]
    """The VPC that it stands in."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Public subnets of two zones at least; private ones where it is internal."""
    deletion_protection: bool
    """Whether it must be unprotected before it can be deleted."""
    certificate_arn: pulumi.Input[str] | None = None
    """With a certificate it speaks HTTPS, and HTTP only says where to go; without one it speaks HTTP."""
    internal_for: Sequence[str] = ()
    """Networks, such as `10.0.0.0/8`, that alone reach it: it then has private addresses and nobody comes from the
    internet. Empty: everybody does. Decide it when you make it: from the one to the other it is replaced, and AWS lets
    no target group belong to two load balancers (AWS: "CreateLoadBalancer", Scheme; "Target groups for your Application
    Load Balancers")."""
    access_logs_bucket: pulumi.Input[str] | None = None
    """Where it writes down each request: the bucket of `AccessLogs`. None: nowhere."""
    web_acl_arn: pulumi.Input[str] | None = None
    """The web ACL of AWS WAF that looks at each request first: a regional one of the same account and region, which
    somebody else makes and keeps (AWS: "AssociateWebACL", WAFV2 API reference; Security Hub ELB.16). None: none."""
    desync_mitigation: str = DESYNC_MITIGATIONS[0]
    """What becomes of requests that proxy and container might read differently: `strictest` lets through those alone
    that keep to RFC 7230, `defensive` the harmless others too, for clients of old (AWS: "Desync mitigation mode";
    Security Hub ELB.12 takes both)."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        if self.desync_mitigation not in DESYNC_MITIGATIONS:
            raise ValueError(
                f"desync_mitigation is {self.desync_mitigation!r}; allowed are {', '.join(DESYNC_MITIGATIONS)}"
            )
        for cidr in self.internal_for:
            if IPv4Network(cidr).prefixlen == 0:
                raise ValueError(f"internal_for has {cidr}: name the networks that reach it, such as 10.0.0.0/8")


class LoadBalancer(pulumi.ComponentResource):
    """An application load balancer that answers 404 to everything no service has asked for.

    It is for the internet, or for networks of your own.
    """

    arn: pulumi.Output[str]
    """ARN of the load balancer."""
    dns_name: pulumi.Output[str]
    """Where it answers."""
    zone_id: pulumi.Output[str]
    """The hosted zone that AWS keeps that name in: `AliasRecords` need it."""
    metrics_name: pulumi.Output[str]
    """As CloudWatch's metrics name it: the end of its ARN, `app/name/id`."""
    listener_arn: pulumi.Output[str]
    """The listener that services add their rules to."""
    security_group_id: pulumi.Output[str]
    """Tasks let it in by this group."""
    shifting_role_arn: pulumi.Output[str]
    """The role in which ECS moves the weights of the services' rules."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:LoadBalancer", name, None, opts)
        group = self._security_group(name, args)
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=bool(args.internal_for),
            subnets=list(args.subnet_ids),
            security_groups=[group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode=args.desync_mitigation,
            enable_deletion_protection=args.deletion_protection,
            idle_timeout=IDLE_TIMEOUT,
            access_logs=_access_logs(args.access_logs_bucket),
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.web_acl_arn is not None:
            aws.wafv2.WebAclAssociation(
                name,
                resource_arn=balancer.arn,
                web_acl_arn=args.web_acl_arn,
                # A load balancer has one at most.
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
        self.arn = balancer.arn
        self.dns_name = balancer.dns_name
        self.zone_id = balancer.zone_id
        self.metrics_name = balancer.arn_suffix
        self.listener_arn = self._listeners(name, balancer, args.certificate_arn).arn
        self.security_group_id = group.id
        self.shifting_role_arn = self._shifting_role(name, args.partition).arn
        self.register_outputs(
            {
                "arn": self.arn,
                "dnsName": self.dns_name,
                "zoneId": self.zone_id,
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
            description=_WHOSE_REQUESTS[bool(args.internal_for)],
            vpc_id=args.vpc_id,
            tags={"Name": name},
            opts=child,
        )
        ports = {"http": HTTP, **({"https": HTTPS} if args.certificate_arn is not None else {})}
        for word, port in ports.items():
            for cidr in args.internal_for or (ANYWHERE,):
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-{word}-from-{cidr}" if args.internal_for else f"{name}-{word}",
                    security_group_id=group.id,
                    description=f"{word.upper()} from {cidr if args.internal_for else 'anywhere'}",
                    cidr_ipv4=cidr,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=child,
                )
        return group

    def _listeners(
        self, name: str, balancer: aws.lb.LoadBalancer, certificate_arn: pulumi.Input[str] | None
    ) -> aws.lb.Listener:
        """The listeners; answers the one that speaks to people."""
        child = pulumi.ResourceOptions(parent=self)
        http = aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[not_found() if certificate_arn is None else _to_https()],
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
            default_actions=[not_found()],
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


def _access_logs(bucket: pulumi.Input[str] | None) -> aws.lb.LoadBalancerAccessLogsArgs | None:
    return None if bucket is None else aws.lb.LoadBalancerAccessLogsArgs(bucket=bucket, enabled=True)


def not_found() -> aws.lb.ListenerDefaultActionArgs:
    """What a listener answers to everything no service has asked for."""
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
