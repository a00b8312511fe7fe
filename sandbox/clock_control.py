"""Showing, pausing and moving the clock of a running sandbox. For the CLI and for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox import client

_PATH = "/_sandbox/clock"
_LONGEST_STEP_TAKES = 120.0
"""Real seconds; more than the server works at a step before it answers."""


@dataclass(frozen=True)
class Time:
    """How a sandbox's clock stands. ``speed`` counts only while it is not ``paused``."""

    now: datetime
    speed: float
    paused: bool
    behind: timedelta
    """Sandbox time that has not passed since the start, because the sandbox could not keep up with the speed."""


class ClockControl:
    """The clock of the server on a port. Every method answers how it stands then, and raises SandboxError."""

    def __init__(self, port: int) -> None:
        self._port = port

    def show(self) -> Time:
        """Only tell."""
        return _time(client.ask(self._port, _PATH))

    def set_speed(self, speed: float) -> Time:
        """``speed`` sandbox seconds a real second; a paused clock stays paused."""
        return self.change({"speed": speed})

    def pause(self) -> Time:
        """Let time stand still, over restarts too."""
        return self.change({"pause": True})

    def resume(self) -> Time:
        """Let time pass again."""
        return self.change({"resume": True})

    def step(self, duration: timedelta) -> Time:
        """Go ahead; returns when everything that happens in between has happened, in its order."""
        return self.change({"step": duration.total_seconds()})

    def step_to(self, moment: datetime) -> Time:
        """Go ahead to ``moment`` (aware) as ``step`` does; one that has passed is refused."""
        return self.change({"until": moment.isoformat()})

    def change(self, wanted: dict[str, Any]) -> Time:
        """Several changes in one: ``pause``, ``speed``, ``step`` (seconds) or ``until`` (ISO 8601), ``resume``."""
        return _time(client.ask(self._port, _PATH, wanted, seconds=_LONGEST_STEP_TAKES))


def _time(answer: dict[str, Any]) -> Time:
    behind = timedelta(seconds=answer["behind"])
    return Time(datetime.fromisoformat(answer["now"]), answer["speed"], answer["paused"], behind)
