"""What moto answers otherwise than AWS is set right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_rule_that_names_a_group_tells_its_description(client: Callable[..., Any]) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="described", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    pairs = [{"GroupId": group, "Description": "from its like"}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**permission, "UserIdGroupPairs": pairs}])
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "from addresses"}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**permission, "IpRanges": ranges}])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    told = {rule.get("Description") for rule in rules if not rule["IsEgress"]}
    assert told == {"from its like", "from addresses"}
