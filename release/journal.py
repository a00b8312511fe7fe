"""The journal: what is written of every attempt to release a service, and what can be read from it.

An attempt is objects that are written once and never changed: one when it begins, one when it has ended, and between
them one where a person asks for its stop. Their names sort by time, so a listing is a history. No record holds a
secret: texts from outside are redacted on the way in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from release.redaction import redact

BEGUN: Final = "begun.json"
ABORTED: Final = "aborted.json"
ENDED: Final = "ended.json"


class JournalError(ValueError):
    """A record that cannot be read. Its text names the object."""


class Outcome(StrEnum):
    """How an attempt ended."""

    SUCCEEDED = "succeeded"
    BREAKER_ROLLED_BACK = "rolled back by the circuit breaker"
    ALARM_ROLLED_BACK = "rolled back by an alarm"
    VERIFICATION_ROLLED_BACK = "rolled back by its verification"
    NOTHING_TO_GO_BACK_TO = "failed with nothing to go back to"
    FAILED = "failed"
    STOPPED = "stopped by a person"
    REPLACED = "replaced by another deployment"
    IN_PROGRESS = "still in progress"
    DELETED = "service deleted"
    OTHER_REVISION = "another revision runs"
    UNHEALTHY = "deployed but unhealthy"
    PAUSED = "paused for a person"
    UNKNOWN = "unknown"
    """Nobody saw the end, and ECS does not remember it."""

    @property
    def final(self) -> bool:
        """Whether nothing more comes of the attempt by itself."""
        return self not in (Outcome.IN_PROGRESS, Outcome.PAUSED)


class Purpose(StrEnum):
    """What an attempt was for."""

    RELEASE = "release"
    ROLLBACK = "rollback"
    RETRY = "retry"


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]
Words = Annotated[str, AfterValidator(redact)]
"""Text from outside: of people, logs or AWS."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    form: Literal[1] = 1
    """The form of the record, raised when a reader must know the difference."""


_Form = TypeVar("_Form", bound=BaseModel)


class Override(_Record):
    """A gate that a person went through although it refused."""

    gate: str
    refusal: Words
    reason: Words


class Begun(_Record):
    """What is known of an attempt before anything in AWS changes."""

    service: str
    version: str
    digest: str
    task_definition: str = ""
    """ARN; empty when it is not registered yet."""
    release_hash: str
    """Of everything that starts a deployment."""
    attempt: int = 1
    """Raised by a person who asks for another try of the same release."""
    purpose: Purpose = Purpose.RELEASE
    strategy: str = "ROLLING"
    config: Mapping[str, Any]
    """The service's section of the stack file."""
    release: Mapping[str, Any] = {}
    """The release as rendered: the container definitions and whatever else starts a deployment."""
    at: Moment
    who: str
    """ARN of the caller."""
    leaves: str = ""
    """The version that was tried last before: what a rollback goes back from."""
    commit: str = ""
    reason: Words = ""
    overrides: tuple[Override, ...] = ()
    after: str | None = ""
    """ARN of the newest service deployment before this attempt: whatever ECS lists above it belongs to the attempt.
    Empty when there was none. None: ECS runs what is asked for already, and no deployment has to come."""

    @property
    def folder(self) -> str:
        """Where its objects are: `auth-service/20261123T045126.000000Z-1a2b3c4d-1`."""
        return f"{self.service}/{self.at:%Y%m%dT%H%M%S.%fZ}-{self.release_hash[:8]}-{self.attempt}"


def _over(outcome: Outcome) -> Outcome:
    if not outcome.final:
        raise ValueError(f"an attempt that is {outcome} has not ended")
    return outcome


class Ended(_Record):
    """How it ended."""

    outcome: Annotated[Outcome, AfterValidator(_over)]
    at: Moment
    cause: str = ""
    """Name of the cause; empty when it succeeded."""
    sentence: Words = ""
    """What happened, why, and what runs now."""
    deployment: str = ""
    """ARN of the service deployment."""
    timeline: tuple[Words, ...] = ()
    closed_later: bool = False
    """Whether a later run wrote it, from what ECS said, because this one did not come to its end."""


class Aborted(_Record):
    """A person's word that its deployment be stopped, written before ECS is asked.

    It proves the wish alone: that the deployment was stopped is ECS's to say.
    """

    at: Moment
    who: str
    """ARN of the caller."""
    deployment: str
    """ARN of the service deployment."""
    reason: Words = ""


class Attempt(BaseModel):
    """One attempt, whole."""

    model_config = ConfigDict(frozen=True)

    begun: Begun
    aborted: Aborted | None = None
    ended: Ended | None = None

    @property
    def verified(self) -> bool:
        """Whether the release was seen to run as asked."""
        return self.ended is not None and self.ended.outcome is Outcome.SUCCEEDED

    @property
    def quarantined(self) -> bool:
        """Whether the same release must not be started again without a person's word."""
        return self.ended is not None and not self.verified


