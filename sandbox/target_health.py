"""``elasticloadbalancing:DescribeTargetHealth``, answered by the ECS control plane, whose tasks the targets are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.aws_request import AwsRequest
    from sandbox.caller import Caller
    from sandbox.ecs.ports import LoadBalancers

Description = dict[str, Any]


class TargetHealths(Protocol):
    """The control plane, as far as this operation needs it."""

    def target_health(self, target_group_arn: str) -> Sequence[Description]:
        """TargetHealthDescriptions of the tasks in a target group."""


class DescribeTargetHealth:
    """The override of the operation; a target group that does not exist is left to moto, which words that error."""

    def __init__(self, healths: TargetHealths, load_balancers: LoadBalancers) -> None:
        self._healths = healths
        self._load_balancers = load_balancers

    def __call__(self, caller: Caller, request: AwsRequest) -> Response | None:
        """Answer in the query protocol's XML."""
        arn = request.parameter("TargetGroupArn")
        if self._load_balancers.target_group(caller, arn) is None:
            return None
        registered = list(self._healths.target_health(arn))
        asked = _asked(request)
        shown = _only(registered, asked) if asked else registered
        model = get_service_model("elbv2").operation_model("DescribeTargetHealth")
        serializer = get_serializer_class("elbv2", "query")(operation_model=model)
        answer = serializer.serialize({"TargetHealthDescriptions": shown})
        return Response(answer["body"], answer["status_code"], content_type="text/xml")


def _asked(request: AwsRequest) -> list[tuple[str, int | None]]:
    """The request's ``Targets``: ids, with a port where the request gives one."""
    asked = []
    index = 1
    while target := request.parameter(f"Targets.member.{index}.Id"):
        port = request.parameter(f"Targets.member.{index}.Port")
        asked.append((target, int(port) if port else None))
        index += 1
    return asked


def _only(registered: list[Description], asked: list[tuple[str, int | None]]) -> list[Description]:
    shown: list[Description] = []
    for target, port in asked:
        matching = [d for d in registered if d["Target"]["Id"] == target and port in {None, d["Target"].get("Port")}]
        shown.extend(matching or [_unused(target, port)])
    return shown


def _unused(target: str, port: int | None) -> Description:
    return {
        "Target": {"Id": target, **({"Port": port} if port else {})},
        "TargetHealth": {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    }
