"""A rehearsal as JSON: complete, times in seconds since the deployment began."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rollout.limits import minimum_healthy_tasks
from rollout.prediction import Outcome
from rollout.story import clock
from rollout.strategy import Strategy
from slipway.rehearsal import PLACES, remarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rollout.course import Moment
    from slipway.rehearsal import Rehearsal


def as_mapping(rehearsal: Rehearsal, assumed: Sequence[str]) -> dict[str, Any]:
    """Everything that is known of the rehearsal. docs/operations.md describes the keys."""
    asked, prediction, settings = rehearsal.asked, rehearsal.prediction, rehearsal.settings
    return {
        "environment": rehearsal.environment,
        "service": rehearsal.service,
        "version": asked.version,
        "running": asked.running,
        "strategy": asked.shifting.strategy if asked.shifting else Strategy.ROLLING,
        "succeeds": rehearsal.succeeds,
        "outcome": prediction.outcome,
        "cause": prediction.cause,
        "duration": None if prediction.outcome is Outcome.ENDLESS else prediction.duration,
        "tripped_at": prediction.tripped_at,
        "wait_limit": rehearsal.wait_limit,
        "peak_tasks": prediction.peak_tasks,
        "lowest_healthy": prediction.lowest_healthy,
        "minimum_healthy": minimum_healthy_tasks(settings.desired_count, settings.minimum_healthy_percent),
        "requests": {
            "per_second": asked.requests_per_second,
            "met_new_version": rehearsal.met,
            "failed_by_errors": rehearsal.failed,
            "unanswered": rehearsal.unanswered,
            "worst_case": rehearsal.met + rehearsal.unanswered,
        },
        "settings": asdict(settings) | {"alarms": {**asdict(settings.alarms), "names": sorted(settings.alarms.names)}},
        "revision": asdict(rehearsal.new),
        "timeline": [{**asdict(line), "clock": clock(line.at)} for line in rehearsal.lines],
        "course": [_moment(moment, rehearsal) for moment in rehearsal.moments],
        "exposure": [{"at": at, "share": share} for at, share in prediction.exposure],
        "phases": [asdict(share) for share in prediction.shares],
        "warnings": [{**asdict(finding), "change": PLACES[finding.setting]} for finding in rehearsal.findings],
        "notes": list(remarks(rehearsal)),
        "costs": [{**asdict(cost), "change": PLACES[cost.setting]} for cost in rehearsal.costs],
        "assumed": list(assumed),
    }


def _moment(moment: Moment, rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "at": moment.at,
        "healthy": moment.healthy,
        "tasks": [
            {"revision": rehearsal.names[deployment], "state": state, "tasks": number}
            for (deployment, state), number in sorted(moment.tasks.items())
        ],
    }
