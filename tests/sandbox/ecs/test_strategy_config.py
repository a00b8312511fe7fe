"""The deployment strategies in a service's configuration: defaults and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws_error import AwsError
from sandbox.ecs.strategy_config import normalised

ROLE = "arn:aws:iam::111111111111:role/hooks"
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:check"
PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
LAMBDA = {"hookTargetArn": FUNCTION, "roleArn": ROLE, "lifecycleStages": ["POST_SCALE_UP"]}


def test_a_linear_strategy_has_steps_of_ten_percent_and_six_minutes() -> None:
    made = normalised({"strategy": "LINEAR", "bakeTimeInMinutes": 3})
    assert made["linearConfiguration"] == {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}
    assert made["bakeTimeInMinutes"] == 3


def test_a_canary_strategy_has_five_percent_for_ten_minutes_unless_told() -> None:
    assert normalised({"strategy": "CANARY"})["canaryConfiguration"] == {
        "canaryPercent": 5.0,
        "canaryBakeTimeInMinutes": 10,
    }
    told = normalised({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 12.5}})
    assert told["canaryConfiguration"] == {"canaryPercent": 12.5, "canaryBakeTimeInMinutes": 10}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.9}}, "Invalid stepPercent: 2.9. It must be"),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 33.33}}, "must be a multiple of 0.1"),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepBakeTimeInMinutes": 1441}}, "from 0 to 1440"),
        ({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 100.1}}, "from 0.1 to 100"),
        ({"strategy": "CANARY", "linearConfiguration": {"stepPercent": 10}}, "only valid with the deployment strategy"),
        ({"strategy": "ROLLING", "canaryConfiguration": {"canaryPercent": 5}}, "strategy CANARY, got ROLLING"),
        ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1441}, "Invalid bakeTimeInMinutes: 1441"),
    ],
)
def test_numbers_and_members_that_aws_refuses_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as refused:
        normalised(given)
    assert refused.value.code == "InvalidParameterException"
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        (PAUSE | {"lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}, "Invalid lifecycle stage provided for Pause Hook"),
        (PAUSE | {"targetType": "EMAIL"}, "Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE"),
        (PAUSE | {"roleArn": ROLE}, "roleArn is not applicable"),
        (PAUSE | {"lifecycleStages": []}, "lifecycleStages can not be empty"),
        (PAUSE | {"timeoutConfiguration": {"timeoutInMinutes": 20161}}, "from 1 to 20160"),
        (LAMBDA | {"timeoutConfiguration": {"timeoutInMinutes": 1441}}, "from 1 to 1440"),
        (LAMBDA | {"roleArn": ""}, "roleArn can not be empty"),
        (LAMBDA | {"hookTargetArn": None}, "hookTargetArn can not be empty"),
    ],
)
def test_hooks_that_aws_refuses_are_refused(hook: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as refused:
        normalised({"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]})
    assert message in refused.value.message


def test_ten_hooks_of_each_type_are_allowed_and_no_more() -> None:
    assert normalised({"strategy": "BLUE_GREEN", "lifecycleHooks": [PAUSE] * 10 + [LAMBDA] * 10})
    with pytest.raises(AwsError, match="at most 10 hooks of the type PAUSE, got 11"):
        normalised({"strategy": "BLUE_GREEN", "lifecycleHooks": [PAUSE] * 11})
