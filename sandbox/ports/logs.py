"""Writing to moto's CloudWatch Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sandbox.caller import Caller


_MOST_LINES = 5_000
"""Lines of a stream that tasks write to: moto keeps its memory in one piece, which must not grow for ever."""


class MotoLogs:
    """Log groups and streams of the caller's account. ``written`` is set by every change, and never reset here.

    ``hear`` is told of every line that is written here.
    """

    def __init__(self) -> None:
        self.written = False
        self.hear: Callable[[Caller, str, Sequence[tuple[datetime, str]]], None] | None = None

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
        del logs.groups[group].streams[stream].events[:-_MOST_LINES]
        self.written = True
        if self.hear:
            self.hear(caller, group, lines)

    def has_stream(self, caller: Caller, group: str, stream: str) -> bool:
        """Whether the log stream exists."""
        return self.has_group(caller, group) and stream in _logs(caller).groups[group].streams

    def metric_filters(self, caller: Caller, group: str) -> Sequence[dict[str, Any]]:
        """AWS's ``MetricFilter`` of each filter of a group."""
        filters: Sequence[dict[str, Any]] = _logs(caller).filters.metric_filters
        return [one for one in filters if one["logGroupName"] == group]

    def forget_metric_filter(self, caller: Caller, group: str, name: str) -> None:
        """Take a filter away, if it is there: moto would keep both the old and the new one."""
        filters = _logs(caller).filters
        filters.metric_filters = [
            one for one in filters.metric_filters if (one["logGroupName"], one["filterName"]) != (group, name)
        ]


def _logs(caller: Caller) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend("logs")[caller.account][caller.region]
