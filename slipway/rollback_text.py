"""What a rollback trades for what, told before it acts; and what is to be committed after it."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from slipway.show import aligned, note
from slipway.stack_edit import differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.gates import Finding
    from slipway.rollback_plan import Plan

LONGEST: Final = 60
"""Characters of a value that are shown."""
SECONDS: Final = ((86400, "d"), (3600, "h"), (60, "min"))


def show(plan: Plan, environment: str, *, predicted: float | None = None) -> None:
    """Says what comes back, and everything that differs."""
    revision = plan.task_definition.rsplit("/", 1)[-1]
    how = f"at its revision {revision}" if revision else "under today's definition"
    note(f"{plan.service} in {environment}: back to {plan.version}, {how}{_when(plan)}")
    rows = [("", "now", "then"), *traded(plan)]
    for line in aligned(rows) if len(rows) > 1 else ["the stack file says that already"]:
        note(f"  {line}")
    for run in plan.migrations:
        if run.begun and run.ended:
            mark = ", irreversible" if run.begun.irreversible else ""
            note(f"  migration of {run.begun.version} ran since, {run.ended.at:%Y-%m-%d %H:%M} UTC{mark}")
    for remark in plan.remarks:
        note(f"  {remark}")
    if predicted is not None:
        note(f"  predicted: about {shown_seconds(predicted)}")


def traded(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """What, now, then: versions, digests, settings, and the lines of the definition."""
    yield from ((key, _short(now), _short(then)) for key, now, then in differences(plan.now, plan.then))
    if plan.before is None or plan.former is None:
        return
    for key, now, then in differences(plan.before.lines, plan.former.lines):
        yield f"definition: {key}", _short(now), _short(then)


def show_warned(findings: tuple[Finding, ...]) -> None:
    """What would hold a release and only warns a rollback."""
    for finding in findings:
        note(f"  warned of, and no more: {finding}")


def show_commit(stack_file: Path, before: str, message: str) -> None:
    """What to commit, so that nobody's next update asks for what was left behind."""
    after = stack_file.read_text()
    if after == before:
        return
    note(f'commit {stack_file.name}, or the next run from git asks for the other release: git commit -m "{message}"')
    name = stack_file.name
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""):
        note(f"  {line}")


def shown_seconds(seconds: float) -> str:
    """A stretch of time in the largest unit that gives at least one of it."""
    for size, unit in SECONDS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _when(plan: Plan) -> str:
    if plan.since is None:
        return ""
    ago = shown_seconds(max(0.0, (datetime.now(UTC) - plan.since).total_seconds()))
    by = f" by {plan.by.rsplit('/', 1)[-1]}" if plan.by else ""
    return f", released {plan.since:%Y-%m-%d %H:%M} UTC ({ago} ago){by}"


def _short(value: str) -> str:
    """Cut in the middle: images of one repository differ at their end alone."""
    value = re.sub(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}", r"\1", value)
    half = LONGEST // 2
    return value if len(value) <= LONGEST else f"{value[:half]}...{value[-half:]}"
