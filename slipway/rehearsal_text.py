"""A rehearsal on a terminal or in a pipe: the timeline, the prediction, what it costs, and what is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from rollout.limits import minimum_healthy_tasks
from rollout.prediction import Outcome
from rollout.story import clock
from slipway.rehearsal import PLACES, remarks
from slipway.show import show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slipway.rehearsal import Rehearsal

MOST_LINES: Final = 60
"""Lines of the timeline that are printed: an endless release has thousands, and they repeat."""


def show(rehearsal: Rehearsal, assumed: Sequence[str]) -> None:
    """Prints everything but what only JSON and the page have room for."""
    click.echo(f"{headline(rehearsal)}\n")
    _timeline(rehearsal)
    click.echo("")
    show_table(("prediction", "value"), facts(rehearsal), empty="")
    click.echo("")
    show_table(("phase", "takes", "why"), phases(rehearsal), empty="no phase takes any time")
    click.echo("")
    show_table(
        ("setting", "is", "costs each deploy", "delays giving up", "against"),
        [row[:-1] for row in costs(rehearsal)],
        empty="no setting costs any time",
    )
    click.echo("")
    for remark in remarks(rehearsal):
        click.echo(f"note: {remark}")
    for finding in rehearsal.findings:
        click.echo(f"{finding.severity}: {finding.message} [{PLACES[finding.setting]}; {finding.rule}]")
    if not rehearsal.findings:
        click.echo("the timings fit each other: no warning")
    click.echo("\nassumed: " + "\n         ".join(assumed))


def headline(rehearsal: Rehearsal) -> str:
    """The rehearsal in one sentence."""
    asked, prediction = rehearsal.asked, rehearsal.prediction
    start = f"from {asked.running} to {asked.version}" if asked.running else f"first release, {asked.version}"
    return f"{rehearsal.service} in {rehearsal.environment}, {start}: {_end(rehearsal, clock(prediction.duration))}"


def _end(rehearsal: Rehearsal, duration: str) -> str:
    prediction, asked = rehearsal.prediction, rehearsal.asked
    cause = f" ({prediction.cause})" if prediction.cause else ""
    if prediction.outcome is Outcome.COMPLETED and not rehearsal.succeeds:
        return f"it would run after {duration}, but `pulumi up` gives up after {clock(rehearsal.wait_limit)}"
    return {
        Outcome.COMPLETED: f"it would run after {duration}",
        Outcome.ROLLED_BACK: f"it would fail{cause} and be back at {asked.running} after {duration}",
        Outcome.FAILED: f"it would fail{cause} after {duration}, and nothing would be rolled back",
        Outcome.PAUSED: f"it would wait for a person after {duration}",
        Outcome.BLOCKED: "it would be stuck: its limits leave no task to start or stop",
        Outcome.ENDLESS: "it would be tried again and again; nothing ends it",
    }[prediction.outcome]


def facts(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    """What is predicted, as (what, how much)."""
    prediction, asked, settings = rehearsal.prediction, rehearsal.asked, rehearsal.settings
    desired = settings.desired_count
    least = minimum_healthy_tasks(desired, settings.minimum_healthy_percent)
    endless = prediction.outcome is Outcome.ENDLESS
    rows = [
        ("outcome", prediction.outcome.value),
        ("duration", "no end" if endless else f"{clock(prediction.duration)} ({prediction.duration:g} s)"),
        ("`pulumi up` waits", f"{clock(rehearsal.wait_limit)} at most"),
        ("most tasks at once", f"{prediction.peak_tasks} ({desired} wanted)"),
        ("fewest healthy tasks", f"{prediction.lowest_healthy} (minimum {least})"),
        ("requests to the new version until the end", f"{rehearsal.met:.0f} at {asked.requests_per_second:g}/s"),
        ("failed requests at worst", f"{rehearsal.met + rehearsal.unanswered:.0f}, if the new version fails them all"),
    ]
    if prediction.tripped_at is not None:
        rows.insert(2, ("given up at", f"{clock(prediction.tripped_at)}: {prediction.cause}"))
    if asked.behaviour.rate:
        rows.append((f"failed requests at {asked.behaviour.rate:g} % errors", f"{rehearsal.failed:.0f}"))
    if rehearsal.unanswered:
        rows.append(("requests that nobody answers", f"{rehearsal.unanswered:.0f}"))
    return rows


def phases(rehearsal: Rehearsal) -> list[tuple[str, str, str]]:
    """What held the deployment up, as (phase, time, why)."""
    return [(share.phase.value, clock(share.seconds), share.why) for share in rehearsal.prediction.shares]


def costs(rehearsal: Rehearsal) -> list[tuple[str, ...]]:
    """What each setting costs, as cells."""
    return [
        (
            cost.setting.value,
            cost.value,
            f"{cost.good:g} s",
            f"{cost.bad:g} s",
            cost.least,
            PLACES[cost.setting],
        )
        for cost in rehearsal.costs
    ]


def _timeline(rehearsal: Rehearsal) -> None:
    shown = rehearsal.lines
    if len(shown) > MOST_LINES:
        shown = (*shown[: MOST_LINES // 2], *shown[-MOST_LINES // 2 :])
    rows = [(clock(line.at), f"{_MARKS[line.tone]}{line.text}") for line in shown]
    if len(rehearsal.lines) > MOST_LINES:
        left_out = len(rehearsal.lines) - MOST_LINES
        rows.insert(MOST_LINES // 2, ("...", f"{left_out} more lines; --json has them all"))
    show_table(("time", "what happens"), rows, empty="nothing happens")


_MARKS: Final = {"": "", "good": "", "bad": "! "}
