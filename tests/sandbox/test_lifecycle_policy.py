"""Which images a lifecycle policy expires, by the examples of AWS's user guide, and which policies ECR refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.repository import lifecycle_document
from sandbox.aws_error import AwsError
from sandbox.ecr.lifecycle import Candidate, Rule, expiring
from sandbox.ecr.lifecycle_policy import parse

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def image(name: str, days: float, *tags: str, held: bool = False) -> Candidate:
    return Candidate(name, tags, NOW - timedelta(days=days), held)


def tagged(*prefixes: str, **count: Any) -> dict[str, Any]:
    return {"tagStatus": "tagged", "tagPrefixList": list(prefixes), **count}


def policy(*selections: dict[str, Any]) -> str:
    rules = [
        {"rulePriority": number, "selection": selection, "action": {"type": "expire"}}
        for number, selection in enumerate(selections, 1)
    ]
    return json.dumps({"rules": rules})


COUNT = {"countType": "imageCountMoreThan", "countNumber": 1}
FIVE_DAYS = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": 5}
ONE_DAY = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}
ANY = {"tagStatus": "any", **COUNT}
UNTAGGED = {"tagStatus": "untagged", **COUNT}
PROD_AND_BETA = [
    image("A", 10, "beta-1", "prod-1"),
    image("B", 9, "beta-2", "prod-2"),
    image("C", 8, "beta-3"),
]
ALL_KINDS = [
    image("A", 4, "alpha-1", "beta-1"),
    image("B", 3),
    image("C", 2, "alpha-2"),
    image("D", 1, "git-hash"),
    image("E", 1),
]


@pytest.mark.parametrize(
    ("text", "images", "expected"),
    [
        pytest.param(
            policy(tagged("prod", **COUNT), tagged("beta", **COUNT)), PROD_AND_BETA, {"A": 1}, id="multiple-A"
        ),
        pytest.param(
            policy(tagged("beta", **COUNT), tagged("prod", **COUNT)), PROD_AND_BETA, {"A": 1, "B": 1}, id="multiple-B"
        ),
        pytest.param(
            policy(tagged("alpha", "beta", **FIVE_DAYS)),
            [
                image("A", 12, "alpha-1"),
                image("B", 11, "beta-1"),
                image("C", 10, "alpha-2", "beta-2"),
                image("D", 4, "alpha-3"),
                image("E", 3, "beta-3"),
                image("F", 2, "alpha-4", "beta-4"),
            ],
            {"C": 1},
            id="several-tags-A",
        ),
        pytest.param(
            policy(tagged("alpha", "beta", **COUNT)),
            [
                image("A", 10, "alpha-1", "beta-1", "gamma-1"),
                image("B", 9, "alpha-2", "beta-2"),
                image("C", 8, "alpha-3", "beta-3", "gamma-2"),
            ],
            {"A": 1, "B": 1},
            id="several-tags-B",
        ),
        pytest.param(
            policy(ANY),
            [image("A", 4, "alpha-1"), image("B", 3, "beta-1"), image("C", 2), image("D", 1, "alpha-2")],
            {"A": 1, "B": 1, "C": 1},
            id="all-A",
        ),
        pytest.param(
            policy(tagged("alpha", **COUNT), {"tagStatus": "untagged", **ONE_DAY}, ANY),
            ALL_KINDS,
            {"A": 1, "B": 2, "D": 3},
            id="all-B",
        ),
    ],
)
def test_the_examples_of_the_user_guide(text: str, images: list[Candidate], expected: dict[str, int]) -> None:
    assert expiring(parse(text), images, NOW) == expected
    assert expiring(parse(text), images[::-1], NOW) == expected


def test_the_oldest_expire_first_and_an_image_of_exactly_the_age_stays() -> None:
    images = [image("young", 5), image("old", 7), image("older", 8)]
    rules = [Rule(1, "untagged", oldest_days=5)]
    assert list(expiring(rules, images, NOW)) == ["older", "old"]


def test_an_image_that_an_index_names_stays_until_the_index_has_gone() -> None:
    images = [image("child", 9, held=True), image("index", 9, "1.0.0")]
    assert expiring([Rule(1, "any", oldest_days=5)], images, NOW) == {"index": 1}


@pytest.mark.parametrize(
    ("pattern", "tags", "fits"),
    [
        ("prod*", ("prod",), True),
        ("prod*", ("preprod",), False),
        ("*.rc*", ("1.0.rc1",), True),
        ("*.rc*", ("1.0-rc1",), False),
        ("1.0", ("1x0",), False),
        ("*", ("anything",), True),
        ("*", (), False),
    ],
)
def test_a_pattern_is_the_whole_tag_with_wildcards(pattern: str, tags: tuple[str, ...], *, fits: bool) -> None:
    assert Rule(1, "tagged", (pattern,), most_images=1).selects(tags) is fits


def test_a_pattern_list_is_read_as_it_is_and_a_prefix_list_as_prefixes() -> None:
    patterns = policy({"tagStatus": "tagged", "tagPatternList": ["*1*", "x"], **COUNT})
    assert parse(patterns)[0].patterns == ("*1*", "x")
    assert parse(policy(tagged("v", **COUNT)))[0].patterns == ("v*",)


def rule(priority: int = 1, action: object = None, **selection: Any) -> str:
    body = {"rulePriority": priority, "selection": {**UNTAGGED, **selection}, "action": action or {"type": "expire"}}
    return json.dumps({"rules": [body]})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "Could not map policyString into LifecyclePolicy."),
        ("[]", "Could not map policyString into LifecyclePolicy."),
        ("{}", 'object has missing required properties (["rules"])'),
        ('{"rules": []}', "array is too short"),
        ('{"rules": [1]}', "instance type (number) does not match any allowed primitive type"),
        ('{"rules": [{}]}', 'object has missing required properties (["action", "rulePriority", "selection"])'),
        (rule(0), "numeric instance is lower than the required minimum (minimum: 1, found: 0)"),
        (rule(countNumber=0), "numeric instance is lower than the required minimum (minimum: 1, found: 0)"),
        (rule(countNumber="3"), "instance type (string) does not match any allowed primitive type"),
        (rule(action={"type": "keep"}), 'instance value ("keep") not found in enum'),
        (rule(tagStatus="all"), 'instance value ("all") not found in enum'),
        (rule(colour="red"), 'properties which are not allowed by the schema: ["colour"]'),
        (rule(countType="newest"), "instance failed to match exactly one schema (matched 0 out of 2)"),
        (rule(countUnit="days"), "instance failed to match exactly one schema"),
        (rule(countUnit=None), "instance failed to match exactly one schema"),
        (rule(countType="sinceImagePushed"), "instance failed to match exactly one schema"),
        (rule(countType="sinceImagePushed", countUnit="hours"), "instance failed to match exactly one schema"),
        (rule(tagStatus="tagged"), "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED."),
        (rule(tagPrefixList=["v"]), "Cannot specify tagPrefixList or tagPatternList when tagStatus=UNTAGGED."),
        (rule(tagStatus="tagged", tagPrefixList=["v"], tagPatternList=["v*"]), "Cannot specify both"),
        (rule(tagStatus="tagged", tagPatternList=["*1*2*3*4*5"]), "at most 4 wildcards"),
        (rule(tagStatus="tagged", tagPrefixList=[]), "instance failed to match exactly one schema"),
        (policy(UNTAGGED, UNTAGGED), "Only one rule can select Untagged images per storage class."),
        (policy(ANY, UNTAGGED), "Rule for tagStatus=ANY must have the lowest priority per storage class"),
        (policy(tagged("v", **COUNT), tagged("v", **FIVE_DAYS)), "a unique set of tag prefixes"),
        (policy(UNTAGGED, ANY).replace('"rulePriority": 2', '"rulePriority": 1'), "Rule priorities must be unique."),
    ],
)
def test_ecr_refuses_a_policy_that_breaks_its_rules(text: str, words: str) -> None:
    with pytest.raises(AwsError) as refused:
        parse(text)
    assert refused.value.code == "InvalidParameterException"
    begin = "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: '"
    assert refused.value.message.startswith(f"{begin}Lifecycle policy validation failure: ")
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rule(action={"type": "transition", "targetStorageClass": "archive"}), "archive images"),
        (rule(countType="sinceImagePulled", countUnit="days"), "countType sinceImagePulled"),
        (rule(storageClass="standard"), "a storageClass"),
    ],
)
def test_what_the_sandbox_does_not_know_it_names(text: str, words: str) -> None:
    with pytest.raises(NotImplementedError, match=words):
        parse(text)


def test_ecr_takes_the_policy_of_the_repository_component() -> None:
    rules = parse(json.dumps(lifecycle_document(30)))
    assert [(rule.tag_status, rule.most_images, rule.oldest_days) for rule in rules] == [
        ("tagged", 1000, 0),
        ("any", 30, 0),
    ]
