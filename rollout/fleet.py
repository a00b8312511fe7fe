"""The tasks of a service: batches of them, and the agenda of what happens to each next."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from itertools import groupby
from typing import TYPE_CHECKING

from rollout.batch import Batch, Life
from rollout.scheduler import Tally
from rollout.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rollout.steps import Plan

_WAKE = 0
"""Stands on the agenda in place of a batch's number, to wake the scheduler."""
_EXPIRY = -1
"""Stands there for the end of a task's protection."""


class Fleet:
    """All batches whose tasks have not stopped yet. It moves tasks along their plans and decides nothing."""

    def __init__(self) -> None:
        self.batches: dict[int, Batch] = {}
        self.zones: dict[int, str] = {}
        """The zone of every task that has not stopped yet; none where the revision names no zones."""
        self.protected: dict[int, float] = {}
        """Until when tasks are protected from being stopped for being old or too many."""
        self._agenda: list[tuple[float, int, int]] = []
        self._serial = 0
        self._last_task = 0
        self._wake_at = -1.0

    # Tasks come, change their course, and go

    def launch(self, deployment: int, zones: Sequence[str], plan: Plan, now: float) -> Batch:
        """A new batch of tasks, one in each of ``zones`` ("": in none), whose first step is taken already."""
        tasks = list(range(self._last_task + 1, self._last_task + 1 + len(zones)))
        self._last_task += len(zones)
        self.zones |= {task: zone for task, zone in zip(tasks, zones, strict=True) if zone}
        batch = self._add(Batch(0, deployment, tasks, plan, now, at=1))
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
        part.serving = batch.serving
        self._put_on_agenda(self._add(part))
        return part

    def pick(self, number: int, candidates: Iterable[Batch]) -> Iterator[Batch]:
        """Batches of ``number`` tasks in all that are not protected, those that are not healthy before those that are.

        AWS: "Update Amazon ECS service parameters": each task that is stopped is of the zone where the service then
        has most: documented (of container instances). Which one within a zone is assumed.
        """
        batches = sorted(candidates, key=lambda batch: batch.healthy)
        left = self.in_zones()
        for _, group in groupby(batches, key=lambda batch: batch.healthy):
            chosen = self._choose(number, list(group), left)
            number -= sum(len(tasks) for _, tasks in chosen)
            for batch, tasks in chosen:
                yield self.part(batch, tasks)

    def _choose(self, number: int, batches: list[Batch], left: Counter[str]) -> list[tuple[Batch, list[int]]]:
        """At most ``number`` tasks of the batches, each of the zone that has most ``left``."""
        stoppable = [(batch, [task for task in batch.tasks if self._may_stop(batch, task)]) for batch in batches]
        if number < sum(len(tasks) for _, tasks in stoppable):
            by_zone: dict[str, list[int]] = {}
            for _, tasks in stoppable:
                for task in tasks:
                    by_zone.setdefault(self.zones.get(task, ""), []).append(task)
            chosen = set(_in_turn(number, by_zone, left))
            stoppable = [(batch, [task for task in tasks if task in chosen]) for batch, tasks in stoppable]
        else:
            left.subtract(self.zones.get(task, "") for _, tasks in stoppable for task in tasks)
        return [(batch, tasks) for batch, tasks in stoppable if tasks]

    def _may_stop(self, batch: Batch, task: int) -> bool:
        return task not in self.protected or batch.life is not Life.ALIVE

    def remove(self, batch: Batch) -> None:
        """Forget a batch whose tasks have stopped."""
        del self.batches[batch.id]
        for task in batch.tasks:
            self.zones.pop(task, None)
            self.protected.pop(task, None)

    def protect(self, task: int, until: float) -> None:
        """Protect a task until then."""
        self.protected[task] = until
        self._serial += 1
        heappush(self._agenda, (until, self._serial, _EXPIRY))

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
                self.protected = {task: until for task, until in self.protected.items() if until > at}
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

    def in_zones(self, deployment: int | None = None) -> Counter[str]:
        """Wanted tasks by zone, of one deployment or of all."""
        counts: Counter[str] = Counter()
        for batch in self.wanted() if self.zones else ():
            if deployment in {None, batch.deployment}:
                counts.update([self.zones.get(task, "") for task in batch.tasks])
        return counts

    def places_taken(self) -> Counter[str]:
        """Tasks by zone that have not stopped yet."""
        return Counter(self.zones.get(task, "") for batch in self.batches.values() for task in batch.tasks)

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
            if life is Life.REPLACED:
                tally.own_replaced += number * (batch.deployment == primary)
            elif batch.deployment != primary:
                if life is Life.FAILING:
                    tally.old_failing += number
                else:
                    protected = self._protected(batch)
                    tally.old += number
                    tally.old_healthy += number * batch.healthy
                    tally.old_protected += protected
                    tally.old_protected_healthy += protected * batch.healthy
            elif life is Life.ALIVE:
                tally.own += number
                tally.own_healthy += number * batch.healthy
                tally.own_protected += self._protected(batch)
            elif life is Life.CONDEMNED:
                tally.own_condemned += number
            else:
                tally.own_failing += number
        return tally

    def _protected(self, batch: Batch) -> int:
        return sum(not self._may_stop(batch, task) for task in batch.tasks) if self.protected else 0

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
        if number == _EXPIRY:
            return at in self.protected.values()
        batch = self.batches.get(number)
        return batch is not None and batch.serial == serial


def _in_turn(number: int, by_zone: dict[str, list[int]], left: Counter[str]) -> Iterator[int]:
    """``number`` tasks, each the first of the zone with most ``left``, which they are taken from."""
    queues = {zone: iter(tasks) for zone, tasks in by_zone.items()}
    while number > 0:
        zone = max(queues, key=left.__getitem__)
        task = next(queues[zone], None)
        if task is None:
            del queues[zone]
            continue
        left[zone] -= 1
        number -= 1
        yield task
