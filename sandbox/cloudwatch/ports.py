"""What CloudWatch needs from the rest of the sandbox's AWS."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from sandbox.cloudwatch.metric import Place


class Notifications(Protocol):
    """SNS."""

    def publish(self, place: Place, topic_arn: str, subject: str, message: str) -> str:
        """Publish to a topic; returns why that failed, "" when it did not."""


class AlarmEvents(Protocol):
    """EventBridge."""

    def alarm_turned(self, place: Place, event: dict[str, Any]) -> None:
        """Put a whole event on the default bus."""


class Clock(Protocol):
    """Sandbox time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
