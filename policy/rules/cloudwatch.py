"""Amazon CloudWatch (AWS Security Hub: "Security Hub controls for CloudWatch")."""

from __future__ import annotations

from typing import Final

from policy.checked_resource import CheckedResource
from policy.requirements import one_of, present, requires, said
from policy.rule import IN_PROD, ONLY_IN_PROD, Problems, ResourceRule, Rule, Severity

ALARMS: Final = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
YEAR: Final = 365
"""Days: the control's default."""


def _kept_for_a_year(resource: CheckedResource) -> Problems:
    days = resource.root.at("retentionInDays")
    # 0 keeps events for ever, as does a log group without the property: the control takes both.
    if days and days < YEAR:
        yield said(resource.root, "retentionInDays", days, f"{YEAR} at least")


RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="CloudWatch.15",
        sentence="Alarms tell somebody",
        severity=Severity.HIGH,
        types=ALARMS,
        check=requires(present("alarmActions", "an action, such as a topic")),
        fix="Set alarmActions",
        levels=IN_PROD,
    ),
    ResourceRule(
        id="CloudWatch.16",
        sentence="Log groups keep their events for a year at least",
        severity=Severity.MEDIUM,
        types=(LOG_GROUP,),
        check=_kept_for_a_year,
        fix=f"Set retentionInDays to {YEAR} or more",
    ),
    ResourceRule(
        id="CloudWatch.17",
        sentence="The actions of alarms are switched on",
        severity=Severity.HIGH,
        types=ALARMS,
        check=requires(one_of("actionsEnabled", True)),
        fix="Set actionsEnabled to true",
        levels=ONLY_IN_PROD,  # alarms of test and stage wake nobody
    ),
)
