"""Writing to moto's CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sandbox.caller import Caller


class MotoLogs:
    """Log groups and streams of the caller's account. ``written`` is set by every change, and never reset here."""

    def __init__(self) -> None:
        self.written = False

    def has_group(self, caller: Caller, group: str) -> bool:
        """Whether the log group exists."""
        return group in _logs(caller).groups

    def create_group(self, caller: Caller, group: str) -> None:
        """Make the group unless it exists."""
        if not self.has_group(caller, group):
            _logs(caller).create_log_group(group, {})
            self.written = True

    def write(self, caller: Caller, group: str, stream: str, lines: Sequence[tuple[datetime, str]]) -> None:
        """Append lines, creating the stream; nothing when the group has gone.

        The group itself takes them, not the API: the API refuses times more than two hours ahead, and a restart at a
        lower speed may tell of such.
        """
        logs = _logs(caller)
        if not self.has_group(caller, group):
            return
        logs.ensure_log_stream(group, stream)
        events = [{"timestamp": int(moment.timestamp() * 1000), "message": text} for moment, text in lines]
        logs.groups[group].put_log_events(stream, events)
        self.written = True


def _logs(caller: Caller) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend("logs")[caller.account][caller.region]
