"""The release record: what the journal and Pulumi's stack history together know of every release of a service. Pure.

The journal knows how a release ended; history knows the config of the whole stack. Either may be without the other: an
update from before there was a journal, a journal whose backend was lost, an update that was refused before it began.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from release.history import Update
from release.journal import Attempt, Override

CLOCKS: Final = timedelta(seconds=10)
"""How far the clocks of Pulumi's machine and of the journal may be apart: history has whole seconds at that."""

RELEASES: Final = "update"
"""The kind of update that releases; `refresh`, `import`, `rename` and the others deploy nothing."""
DESTROYS: Final = "destroy"
IMPORTS: Final = ("import", "resource-import")
"""Kinds in which a stack's state came from outside."""

NOT_KNOWN: Final = "not known whether it ran verified"


class Source(StrEnum):
    """Who knows of a release."""

    BOTH = "both"
    JOURNAL = "journal only"
    HISTORY = "history only"


@dataclass(frozen=True, kw_only=True)
class Release:
    """One release of a service, or what else became of it: a destroy, an import."""

    entry: str
    """What people call it: the start of its update, `20261123T045126`, which is one for all services released in it.
    Where only the journal knows it, the start of the attempt with a `j` behind."""
    service: str
    at: datetime
    ended: datetime | None
    version: str
    digest: str = ""
    revision: str = ""
    """Of the task definition: `auth-service:7`."""
    config: Mapping[str, Any]
    """The service's section of the stack file."""
    outcome: str
    verified: bool = False
    """Whether the journal says that it was seen to run as asked."""
    author: str
    """ARN of the caller by the journal; else whom Pulumi names."""
    commit: str
    reason: str
    """Of the journal; else the first line of the update's message."""
    purpose: str
    """As in the journal; of an update that releases nothing its kind; empty when nobody wrote it down."""
    overrides: tuple[Override, ...] = ()
    source: Source
    update: Update | None = None
    """The update in which it was made."""


@dataclass(frozen=True)
class _Shelf:
    """The updates that asked for one version of the service, oldest first."""

    starts: Sequence[datetime]
    numbers: Sequence[int]


def record(service: str, attempts: Iterable[Attempt], updates: Iterable[Update]) -> tuple[Release, ...]:
    """The releases of the service, newest first. Every attempt is in it once, and every update that released it."""
    own = sorted((one for one in attempts if one.begun.service == service), key=lambda one: one.begun.at)
    history = sorted(_entered(updates), key=lambda pair: pair[1].started)
    places = _places(service, own, [update for _, update in history])
    newest = own[-1] if own else None
    stamps: Counter[str] = Counter()
    found = []
    for attempt, place in zip(own, places, strict=True):
        entry, update = history[place] if place is not None else (_journal_entry(attempt, stamps), None)
        found.append(_of_attempt(entry, attempt, update, last=attempt is newest))
    since = own[0].begun.at if own else None
    found += _of_history(service, history, {place for place in places if place is not None}, since)
    return tuple(sorted(found, key=lambda one: one.at)[::-1])


def entries(updates: Sequence[Update]) -> tuple[str, ...]:
    """What people call the updates, in their order. `updates` are newest first; of two that began in the same second
    the later one ends in `-2`."""
    seen: Counter[str] = Counter()
    return tuple(_numbered(_stamp(update.started), seen) for update in reversed(updates))[::-1]


def services_of(attempts: Iterable[Attempt], updates: Iterable[Update]) -> frozenset[str]:
    """The names of all services that either knows, those of today and those of once."""
    return frozenset({one.begun.service for one in attempts} | {name for update in updates for name in update.services})


def _entered(updates: Iterable[Update]) -> list[tuple[str, Update]]:
    newest_first = sorted(updates, key=lambda update: update.started, reverse=True)
    return list(zip(entries(newest_first), newest_first, strict=True))[::-1]


def _numbered(stamp: str, seen: Counter[str]) -> str:
    seen[stamp] += 1
    return stamp if seen[stamp] == 1 else f"{stamp}-{seen[stamp]}"


def _journal_entry(attempt: Attempt, seen: Counter[str]) -> str:
    return _numbered(f"{_stamp(attempt.begun.at)}j", seen)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S}"


def _places(service: str, attempts: Sequence[Attempt], updates: Sequence[Update]) -> list[int | None]:
    """For each attempt the number of the update in which it began, if one did."""
    ends = _ends(updates)
    by_version: dict[str, list[int]] = {}
    for number, update in enumerate(updates):
        if update.kind == RELEASES and update.version(service):
            by_version.setdefault(update.version(service), []).append(number)
    shelves = {
        version: _Shelf([updates[number].started for number in numbers], numbers)
        for version, numbers in by_version.items()
    }
    return [_place(attempt, shelves.get(attempt.begun.version), ends) for attempt in attempts]


