"""Delivering to the targets that EventBridge knows, as far as the sandbox has them: queues, topics, log groups.

AWS: "Using resource-based policies for Amazon EventBridge": a queue, a topic or a log group receives only what its own
resource policy lets EventBridge send: documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from moto.backends import get_backend

from sandbox import trust
from sandbox.caller import Caller
from sandbox.ecs.arns import uuid

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.ecs.ports import Logs

    Json = dict[str, Any]

_EVENTBRIDGE = {"*", "events.amazonaws.com"}
_DENIED = "NO_PERMISSIONS"
_MISSING = "NO_RESOURCE"


class Failure(NamedTuple):
    """Why something was not delivered: EventBridge's code, and words."""

    code: str
    message: str


class Arn(NamedTuple):
    """The parts of a target's ARN."""

    service: str
    region: str
    account: str
    resource: str

    @staticmethod
    def of(text: str) -> Arn:
        """Take an ARN apart; what is none has empty parts."""
        _, _, service, region, account, resource = (text.split(":", 5) + [""] * 6)[:6]
        return Arn(service, region, account, resource)


class Targets:
    """Queues, topics and log groups of moto."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def deliver(self, target: Json, text: str, at: datetime) -> Failure | None:
        """Hand ``text`` over to the target; why not, if it cannot be."""
        arn = Arn.of(target["Arn"])
        handler = self._HANDLERS.get(arn.service)
        if handler is None:
            return Failure("SDK_CLIENT_ERROR", f"The Slipway sandbox delivers no events to {arn.service or 'this'}.")
        return handler(self, arn, target, text, at)

    def bury(self, target: Json, text: str, failure: Failure, rule_arn: str) -> bool:
        """Send what was not delivered to the target's dead-letter queue; False when it has none that works."""
        arn = Arn.of(target.get("DeadLetterConfig", {}).get("Arn", ""))
        if arn.service != "sqs" or _refused_by_queue(arn):
            return False
        facts = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": failure.message,
        }
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}
        _backend("sqs", arn).send_message(arn.resource, text, message_attributes=attributes)
        return True

    def _to_queue(self, arn: Arn, target: Json, text: str, _at: datetime) -> Failure | None:
        failure = _refused_by_queue(arn)
        if failure is None:
            group = target.get("SqsParameters", {}).get("MessageGroupId")
            _backend("sqs", arn).send_message(arn.resource, text, group_id=group)
        return failure

    def _to_topic(self, arn: Arn, target: Json, text: str, _at: datetime) -> Failure | None:
        backend = _backend("sns", arn)
        topic = backend.topics.get(target["Arn"])
        if topic is None:
            return Failure(_MISSING, f"The topic {arn.resource} does not exist.")
        if not trust.allows(topic.policy, "Service", _EVENTBRIDGE):
            return Failure(
                _DENIED, f"The policy of the topic {arn.resource} does not let events.amazonaws.com publish."
            )
        backend.publish(text, arn=target["Arn"])
        return None

    def _to_log_group(self, arn: Arn, _target: Json, text: str, at: datetime) -> Failure | None:
        caller = Caller(arn.account, arn.region, f"arn:aws:iam::{arn.account}:root")
        group = arn.resource.removeprefix("log-group:").removesuffix(":*")
        if not self._logs.has_group(caller, group):
            return Failure(_MISSING, f"The log group {group} does not exist.")
        policies = _backend("logs", arn).resource_policies.values()
        if not any(trust.allows(policy.policy_document, "Service", _EVENTBRIDGE) for policy in policies):
            return Failure(
                _DENIED, f"No resource policy of CloudWatch Logs lets events.amazonaws.com write to {group}."
            )
        self._logs.write(caller, group, uuid(at, text), [(at, text)])
        return None

    _HANDLERS: dict[str, Callable[[Targets, Arn, Json, str, datetime], Failure | None]] = {  # noqa: RUF012 - constant
        "sqs": _to_queue,
        "sns": _to_topic,
        "logs": _to_log_group,
    }


def _refused_by_queue(arn: Arn) -> Failure | None:
    queue = _backend("sqs", arn).queues.get(arn.resource)
    if queue is None:
        return Failure(_MISSING, f"The queue {arn.resource} does not exist.")
    if not trust.allows(queue.policy or "", "Service", _EVENTBRIDGE):
        return Failure(_DENIED, f"The policy of the queue {arn.resource} does not let events.amazonaws.com send to it.")
    return None


def _backend(service: str, arn: Arn) -> Any:  # noqa: ANN401 - moto's backends have no useful common type
    return get_backend(service)[arn.account][arn.region]  # type: ignore[call-overload]
