"""What a service runs by the clock, in every environment alike: a part of its entry in `stacks/catalogue.py`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from release.schedule_expression import check_expression, check_time_zone

LONGEST_NAME: Final = 19
"""With the service's 24 characters, a hyphen, `-failed-runs` and Pulumi's seven digits it is the name of a rule, which
has 64 (AWS: "PutRule", EventBridge API reference)."""
WINDOWS: Final = range(1_441)
"""Minutes (AWS: "FlexibleTimeWindow", EventBridge Scheduler API reference)."""


@dataclass(frozen=True, kw_only=True)
class ScheduledCommand:
    """A command that the service's image runs by the clock: a task of its own each time, which ends by itself.

    It is the revision that the service runs, with the service's variables, secrets and permissions: a release moves it
    only once the service has it, and one that fails leaves it where it was.
    """

    name: str
    """Ends the task's name: up to 19 lower-case letters, digits and single hyphens."""
    command: tuple[str, ...]
    """Instead of the image's own."""
    when: str
    """`cron(0 3 * * ? *)`, `rate(6 hours)` or `at(2026-12-24T18:00:00)`, as EventBridge Scheduler writes it."""
    time_zone: str = "UTC"
    """In which `when` is read, such as `Europe/Berlin`."""
    window_minutes: int = 0
    """Minutes within which it may start, so that not all start at once."""
    enabled: bool = True
    """Off, it stays where it is and does not run."""


def wrong_with(commands: Sequence[ScheduledCommand]) -> Iterator[str]:
    """A sentence for each mistake."""
    for name, times in Counter(one.name for one in commands).items():
        if times > 1:
            yield f"{times} commands are called {name}; give each its own name"
    for one in commands:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one.name) or len(one.name) > LONGEST_NAME:
            yield f"{one.name!r}: a name has up to {LONGEST_NAME} lower-case letters, digits and single hyphens"
        if not one.command or not all(one.command):
            yield f"{one.name}: name the command and its arguments, such as ('tidy', '--carts')"
        if one.window_minutes not in WINDOWS:
            yield f"{one.name}: window_minutes is {one.window_minutes}; allowed are 0 to {WINDOWS[-1]}"
        for check, said in ((check_expression, one.when), (check_time_zone, one.time_zone)):
            try:
                check(said)
            except ValueError as error:
                yield f"{one.name}: {error}"
