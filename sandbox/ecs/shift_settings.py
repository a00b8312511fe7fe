"""What the rollout model needs to know of a service that shifts traffic, and which target group is whose.

AWS: "Lifecycle hooks for Amazon ECS service deployments" and "DeploymentConfiguration" (ECS API reference): documented,
where nothing else is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rollout.strategy import ALL, Hook, Shifting, Stage, Strategy
from sandbox.ecs import shift_networking
from sandbox.ecs.ports import HookAnswer
from sandbox.ecs.strategy_config import SHIFTING

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.service_record import DeploymentRecord, ServiceRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_ECS = "ecs.amazonaws.com"
_MINUTE = 60.0
LONGEST_HOOK = 1440
"""Minutes that a hook without a timeout of its own has."""


def shifting(world: World, caller: Caller, config: Json, fault: str) -> Shifting | None:
    """The strategy of a service's configuration for the model; None when it rolls."""
    deployment = config["deploymentConfiguration"]
    if deployment["strategy"] not in SHIFTING:
        return None
    linear, canary = deployment.get("linearConfiguration", {}), deployment.get("canaryConfiguration", {})
    step_bake = linear.get("stepBakeTimeInMinutes") or canary.get("canaryBakeTimeInMinutes") or 0
    return Shifting(
        strategy=Strategy(deployment["strategy"]),
        step=linear.get("stepPercent") or canary.get("canaryPercent") or ALL,
        step_bake=step_bake * _MINUTE,
        bake=deployment["bakeTimeInMinutes"] * _MINUTE,
        hooks=tuple(_hook(world, caller, hook) for hook in deployment.get("lifecycleHooks") or []),
        broken=bool(fault),
    )


def fault_of(world: World, caller: Caller, config: Json, record: ServiceRecord | None) -> str:
    """Why a deployment that begins now cannot shift its traffic; "" if it can, or if another one shifts it already."""
    strategy = config["deploymentConfiguration"]["strategy"]
    if strategy not in SHIFTING or (record and record.model.primary.shift):
        return ""
    return shift_networking.fault(world, caller, config)


def groups(world: World, caller: Caller, config: Json, source: DeploymentRecord | None) -> dict[str, str]:
    """The target group that a new deployment's tasks go to, by the first one of each pair.

    One that shifts traffic takes the group which the production traffic does not go to, the very first deployment too
    (go-to-k/cdk-real-drift#1730): observed. One that rolls stays where the traffic is: assumed.
    """
    shifts = config["deploymentConfiguration"]["strategy"] in SHIFTING
    chosen = {}
    for balancer in config.get("loadBalancers") or []:
        if advanced := balancer.get("advancedConfiguration"):
            pair = (balancer["targetGroupArn"], advanced["alternateTargetGroupArn"])
            serving = source.group(balancer) if source else ""
            if serving not in pair:
                rule = world.load_balancers.forwarding(caller, advanced["productionListenerRule"])
                serving = next((group for group in (rule.serving if rule else ()) if group in pair), pair[1])
            chosen[pair[0]] = pair[serving == pair[0]] if shifts else serving
    return chosen


def _hook(world: World, caller: Caller, hook: Json) -> Hook:
    answer = answer_of(world, caller, hook)
    timeout = hook.get("timeoutConfiguration") or {}
    return Hook(
        stages=frozenset(Stage(stage) for stage in hook["lifecycleStages"]),
        pause=answer is None,
        passes=answer is not None and answer.status == "SUCCEEDED",
        after=float("inf") if answer is not None and answer.status == "IN_PROGRESS" else answer.after if answer else 0,
        timeout=timeout.get("timeoutInMinutes", LONGEST_HOOK) * _MINUTE,
        proceeds_on_timeout=timeout.get("action") == "CONTINUE",
    )


def answer_of(world: World, caller: Caller, hook: Json) -> HookAnswer | None:
    """What a function answers; None for a pause."""
    if hook.get("targetType") == "PAUSE":
        return None
    if not world.roles.role_trusts(caller, hook["roleArn"], _ECS):
        return HookAnswer("FAILED", problem=f"ECS was unable to assume role {hook['roleArn']}")
    return world.functions.hook_answer(caller, hook["hookTargetArn"])
