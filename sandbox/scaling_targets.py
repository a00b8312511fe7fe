"""Application Auto Scaling checks that the ECS service it shall scale exists; moto would ask its own ECS, which is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend

from sandbox.aws_error import AwsError
from sandbox.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    class Services(Protocol):
        """The control plane, as far as the check needs it."""

        handlers: Mapping[str, Callable[[Caller, dict[str, Any]], Mapping[str, Any]]]


def look_in(ecs: Services) -> None:
    """Let the check look for services in our control plane."""

    def exists(backend: ApplicationAutoscalingBackend, resource_id: str) -> bool:
        _, cluster, service = resource_id.split("/")
        caller = Caller(backend.account_id, backend.region_name, f"arn:aws:iam::{backend.account_id}:root")
        try:
            answer = ecs.handlers["DescribeServices"](caller, {"cluster": cluster, "services": [service]})
        except AwsError:
            answer = {"services": []}
        if not any(found["status"] == "ACTIVE" for found in answer["services"]):
            raise AWSValidationException(f"ECS service doesn't exist: {resource_id}")
        return True

    ApplicationAutoscalingBackend._ecs_service_exists_for_target = exists  # noqa: SLF001 - moto has no hook for it
