"""How a secret is rotated, and who may have its function invoked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.secret_rotation import SecretRotation
from tests.components.builders import SECRET_ARN, SECRET_ROTATION, build

ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
PERMISSION = "aws:lambda/permission:Permission"


def test_a_secret_is_rotated_every_month_and_not_at_once() -> None:
    said = build(SecretRotation, SECRET_ROTATION).one(ROTATION).inputs
    assert said["secretId"] == SECRET_ARN
    assert said["rotationRules"] == {"automaticallyAfterDays": 30}
    assert said["rotateImmediately"] is False


def test_it_is_rotated_in_its_hours_where_some_are_named() -> None:
    said = build(SecretRotation, replace(SECRET_ROTATION, every_days=7, window_hours=3)).one(ROTATION).inputs
    assert said["rotationRules"] == {"automaticallyAfterDays": 7, "duration": "3h"}


def test_secrets_manager_invokes_the_function_for_this_secret_alone() -> None:
    said = build(SecretRotation, SECRET_ROTATION).one(PERMISSION).inputs
    assert (said["principal"], said["action"]) == ("secretsmanager.amazonaws.com", "lambda:InvokeFunction")
    assert (said["function"], said["sourceArn"]) == (SECRET_ROTATION.function_arn, SECRET_ARN)


def test_the_function_may_be_invoked_before_it_is_tried_out() -> None:
    assert any("Permission::thing" in urn for urn in build(SecretRotation, SECRET_ROTATION).one(ROTATION).dependencies)


def test_no_value_comes_near_the_program() -> None:
    types = {one.type for one in build(SecretRotation, SECRET_ROTATION).registered if one.custom}
    assert "aws:secretsmanager/secretVersion:SecretVersion" not in types


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"every_days": 0}, "every_days is 0; allowed are 1 to 1000"),
        ({"every_days": 1001}, "every_days is 1001"),
        ({"window_hours": 25}, "window_hours is 25; allowed are 1 to 24"),
        ({"window_hours": 0}, "window_hours is 0"),
    ],
)
def test_what_secrets_manager_would_refuse_is_refused_before_it_is_asked(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(SECRET_ROTATION, **changed)
