"""The race of rollbacks: its table, and that none of its waits is endless."""

from __future__ import annotations

from typing import Any

import pytest

from tools import rollback_race
from tools.rollback_race import CONTENDERS, Time, table, timed, until


class World:
    """A service that the old version serves from the given look on."""

    environment: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it
    folder = "."

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def old_serves_all(self) -> bool:
        self.looks -= 1
        return self.looks <= 0

    def service(self) -> dict[str, Any]:
        return {"deployments": [{}]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback_race, "PAUSE", 0.01)
    monkeypatch.setattr(rollback_race, "PATIENCE", 0.5)


def test_every_contender_has_its_row() -> None:
    rows = table([(contender, Time(served=1.2, returned=None, code=None)) for contender in CONTENDERS])
    assert len(rows) == 1 + len(CONTENDERS)
    assert rows[0].split()[:2] == ["situation", "tool"]
    assert "1 s" in rows[1]
    assert "not in time" in rows[1]


def test_both_moments_are_timed_and_the_exit_code_is_told() -> None:
    world: Any = World(looks=3)
    took = timed(world, ("sh", "-c", "exit 3"))
    assert took.code == 3
    assert took.served is not None
    assert took.returned is not None


def test_a_tool_that_never_ends_is_ended_and_says_so() -> None:
    world: Any = World(looks=10**9)
    took = timed(world, ("sleep", "60"))
    assert (took.served, took.returned) == (None, None)


def test_what_never_holds_is_given_up() -> None:
    assert until(lambda: False, patience=0.05) is None