def write(record: BaseModel) -> str:
    """A record as the text of its object."""
    return record.model_dump_json(by_alias=True, indent=2)


def read(objects: Mapping[str, str]) -> tuple[Attempt, ...]:
    """The attempts, newest first, of objects by their names. An end without a begin, or any other object, is an error.

    Raises `JournalError` for what cannot be read: a journal with a hole proves nothing.
    """
    folders: dict[str, dict[str, str]] = {}
    for name, text in objects.items():
        folder, _, kind = name.rpartition("/")
        folders.setdefault(folder, {})[kind] = text
    attempts = [_attempt(folder, found) for folder, found in folders.items()]
    return tuple(sorted(attempts, key=lambda attempt: attempt.begun.at, reverse=True))


def _attempt(folder: str, found: Mapping[str, str]) -> Attempt:
    strange = set(found) - {BEGUN, ABORTED, ENDED}
    if strange:
        raise JournalError(f"the journal holds {folder}/{min(strange)}, which is no record of an attempt")
    if BEGUN not in found:
        raise JournalError(f"the journal holds {folder}/{max(found)} without {BEGUN}")
    begun = parse(Begun, f"{folder}/{BEGUN}", found[BEGUN])
    aborted = parse(Aborted, f"{folder}/{ABORTED}", found[ABORTED]) if ABORTED in found else None
    ended = parse(Ended, f"{folder}/{ENDED}", found[ENDED]) if ENDED in found else None
    return Attempt(begun=begun, aborted=aborted, ended=ended)


def parse(form: type[_Form], name: str, text: str) -> _Form:
    """One record of the journal. Raises `JournalError` naming the object when the text is not of that form."""
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise JournalError(f"the journal's object {name} cannot be read: {place}: {first['msg']}") from error


def purpose_of(attempts: Sequence[Attempt], service: str, digest: str, attempt: int, pinned: str = "") -> Purpose:
    """What a release is for: a rollback brings back an image that was verified here, and was not tried last.

    `pinned` is the ARN of the task definition that it is held to: one that was verified here makes it a rollback, the
    image and the attempt whatever they may be.
    """
    if pinned and any(one.verified and one.begun.task_definition == pinned for one in attempts):
        return Purpose.ROLLBACK
    if attempt > 1 and any(one.begun.digest == digest and one.begun.attempt < attempt for one in attempts):
        return Purpose.RETRY
    last = newest(attempts, service)
    came_back = last is not None and last.begun.digest != digest and verified_digest(attempts, service, digest)
    return Purpose.ROLLBACK if came_back else Purpose.RELEASE


def newest(attempts: Iterable[Attempt], service: str) -> Attempt | None:
    """The last attempt of a service."""
    return next((attempt for attempt in attempts if attempt.begun.service == service), None)


def last_verified(attempts: Iterable[Attempt], service: str) -> Attempt | None:
    """The last attempt of a service that was seen to run as asked."""
    return next((attempt for attempt in attempts if attempt.begun.service == service and attempt.verified), None)


def verified_digest(attempts: Iterable[Attempt], service: str, digest: str) -> Attempt | None:
    """The last attempt that was verified with this digest: what promotion asks of the environment before."""
    return next(
        (one for one in attempts if one.begun.service == service and one.begun.digest == digest and one.verified), None
    )


def quarantine(attempts: Sequence[Attempt], service: str, release_hash: str, attempt: int) -> Attempt | None:
    """The failed attempt that stands in the way of this release; None when it may be started.

    Once a later attempt has verified the release, what failed before holds it no more.
    """
    tries = (one for one in attempts if (one.begun.service, one.begun.release_hash) == (service, release_hash))
    for one in tries:
        if one.verified:
            return None
        if one.begun.attempt == attempt:
            return one if one.quarantined else None
    return None


def open_attempt(attempts: Iterable[Attempt], service: str, release_hash: str, attempt: int) -> Attempt | None:
    """The attempt of this release that has begun and not ended: an interrupted run goes on with it."""
    return next(
        (
            one
            for one in attempts
            if (one.begun.service, one.begun.release_hash, one.begun.attempt) == (service, release_hash, attempt)
            and one.ended is None
        ),
        None,
    )


def attempt_behind(
    attempts: Iterable[Attempt], service: str, *, task_definition: str, deployment: str
) -> Attempt | None:
    """The attempt that a deployment under way belongs to, both by ARN; None where nobody has begun one for it."""
    return next(
        (
            one
            for one in attempts
            if one.begun.service == service
            and one.ended is None
            and one.begun.task_definition in ("", task_definition)
            and one.begun.after != deployment
        ),
        None,
    )


def unfinished(attempts: Iterable[Attempt], service: str) -> tuple[Attempt, ...]:
    """The attempts whose end nobody wrote down, oldest first."""
    return tuple(reversed([one for one in attempts if one.begun.service == service and one.ended is None]))
