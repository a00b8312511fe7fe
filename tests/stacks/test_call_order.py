"""Who is called is deployed before who calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.call_order import CallsInACircle, call_order

NAMES = tuple("abcdefgh")


@st.composite
def without_circles(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Services in any order, each of which calls some of those before it in another."""
    ranked = draw(st.permutations(NAMES))
    calls = {name: tuple(draw(st.sets(st.sampled_from(ranked[:rank])))) for rank, name in enumerate(ranked) if rank}
    return {name: calls.get(name, ()) for name in draw(st.permutations(NAMES))}


@given(without_circles())
def test_each_service_comes_once_and_behind_all_that_it_calls(calls: dict[str, tuple[str, ...]]) -> None:
    order = call_order(calls)
    assert sorted(order) == sorted(calls)
    for caller, called in calls.items():
        assert all(order.index(one) < order.index(caller) for one in called)


def test_services_that_call_nobody_stay_in_the_catalogues_order() -> None:
    assert call_order({"shop": (), "orders": (), "mailer": ()}) == ("shop", "orders", "mailer")


def test_services_that_call_each_other_are_named_as_they_call() -> None:
    with pytest.raises(CallsInACircle) as refused:
        call_order({"shop": ("orders",), "orders": ("stock",), "stock": ("shop",), "mailer": ("shop",)})
    assert str(refused.value) in (
        "shop calls orders calls stock calls shop",
        "orders calls stock calls shop calls orders",
        "stock calls shop calls orders calls stock",
    )
