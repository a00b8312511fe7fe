"""Who may use a KMS key. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.permissions import VERSION

TO_READ_AND_WRITE: Final = ("kms:Decrypt", "kms:GenerateDataKey*")
"""What a service needs that encrypts with data keys, as most do."""
TO_KEEP_LOGS: Final = ("kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
"""What CloudWatch Logs needs (AWS: "Encrypt log data in CloudWatch Logs using AWS Key Management Service")."""
LONGEST_POLICY: Final = 32 * 1024
"""Bytes (AWS: "PutKeyPolicy"): documented."""


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """A service of AWS that may use the key, and under which condition. People and roles have it by IAM."""

    sid: str
    """What the statement is called in the policy: letters and digits."""
    service: str
    """The service's principal, such as `cloudwatch.amazonaws.com`."""
    actions: Sequence[str] = TO_READ_AND_WRITE
    """As IAM names them."""
    condition: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """As IAM writes it. Without one the service may use the key for anybody's sake."""

    def statement(self) -> dict[str, Any]:
        """Its part of the key's policy, in which `*` is this key (AWS: "Key policies in AWS KMS")."""
        said = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": {"Service": self.service},
            "Action": list(self.actions),
            "Resource": "*",
        }
        return {**said, "Condition": self.condition} if self.condition else said


def used_for(sid: str, service: str, account: str) -> KeyUse:
    """A service that acts for this account alone, such as CloudWatch's alarms or SNS's topics.

    AWS: "The confused deputy problem": documented. Not every service tells whom it acts for: EventBridge is refused
    where a key's policy asks (AWS: "Amazon SNS key management": documented).
    """
    return KeyUse(sid=sid, service=service, condition={"StringEquals": {"aws:SourceAccount": account}})


def used_for_log_groups(sid: str, region: str, *log_groups: str) -> KeyUse:
    """CloudWatch Logs, for these log groups alone: ARNs, or patterns of them.

    AWS: "Encrypt log data in CloudWatch Logs using AWS Key Management Service", step 2: documented.
    """
    said = log_groups[0] if len(log_groups) == 1 else list(log_groups)
    # Of ARNs the two operators are the same (AWS: "IAM JSON policy elements: Condition operators").
    operator = "ArnLike" if any("*" in one for one in log_groups) else "ArnEquals"
    return KeyUse(
        sid=sid,
        service=f"logs.{region}.amazonaws.com",
        actions=TO_KEEP_LOGS,
        condition={operator: {"kms:EncryptionContext:aws:logs:arn": said}},
    )


def key_policy(account: str, partition: str, uses: Sequence[KeyUse]) -> dict[str, Any]:
    """The account administers the key by IAM, and these services use it.

    Without the first statement nobody could change the policy again, and no role could be allowed to decrypt by a
    policy of its own (AWS: "Default key policy"): documented.
    """
    administered = {
        "Sid": "AdministeredByTheAccount",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": VERSION, "Statement": [administered, *(use.statement() for use in uses)]}
