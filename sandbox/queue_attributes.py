"""What moto 5.2.5 does otherwise than SQS with the attributes of a queue.

Amazon SQS API reference, "SetQueueAttributes": it changes the attributes that are named, an empty `Policy` or
`RedrivePolicy` takes them away, and `RedriveAllowPolicy` is one of them; "GetQueueAttributes" tells it: documented.
moto takes the policy away with every other change, and does not tell who may redrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from moto.sqs.models import Queue

if TYPE_CHECKING:
    from collections.abc import Callable


def _keeping_the_policy(change: Callable[..., None]) -> Callable[..., None]:
    def set_attributes(queue: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
        kept = {} if "Policy" in attributes or not hasattr(queue, "_policy_json") else {"Policy": queue.policy}
        change(queue, {**attributes, **kept}, now)

    return set_attributes


def _telling_who_may_redrive(told: Callable[[Queue], dict[str, Any]]) -> property:
    def attributes(queue: Queue) -> dict[str, Any]:
        allowed = vars(queue).get("redrive_allow_policy")
        return {**told(queue), **({"RedriveAllowPolicy": allowed} if allowed else {})}

    return property(attributes)


_set_attributes: Final = Queue._set_attributes  # noqa: SLF001 - moto's own
_attributes: Final = vars(Queue)["attributes"].fget


def apply() -> None:
    """Sets it right, once, before moto serves."""
    setattr(Queue, "_set_attributes", _keeping_the_policy(_set_attributes))  # noqa: B010 - moto is untyped here
    setattr(Queue, "attributes", _telling_who_may_redrive(_attributes))  # noqa: B010 - moto is untyped here
