"""SNS topics and their subscriptions."""

from __future__ import annotations

import json
from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import UNKNOWN, Properties

_ATTRIBUTES: Final = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attributes(p: Properties) -> dict[str, str]:
    given = {key: _text(p[name]) for name, key in _ATTRIBUTES.items() if p.get(name) not in (None, "", False, 0)}
    return {**given, "FifoTopic": "true"} if p.get("fifoTopic") else given


def _set(s: Situation) -> None:
    for name, key in _ATTRIBUTES.items():
        if s.p.get(name) != s.old.get(name):
            value = _text(s.p.get(name) if s.p.get(name) is not None else "")
            s.call("sns", "SetTopicAttributes", TopicArn=s.p["id"], AttributeName=key, AttributeValue=value)


def _check(p: Properties) -> list[tuple[str, str]]:
    name = p["name"]
    if p.get("fifoTopic") and name is not UNKNOWN and not name.endswith(".fifo"):
        return [("name", f"{name!r}: the name of a FIFO topic ends with '.fifo'")]
    return []


def _signature(_: Situation, item: dict[str, Any]) -> int | None:
    return int(item["SignatureVersion"]) if item.get("SignatureVersion") else None


def _delivery(_: Situation, item: dict[str, Any]) -> str | None:
    found = item.get("DeliveryPolicy")
    return found if isinstance(found, str) or found is None else json.dumps(found)


TOPIC = ResourceType(
    token="aws:sns/topic:Topic",
    noun="SNS Topic",
    service="sns",
    create=Call("CreateTopic", "name", {"Attributes": _attributes}),
    id="TopicArn",
    read=Call("GetTopicAttributes", also={"TopicArn": lambda p: p["id"]}),
    item="Attributes",
    update=(Update(" ".join(_ATTRIBUTES), _set),),
    delete=Call("DeleteTopic", also={"TopicArn": lambda p: p["id"]}),
    names={"arn": "TopicArn"},
    outputs={
        "name": lambda _, item: item["TopicArn"].rpartition(":")[2],
        "signatureVersion": _signature,
        "deliveryPolicy": _delivery,
    },
    force_new="fifoTopic name",
    computed="policy signatureVersion tracingConfig",
    defaults={"contentBasedDeduplication": False, "fifoTopic": False},
    canonical={"policy": documents.policy, "deliveryPolicy": documents.json_text},
    naming=Naming(256),
    tags="Tags",
    check=_check,
    not_imitated="applicationFailureFeedbackRoleArn applicationSuccessFeedbackRoleArn "
    "applicationSuccessFeedbackSampleRate archivePolicy fifoThroughputScope firehoseFailureFeedbackRoleArn "
    "firehoseSuccessFeedbackRoleArn firehoseSuccessFeedbackSampleRate httpFailureFeedbackRoleArn "
    "httpSuccessFeedbackRoleArn httpSuccessFeedbackSampleRate lambdaFailureFeedbackRoleArn "
    "lambdaSuccessFeedbackRoleArn lambdaSuccessFeedbackSampleRate maximumMessageSize namePrefix "
    "sqsFailureFeedbackRoleArn sqsSuccessFeedbackRoleArn sqsSuccessFeedbackSampleRate",
)

_OF_SUBSCRIPTION: Final = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
}


def _subscribe(s: Situation) -> dict[str, Any]:
    given = {key: _text(s.p[name]) for name, key in _OF_SUBSCRIPTION.items() if s.p.get(name) not in (None, "", False)}
    return s.call(
        "sns",
        "Subscribe",
        TopicArn=s.p["topic"],
        Protocol=s.p["protocol"],
        Endpoint=s.p["endpoint"],
        Attributes=given or None,
        ReturnSubscriptionArn=True,
    )


def _change_subscription(s: Situation) -> None:
    for name, key in _OF_SUBSCRIPTION.items():
        if s.p.get(name) != s.old.get(name):
            value = _text(s.p.get(name) if s.p.get(name) is not None else "")
            s.call(
                "sns", "SetSubscriptionAttributes", SubscriptionArn=s.p["id"], AttributeName=key, AttributeValue=value
            )


_SUBSCRIPTION_ARN: Final = {"SubscriptionArn": lambda p: p["id"]}

SUBSCRIPTION = ResourceType(
    token="aws:sns/topicSubscription:TopicSubscription",
    noun="SNS Topic Subscription",
    service="sns",
    create=_subscribe,
    id="SubscriptionArn",
    read=Call("GetSubscriptionAttributes", also=_SUBSCRIPTION_ARN),
    item="Attributes",
    update=(Update(" ".join(_OF_SUBSCRIPTION), _change_subscription),),
    delete=Call("Unsubscribe", also=_SUBSCRIPTION_ARN),
    names={"arn": "SubscriptionArn", "topic": "TopicArn", "ownerId": "Owner"},
    force_new="endpoint protocol topic",
    computed="filterPolicyScope",
    defaults={"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": False, "rawMessageDelivery": False},
    unread="confirmationTimeoutInMinutes endpointAutoConfirms",
    canonical=dict.fromkeys(("deliveryPolicy", "filterPolicy", "redrivePolicy"), documents.json_text),
    not_imitated="replayPolicy subscriptionRoleArn",
)

TYPES: Final = (TOPIC, SUBSCRIPTION)
