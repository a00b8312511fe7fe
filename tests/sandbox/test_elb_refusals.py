"""What Elastic Load Balancing refuses is refused here, in its words, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class World:
    elb: Any
    vpc: str
    a: str
    a_again: str
    b: str
    balancer: str
    listener: str
    group: str
    instances: str

    def forward(self) -> list[dict[str, Any]]:
        return [{"Type": "forward", "TargetGroupArn": self.group}]

    def create_balancer(self, name: str = "other", **known: Any) -> Any:
        return self.elb.create_load_balancer(
            **{"Name": name, "Subnets": [self.a, self.b], "Scheme": "internal", **known}
        )

    def create_group(self, **known: Any) -> Any:
        return self.elb.create_target_group(
            Name="other", Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType="ip", **known
        )

    def create_listener(self, protocol: str = "HTTP", port: int = 81) -> Any:
        return self.elb.create_listener(
            LoadBalancerArn=self.balancer, Protocol=protocol, Port=port, DefaultActions=self.forward()
        )

    def create_rule(self, priority: int = 2, weight: int = 1, conditions: tuple[str, ...] = ("/a",)) -> Any:
        return self.elb.create_rule(
            ListenerArn=self.listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": list(conditions)}] if conditions else [],
            Actions=[
                {
                    "Type": "forward",
                    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": self.group, "Weight": weight}]},
                }
            ],
        )

    def delete_default_rule(self) -> None:
        rules = self.elb.describe_rules(ListenerArn=self.listener)["Rules"]
        self.elb.delete_rule(RuleArn=next(rule["RuleArn"] for rule in rules if rule["IsDefault"]))

    def register(self, group: str, target: str) -> None:
        self.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": target, "Port": 80}])


@pytest.fixture(scope="session")
def world(box: Any, client: Callable[[str], Any]) -> World:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    zones = {"a": "eu-west-1a", "a_again": "eu-west-1a", "b": "eu-west-1b"}
    subnets = {
        name: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.77.{number}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for number, (name, zone) in enumerate(zones.items())
    }
    balancer = elb.create_load_balancer(Name="refusing", Subnets=[subnets["a"], subnets["b"]], Scheme="internal")
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    groups = [
        elb.create_target_group(Name=f"refusing-{kind}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType=kind)
        for kind in ("ip", "instance")
    ]
    group, instances = (made["TargetGroups"][0]["TargetGroupArn"] for made in groups)
    listener = elb.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"][0]["ListenerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}]
    )
    return World(elb, vpc, **subnets, balancer=arn, listener=listener, group=group, instances=instances)


REFUSED: dict[str, tuple[Callable[[World], Any], str, str]] = {
    "one subnet": (
        lambda w: w.create_balancer(Subnets=[w.a]),
        "ValidationError",
        "At least two subnets in two different Availability Zones must be specified",
    ),
    "two subnets in one zone": (
        lambda w: w.create_balancer(Subnets=[w.a, w.a_again]),
        "InvalidConfigurationRequest",
        "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    ),
    "a subnet that is not there": (
        lambda w: w.create_balancer(Subnets=[w.a, "subnet-12345678"]),
        "SubnetNotFound",
        "The subnet ID 'subnet-12345678' does not exist",
    ),
    "no way in from the internet": (
        lambda w: w.create_balancer(Scheme="internet-facing"), "InvalidSubnet", "has no internet gateway"
    ),
    "a security group that is not there": (
        lambda w: w.create_balancer(SecurityGroups=["sg-12345678"]),
        "InvalidConfigurationRequest",
        "One or more security groups are invalid",
    ),
    "a name that ends with a hyphen": (lambda w: w.create_balancer("bad-"), "ValidationError", "hyphen"),
    "a name that is too long": (lambda w: w.create_balancer("x" * 33), "ValidationError", "longer than '32'"),
    "a name with a dot": (lambda w: w.create_balancer("a.b"), "ValidationError", "alphanumeric"),
    "a name that AWS keeps for itself": (lambda w: w.create_balancer("internal-x"), "ValidationError", "internal-"),
    "a name that is taken": (
        lambda w: w.create_balancer("refusing"),
        "DuplicateLoadBalancerName",
        "A load balancer with the same name 'refusing' exists, but with different settings",
    ),
    "a protected load balancer": (
        lambda w: w.elb.delete_load_balancer(LoadBalancerArn=w.balancer),
        "OperationNotPermitted",
        "cannot be deleted because deletion protection is enabled",
    ),
    "HTTPS without a certificate": (
        lambda w: w.create_listener("HTTPS", 443),
        "ValidationError",
        "A certificate must be specified for HTTPS listeners",
    ),
    "a second listener on one port": (
        lambda w: w.create_listener(port=80),
        "DuplicateListener",
        "A listener already exists on this port for this load balancer 'arn:aws:elasticloadbalancing:",
    ),
    "a rule of a taken priority": (
        lambda w: (w.create_rule(7), w.create_rule(7)), "PriorityInUse", "Priority '7' is currently in use"
    ),
    "a priority out of bounds": (
        lambda w: w.create_rule(50_001),
        "ValidationError",
        ("1 validation error detected: Value '50001' at 'priority' failed to satisfy constraint: "
        "Member must have value less than or equal to 50000"),
    ),
    "a rule without a condition": (lambda w: w.create_rule(conditions=()), "ValidationError", "condition"),
    "a weight out of bounds": (lambda w: w.create_rule(weight=1000), "ValidationError", "between '0' and '999'"),
    "the default rule's deletion": (lambda w: w.delete_default_rule(), "OperationNotPermitted", "Default rule '"),
    "a rule that is not there": (
        lambda w: w.elb.delete_rule(RuleArn=w.listener.replace(":listener/", ":listener-rule/") + "/1"),
        "RuleNotFound",
        "not found",
    ),
    "a target group in use": (
        lambda w: w.elb.delete_target_group(TargetGroupArn=w.group),
        "ResourceInUse",
        "is currently in use by a listener or a rule",
    ),
    "a health check path without a slash": (
        lambda w: w.create_group(HealthCheckPath="health"), "ValidationError", "must begin with a '/'"
    ),
    "a threshold out of bounds": (
        lambda w: w.create_group(UnhealthyThresholdCount=11),
        "ValidationError",
        "Value '11' at 'unhealthyThresholdCount' failed to satisfy constraint",
    ),
    "an address of nobody's network": (
        lambda w: w.register(w.group, "8.8.8.8"), "InvalidTarget", "The IP address '8.8.8.8' is not within"
    ),
    "an instance among addresses": (lambda w: w.register(w.group, "i-12345678"), "InvalidTarget", "i-12345678"),
    "an address among instances": (lambda w: w.register(w.instances, "10.77.0.9"), "InvalidTarget", "10.77.0.9"),
}  # fmt: skip


@pytest.mark.parametrize(("ask", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_in_aws_s_words(world: World, ask: Callable[[World], Any], code: str, words: str) -> None:
    before = _names(world)
    with pytest.raises(ClientError) as refused:
        ask(world)
    assert refused.value.response["Error"]["Code"] == code
    assert words in refused.value.response["Error"]["Message"]
    assert _names(world) == before


def _names(world: World) -> tuple[list[str], list[str]]:
    balancers = world.elb.describe_load_balancers()["LoadBalancers"]
    groups = world.elb.describe_target_groups()["TargetGroups"]
    return sorted(one["LoadBalancerName"] for one in balancers), sorted(one["TargetGroupName"] for one in groups)


def test_what_is_right_is_taken(world: World) -> None:
    made = world.create_balancer("right")["LoadBalancers"][0]["LoadBalancerArn"]
    world.create_rule(50_000, weight=0)
    world.register(world.group, "10.77.0.9")
    world.register(world.group, "192.168.3.4")
    world.elb.delete_load_balancer(LoadBalancerArn=made)
    assert "right" not in _names(world)[0]
