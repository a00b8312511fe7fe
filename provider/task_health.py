"""Whether tasks do well that no load balancer looks at: by the health checks of their containers, else by time. Pure.

ECS counts a task without any health check as healthy once it has run for 40 seconds (AWS: "DeploymentConfiguration",
ECS API reference, minimumHealthyPercent: documented), and never looks at it again: a release whose tasks all end a
minute later is a success to it. Here it is none while they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provider.facts import ServiceFacts, StoppedTask, Task

PROVEN_AFTER: Final = 40.0
"""Seconds for which a task must run that nothing checks: as long as ECS itself waits."""
SHORT_LIVED: Final = 120.0
"""Seconds of running within which a task that ended tells of the release: those that follow must outlive it. One that
ran for longer may have ended for a reason of its own. Assumed."""


def unproven(running: Sequence[Task], facts: ServiceFacts, *, checked: bool) -> Iterator[str]:
    """What speaks against tasks of a release that run, in sentences.

    ``checked`` says whether a load balancer looks at them. The checks of their containers count either way.
    """
    unhealthy = sum(task.health == "UNHEALTHY" for task in running)
    if unhealthy:
        yield f"{unhealthy} of {len(running)} tasks fail the health check of their container"
    if checked:
        return
    ended = [task for task in facts.stopped if not task.retired and task.ran_for is not None]
    needed = max([PROVEN_AFTER, *(lived for task in ended if (lived := task.ran_for or 0) < SHORT_LIVED)])
    new = sum(task.health == "UNKNOWN" and runs_for(task, facts) < needed for task in running)
    if new:
        yield f"{new} of {len(running)} tasks have run for less than {needed:g} s{_how_others_ended(ended)}"


def does_well(task: Task, facts: ServiceFacts) -> bool:
    """Whether a task does what those that ended did not: it passes its check, or runs longer than any of them."""
    longest = max((ended.ran_for or 0 for ended in facts.stopped if not ended.retired), default=0)
    return task.running and (task.health == "HEALTHY" or runs_for(task, facts) > longest)


def runs_for(task: Task, facts: ServiceFacts) -> float:
    """Seconds since it reached RUNNING."""
    return (facts.now - task.started_at).total_seconds() if task.started_at else 0


def _how_others_ended(ended: Sequence[StoppedTask]) -> str:
    if not ended:
        return ""
    last = ended[-1]
    code = "" if last.exit_code is None else f", exit code {last.exit_code}"
    after = f" after {last.ran_for:g} s"
    return f", and {len(ended)} ended before them, the last one{after} ({last.container_reason or last.reason}{code})"
