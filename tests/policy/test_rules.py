"""Each rule says yes to a program that keeps it, and no to each way of breaking it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from policy.checked_resource import UNKNOWN, CheckedResource
from policy.controls import OUT_OF_SCOPE
from policy.rule import Rule, StackRule, found_by
from policy.rules import BY_ID, RULES
from tests.policy.parts import Program
from tests.policy.programs import PROGRAMS

BROKEN = [(rule, way) for rule, cases in PROGRAMS.items() for way in cases.breaks]
ALSO_KEPT = [(rule, way) for rule, cases in PROGRAMS.items() for way in cases.also_keep]


def test_each_rule_has_its_programs() -> None:
    assert set(PROGRAMS) == set(BY_ID)
    assert len(BY_ID) == len(RULES), "an id stands for one rule"
    assert not set(BY_ID) & set(OUT_OF_SCOPE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_told_in_sentences(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]*\.[0-9]+", rule.id)
    for text in (rule.sentence, rule.fix):
        assert text[0].isupper(), text
        assert not text.endswith("."), "what prints it ends the sentence"


@pytest.mark.parametrize("rule", PROGRAMS)
def test_a_program_that_keeps_the_rule_passes(rule: str) -> None:
    assert found_by(BY_ID[rule], PROGRAMS[rule].keeps).violations == []


@pytest.mark.parametrize(("rule", "way"), ALSO_KEPT)
def test_so_does_another_way_to_keep_it(rule: str, way: str) -> None:
    assert found_by(BY_ID[rule], PROGRAMS[rule].also_keep[way]).violations == []


@pytest.mark.parametrize(("rule", "way"), BROKEN)
def test_each_way_to_break_the_rule_is_found_once(rule: str, way: str) -> None:
    [violation, *more] = found_by(BY_ID[rule], PROGRAMS[rule].breaks[way]).violations
    assert {one.resource.name for one in more} <= {violation.resource.name}
    assert str(violation).startswith(f"{rule} ({BY_ID[rule].severity}) {violation.resource.name}: ")
    assert violation.problem


def unknown_ways(program: Program) -> Iterator[tuple[str, list[CheckedResource]]]:
    """The program with one property after the other that only the update tells."""
    for at, one in enumerate(program):
        for key in one.properties:
            blurred = CheckedResource(
                urn=one.urn,
                type=one.type,
                name=one.name,
                properties={**one.properties, key: UNKNOWN},
                depends=one.depends,
            )
            yield key, [*program[:at], blurred, *program[at + 1 :]]


@pytest.mark.parametrize(("rule", "way"), BROKEN)
def test_what_nobody_knows_yet_breaks_no_rule_that_it_could_keep(rule: str, way: str) -> None:
    """The broken program is fine, or waits, as soon as the property that breaks it is unknown."""
    kinds = BY_ID[rule].types
    program = [one for one in PROGRAMS[rule].breaks[way] if one.type in kinds]
    everything: list[CheckedResource] = [
        CheckedResource(
            urn=one.urn,
            type=one.type,
            name=one.name,
            properties=dict.fromkeys(_named(PROGRAMS[rule].keeps, one, PROGRAMS[rule].breaks[way]), UNKNOWN),
            depends=one.depends,
        )
        for one in program
    ]
    if isinstance(BY_ID[rule], StackRule) or rule == "IAM.2":
        return  # they look for resources that are not there, or are broken by the resource's being there
    findings = found_by(BY_ID[rule], everything)
    assert findings.violations == []
    assert findings.unchecked, "it is said"


def _named(keeps: Program, broken: CheckedResource, breaks: Program) -> set[str]:
    names: set[str] = set(broken.properties)
    for one in (*keeps, *breaks):
        if one.type == broken.type:
            names |= set(one.properties)
    return names


@pytest.mark.parametrize("rule", PROGRAMS)
def test_any_single_unknown_is_borne(rule: str) -> None:
    for key, program in unknown_ways(PROGRAMS[rule].keeps):
        findings = found_by(BY_ID[rule], program)
        assert findings.violations == [], key
        assert all(one.property.startswith(key) for one in findings.unchecked)


def test_default_tags_of_the_provider_count() -> None:
    [service] = PROGRAMS["ECS.13"].breaks["no tags"]
    tags: Mapping[str, Any] = {"Environment": "prod"}
    tagged = CheckedResource(
        urn=service.urn, type=service.type, name=service.name, properties=service.properties, default_tags=tags
    )
    assert found_by(BY_ID["ECS.13"], [tagged]).violations == []