def _place(attempt: Attempt, shelf: _Shelf | None, ends: Sequence[datetime]) -> int | None:
    """The nearest of the updates that were under way when it began: the last before it, or one within the clocks."""
    if shelf is None:
        return None
    at = attempt.begun.at
    first = max(bisect_left(shelf.starts, at - CLOCKS) - 1, 0)
    behind = bisect_right(shelf.starts, at + CLOCKS)
    nothing = timedelta()
    apart = [
        (max(shelf.starts[place] - at, at - ends[shelf.numbers[place]], nothing), -place)
        for place in range(first, behind)
    ]
    if not apart:
        return None
    distance, place = min(apart)
    return shelf.numbers[-place] if distance <= CLOCKS else None


def _ends(updates: Sequence[Update]) -> list[datetime]:
    """When each was over: one that was killed at the latest when the next began, for a stack has one at a time."""
    never = datetime.max.replace(tzinfo=UTC) - 2 * CLOCKS
    following = [update.started for update in updates[1:]] + [never]
    return [update.ended or following[number] for number, update in enumerate(updates)]


def _of_attempt(entry: str, attempt: Attempt, update: Update | None, *, last: bool) -> Release:
    begun, ended = attempt.begun, attempt.ended
    return Release(
        entry=entry,
        service=begun.service,
        at=begun.at,
        ended=ended.at if ended else None,
        version=begun.version,
        digest=begun.digest,
        revision=begun.task_definition.rpartition("/")[2],
        config=update.services[begun.service] if update else begun.config,
        outcome=_attempts_outcome(attempt, update, last=last),
        verified=attempt.verified,
        author=begun.who or (update.author if update else ""),
        commit=begun.commit or (update.commit if update else ""),
        reason=begun.reason or _first_line(update),
        purpose=begun.purpose.value,
        overrides=begun.overrides,
        source=Source.BOTH if update else Source.JOURNAL,
        update=update,
    )


def _attempts_outcome(attempt: Attempt, update: Update | None, *, last: bool) -> str:
    if attempt.ended is None:
        over = not last or (update is not None and update.ended is not None)
        return "interrupted, nobody wrote down its end" if over else "still in progress"
    outcome = attempt.ended.outcome.value
    partial = attempt.verified and update is not None and update.result == "failed"
    return f"{outcome}; the update failed elsewhere" if partial else outcome


def _of_history(
    service: str, history: Sequence[tuple[str, Update]], told: set[int], since: datetime | None
) -> Iterable[Release]:
    """What history alone knows: updates that changed the service's section, imports of it, and its end."""
    before: Update | None = None
    for number, (entry, update) in enumerate(history):
        journalled = since is not None and update.started >= since - CLOCKS
        newest = number == len(history) - 1
        if update.kind == RELEASES:
            if number not in told and _releases(service, update, before, journalled=journalled):
                yield _of_update(service, entry, update, _updates_outcome(update, journalled=journalled, newest=newest))
            before = update
        elif update.kind == DESTROYS and before is not None and before.version(service):
            yield _of_update(service, entry, update, "destroyed" if update.succeeded else f"destroy {update.result}")
            before = None if update.succeeded else before
        elif update.kind in IMPORTS and update.version(service) and _differs(service, update, before):
            yield _of_update(service, entry, update, f"imported ({update.result}), nothing was deployed")


def _releases(service: str, update: Update, before: Update | None, *, journalled: bool) -> bool:
    """Whether it released the service.

    Of the time before the journal, a try again after a failure counts as well; later the journal tells of those.
    """
    if not update.version(service):
        return False
    again = before is not None and not before.succeeded and not journalled
    return again or _differs(service, update, before)


def _differs(service: str, update: Update, before: Update | None) -> bool:
    return before is None or update.services.get(service) != before.services.get(service)


def _updates_outcome(update: Update, *, journalled: bool, newest: bool) -> str:
    if update.ended is None:
        return "still in progress" if newest else f"interrupted; {NOT_KNOWN}"
    if not journalled:
        return f"{update.result}; {NOT_KNOWN}"
    return "succeeded without a deployment" if update.succeeded else f"{update.result} before a deployment began"


def _of_update(service: str, entry: str, update: Update, outcome: str) -> Release:
    return Release(
        entry=entry,
        service=service,
        at=update.started,
        ended=update.ended,
        version=update.version(service),
        config=update.services.get(service, {}),
        outcome=outcome,
        author=update.author,
        commit=update.commit,
        reason=_first_line(update),
        purpose="" if update.kind == RELEASES else update.kind,
        source=Source.HISTORY,
        update=update,
    )


def _first_line(update: Update | None) -> str:
    return update.message.partition("\n")[0] if update else ""
