"""Runs one migration once: finds what was started before, starts it otherwise, and follows it to its end.

Every look begins with what the journal and ECS remember, so a run that was interrupted at any moment is gone on with.
ECS forgets a stopped task after an hour; what the journal adds, and what is left without it, stands in
`docs/adr/0005-a-migration-runs-once.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from account.aws_faults import AwsFault
from provider import migration_words as words
from provider.facts import short
from provider.migration_tasks import MigrationTask, MigrationTasks, Network, Refused
from provider.verdict import State, Verdict
from release.journal import JournalError, Outcome
from release.migration import BEGUN, ENDED, STARTED, MigrationBegun, MigrationEnded, MigrationRun, MigrationStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from account.journal_store import ServiceJournal
    from release.migration import Identity

CAUSE: Final = "migration"
"""The name of the cause, in the journal, of a release that failed by its migration."""
ALREADY_ASKED: Final = "ConflictException"
"""AWS: "Ensuring idempotency", a client token used with other parameters: the task exists, but is not listed yet."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be run."""

    identity: Identity
    version: str
    network: Network
    timeout: float
    """Seconds of this machine's time that one `pulumi up` gives the task, from when it starts or finds it."""
    irreversible: bool = False


class MigrationRunner:
    """One `pulumi up`'s run of one migration."""

    def __init__(
        self, order: Order, tasks: MigrationTasks, journal: ServiceJournal | None, now: Callable[[], float]
    ) -> None:
        self._order = order
        self._tasks = tasks
        self._journal = journal
        self._now = now
        self._task = ""
        self._seen = False
        self._since = 0.0
        self._stopping = False
        self.ran = False
        """Whether a task was started or followed, rather than found to be done long ago."""

    def look(self) -> Verdict:
        """The migration as it stands: RUNS says that it has succeeded, FAILED that it will not."""
        try:
            return self._follow() if self._task else self._find_or_start()
        except JournalError as error:
            return _failed(f"{words.name(self._order)} was not run: {error}")

    def _find_or_start(self) -> Verdict:
        """The table of what decides whether it may run; the first line that applies."""
        identity = self._order.identity
        runs = self._journal.migration_runs(identity.folder) if self._journal else ()
        tasks = self._tasks.all()
        own = [task for task in tasks if task.started_by.startswith(identity.mark)]
        running = next((task for task in own if not task.stopped), None)
        done = next((task for task in own if task.succeeded), None)
        this = next((task for task in own if task.stopped and task.started_by == identity.started_by), None)
        other = next((task for task in tasks if task not in own and not task.stopped), None)
        recorded = next((run for run in runs if run.run == identity.run), MigrationRun(run=identity.run))
        before = next((run.ended for run in runs if run.ended and run.ended.succeeded), None)
        if before:
            return Verdict(state=State.RUNS, sentence=words.done_before(self._order), deployment=before.task)
        if running or done or this:
            return self._adopt(running or done or this)
        if recorded.ended:
            return _failed(words.failed_before(self._order, recorded.ended), Outcome.FAILED)
        if other:
            return _failed(words.another_runs(self._order, other))
        if recorded.started:
            return _failed(words.nobody_knows(self._order, recorded.started.task), Outcome.UNKNOWN)
        return self._start()

    def _adopt(self, task: MigrationTask | None) -> Verdict:
        if task is None:
            raise AssertionError("no task to adopt")
        self._take(task.arn)
        return self._judge(task)

    def _start(self) -> Verdict:
        order, identity = self._order, self._order.identity
        self._note(
            BEGUN,
            MigrationBegun(
                version=order.version,
                digest=identity.digest,
                command=identity.command,
                task_definition=identity.task_definition,
                attempt=identity.attempt,
                irreversible=order.irreversible,
                at=_moment(),
            ),
        )
        try:
            task = self._tasks.start(order.network)
        except AwsFault as fault:
            if fault.code == ALREADY_ASKED:
                return Verdict(state=State.NOT_STARTED, sentence=words.not_listed_yet(order))
            raise
        if isinstance(task, Refused):
            return _failed(words.refused(order, task.reason))
        self._take(task.arn)
        self._note(STARTED, MigrationStarted(task=task.arn, at=_moment()))
        return self._judge(task)

    def _take(self, arn: str) -> None:
        self._task, self._since, self.ran = arn, self._now(), True

    def _follow(self) -> Verdict:
        task = self._tasks.one(self._task)
        if task is not None:
            self._seen = True
            return self._judge(task)
        if self._seen:
            return _failed(words.nobody_knows(self._order, self._task), Outcome.UNKNOWN)
        return Verdict(state=State.NOT_STARTED, sentence=words.not_listed_yet(self._order), deployment=self._task)

    def _judge(self, task: MigrationTask) -> Verdict:
        if not task.stopped:
            self._keep_the_time(task)
            return Verdict(state=State.UNDERWAY, sentence=words.progress(self._order, task), deployment=task.arn)
        end = self._tasks.end_of(task)
        sentence = "" if task.succeeded else words.failed(self._order, end)
        self._note(
            ENDED,
            MigrationEnded(succeeded=task.succeeded, task=task.arn, at=_moment(), sentence=sentence, log=end.log),
            run=task.started_by.rpartition("-")[2],
        )
        if not task.succeeded:
            return _failed(sentence, Outcome.FAILED, (f"task {short(task.arn)}: {end.reason}", *_lines(end.log)))
        return Verdict(
            state=State.RUNS, sentence=words.succeeded(self._order, end), deployment=task.arn, evidence=_lines(end.log)
        )

    def _keep_the_time(self, task: MigrationTask) -> None:
        if not self._stopping and self._now() - self._since >= self._order.timeout:
            self._tasks.stop(task, words.took_too_long(self._order))
            self._stopping = True

    def _note(self, kind: str, record: MigrationBegun | MigrationStarted | MigrationEnded, run: str = "") -> None:
        if self._journal:
            identity = self._order.identity
            self._journal.note_migration(f"{identity.folder}/{run or identity.run}/{kind}", record)


def _failed(sentence: str, outcome: Outcome | None = None, evidence: tuple[str, ...] = ()) -> Verdict:
    """With an outcome the release has failed, and only another attempt tries it again."""
    cause = CAUSE if outcome else ""
    return Verdict(state=State.FAILED, sentence=sentence, outcome=outcome, cause=cause, evidence=evidence)


def _lines(log: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"log: {line}" for line in log)


def _moment() -> datetime:
    return datetime.now(UTC)
