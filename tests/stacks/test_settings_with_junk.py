"""Whatever stands in a stack file, the answer is settings or a refusal in people's words."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stacks.settings import Settings, SettingsError, parse
from tests.stacks.test_settings import GOOD

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates(), st.binary(max_size=4)
)
KEYS = st.one_of(
    st.sampled_from(
        [
            "aws",
            "network",
            "prefix",
            "services",
            "loadBalancer",
            "adopt",
            "version",
            "cpu",
            "secure",
            "releases",
            "from",
        ]
    ),
    st.text(max_size=8),
    st.integers(),
)
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
PLACES = st.sampled_from(
    [
        ("aws",),
        ("aws", "account"),
        ("aws", "deployRole"),
        ("network",),
        ("network", "cidr"),
        ("network", "adopt"),
        ("prefix",),
        ("loadBalancer",),
        ("services",),
        ("services", "auth-service"),
        ("services", "auth-service", "version"),
        ("services", "auth-service", "cpu"),
        ("services", "auth-service", "memory"),
        ("services", "auth-service", "build"),
        ("services", "auth-service", "attempt"),
        ("releases",),
        ("releases", "zone"),
        ("releases", "windows"),
        ("releases", "windows", 0),
        ("releases", "windows", 0, "days"),
        ("releases", "windows", 0, "from"),
        ("releases", "freezes"),
        ("releases", "freezes", 0),
        ("releases", "freezes", 0, "everyYear"),
        ("releases", "freezes", 0, "to"),
    ]
)
RELEASES = {
    "zone": "Europe/Berlin",
    "windows": [{"days": ["mon"], "from": "09:00", "to": "16:00"}],
    "freezes": [{"name": "sale", "from": "2026-07-01", "to": "2026-07-02"}],
}


def settings_or_refusal(environment: str, config: Any) -> None:
    try:
        answer = parse(environment, config, "Pulumi.test.yaml")
    except SettingsError as error:
        refused = error
    else:
        assert isinstance(answer, Settings)
        assert answer.calendar is None or answer.calendar.zone.key
        return
    assert len(str(refused).splitlines()) == len(refused.mistakes) > 0, "a line for every mistake"


@given(st.sampled_from(["test", "stage", "prod", "qa", ""]), st.dictionaries(st.text(max_size=8), JUNK, max_size=5))
def test_junk_for_a_whole_file(environment: str, config: dict[str, Any]) -> None:
    settings_or_refusal(environment, config)


@given(st.sampled_from(["test", "stage", "prod"]), PLACES, JUNK)
def test_junk_in_one_place_of_a_good_file(environment: str, place: tuple[str | int, ...], junk: Any) -> None:
    config: Any = copy.deepcopy(dict(GOOD) | {"releases": RELEASES})
    where = config
    for key in place[:-1]:
        where = where[key]
    where[place[-1]] = junk
    settings_or_refusal(environment, config)


@given(st.integers(), st.integers())
def test_any_size_is_one_of_fargate_or_refused(cpu: int, memory: int) -> None:
    config: Any = copy.deepcopy(dict(GOOD))
    config["services"]["auth-service"] |= {"cpu": cpu, "memory": memory}
    settings_or_refusal("test", config)
