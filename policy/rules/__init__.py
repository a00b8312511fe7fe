"""Every rule, by the control of AWS Security Hub that it keeps."""

from __future__ import annotations

from typing import Final

from policy.rule import Rule
from policy.rules import acm, cloudwatch, ec2, ecr, ecs, elb, iam, kms, secrets_manager, sqs

RULES: Final[tuple[Rule, ...]] = (
    *ecs.RULES,
    *ecr.RULES,
    *elb.RULES,
    *ec2.RULES,
    *cloudwatch.RULES,
    *iam.RULES,
    *kms.RULES,
    *secrets_manager.RULES,
    *sqs.RULES,
    *acm.RULES,
)
BY_ID: Final[dict[str, Rule]] = {rule.id: rule for rule in RULES}
