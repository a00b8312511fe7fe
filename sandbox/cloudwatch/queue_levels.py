"""What SQS measures of queues: how many messages wait, and for how long the oldest has.

AWS: "Available CloudWatch metrics for Amazon SQS": each minute of a queue that is active: documented. Here a queue is
active while messages wait in it, and for one minute more, in which none does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from moto.sqs.models import sqs_backends

from sandbox.cloudwatch.metric import Metric, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.cloudwatch.stored_metrics import StoredMetrics

NAMESPACE: Final = "AWS/SQS"
_MINUTE: Final = 60


class QueueLevels:
    """Looks at all queues once a minute, as long as one of them is active."""

    def __init__(self, stored: StoredMetrics) -> None:
        self._stored = stored
        self._active: set[str] = set()

    def is_due(self) -> bool:
        """Whether a queue is active."""
        return bool(self._active) or any(queue.messages for queue in _queues())

    def at_minute(self, now: datetime) -> None:
        """Measure the minute that ends now."""
        stamp = int(now.timestamp()) - _MINUTE
        before, self._active = self._active, set()
        for queue in _queues():
            waiting = queue.messages
            if waiting:
                self._active.add(queue.queue_arn)
            elif queue.queue_arn not in before:
                continue
            oldest = min((message.sent_timestamp / 1000 for message in waiting), default=now.timestamp())
            self._add(queue, "ApproximateNumberOfMessagesVisible", "Count", stamp, len(waiting))
            self._add(queue, "ApproximateAgeOfOldestMessage", "Seconds", stamp, max(0, now.timestamp() - oldest))

    def _add(self, queue: Any, name: str, unit: str, stamp: int, value: float) -> None:  # noqa: ANN401 - moto's
        place = Place(queue.account_id, queue.region)
        self._stored.add(place, Metric.of(NAMESPACE, name, {"QueueName": queue.name}), unit, stamp).add(value)


def _queues() -> Iterator[Any]:
    for regions in list(sqs_backends.values()):
        for backend in list(regions.values()):
            yield from list(backend.queues.values())
