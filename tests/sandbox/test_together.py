"""ECS and CloudWatch go through each other's events in order, however late they are looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.together import Together

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


class Planned:
    """Something that is due at the given seconds, and writes down what it is asked."""

    def __init__(self, name: str, log: list[tuple[str, float]], *due: float) -> None:
        self.name, self.log, self.due = name, log, list(due)

    def next_event_at(self) -> datetime | None:
        return at(min(self.due)) if self.due else None

    def let_pass(self, now: datetime) -> None:
        self.log.append((self.name, (now - BEGIN).total_seconds()))
        self.due = [due for due in self.due if at(due) > now]

    def advance(self, now: datetime) -> None:
        self.let_pass(now)
        self.log[-1] = (f"{self.name} stored", self.log[-1][1])


class Rig:
    def __init__(self, tasks: tuple[float, ...] = (), alarms: tuple[float, ...] = ()) -> None:
        self.log: list[tuple[str, float]] = []
        self.tasks, self.alarms = Planned("tasks", self.log, *tasks), Planned("alarms", self.log, *alarms)
        self.both = Together(self.tasks, self.measure, self.alarms)

    def measure(self, now: datetime) -> None:
        self.log.append(("measured", (now - BEGIN).total_seconds()))


def test_the_nearer_event_of_the_two_is_next() -> None:
    assert Rig((20,), (60,)).both.next_event_at() == at(20)
    assert Rig((80,), (60,)).both.next_event_at() == at(60)
    assert Rig((), (60,)).both.next_event_at() == at(60)
    assert Rig().both.next_event_at() is None


def test_late_is_as_good_as_in_time() -> None:
    late, timely = Rig((20, 70), (60, 120)), Rig((20, 70), (60, 120))
    late.both.advance(at(200))
    for second in (20, 60, 70, 120, 200):
        timely.both.advance(at(second))

    def happened(rig: Rig) -> list[tuple[str, float]]:
        return [(what, when) for what, when in rig.log if what in {"tasks", "measured"}]

    assert happened(late) == happened(timely)
    assert [when for what, when in late.log if what == "measured"] == [20, 60, 70, 120]


def test_alarms_are_evaluated_on_what_the_tasks_of_that_moment_do_and_tasks_learn_of_it_at_once() -> None:
    rig = Rig((60,), (60,))
    rig.both.advance(at(100))
    assert rig.log[:4] == [("tasks", 60), ("measured", 60), ("alarms stored", 60), ("tasks", 60)]


def test_what_happened_is_stored_once_at_the_end() -> None:
    rig = Rig((10, 20, 30))
    rig.both.advance(at(100))
    assert [what for what, _ in rig.log].count("tasks stored") == 1


def test_an_alarm_that_is_made_now_has_no_past_although_nothing_was_due() -> None:
    rig = Rig()
    rig.both.advance(at(100))
    assert rig.log == [("alarms stored", 100)]


@pytest.mark.parametrize("again", [1, 50])
def test_what_is_due_at_the_same_moment_again_happens_too_and_ends(again: int) -> None:
    rig = Rig((10,))
    left = again

    def once_more(now: datetime) -> None:
        nonlocal left
        left -= 1
        rig.tasks.due = [10] if left else []

    both = Together(rig.tasks, once_more, rig.alarms)
    both.advance(at(20))
    assert left == 0
