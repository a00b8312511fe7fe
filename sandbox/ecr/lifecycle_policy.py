"""The text of a lifecycle policy, checked as ECR checks it.

ECR user guide: "Lifecycle policy properties in Amazon ECR": the rules are documented. The words of the refusals are
observed where public reports quote them (moto's, terraform-aws-ecr issues 132 and 158), else assumed after their style.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws_error import AwsError
from sandbox.ecr.lifecycle import Rule

Json = dict[str, Any]

_MOST_WILDCARDS = 4
_RULE = ({"rulePriority", "selection", "action"}, {"description"})
_SELECTION = ({"tagStatus", "countType", "countNumber"}, {"tagPrefixList", "tagPatternList", "countUnit"})
_TAG_STATUS = ("any", "tagged", "untagged")
_COUNT_TYPES = ("imageCountMoreThan", "sinceImagePushed")
_NEWER_COUNT_TYPES = ("sinceImagePulled", "sinceImageTransitioned")
_NO_SCHEMA = "instance failed to match exactly one schema (matched 0 out of 2)"


def parse(text: str) -> tuple[Rule, ...]:
    """The rules, by their priority.

    Raises ECR's error, or NotImplementedError for what the sandbox does not know: archiving, and counting from an
    image's last pull.
    """
    try:
        document = json.loads(text)
    except ValueError:
        raise refusal("Could not map policyString into LifecyclePolicy.") from None
    if not isinstance(document, dict):
        raise refusal("Could not map policyString into LifecyclePolicy.")
    if not isinstance(document.get("rules"), list):
        raise refusal('object has missing required properties (["rules"])')
    if not document["rules"]:
        raise refusal("array is too short: must have at least 1 elements but instance has 0 elements")
    rules = sorted((_rule(rule) for rule in document["rules"]), key=lambda rule: rule.priority)
    _check_together(rules)
    return tuple(rules)


def refusal(words: str) -> AwsError:
    """ECR's error for a policy that it does not take."""
    return AwsError(
        "InvalidParameterException",
        "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
        f"'Lifecycle policy validation failure: {words}'",
    )


def _rule(rule: Json) -> Rule:
    _check_members(rule, *_RULE)
    selection, action = rule["selection"], rule["action"]
    if isinstance(selection, dict):
        _refuse_newer(selection, action)
    _check_members(action, {"type"}, set())
    if action["type"] != "expire":
        raise refusal(f'instance value ("{action["type"]}") not found in enum (possible values: ["expire"])')
    _check_members(selection, *_SELECTION)
    priority, number = rule["rulePriority"], selection["countNumber"]
    for value in (priority, number):
        _check_number(value)
    by_age = _counts_by_age(selection)
    return Rule(
        priority,
        _tag_status(selection),
        _patterns(selection),
        most_images=0 if by_age else number,
        oldest_days=number if by_age else 0,
    )


def _refuse_newer(selection: Json, action: object) -> None:
    if isinstance(action, dict) and action.get("type") == "transition":
        raise NotImplementedError("lifecycle rules that archive images (action transition)")
    if selection.get("countType") in _NEWER_COUNT_TYPES:
        raise NotImplementedError(f"lifecycle rules with countType {selection['countType']}")
    if "storageClass" in selection:
        raise NotImplementedError("lifecycle rules with a storageClass")


def _check_members(value: object, required: set[str], optional: set[str]) -> None:
    if not isinstance(value, dict):
        kind = {list: "array", str: "string", bool: "boolean", type(None): "null"}.get(type(value), "number")
        raise refusal(f'instance type ({kind}) does not match any allowed primitive type (allowed: ["object"])')
    if missing := sorted(required - value.keys()):
        raise refusal(f"object has missing required properties ({json.dumps(missing)})")
    if unknown := sorted(value.keys() - required - optional):
        raise refusal(f"object instance has properties which are not allowed by the schema: {json.dumps(unknown)}")


def _check_number(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise refusal(
            f"instance type ({'string' if isinstance(value, str) else 'number'}) does not match any allowed primitive "
            'type (allowed: ["integer"])'
        )
    if value < 1:
        raise refusal(f"numeric instance is lower than the required minimum (minimum: 1, found: {value})")


def _counts_by_age(selection: Json) -> bool:
    """Whether age counts. ``countUnit`` goes with ``sinceImagePushed``, and only with that."""
    if selection["countType"] not in _COUNT_TYPES:
        raise refusal(_NO_SCHEMA)
    by_age = bool(selection["countType"] == "sinceImagePushed")
    if by_age != ("countUnit" in selection) or selection.get("countUnit", "days") != "days":
        raise refusal(_NO_SCHEMA)
    return by_age


def _tag_status(selection: Json) -> str:
    status = selection["tagStatus"]
    if status not in _TAG_STATUS:
        raise refusal(f'instance value ("{status}") not found in enum (possible values: {json.dumps(_TAG_STATUS)})')
    listed = "tagPrefixList" in selection or "tagPatternList" in selection
    if status == "tagged" and not listed:
        raise refusal("Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.")
    if status != "tagged" and listed:
        raise refusal(f"Cannot specify tagPrefixList or tagPatternList when tagStatus={status.upper()}.")
    return str(status)


def _patterns(selection: Json) -> tuple[str, ...]:
    prefixes, patterns = selection.get("tagPrefixList"), selection.get("tagPatternList")
    if prefixes is not None and patterns is not None:
        raise refusal("Cannot specify both tagPrefixList and tagPatternList.")
    listed = prefixes if prefixes is not None else patterns
    if listed is None:
        return ()
    if not isinstance(listed, list) or not listed or not all(isinstance(text, str) and text for text in listed):
        raise refusal(_NO_SCHEMA)
    if prefixes is not None:
        return tuple(f"{prefix}*" for prefix in prefixes)
    for pattern in listed:
        if pattern.count("*") > _MOST_WILDCARDS:
            raise refusal(f"A tag pattern can have at most {_MOST_WILDCARDS} wildcards, got {pattern!r}.")
    return tuple(listed)


def _check_together(rules: list[Rule]) -> None:
    """What holds between rules."""
    priorities = [rule.priority for rule in rules]
    if len(set(priorities)) < len(priorities):
        raise refusal("Rule priorities must be unique.")
    if any(rule.tag_status == "any" for rule in rules[:-1]):
        raise refusal("Rule for tagStatus=ANY must have the lowest priority per storage class")
    if sum(rule.tag_status == "untagged" for rule in rules) > 1:
        raise refusal("Only one rule can select Untagged images per storage class.")
    tagged = [frozenset(rule.patterns) for rule in rules if rule.tag_status == "tagged"]
    if len(set(tagged)) < len(tagged):
        raise refusal("The set of rules must contain a unique set of tag prefixes.")
