"""Filter patterns of metric filters."""

from __future__ import annotations

import json

import pytest

from sandbox.cloudwatch.filter_pattern import PatternError, field_of, parse

ERROR = json.dumps(
    {"level": "ERROR", "status": 502, "user": {"name": "ann"}, "tags": ["a", "b"], "slow": True, "x": None}
)


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR happened", True),
        ("ERROR", "an error happened", False),
        ("ERROR timeout", "timeout: ERROR", True),
        ("ERROR timeout", "ERROR", False),
        ('"not found"', "page not found", True),
        ('"not found"', "found not", False),
        ("ERROR -timeout", "ERROR of another kind", True),
        ("ERROR -timeout", "ERROR timeout", False),
        ("?ERROR ?WARN", "WARN: soon", True),
        ("?ERROR ?WARN", "INFO: fine", False),
        ("?ERROR INFO", "INFO: fine", True),  # mixed with other terms, the ? counts for nothing
        ("ERROR", ERROR, True),
    ],
)
def test_terms_match_the_text_of_an_event(pattern: str, message: str, *, matches: bool) -> None:
    assert parse(pattern).matches(message) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.level = "ERROR" }', True),
        ("{ $.level = ERROR }", True),
        ('{$.level="ERROR"}', True),
        ('{ $.level = "ERR*" }', True),
        ('{ $.level = "WARN" }', False),
        ('{ $.level != "WARN" }', True),
        ('{ $.gone != "WARN" }', False),
        ("{ $.status = 502 }", True),
        ("{ $.status >= 500 }", True),
        ("{ $.status < 500 }", False),
        ('{ $.user.name = "ann" }', True),
        ('{ $.tags[1] = "b" }', True),
        ('{ $.level = "ERROR" && $.status = 500 }', False),
        ('{ $.level = "ERROR" || $.status = 500 }', True),
        ('{ ($.level = "WARN" || $.status = 502) && $.slow IS TRUE }', True),
        ("{ $.x IS NULL }", True),
        ("{ $.slow IS FALSE }", False),
        ("{ $.gone NOT EXISTS }", True),
        ("{ $.gone EXISTS }", False),
    ],
)
def test_json_patterns_match_the_fields_of_an_event(pattern: str, *, matches: bool) -> None:
    assert parse(pattern).matches(ERROR) is matches


def test_a_json_pattern_does_not_match_what_is_no_json_object() -> None:
    assert not parse('{ $.level = "ERROR" }').matches("ERROR")
    assert not parse('{ $.level = "ERROR" }').matches('["ERROR"]')


def test_a_field_gives_its_value() -> None:
    assert field_of(json.loads(ERROR), "$.status") == 502
    assert field_of(json.loads(ERROR), "$.user.gone") is None


@pytest.mark.parametrize(
    "pattern",
    [
        "[ip, user]",
        "a.b",
        "ERROR!",
        '"open',
        "{ level = 1 }",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a > b }",
        "{ $.a IS ODD }",
        "%x%",
    ],
)
def test_other_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)
