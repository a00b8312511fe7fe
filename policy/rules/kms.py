"""AWS KMS (AWS Security Hub: "Security Hub controls for AWS KMS")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policy.checked_resource import CheckedResource
from policy.policy_document import allows, anybody, listed, statements
from policy.requirements import one_of, requires
from policy.rule import ResourceRule, Rule, Severity
from policy.rules.iam import INLINE, MANAGED

KEY: Final = "aws:kms/key:Key"
DECRYPTING: Final = ("kms:Decrypt", "kms:ReEncryptFrom")


def _decrypts_by_all_keys(resource: CheckedResource) -> Iterator[str]:
    for statement in statements(resource):
        actions = [action for action in DECRYPTING if allows(statement, action)]
        everywhere = [one for one in listed(statement, "Resource") if one == "*" or one.endswith(":key/*")]
        if actions and everywhere:
            yield f"{statement.path} allows {' and '.join(actions)} on {everywhere[0]}"


def _public(resource: CheckedResource) -> Iterator[str]:
    for statement in statements(resource):
        if anybody(statement) and not statement.at("Condition"):
            yield f"{statement.path} lets anybody use the key, without a condition"


RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="KMS.1",
        sentence="Managed policies do not allow decryption by every key",
        severity=Severity.MEDIUM,
        types=MANAGED,
        check=_decrypts_by_all_keys,
        fix="Name the keys",
    ),
    ResourceRule(
        id="KMS.2",
        sentence="Inline policies do not allow decryption by every key",
        severity=Severity.MEDIUM,
        types=INLINE,
        check=_decrypts_by_all_keys,
        fix="Name the keys",
    ),
    ResourceRule(
        id="KMS.4",
        sentence="Keys are rotated",
        severity=Severity.MEDIUM,
        types=(KEY,),
        check=requires(one_of("enableKeyRotation", True)),
        fix="Set enableKeyRotation to true",
    ),
    ResourceRule(
        id="KMS.5",
        sentence="Keys are not open to the public",
        severity=Severity.CRITICAL,
        types=(KEY, "aws:kms/keyPolicy:KeyPolicy"),
        check=_public,
        fix="Name principals, or add a condition such as kms:CallerAccount or aws:SourceAccount",
        waivable=False,
    ),
)
