"""What a key is made with, who may use it, and what it is called."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.encryption_key import LONGEST_ALIAS, EncryptionKey, alias_of
from components.key_policy import KeyUse, used_for, used_for_log_groups
from tests.components.builders import ENCRYPTION_KEY, build
from tests.recording_engine import ACCOUNT, REGION

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/payments"


def statements(**changed: Any) -> list[dict[str, Any]]:
    made = build(EncryptionKey, replace(ENCRYPTION_KEY, **changed)).one(KEY)
    found: list[dict[str, Any]] = json.loads(made.inputs["policy"])["Statement"]
    return found


def test_it_is_rotated_and_can_be_had_back_for_as_long_as_aws_lets_it() -> None:
    made = build(EncryptionKey, ENCRYPTION_KEY).one(KEY)
    assert made.inputs["enableKeyRotation"] is True
    assert made.inputs["deletionWindowInDays"] == 30
    assert "rotationPeriodInDays" not in made.inputs


def test_how_often_it_is_rotated_and_how_long_it_can_be_had_back_is_the_environment_s_to_say() -> None:
    made = build(EncryptionKey, replace(ENCRYPTION_KEY, rotation_days=90, deletion_window_days=7)).one(KEY)
    assert (made.inputs["rotationPeriodInDays"], made.inputs["deletionWindowInDays"]) == (90, 7)


def test_people_find_it_by_its_alias() -> None:
    made = build(EncryptionKey, ENCRYPTION_KEY, name="payments").one(ALIAS)
    assert made.inputs["name"] == "alias/logs/payments"
    assert made.inputs["targetKeyId"] == "payments-id"


def test_nobody_but_the_account_uses_a_key_of_which_nothing_is_said() -> None:
    [only] = statements(uses=())
    assert only["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert (only["Effect"], only["Action"]) == ("Allow", "kms:*")


def test_log_groups_use_it_under_their_own_name_alone() -> None:
    _, use = statements()
    assert use["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    assert use["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP}}


def test_a_pattern_of_log_groups_is_matched_as_one() -> None:
    _, use = statements(uses=[used_for_log_groups("Logs", REGION, f"{GROUP}*", "arn:other")])
    assert use["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [f"{GROUP}*", "arn:other"]}}


@pytest.mark.parametrize("service", ["cloudwatch.amazonaws.com", "sns.amazonaws.com"])
def test_a_service_uses_it_for_this_account_alone(service: str) -> None:
    _, use = statements(uses=[used_for("Use", service, ACCOUNT)])
    assert use["Principal"] == {"Service": service}
    assert use["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_in_another_part_of_aws_its_account_is_of_that_part() -> None:
    assert statements(partition="aws-cn")[0]["Principal"] == {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"alias_name": "alias with spaces"}, "alias_name is 'alias with spaces'"),
        ({"alias_name": ""}, "alias_name is ''"),
        ({"alias_name": "aws/sns"}, "'aws/sns'; what starts with 'aws/' is AWS's own"),
        ({"alias_name": "a" * (LONGEST_ALIAS + 1)}, "1 to 250"),
        ({"deletion_window_days": 6}, "deletion_window_days is 6; allowed are 7 to 30"),
        ({"deletion_window_days": 31}, "deletion_window_days is 31"),
        ({"rotation_days": 89}, "rotation_days is 89; allowed are 90 to 2560"),
        (
            {"uses": [KeyUse(sid=f"U{n}", service="sns.amazonaws.com") for n in range(400)]},
            "KMS takes 32768: let `uses` name patterns",
        ),
    ],
)
def test_what_kms_would_refuse_is_refused_before_it_is_asked(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        replace(ENCRYPTION_KEY, **changed)
    assert said in str(refused.value)


def test_an_alias_is_made_of_a_name_that_may_have_other_characters() -> None:
    assert alias_of("logs", "/vpc/network/flow-logs") == "logs/vpc/network/flow-logs"
    assert alias_of("sns", "orders.fifo") == "sns/orders-fifo"
    replace(ENCRYPTION_KEY, alias_name=alias_of("logs", "/a.b#c/"))


def test_aliases_of_long_names_that_begin_alike_differ() -> None:
    one, other = (alias_of("logs", "g" * 500 + end) for end in ("a", "b"))
    assert one != other
    assert len(one) == len(other) == LONGEST_ALIAS
