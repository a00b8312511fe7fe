"""A stack is on the platform of its own place alone, and hears where it is not."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from environment.platform_reference import checked

HERE = {
    "environment": "test",
    "account": "111111111111",
    "region": "eu-west-1",
    "prefix": "",
    "cluster": "microservices",
}
STACK = "organization/slipway/test"


def test_a_platform_of_the_same_place_is_taken() -> None:
    assert checked({**HERE, "vpcId": "vpc-1"}, STACK, HERE)["vpcId"] == "vpc-1"


@pytest.mark.parametrize("nothing", [None, {}])
def test_a_stack_without_the_output_is_refused_with_what_to_run(nothing: Any) -> None:
    with pytest.raises(pulumi.RunError, match=r"no output `platform`.*run `pulumi up -s test` in the platform's"):
        checked(nothing, STACK, HERE)


@pytest.mark.parametrize("key", HERE)
def test_a_platform_of_another_place_is_refused_naming_what_differs(key: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"{key} of the platform in stack {STACK} is 'other'.*says '{HERE[key]}'"):
        checked({**HERE, key: "other"}, STACK, HERE)


@pytest.mark.parametrize("key", HERE)
def test_a_platform_that_does_not_say_where_it_is_is_refused(key: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"{key} of the platform in stack {STACK} is None"):
        checked({name: value for name, value in HERE.items() if name != key}, STACK, HERE)


def test_a_platform_of_an_older_slipway_encrypts_no_logs_and_says_nothing_of_it() -> None:
    plain, encrypted = {**HERE, "encryptedLogs": False}, {**HERE, "encryptedLogs": True}
    checked(HERE, STACK, plain)
    with pytest.raises(pulumi.RunError, match=r"encryptedLogs of the platform in stack .* is False.*says True"):
        checked(HERE, STACK, encrypted)
