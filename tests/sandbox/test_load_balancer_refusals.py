"""What Elastic Load Balancing refuses, seen through boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_FOUND = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]


class World:
    """A VPC with subnets in the zones a, b and once more b, and short ways to make load balancing in it."""

    def __init__(self, client: Callable[..., Any], name: str) -> None:
        self.ec2, self.elb, self.name = client("ec2"), client("elbv2"), name
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in enumerate("abb")
        ]

    def balancer(self, subnets: list[str] | None = None, **more: Any) -> str:
        made = self.elb.create_load_balancer(Name=self.name, Subnets=subnets or self.subnets[:2], **more)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def group(self) -> str:
        made = self.elb.create_target_group(Name=self.name, Protocol="HTTP", Port=8080, VpcId=self.vpc, TargetType="ip")
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def listener(self, balancer: str, **more: Any) -> str:
        params = {"Protocol": "HTTP", "Port": 80, "DefaultActions": NOT_FOUND} | more
        made = self.elb.create_listener(LoadBalancerArn=balancer, **params)
        return str(made["Listeners"][0]["ListenerArn"])

    def rule(self, listener: str, priority: int, group: str) -> str:
        made = self.elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return str(made["Rules"][0]["RuleArn"])


@pytest.fixture
def world(client: Callable[..., Any], request: pytest.FixtureRequest) -> World:
    return World(client, f"refused-{abs(hash(request.node.name)) % 10**9}")


def refused(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call()
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_application_load_balancer_needs_subnets_in_two_zones(world: World) -> None:
    one = refused(lambda: world.balancer(world.subnets[:1]))
    assert one == ("ValidationError", "At least two subnets in two different Availability Zones must be specified")
    code, words = refused(lambda: world.balancer(world.subnets[1:]))
    assert code == "InvalidConfigurationRequest"
    assert words == "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
    assert refused(lambda: world.balancer([world.subnets[0], "subnet-0"]))[0] == "InvalidSubnetID.NotFound"
    assert world.balancer(world.subnets[:1], Type="network")


def test_a_name_is_given_to_one_load_balancer_only(world: World) -> None:
    world.balancer()
    code, words = refused(lambda: world.balancer(Scheme="internal"))
    assert code == "DuplicateLoadBalancerName"
    assert world.name in words


def test_an_https_listener_needs_a_certificate(world: World) -> None:
    balancer = world.balancer()
    answer = refused(lambda: world.listener(balancer, Protocol="HTTPS", Port=443))
    assert answer == ("ValidationError", "A certificate must be specified for HTTPS listeners")


def test_a_port_has_one_listener(world: World) -> None:
    balancer = world.balancer()
    world.listener(balancer)
    assert refused(lambda: world.listener(balancer)) == (
        "DuplicateListener",
        f"A listener already exists on this port for this load balancer '{balancer}'",
    )
    assert world.listener(balancer, Port=8080)


def test_a_priority_has_one_rule(world: World) -> None:
    group, listener = world.group(), world.listener(world.balancer())
    world.rule(listener, 1, group)
    assert refused(lambda: world.rule(listener, 1, group)) == ("PriorityInUse", "Priority '1' is currently in use")
    assert world.rule(listener, 2, group)


def test_a_protected_load_balancer_is_not_deleted_until_its_protection_is_off(world: World) -> None:
    balancer = world.balancer()

    def protect(value: str) -> None:
        attributes = [{"Key": "deletion_protection.enabled", "Value": value}]
        world.elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attributes)

    protect("true")
    code, words = refused(lambda: world.elb.delete_load_balancer(LoadBalancerArn=balancer))
    assert code == "OperationNotPermitted"
    assert words == f"Load balancer '{balancer}' cannot be deleted because deletion protection is enabled"
    protect("false")
    world.elb.delete_load_balancer(LoadBalancerArn=balancer)
    assert refused(lambda: world.elb.describe_load_balancers(Names=[world.name]))[0] == "LoadBalancerNotFound"


def test_a_target_group_in_use_by_a_rule_is_not_deleted(world: World) -> None:
    group = world.group()
    rule = world.rule(world.listener(world.balancer()), 1, group)
    code, words = refused(lambda: world.elb.delete_target_group(TargetGroupArn=group))
    assert code == "ResourceInUse"
    assert words == f"Target group '{group}' is currently in use by a listener or a rule"
    world.elb.delete_rule(RuleArn=rule)
    world.elb.delete_target_group(TargetGroupArn=group)
