"""The tasks of a service: batches of them, and the agenda of what happens to each next."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from rollout.batch import Batch, Life
from rollout.scheduler import Tally
from rollout.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rollout.steps import Plan

_WAKE = 0
"""Stands on the agenda in place of a batch's number, to wake the scheduler."""


class Fleet:
    """All batches whose tasks have not stopped yet. It moves tasks along their plans and decides nothing."""

    def __init__(self) -> None:
        self.batches: dict[int, Batch] = {}
        self._agenda: list[tuple[float, int, int]] = []
        self._serial = 0
        self._last_task = 0
        self._wake_at = -1.0

    # Tasks come, change their course, and go

    def launch(self, deployment: int, number: int, plan: Plan, now: float) -> Batch:
        """A new batch of ``number`` tasks, whose first step is taken already."""
        first = self._last_task + 1
        self._last_task += number
        batch = self._add(Batch(0, deployment, list(range(first, first + number)), plan, now, at=1))
        self._put_on_agenda(batch)
        return batch

    def divert(self, batch: Batch, plan: Plan, now: float) -> None:
        """Let a batch follow another plan from now on."""
        batch.follow(plan, now)
        self._put_on_agenda(batch)

    def part(self, batch: Batch, tasks: list[int]) -> Batch:
        """A batch of just ``tasks``, which are taken out of ``batch``; it goes on as they did."""
        if len(tasks) == len(batch.tasks):
            return batch
        chosen = set(tasks)
        batch.tasks = [task for task in batch.tasks if task not in chosen]
        part = Batch(0, batch.deployment, tasks, batch.plan, batch.begin, at=batch.at, life=batch.life, step=batch.step)
        part.healthy, part.running, part.registered = batch.healthy, batch.running, batch.registered
        self._put_on_agenda(self._add(part))
        return part

    def pick(self, number: int, candidates: Iterable[Batch]) -> Iterator[Batch]:
        """Batches of ``number`` tasks in all, those that are not healthy before those that are."""
        for batch in sorted(candidates, key=lambda batch: batch.healthy):
            if number <= 0:
                return
            tasks = batch.tasks[:number]
            number -= len(tasks)
            yield self.part(batch, tasks)

    def remove(self, batch: Batch) -> None:
        """Forget a batch whose tasks have stopped."""
        del self.batches[batch.id]

    # Time

    def wake(self, at: float) -> None:
        """Make ``at`` a moment at which something happens, instead of the one named before."""
        self._wake_at = at
        self._serial += 1
        heappush(self._agenda, (at, self._serial, _WAKE))

    def next_event_at(self) -> float | None:
        """When the next step is due, or the waking; None when never."""
        agenda = self._agenda
        while agenda and not self._is_valid(agenda[0]):
            heappop(agenda)
        return agenda[0][0] if agenda else None

    def take_steps(self, at: float) -> Iterator[tuple[Batch, Step] | None]:
        """Take every step that is due at ``at``, in the order of the agenda; None stands for the waking."""
        agenda = self._agenda
        while agenda and agenda[0][0] == at:
            entry = heappop(agenda)
            if not self._is_valid(entry):
                continue
            batch = self.batches.get(entry[2])
            if batch is None:
                yield None
                continue
            batch.step = batch.plan[batch.at][1]
            batch.at += 1
            self._put_on_agenda(batch)
            yield batch, batch.step

    # What stands now

    def find(self, task: int) -> Batch | None:
        """The batch that a task is in."""
        return next((batch for batch in self.batches.values() if task in batch.tasks), None)

    def wanted(self) -> list[Batch]:
        """Batches that nobody has told to stop and that have not ended by themselves."""
        return [batch for batch in self.batches.values() if batch.life <= Life.CONDEMNED]

    def tasks(self) -> int:
        """Tasks that have not stopped yet."""
        return sum(len(batch.tasks) for batch in self.batches.values())

    def deployments(self) -> set[int]:
        """Deployments that have tasks."""
        return {batch.deployment for batch in self.batches.values()}

    def tally(self, primary: int) -> Tally:
        """Tasks counted for the scheduler, from the point of view of the primary deployment."""
        tally = Tally()
        for batch in self.batches.values():
            number, life = len(batch.tasks), batch.life
            if life is Life.STOPPING:
                continue
            if batch.deployment != primary:
                if life is Life.FAILING:
                    tally.old_failing += number
                else:
                    tally.old += number
                    tally.old_healthy += number * batch.healthy
            elif life is Life.ALIVE:
                tally.own += number
                tally.own_healthy += number * batch.healthy
            elif life is Life.CONDEMNED:
                tally.own_condemned += number
            else:
                tally.own_failing += number
        return tally

    def _add(self, batch: Batch) -> Batch:
        self._serial += 1
        batch.id = self._serial
        self.batches[batch.id] = batch
        return batch

    def _put_on_agenda(self, batch: Batch) -> None:
        at = batch.next_step_at()
        self._serial += 1
        batch.serial = self._serial
        if at is not None:
            heappush(self._agenda, (at, self._serial, batch.id))

    def _is_valid(self, entry: tuple[float, int, int]) -> bool:
        at, serial, number = entry
        if number == _WAKE:
            return at == self._wake_at
        batch = self.batches.get(number)
        return batch is not None and batch.serial == serial
