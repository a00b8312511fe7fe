"""What EC2 refuses because ECS's tasks are in it, which moto cannot know.

Every function here is an override of an operation (sandbox/machine.py): it raises AWS's refusal, or leaves the request
to moto. Wordings are observed (public reports of terraform and pulumi destroying what tasks still use).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws_error import AwsError
from sandbox.ports.networks import task_interfaces

if TYPE_CHECKING:
    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller


def delete_subnet(caller: Caller, request: AwsRequest) -> None:
    """AWS: "DeleteSubnet" (EC2 API reference): all instances in it must be terminated first: documented."""
    subnet = request.parameter("SubnetId")
    if any(interface.subnet.id == subnet for interface in task_interfaces(caller)):
        raise AwsError("DependencyViolation", f"The subnet '{subnet}' has dependencies and cannot be deleted.")


def delete_security_group(caller: Caller, request: AwsRequest) -> None:
    """AWS: "DeleteSecurityGroup" (EC2 API reference): DependencyViolation for one in use: documented."""
    group = request.parameter("GroupId")
    if any(group in {one.id for one in interface.group_set} for interface in task_interfaces(caller)):
        raise AwsError("DependencyViolation", f"resource {group} has a dependent object")


def delete_network_interface(caller: Caller, request: AwsRequest) -> None:
    """AWS: "DeleteNetworkInterface" (EC2 API reference): it must be detached first: documented."""
    name = request.parameter("NetworkInterfaceId")
    if any(interface.id == name for interface in task_interfaces(caller)):
        raise AwsError("InvalidParameterValue", f"Network interface '{name}' is currently in use.")


OVERRIDES = {
    ("ec2", "DeleteSubnet"): delete_subnet,
    ("ec2", "DeleteSecurityGroup"): delete_security_group,
    ("ec2", "DeleteNetworkInterface"): delete_network_interface,
}
"""By signing name and operation."""
