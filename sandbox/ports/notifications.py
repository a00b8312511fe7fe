"""CloudWatch's ways to moto's SNS and to EventBridge."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.caller import Caller

if TYPE_CHECKING:
    from sandbox.cloudwatch.metric import Place
    from sandbox.ecs.ports import Events

logger = logging.getLogger(__name__)


class MotoNotifications:
    """Topics of all accounts. ``written`` is set when something was published, and never reset here."""

    def __init__(self) -> None:
        self.written = False

    def publish(self, place: Place, topic_arn: str, subject: str, message: str) -> str:
        """Publish as CloudWatch does; returns why that failed, "" when it did not.

        AWS: "Setting up Amazon SNS notifications": a topic lies in the alarm's region (documented).
        """
        backend: Any = get_backend("sns")[topic_arn.split(":")[4]][place.region]
        if topic_arn not in backend.topics:
            return f"Resource: {topic_arn} is not found or not accessible"
        try:
            backend.topics[topic_arn].publish(message, subject=subject)
        except Exception as error:  # noqa: BLE001 - a subscriber that cannot be reached must not stop time
            logger.warning("SNS: topic %s: not delivered: %s", topic_arn, error)
            return str(error) or type(error).__name__
        self.written = True
        return ""


class AlarmEvents:
    """Alarms that turn, told to EventBridge."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def alarm_turned(self, place: Place, event: dict[str, Any]) -> None:
        """Put a whole event on the default bus."""
        caller = Caller(place.account, place.region, f"arn:aws:iam::{place.account}:root")
        self._events.put(caller, event)
