"""Whether one of two versions that serve at the same time does worse."""

from __future__ import annotations

import pytest

from release.two_versions import Side, TwoVersions
from release.verification import Bounds, Measurements


def side(version: str, share: float, *, requests: float | None, errors: float | None, latency: float | None) -> Side:
    measured = Measurements(seconds=300, requests=requests, errors=errors, latency=latency)
    return Side(version=version, share=share, measured=measured)


GOOD = {"requests": 1000, "errors": 2, "latency": 0.1}


def both(**coming: float | None) -> TwoVersions:
    told: dict[str, float | None] = {**GOOD, **coming}
    return TwoVersions(coming=side("1.1.0", 20, **told), going=side("1.2.0", 80, **GOOD))  # type: ignore[arg-type]


def test_the_shares_are_told_of_both() -> None:
    assert both().shares == "1.1.0 20 %, 1.2.0 80 %"


@pytest.mark.parametrize(
    ("coming", "words"),
    [
        ({}, ""),
        ({"errors": 9}, ""),  # within what is fine
        ({"errors": 30}, "error rate 3 % of 1.1.0 against 0.2 % of 1.2.0, where 1 % is allowed"),
        ({"latency": 0.19}, ""),
        ({"latency": 0.5}, "latency 0.5 s (p95) of 1.1.0 against 0.1 s (p95) of 1.2.0, where 0.2 s (p95) is allowed"),
        ({"errors": 40, "requests": 50}, ""),  # too few to tell
        ({"errors": None, "latency": None}, ""),
        ({"requests": None}, ""),
    ],
)
def test_worse_is_what_is_beyond_the_bounds_and_the_other(coming: dict[str, float | None], words: str) -> None:
    assert both(**coming).worse(Bounds()) == words


def test_what_troubles_both_is_no_reason_to_halt() -> None:
    bad = side("1.1.0", 20, requests=1000, errors=300, latency=2)
    worse = side("1.2.0", 80, requests=1000, errors=320, latency=2)
    assert TwoVersions(coming=bad, going=worse).worse(Bounds()) == ""
