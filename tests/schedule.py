"""Which worker begins with which tests: the slow ones first and evenly, so that no worker is left with one at the end.

pytest-xdist's `worksteal` hands each worker an equal run of the collected tests, and a worker without any takes some
from the end of another's. Seconds are those of a run of three workers on two cores; only their order of size matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

TOGETHER: Final = {
    "tests/sandbox/agreement/": 60.0,
    "tests/provider/test_sixty_releases.py": 25.0,
}
"""Seconds of all tests below a path that share a slow fixture, and so belong on one worker."""
EACH: Final = {
    "tests/integration/test_sop_road.py": 80.0,
    "tests/integration/test_killed.py": 70.0,
    "tests/integration/test_after_a_failure.py": 70.0,
    "tests/integration/test_migration.py": 45.0,
    "tests/integration/test_sop.py": 15.0,
    "tests/integration/test_bad_input.py": 6.0,
    "tests/integration/": 40.0,
    "tests/sandbox/standins/test_on_the_engine.py": 18.0,
    "tests/rollout/test_ten_thousand_rollouts.py": 10.0,
}
"""Seconds of each test below a path; the first that fits counts."""


def dealt(tests: Sequence[str], workers: int) -> list[int]:
    """The places of the tests (their node ids) in the order in which each worker gets an equal run of them."""
    hands: list[list[int]] = [[] for _ in range(workers)]
    burdens = [0.0] * workers
    groups, quick = _groups(tests)
    for seconds, group in sorted(groups, key=lambda found: -found[0]):
        lightest = burdens.index(min(burdens))
        hands[lightest].extend(group)
        burdens[lightest] += seconds
    left = len(tests)
    for at, hand in enumerate(hands):
        size = left // (workers - at)  # as `worksteal` divides
        free = max(0, size - len(hand))
        hand.extend(quick[:free])
        del quick[:free]
        left -= size
    return [at for hand in [*hands, quick] for at in hand]


def _groups(tests: Sequence[str]) -> tuple[list[tuple[float, list[int]]], list[int]]:
    """The slow tests, with their seconds and whatever shares a fixture with them, and the quick ones."""
    together: dict[str, list[int]] = {}
    apart: list[tuple[float, list[int]]] = []
    quick: list[int] = []
    for at, test in enumerate(tests):
        if shared := _first(TOGETHER, test):
            together.setdefault(shared, []).append(at)
        elif slow := _first(EACH, test):
            apart.append((EACH[slow], [at]))
        else:
            quick.append(at)
    return [*((TOGETHER[path], group) for path, group in together.items()), *apart], quick


def _first(paths: Mapping[str, float], test: str) -> str:
    return next((path for path in paths if test.startswith(path)), "")
