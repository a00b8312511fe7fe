"""What people are told about a migration. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provider.facts import short
from release.cause import Confidence, diagnose
from release.evidence import Evidence

if TYPE_CHECKING:
    from provider.facts import StoppedTask
    from provider.migration_run import Order
    from provider.migration_tasks import MigrationTask
    from release.migration import MigrationEnded

UNTOUCHED: Final = "The service was not touched: what ran before it runs on"
AGAIN: Final = "run `slipway retry` once another try can go well"
TOO_LONG: Final = "stopped by slipway: "


def name(order: Order) -> str:
    """`the migration of auth-service 1.1.0`."""
    return f"the migration of {order.identity.service} {order.version}"


def progress(order: Order, task: MigrationTask) -> str:
    """One short line for the resource's row."""
    return f"migration {order.version}: task {short(task.arn)} is {task.status.lower()}"


def not_listed_yet(order: Order) -> str:
    """ECS has taken the task but does not show it yet."""
    return f"{name(order)} was asked for, but ECS does not show its task"


def succeeded(order: Order, end: StoppedTask) -> str:
    """It went well."""
    took = "" if end.ran_for is None else f" in {end.ran_for:g} s"
    return f"{name(order)} succeeded{took} (task {end.id})"


def done_before(order: Order) -> str:
    """It went well in an earlier update."""
    return f"{name(order)} has succeeded before and is not run again"


def failed(order: Order, end: StoppedTask) -> str:
    """What happened, why, what is true now, and what to do."""
    if end.reason.startswith(TOO_LONG):
        limit = "raise its timeout in stacks/catalogue.py, or make it shorter, under a new version"
        return f"{name(order)} failed: {end.reason.removeprefix(TOO_LONG)}. {UNTOUCHED}. To go on, {limit}"
    cause = diagnose(
        Evidence(
            service=order.identity.service,
            version=order.version,
            stopped_reason=end.reason,
            container=end.container,
            container_reason=end.container_reason,
            exit_code=end.exit_code,
            ran_for=end.ran_for,
            log=end.log,
        )
    )
    sentence, remedy = cause.sentence, cause.remedy
    if cause.confidence is Confidence.NONE:
        sentence = end.container_reason or end.reason or "ECS gave no reason"
        remedy = "look at the task and its log"
    return f"{name(order)} failed: {sentence.rstrip('.')}. {UNTOUCHED}. {remedy[0].upper()}{remedy[1:]}; or {AGAIN}"


def failed_before(order: Order, ended: MigrationEnded) -> str:
    """The recorded end, again."""
    return f"{ended.sentence} (recorded on {ended.at:%Y-%m-%d %H:%M} UTC; it was not run again)"


def another_runs(order: Order, other: MigrationTask) -> str:
    """Two never run at once."""
    return (
        f"{name(order)} was not started: another migration of {order.identity.service} is running, task "
        f"{short(other.arn)} of {short(other.whole.get('taskDefinitionArn', ''))}. Let it end, or stop it with "
        f"`aws ecs stop-task`, then run `pulumi up` again"
    )


def nobody_knows(order: Order, task: str) -> str:
    """It was started, nobody saw its end, and ECS has forgotten the task."""
    return (
        f"{name(order)} was started as task {short(task)}, but nobody saw how it ended and ECS does not remember the "
        f"task: it was not run again. {UNTOUCHED}. Look at its log stream and at the data, then run `slipway retry` "
        "to run it once more"
    )


def refused(order: Order, reason: str) -> str:
    """ECS started nothing, so the next update may ask again."""
    return (
        f"{name(order)} could not be started: ECS answered {reason}. {UNTOUCHED}. Nothing of the migration was run: "
        "mend that, then run `pulumi up` again"
    )


def took_too_long(order: Order) -> str:
    """The reason given to ECS when the task is stopped."""
    return f"{TOO_LONG}it took longer than its timeout of {order.timeout:g} s"


def irreversible(service: str, version: str) -> str:
    """The warning before it."""
    return (
        f"the migration of {service} {version} is marked irreversible: once it has run, the versions before {version} "
        "may not work with the data any more"
    )


def goes_back(service: str, version: str, since: str) -> str:
    """The warning before a rollback across it."""
    return (
        f"{service} goes back to {version}, across the irreversible migration of {since}: see that {version} works "
        "with the data as it is now"
    )
