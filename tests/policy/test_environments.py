"""What prod keeps without any setting, and the page that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policy.checked_resource import CheckedResource
from policy.controls import NEEDS_A_SETTING, OUT_OF_SCOPE
from policy.inspection import inspect
from policy.rules import BY_ID
from stacks.tags import default_tags
from tools import policy_docs

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 23)


def of_golden_tree(environment: str) -> Sequence[CheckedResource]:
    """What the program of an environment registers. What one is made of is known by the ids that mocks give."""
    tree: Mapping[str, Any] = json.loads((ROOT / "tests" / "golden" / f"{environment}.json").read_text())["resources"]
    return [
        CheckedResource(
            urn=f"urn:pulumi:{environment}::slipway::{key}",
            type=key.split(" ")[0],
            name=key.split(" ")[1],
            properties={"id": f"{key.split(' ')[1]}-id", **one["inputs"]},
            default_tags=default_tags(environment),
        )
        for key, one in tree.items()
    ]


@pytest.mark.parametrize("environment", ["test", "stage", "prod"])
def test_an_environment_as_it_stands_breaks_no_rule_but_those_that_need_a_setting(environment: str) -> None:
    found = inspect(of_golden_tree(environment), environment, [], TODAY)
    assert {one.violation.rule.id for one in found.mandatory} <= set(NEEDS_A_SETTING), list(map(str, found.mandatory))


def test_every_setting_that_prod_is_said_to_need_is_needed() -> None:
    found = inspect(of_golden_tree("prod"), "prod", [], TODAY)
    assert {one.violation.rule.id for one in found.judged} == set(NEEDS_A_SETTING)


def test_every_control_of_the_services_around_ecs_is_accounted_for() -> None:
    listed = {
        "ECS": [*range(1, 6), *range(8, 11), *range(12, 22)],
        "ECR": range(1, 6),
        "ELB": [*range(1, 11), 12, 13, 14, 16, 17, 18, 21, 22],
        "EC2": [2, 6, 10, 15, 16, 18, 19, 21, 55, 56, 57, 172],
        "CloudWatch": range(15, 18),
        "IAM": [1, 2, 21],
        "KMS": range(1, 6),
        "SecretsManager": range(1, 5),
        "SQS": range(1, 4),
        "ACM": [1, 2],
    }
    controls = {f"{service}.{number}" for service, numbers in listed.items() for number in numbers}
    assert controls == set(BY_ID) | set(OUT_OF_SCOPE)


def test_the_page_is_what_the_rules_say() -> None:
    assert policy_docs.PAGE.read_text(encoding="utf-8") == policy_docs.page(), "run `python -m tools.policy_docs`"
