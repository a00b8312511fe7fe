"""SQS queues and their policies."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import UNKNOWN, Properties

_ATTRIBUTES: Final = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
_OF_OTHERS: Final = ("policy", "redriveAllowPolicy", "redrivePolicy")
"""What a resource of its own may say: a queue that does not say it leaves it out."""
_QUEUE: Final = {"QueueUrl": lambda p: p["id"]}
_ALL: Final = {**_QUEUE, "AttributeNames": ["All"]}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attributes(p: Properties) -> dict[str, str]:
    # SQS takes attributes of FIFO queues for FIFO queues alone, even to switch them off.
    said = {key: p[name] for name, key in _ATTRIBUTES.items() if p.get(name) not in (None, "")}
    if p.get("fifoQueue"):
        said["FifoQueue"] = True
    elif not said.get("ContentBasedDeduplication"):
        said.pop("ContentBasedDeduplication", None)
    return {key: _text(value) for key, value in said.items()}


def _set(s: Situation) -> None:
    changed = {
        key: _text("" if s.p.get(name) is None else s.p[name])
        for name, key in _ATTRIBUTES.items()
        if s.p.get(name) != s.old.get(name)
    }
    s.call("sqs", "SetQueueAttributes", QueueUrl=s.p["id"], Attributes=changed)


def _said(name: str) -> Any:  # noqa: ANN401 - a function for the table
    def value(s: Situation, item: dict[str, Any]) -> str | None:
        imported = "name" not in s.p
        return item.get(_ATTRIBUTES[name]) if imported or s.p.get(name) else None

    return value


def _check(p: Properties) -> list[tuple[str, str]]:
    name = p["name"]
    if name is UNKNOWN:
        return []
    if p.get("fifoQueue") and not name.endswith(".fifo"):
        return [("name", f"{name!r}: the name of a FIFO queue ends with '.fifo'")]
    return []


QUEUE = ResourceType(
    token="aws:sqs/queue:Queue",
    noun="SQS Queue",
    service="sqs",
    create=Call("CreateQueue", also={"QueueName": lambda p: p["name"], "Attributes": _attributes}),
    id="QueueUrl",
    read=Call("GetQueueAttributes", also=_ALL),
    item="Attributes",
    update=(Update(" ".join(_ATTRIBUTES), _set),),
    delete=Call("DeleteQueue", also=_QUEUE),
    names={**_ATTRIBUTES, "arn": "QueueArn"},
    outputs={
        "name": lambda _, item: item["QueueArn"].rpartition(":")[2],
        "url": lambda s, _: s.p["id"],
        # SQS tells of them only where they are set.
        "contentBasedDeduplication": lambda _, item: item.get("ContentBasedDeduplication") == "true",
        "fifoQueue": lambda _, item: item.get("FifoQueue") == "true",
        **{name: _said(name) for name in _OF_OTHERS},
    },
    force_new="fifoQueue name",
    computed="deduplicationScope fifoThroughputLimit kmsDataKeyReusePeriodSeconds policy redriveAllowPolicy "
    "redrivePolicy sqsManagedSseEnabled",
    defaults={
        "contentBasedDeduplication": False,
        "delaySeconds": 0,
        "fifoQueue": False,
        "maxMessageSize": 262_144,
        "messageRetentionSeconds": 345_600,
        "receiveWaitTimeSeconds": 0,
        "visibilityTimeoutSeconds": 30,
    },
    canonical={
        "policy": documents.policy,
        "redriveAllowPolicy": documents.json_text,
        "redrivePolicy": documents.json_text,
    },
    naming=Naming(80),
    tags="tags",
    tagged="id",
    check=_check,
    not_imitated="namePrefix",
)

QUEUE_POLICY = ResourceType(
    token="aws:sqs/queuePolicy:QueuePolicy",
    noun="SQS Queue Policy",
    service="sqs",
    create=Call(
        "SetQueueAttributes",
        also={"QueueUrl": lambda p: p["queueUrl"], "Attributes": lambda p: {"Policy": p["policy"]}},
    ),
    id=lambda s, _: str(s.p["queueUrl"]),
    read=Call("GetQueueAttributes", also=_ALL),
    item="Attributes",
    alive=lambda item: bool(item.get("Policy")),
    update=(
        Update(
            "policy",
            Call("SetQueueAttributes", also={**_QUEUE, "Attributes": lambda p: {"Policy": p["policy"]}}),
        ),
    ),
    delete=Call("SetQueueAttributes", also={**_QUEUE, "Attributes": {"Policy": ""}}),
    outputs={"queueUrl": lambda s, _: s.p["id"]},
    force_new="queueUrl",
    canonical={"policy": documents.policy},
)

TYPES: Final = (QUEUE, QUEUE_POLICY)
