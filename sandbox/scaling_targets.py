"""Application Auto Scaling checks that the ECS service it is to scale exists, but moto looks in its own, empty ECS."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.aws_error import AwsError
from sandbox.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.aws_request import AwsRequest


class Services(Protocol):
    """The control plane, as far as the check needs it."""

    handlers: dict[str, Callable[[Caller, dict[str, Any]], Mapping[str, Any]]]


class LookInEcs:
    """Lets the check look in our control plane; moto's part is loaded, and mended, with the first request for it."""

    def __init__(self, ecs: Services) -> None:
        self._ecs = ecs
        self._mended = False

    def __call__(self, _caller: Caller, _request: AwsRequest) -> None:
        """Mend moto's check, once."""
        if self._mended:
            return
        scaling = import_module("moto.applicationautoscaling")
        refusal = scaling.exceptions.AWSValidationException

        def check(backend: Any, resource_id: str) -> bool:  # noqa: ANN401 - moto's backend
            caller = Caller(backend.account_id, backend.region_name, f"arn:aws:iam::{backend.account_id}:root")
            if not self._exists(caller, resource_id):
                raise refusal(f"ECS service doesn't exist: {resource_id}")
            return True

        scaling.models.ApplicationAutoscalingBackend._ecs_service_exists_for_target = check  # noqa: SLF001 - no hook
        self._mended = True

    def _exists(self, caller: Caller, resource_id: str) -> bool:
        _, cluster, service = resource_id.split("/")
        try:
            found = self._ecs.handlers["DescribeServices"](caller, {"cluster": cluster, "services": [service]})
        except AwsError:
            return False
        return any(service["status"] == "ACTIVE" for service in found["services"])
