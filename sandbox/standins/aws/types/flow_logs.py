"""Flow logs: records of the traffic of a VPC, a subnet or an interface."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation
from sandbox.standins.aws.types.arns import by_id, ec2_arn
from sandbox.standins.aws.values import Properties

_WATCHED: Final = {
    "vpcId": ("VPC", "vpc-"),
    "subnetId": ("Subnet", "subnet-"),
    "eniId": ("NetworkInterface", "eni-"),
}
"""Property -> EC2's word for the kind, and how ids of it begin."""


def _create(s: Situation) -> dict[str, Any]:
    """One call may watch many: what could not be watched is told in the answer, not as an error."""
    name = next(name for name in _WATCHED if s.p.get(name))
    tags = s.p["tagsAll"]
    specification = [{"ResourceType": "vpc-flow-log", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
    answer = s.call(
        "ec2",
        "CreateFlowLogs",
        ResourceIds=[s.p[name]],
        ResourceType=_WATCHED[name][0],
        TrafficType=s.p.get("trafficType"),
        LogDestinationType=s.p.get("logDestinationType"),
        LogDestination=str(s.p["logDestination"]).removesuffix(":*") if s.p.get("logDestination") else None,
        DeliverLogsPermissionArn=s.p.get("iamRoleArn"),
        LogFormat=s.p.get("logFormat"),
        MaxAggregationInterval=s.p.get("maxAggregationInterval"),
        TagSpecifications=specification if tags else None,
    )
    for failed in answer.get("Unsuccessful") or []:
        raise Fault(f"{failed['ResourceId']}: {failed['Error']['Code']}: {failed['Error']['Message']}")
    return answer


def _watched(name: str) -> Any:  # noqa: ANN401 - a function for the table
    start = _WATCHED[name][1]

    def read(_: Situation, item: dict[str, Any]) -> str | None:
        return str(item["ResourceId"]) if str(item["ResourceId"]).startswith(start) else None

    return read


def _check(p: Properties) -> list[tuple[str, str]]:
    failures = []
    if sum(name in p for name in _WATCHED) != 1:
        failures.append(("vpcId", f"exactly one of `{', '.join(_WATCHED)}` must be specified"))
    if "logDestination" not in p:
        failures.append(("logDestination", "`logDestination` must be specified"))
    return failures


FLOW_LOG = ResourceType(
    token="aws:ec2/flowLog:FlowLog",
    noun="EC2 Flow Log",
    service="ec2",
    create=_create,
    id="FlowLogIds[0]",
    read=Call("DescribeFlowLogs", also={"FlowLogIds": by_id}),
    item="FlowLogs[0]",
    delete=Call("DeleteFlowLogs", also={"FlowLogIds": by_id}),
    names={"iamRoleArn": "DeliverLogsPermissionArn"},
    outputs={"arn": ec2_arn("vpc-flow-log"), **{name: _watched(name) for name in _WATCHED}},
    force_new="eniId iamRoleArn logDestination logDestinationType logFormat maxAggregationInterval subnetId "
    "trafficType vpcId",
    computed="logFormat",
    defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
    tags="vpc-flow-log",
    tagged="id",
    check=_check,
    not_imitated="deliverCrossAccountRole destinationOptions regionalNatGatewayId tagFieldSpecifications "
    "transitGatewayAttachmentId transitGatewayId",
)

TYPES: Final = (FLOW_LOG,)
