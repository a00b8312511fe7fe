"""AWS Secrets Manager (AWS Security Hub: "Security Hub controls for Secrets Manager")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policy.checked_resource import CheckedResource, refers_to
from policy.rule import IN_PROD, ResourceRule, Rule, Severity, StackRule

SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a token of Pulumi's
ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
MOST_DAYS: Final = 90
"""The control's default."""


def _is_rotated(secret: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    if not any(one.type == ROTATION and refers_to(one, "secretId", secret) for one in stack):
        yield "no rotation belongs to it"


def _often_enough(rotation: CheckedResource) -> Iterator[str]:
    days = rotation.root.at("rotationRules.automaticallyAfterDays")
    schedule = rotation.root.at("rotationRules.scheduleExpression")
    if schedule is None and (not isinstance(days, int | float) or days > MOST_DAYS):
        yield f"rotationRules.automaticallyAfterDays is {days}, wanted are {MOST_DAYS} days at most"


RULES: Final[tuple[Rule, ...]] = (
    StackRule(
        id="SecretsManager.1",
        sentence="Secrets are rotated by themselves",
        severity=Severity.MEDIUM,
        types=(SECRET,),
        check=_is_rotated,
        fix="Add a SecretRotation (components/secret_rotation.py); waive it where nobody can change the secret alone",
        levels=IN_PROD,
    ),
    ResourceRule(
        id="SecretsManager.4",
        sentence=f"Secrets are rotated every {MOST_DAYS} days at least",
        severity=Severity.MEDIUM,
        types=(ROTATION,),
        check=_often_enough,
        fix=f"Set rotationRules.automaticallyAfterDays to {MOST_DAYS} or less",
    ),
)
