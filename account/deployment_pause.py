"""The pauses at which a service deployment waits for a person, and the word that lets it go on.

AWS: "Pause hooks for Amazon ECS service deployments", "ContinueServiceDeployment" (ECS API reference): documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from account.session import AwsSession

WAITS: Final = "AWAITING_ACTION"


@dataclass(frozen=True, kw_only=True)
class Pause:
    """One pause that waits now."""

    hook_id: str
    stage: str
    """The lifecycle stage at which the deployment stands."""


def pauses(session: AwsSession, deployment: str) -> tuple[Pause, ...]:
    """Those at which the deployment of this ARN waits now."""
    answer = session.call("ecs", "describe_service_deployments", serviceDeploymentArns=[deployment])
    found: dict[str, Any] = next(iter(answer["serviceDeployments"]), {})
    return tuple(
        Pause(hook_id=hook["hookId"], stage=str(found.get("lifecycleStage", "")))
        for hook in found.get("lifecycleHookDetails", ())
        if hook["status"] == WAITS
    )


def let_go_on(session: AwsSession, deployment: str, pause: Pause) -> None:
    """Ends the pause: the deployment goes on."""
    session.call(
        "ecs", "continue_service_deployment", serviceDeploymentArn=deployment, hookId=pause.hook_id, action="CONTINUE"
    )
