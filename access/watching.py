"""What the life of logs, alarms, rules, topics and keys takes.

AWS: "Actions, resources, and condition keys for Amazon CloudWatch", "... CloudWatch Logs", "... EventBridge",
"... SNS", "... KMS".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import TAGGED, Kind, Need, When, regional

LOG_GROUPS: Final = regional("logs", "log-group:{log_group}", "log-group:{log_group}:*")
ALARMS: Final = regional("cloudwatch", "alarm:{alarm}")
DASHBOARDS: Final = ("arn:{partition}:cloudwatch::{account}:dashboard/{dashboard}",)
RULES: Final = regional("events", "rule/{event_rule}")
TOPICS: Final = regional("sns", "{topic}")
KEYS: Final = regional("kms", "key/*")


def _alarm(of: str, put: str, named_by: str) -> Kind:
    return Kind(
        of=of,
        placeholder="alarm",
        named_by=named_by,
        needs=(
            Need(actions=f"cloudwatch:{put} cloudwatch:DeleteAlarms cloudwatch:ListTagsForResource", on=ALARMS),
            Need(actions="cloudwatch:DescribeAlarms", on=regional("cloudwatch", "alarm:*")),
            Need(actions="cloudwatch:TagResource cloudwatch:UntagResource", on=ALARMS, why=TAGGED),
        ),
    )


KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:cloudwatch/logGroup:LogGroup",
        placeholder="log_group",
        needs=(
            Need(
                actions="logs:CreateLogGroup logs:DeleteLogGroup logs:PutRetentionPolicy logs:ListTagsForResource",
                on=LOG_GROUPS,
            ),
            Need(actions="logs:DescribeLogGroups"),
            Need(
                actions="logs:DeleteRetentionPolicy logs:AssociateKmsKey logs:DisassociateKmsKey",
                on=LOG_GROUPS,
                why="AWS plugin: when retention or the key of a log group changes",
            ),
            Need(actions="logs:TagResource logs:UntagResource", on=LOG_GROUPS, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        # CloudWatch Logs knows no ARN of such a policy that names it.
        needs=(Need(actions="logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DeleteResourcePolicy"),),
    ),
    Kind(
        of="aws:cloudwatch/logMetricFilter:LogMetricFilter",
        needs=(
            Need(
                actions="logs:PutMetricFilter logs:DescribeMetricFilters logs:DeleteMetricFilter",
                on=LOG_GROUPS,
            ),
        ),
    ),
    _alarm("aws:cloudwatch/metricAlarm:MetricAlarm", "PutMetricAlarm", "name"),
    _alarm("aws:cloudwatch/compositeAlarm:CompositeAlarm", "PutCompositeAlarm", "alarmName"),
    Kind(
        of="aws:cloudwatch/dashboard:Dashboard",
        placeholder="dashboard",
        named_by="dashboardName",
        needs=(
            Need(actions="cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards", on=DASHBOARDS),
        ),
    ),
    Kind(
        of="aws:cloudwatch/eventRule:EventRule",
        placeholder="event_rule",
        needs=(
            Need(
                actions="events:PutRule events:DescribeRule events:DeleteRule events:ListTagsForResource",
                on=RULES,
            ),
            Need(
                actions="events:EnableRule events:DisableRule",
                on=RULES,
                why="AWS plugin: when a rule is switched on or off",
            ),
            Need(actions="events:TagResource events:UntagResource", on=RULES, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:cloudwatch/eventTarget:EventTarget",
        needs=(Need(actions="events:PutTargets events:ListTargetsByRule events:RemoveTargets", on=RULES),),
    ),
    Kind(
        of="aws:sns/topic:Topic",
        placeholder="topic",
        needs=(
            Need(
                actions="sns:CreateTopic sns:GetTopicAttributes sns:ListTagsForResource sns:DeleteTopic",
                on=TOPICS,
            ),
            Need(
                actions="sns:SetTopicAttributes",
                on=TOPICS,
                why="AWS plugin: after it has made a topic, and when one changes",
            ),
            Need(actions="sns:TagResource sns:UntagResource", on=TOPICS, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:sns/topicSubscription:TopicSubscription",
        needs=(
            Need(actions="sns:Subscribe", on=TOPICS),
            # The ARN of a subscription begins with its topic's.
            Need(
                actions="sns:GetSubscriptionAttributes sns:Unsubscribe",
                on=regional("sns", "{topic}:*", "{topic}"),
            ),
            Need(
                actions="sns:SetSubscriptionAttributes",
                on=regional("sns", "{topic}:*", "{topic}"),
                why="AWS plugin: when a subscription changes",
            ),
            Need(
                actions="sns:ListSubscriptionsByTopic",
                on=TOPICS,
                why="AWS plugin: looks whether a mail address has confirmed",
            ),
        ),
    ),
    Kind(
        of="aws:kms/key:Key",
        needs=(
            Need(actions="kms:CreateKey", when=When.MADE),
            Need(
                actions="kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags "
                "kms:EnableKeyRotation kms:ScheduleKeyDeletion",
                on=KEYS,
                when=When.OWNED,
            ),
            Need(
                actions="kms:PutKeyPolicy kms:UpdateKeyDescription kms:EnableKey kms:DisableKey "
                "kms:DisableKeyRotation kms:TagResource kms:UntagResource",
                on=KEYS,
                when=When.OWNED,
                why="AWS plugin: when policy, description, state, rotation or tags of a key change",
            ),
            Need(
                actions="kms:TagResource",
                on=KEYS,
                when=When.MADE,
                why="no call of its own: AWS asks for it when a key is made with tags",
            ),
        ),
    ),
    Kind(
        of="aws:kms/alias:Alias",
        placeholder="key_alias",
        needs=(
            # AWS asks for both, of the alias and of its key.
            Need(actions="kms:CreateAlias kms:DeleteAlias", on=regional("kms", "{key_alias}")),
            Need(actions="kms:CreateAlias kms:DeleteAlias", on=KEYS, when=When.OWNED),
            Need(
                actions="kms:UpdateAlias",
                on=regional("kms", "{key_alias}", "key/*"),
                why="AWS plugin: when an alias is given another key",
            ),
            Need(actions="kms:ListAliases"),
        ),
    ),
)
