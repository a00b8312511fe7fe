"""Amazon SQS (AWS Security Hub: "Security Hub controls for Amazon SQS"; AWS Config: "sqs-queue-no-public-access")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policy.checked_resource import CheckedResource
from policy.policy_document import anybody, limited_to_somebody, statements
from policy.requirements import tagged
from policy.rule import ResourceRule, Rule, Severity

QUEUE: Final = "aws:sqs/queue:Queue"
QUEUE_POLICY: Final = "aws:sqs/queuePolicy:QueuePolicy"


def _in_plain(queue: CheckedResource) -> Iterator[str]:
    if queue.root.at("sqsManagedSseEnabled") is not True and not queue.root.at("kmsMasterKeyId"):
        yield "neither sqsManagedSseEnabled is true nor is there a kmsMasterKeyId"


def _public(resource: CheckedResource) -> Iterator[str]:
    for statement in statements(resource):
        if anybody(statement) and not limited_to_somebody(statement):
            yield f"{statement.path} lets anybody use the queue, and no condition says who that may be"


RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="SQS.1",
        sentence="Queues are encrypted at rest",
        severity=Severity.MEDIUM,
        types=(QUEUE,),
        check=_in_plain,
        fix="Set sqsManagedSseEnabled to true, or name a key as kmsMasterKeyId",
    ),
    ResourceRule(
        id="SQS.2",
        sentence="Queues are tagged",
        severity=Severity.LOW,
        types=(QUEUE,),
        check=tagged,
        fix="Add tags, or default tags to the provider",
    ),
    ResourceRule(
        id="SQS.3",
        sentence="Queues are not open to the public",
        severity=Severity.CRITICAL,
        types=(QUEUE, QUEUE_POLICY),
        check=_public,
        fix="Name principals, or say in a condition such as aws:SourceArn who they are, without a wildcard",
        waivable=False,
    ),
)
