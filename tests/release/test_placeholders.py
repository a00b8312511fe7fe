"""What a catalogue may leave to be filled in each stack."""

from __future__ import annotations

import pytest

from release.placeholders import KNOWN, check_placeholders


@pytest.mark.parametrize("name", KNOWN)
def test_what_differs_from_stack_to_stack_may_be_left_open(name: str) -> None:
    check_placeholders(f"shop-{{{name}}}")


@pytest.mark.parametrize("text", ["", "shop", '{{"a": 1}}'])
def test_a_text_without_any_is_taken_and_a_brace_that_is_doubled_is_a_brace(text: str) -> None:
    check_placeholders(text)


@pytest.mark.parametrize("open_", ["{acount}", "{}", "{0}", "{account.x}", "{account!r}", "{account:>9}"])
def test_what_nobody_fills_is_refused_with_the_known_ones(open_: str) -> None:
    with pytest.raises(ValueError, match="nobody fills") as refused:
        check_placeholders(f"shop-{open_}")
    assert open_ in str(refused.value)
    assert "known are {account}, {region}, {environment}" in str(refused.value)


@pytest.mark.parametrize("text", ["{account", "account}", '{"a": 1'])
def test_half_a_pair_of_braces_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"half a pair of braces|nobody fills"):
        check_placeholders(text)
