"""What the life of load balancers takes.

AWS: "Actions, resources, and condition keys for AWS Elastic Load Balancing V2", "... AWS WAF V2".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import TAGGED, Kind, Need, When, regional, worldwide

ELB: Final = "elasticloadbalancing"
BALANCERS: Final = regional(ELB, "loadbalancer/app/{balancer}/*")
LISTENERS: Final = regional(ELB, "listener/app/{balancer}/*")
RULES: Final = regional(ELB, "listener-rule/app/{balancer}/*")
GROUPS: Final = regional(ELB, "targetgroup/{target_group}/*")
WEB_ACLS: Final = regional("wafv2", "regional/webacl/{web_acl}")


def _elb(actions: str) -> str:
    return " ".join(f"{ELB}:{action}" for action in actions.split())


KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:lb/loadBalancer:LoadBalancer",
        placeholder="balancer",
        needs=(
            Need(actions=_elb("CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes"), on=BALANCERS),
            Need(actions=_elb("DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTags")),
            Need(
                actions=_elb("SetSecurityGroups SetSubnets SetIpAddressType"),
                on=BALANCERS,
                why="AWS plugin: when security groups, subnets or the address type change",
            ),
            Need(actions=_elb("DescribeCapacityReservation"), why="AWS plugin: reads reserved capacity"),
            Need(actions=_elb("AddTags RemoveTags"), on=BALANCERS, why=TAGGED),
            Need(
                actions="iam:CreateServiceLinkedRole",
                on=worldwide(
                    "iam",
                    "role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing",
                ),
                when=When.SERVICE_LINKED,
                service="elasticloadbalancing.amazonaws.com",
                why="no call of its own: AWS makes the role of Elastic Load Balancing the first time in an account",
            ),
        ),
    ),
    Kind(
        of="aws:wafv2/webAclAssociation:WebAclAssociation",
        placeholder="web_acl",
        named_by="webAclArn",
        arn_until=":regional/webacl/",
        needs=(
            Need(actions="wafv2:AssociateWebACL", on=(*WEB_ACLS, *BALANCERS)),
            Need(actions="wafv2:GetWebACLForResource wafv2:DisassociateWebACL", on=BALANCERS),
            # AWS: "GetWebACLForResource", "Permissions for AssociateWebACL" (AWS WAF Developer Guide).
            Need(actions="wafv2:GetWebACL", on=WEB_ACLS, why="no call of its own: AWS asks for it with the others"),
            Need(
                actions=_elb("SetWebAcl"),
                on=BALANCERS,
                why="no call of its own: AWS asks for it when a web ACL is associated, and when it no longer is",
            ),
        ),
    ),
    Kind(
        of="aws:lb/listener:Listener",
        needs=(
            Need(actions=_elb("CreateListener"), on=BALANCERS),
            Need(actions=_elb("DeleteListener"), on=LISTENERS),
            Need(actions=_elb("DescribeListeners DescribeTags")),
            Need(
                actions=_elb("ModifyListener ModifyListenerAttributes"),
                on=LISTENERS,
                why="AWS plugin: when a listener changes",
            ),
            Need(actions=_elb("DescribeListenerAttributes"), why="AWS plugin: reads a listener's attributes"),
            Need(actions=_elb("AddTags RemoveTags"), on=LISTENERS, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:lb/listenerRule:ListenerRule",
        needs=(
            Need(actions=_elb("CreateRule"), on=LISTENERS),
            Need(actions=_elb("DeleteRule"), on=RULES),
            Need(actions=_elb("DescribeRules DescribeTags")),
            Need(actions=_elb("ModifyRule SetRulePriorities"), on=RULES, why="AWS plugin: when a rule changes"),
            Need(actions=_elb("AddTags RemoveTags"), on=RULES, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:lb/targetGroup:TargetGroup",
        placeholder="target_group",
        needs=(
            Need(actions=_elb("CreateTargetGroup DeleteTargetGroup ModifyTargetGroupAttributes"), on=GROUPS),
            Need(actions=_elb("DescribeTargetGroups DescribeTargetGroupAttributes DescribeTags")),
            Need(actions=_elb("ModifyTargetGroup"), on=GROUPS, why="AWS plugin: when the health check changes"),
            Need(actions=_elb("AddTags RemoveTags"), on=GROUPS, why=TAGGED),
        ),
    ),
)
