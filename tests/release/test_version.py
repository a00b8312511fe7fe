"""Version rules of the SOP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.version import (
    ANY_NAMED_VERSION,
    RELEASES_AND_CANDIDATES,
    RELEASES_ONLY,
    VersionError,
    VersionRule,
    check_version,
    is_moving,
    newest_candidate,
)

RULES = {"prod": RELEASES_ONLY, "stage": RELEASES_AND_CANDIDATES, "test": ANY_NAMED_VERSION}

TAKEN_BY = {
    "1.0.0": {"prod", "stage", "test"},
    "0.0.1": {"prod", "stage", "test"},
    "10.20.30": {"prod", "stage", "test"},
    "1.0.0-rc1": {"stage", "test"},
    "1.0.0-rc12": {"stage", "test"},
    "dev": {"test"},
    "dev-login": {"test"},
    "dev-2026.11_a": {"test"},
    "latest": set(),
    "LATEST": set(),
    "": set(),
    "1": set(),
    "1.0": set(),
    "1.0.0.0": set(),
    "01.0.0": set(),
    "1.0.00": set(),
    "v1.0.0": set(),
    "1.0.0-rc": set(),
    "1.0.0-rc0": set(),
    "1.0.0-rc01": set(),
    "1.0.0-RC1": set(),
    "1.0.0-beta1": set(),
    "1.0.0+build": set(),
    "1.0.0\n": set(),
    " 1.0.0": set(),
    "\u0661.0.0": set(),
    "developer": set(),
    "dev-": set(),
    "dev/x": set(),
    "1.0." + "9" * 200: set(),
}


def taken(rule: VersionRule, version: str) -> bool:
    try:
        check_version(rule, version)
    except VersionError:
        return False
    return True


@pytest.mark.parametrize(("version", "environments"), TAKEN_BY.items(), ids=[repr(version) for version in TAKEN_BY])
def test_an_environment_takes_just_the_forms_of_the_sop(version: str, environments: set[str]) -> None:
    assert {name for name, rule in RULES.items() if taken(rule, version)} == environments


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_error_names_the_version_and_what_is_allowed_on_one_short_line(rule: VersionRule) -> None:
    with pytest.raises(VersionError) as refused:
        check_version(rule, "v1.0")
    assert "'v1.0'" in str(refused.value)
    assert "MAJOR.MINOR.PATCH (1.5.0)" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


numbers = st.integers(0, 10**6)


@given(numbers, numbers, numbers, st.integers(1, 999))
def test_every_triple_is_a_release_everywhere_and_its_candidates_stop_before_prod(
    major: int, minor: int, patch: int, candidate: int
) -> None:
    triple = f"{major}.{minor}.{patch}"
    assert all(taken(rule, triple) for rule in RULES.values())
    assert [taken(rule, f"{triple}-rc{candidate}") for rule in RULES.values()] == [False, True, True]


@given(st.text())
def test_a_stricter_environment_never_takes_what_a_laxer_one_refuses(version: str) -> None:
    assert taken(RELEASES_ONLY, version) <= taken(RELEASES_AND_CANDIDATES, version) <= taken(ANY_NAMED_VERSION, version)


@given(st.from_regex(r"[\w.-]{1,20}", fullmatch=True))
def test_only_tags_that_begin_with_dev_move_as_ecr_excludes_them(version: str) -> None:
    assert not is_moving(version) or version.startswith("dev")


@pytest.mark.parametrize(
    ("release", "tags", "newest"),
    [
        ("1.0.0", {"1.0.0-rc9", "1.0.0-rc10", "1.0.1-rc11", "11.0.0-rc12", "1.0.0-rc", "1.0.0", "dev"}, "1.0.0-rc10"),
        ("1.0.0", {"1.0.1-rc1", "1.0.0-rc0", "1.0.0-rc1-rc2"}, None),
        ("1.0.0-rc1", {"1.0.0-rc1", "1.0.0-rc2"}, None),
        ("dev", {"dev-rc1"}, None),
    ],
)
def test_the_newest_candidate_of_a_release_has_the_highest_number(
    release: str, tags: set[str], newest: str | None
) -> None:
    assert newest_candidate(release, tags) == newest
