"""The order in which several workers take the tests."""

from __future__ import annotations

import pytest

from tests.schedule import EACH, TOGETHER, dealt

QUICK = [f"tests/release/test_quick.py::test_{number}" for number in range(100)]
SHARED = [f"tests/sandbox/agreement/test_agreement.py::test_{number}" for number in range(5)]
SLOW = [f"tests/integration/test_killed.py::test_killed[{number}]" for number in range(4)]
SLOWER = ["tests/integration/test_sop_road.py::test_road"]
ALL = [*QUICK, *SLOW, *SHARED, *SLOWER]


def hands(workers: int) -> list[list[str]]:
    """The tests of each worker, divided as pytest-xdist divides them."""
    order = [ALL[at] for at in dealt(ALL, workers)]
    given = []
    for at in range(workers):
        size = len(order) // (workers - at)
        given.append(order[:size])
        del order[:size]
    return given


def test_every_test_is_dealt_once() -> None:
    for workers in (1, 2, 3, 4, 7):
        assert sorted(dealt(ALL, workers)) == list(range(len(ALL)))


def test_each_worker_begins_with_its_share_of_the_slow_ones_the_slowest_first() -> None:
    first, second, third = hands(3)
    assert first[0] == SLOWER[0]
    assert second[0] in SLOW
    assert third[0] in SLOW
    for hand in (first, second, third):
        assert sum(test in SLOW for test in hand) <= 2
        slow = [test not in QUICK for test in hand]
        assert slow == sorted(slow, reverse=True), "the quick ones come last, where another worker may take them"


def test_what_shares_a_slow_fixture_stays_on_one_worker() -> None:
    for workers in (2, 3, 4):
        having = [[test for test in hand if test in SHARED] for hand in hands(workers)]
        assert [found for found in having if found] == [SHARED]


def test_the_order_is_kept_where_nothing_is_slow() -> None:
    assert dealt(QUICK, 3) == list(range(len(QUICK)))


def test_every_path_of_the_schedule_is_there(pytestconfig: pytest.Config) -> None:
    assert [path for path in [*TOGETHER, *EACH] if not (pytestconfig.rootpath / path).exists()] == []
