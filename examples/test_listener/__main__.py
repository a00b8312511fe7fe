"""Where releases are tried before people get them, and the role in which ECS asks a function about them."""

import pulumi
import pulumi_aws as aws

from components.hook_role import HookRole, HookRoleArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.test_listener import TestListener, TestListenerArgs

found = aws.ec2.get_vpc(default=True)
subnets = sorted(aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": [found.id]}]).ids)[:2]
balancer = LoadBalancer("apps", LoadBalancerArgs(vpc_id=found.id, subnet_ids=subnets, deletion_protection=False))
listener = TestListener(
    "apps",
    TestListenerArgs(
        load_balancer_arn=balancer.arn, security_group_id=balancer.security_group_id, cidrs=["10.0.0.0/8"]
    ),
)
role = HookRole("orders", HookRoleArgs(function_arns=["arn:aws:lambda:eu-west-1:111111111111:function:smoke"]))
pulumi.export("Routing(test_listener_arn=...)", listener.arn)
pulumi.export("Deployment(hook_role_arn=...)", role.arn)
