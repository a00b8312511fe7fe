"""A migration's identity, and what is written down of it. Pure.

The same service, image and command are the same migration, whatever its task definition: once it has succeeded it is
never run again. A *run* of it is one try; another task definition, or a person who asks for it, makes another run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from release.journal import JournalError, Moment, Words, parse

BEGUN: Final = "begun.json"
STARTED: Final = "started.json"
ENDED: Final = "ended.json"

TOKEN_DIGITS: Final = 16
RUN_DIGITS: Final = 8


def _digits(parts: Sequence[object], count: int) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()[:count]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What tells migrations, and their runs, apart."""

    service: str
    digest: str
    """Of the image."""
    command: tuple[str, ...]
    task_definition: str
    """ARN with the revision."""
    attempt: int = 1

    @property
    def token(self) -> str:
        """The migration's."""
        return _digits((self.service, self.digest, self.command), TOKEN_DIGITS)

    @property
    def run(self) -> str:
        """The run's, which tells it from other runs of the migration."""
        return _digits((self.token, self.task_definition, self.attempt), RUN_DIGITS)

    @property
    def mark(self) -> str:
        """Starts the mark of every run's task."""
        return f"migration-{self.token}-"

    @property
    def started_by(self) -> str:
        """The mark on the run's task (AWS: "RunTask", startedBy: letters, digits, hyphens; 128, formerly 36)."""
        return self.mark + self.run

    @property
    def group(self) -> str:
        """The mark of all migrations of the service (AWS: "RunTask", group)."""
        return f"migration:{self.service}"

    @property
    def folder(self) -> str:
        """Where the migration's runs stand in the journal."""
        return f"{self.service}/{self.token}"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    form: Literal[1] = 1


class MigrationBegun(_Record):
    """Written before ECS is asked for the task."""

    version: str
    digest: str
    command: tuple[Words, ...]
    task_definition: str
    attempt: int
    irreversible: bool
    at: Moment


class MigrationStarted(_Record):
    """Written when ECS has answered with the task."""

    task: str
    """ARN."""
    at: Moment


def _last(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines[-20:]


class MigrationEnded(_Record):
    """Written when the task has stopped."""

    succeeded: bool
    task: str
    """ARN."""
    at: Moment
    sentence: Words = ""
    """Why it failed; empty when it did not."""
    log: Annotated[tuple[Words, ...], AfterValidator(_last)] = ()


@dataclass(frozen=True, kw_only=True)
class MigrationRun:
    """One run, as far as the journal knows."""

    run: str
    begun: MigrationBegun | None = None
    started: MigrationStarted | None = None
    ended: MigrationEnded | None = None


_Form = TypeVar("_Form", bound=BaseModel)


def runs(objects: Mapping[str, str]) -> tuple[MigrationRun, ...]:
    """The runs of a migration from its objects by name, `RUN/ended.json`. Raises `JournalError` for a strange one."""
    folders: dict[str, dict[str, str]] = {}
    for name, text in objects.items():
        run, _, kind = name.rpartition("/")
        if kind not in (BEGUN, STARTED, ENDED):
            raise JournalError(f"the journal holds {name}, which is no record of a migration")
        folders.setdefault(run, {})[kind] = text
    return tuple(
        MigrationRun(
            run=run.rpartition("/")[2],
            begun=_read(MigrationBegun, run, BEGUN, found),
            started=_read(MigrationStarted, run, STARTED, found),
            ended=_read(MigrationEnded, run, ENDED, found),
        )
        for run, found in sorted(folders.items())
    )


def _read(form: type[_Form], run: str, kind: str, found: Mapping[str, str]) -> _Form | None:
    return parse(form, f"migrations/{run}/{kind}", found[kind]) if kind in found else None
