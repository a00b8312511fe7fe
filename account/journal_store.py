"""The journal's objects in S3: written once, listed by service, never changed.

The bucket takes an object only where there is none of that name (AWS: "Enforce conditional writes on Amazon S3
buckets"), so that nobody can rewrite what was.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from account.aws_faults import AwsFault
from release import journal
from release.approval import Approval
from release.journal import Aborted, Attempt, Begun, Ended
from release.migration import MigrationRun, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from account.session import AwsSession

ATTEMPTS: Final = "attempts/"
APPROVALS: Final = "approvals/"
MIGRATIONS: Final = "migrations/"
ATTEMPTS_READ: Final = 500
"""Newest attempts of a service that are looked at. A history that is longer is still in the bucket."""
READERS: Final = 16
ALREADY_THERE: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
"""S3's answers to a conditional write where an object of that name exists, or is being written at this moment."""


class JournalStore:
    """The journal of one environment. Every method raises `AwsFault` for what S3 refuses."""

    def __init__(self, session: AwsSession, bucket: str) -> None:
        self._session = session
        self.bucket = bucket

    def attempts(self, service: str) -> tuple[Attempt, ...]:
        """The newest attempts of a service, newest first. Raises `JournalError` for a record that cannot be read."""
        folders: dict[str, list[str]] = {}
        for key in self._keys(f"{ATTEMPTS}{service}/"):
            folders.setdefault(key.rpartition("/")[0], []).append(key)
        newest = sorted(folders, reverse=True)[:ATTEMPTS_READ]
        return journal.read(self._texts([key for folder in newest for key in folders[folder]], ATTEMPTS))

    def approvals(self, service: str, version: str) -> tuple[Approval, ...]:
        """What was approved of a version, expired or not, oldest first."""
        found = self._texts(list(self._keys(f"{APPROVALS}{service}/{version}/")), APPROVALS)
        return tuple(journal.parse(Approval, APPROVALS + name, text) for name, text in sorted(found.items()))

    def begin(self, begun: Begun) -> None:
        """Writes that an attempt begins."""
        self._write(f"{ATTEMPTS}{begun.folder}/{journal.BEGUN}", begun)

    def abort(self, begun: Begun, aborted: Aborted) -> bool:
        """Writes that a person asks for its stop; False when somebody has asked already, which then stands."""
        return self._write_first(f"{ATTEMPTS}{begun.folder}/{journal.ABORTED}", aborted)

    def aborted(self, begun: Begun) -> Aborted | None:
        """Who asked for the attempt's stop; None when nobody did. Raises `JournalError` as `attempts` does."""
        name = f"{begun.folder}/{journal.ABORTED}"
        try:
            text = self._text(ATTEMPTS + name)
        except AwsFault as fault:
            if fault.code == "NoSuchKey":
                return None
            raise
        return journal.parse(Aborted, name, text)

    def end(self, begun: Begun, ended: Ended) -> bool:
        """Writes how the attempt ended; False when another run has written that already, which then stands."""
        return self._write_first(f"{ATTEMPTS}{begun.folder}/{journal.ENDED}", ended)

    def approve(self, approval: Approval) -> None:
        """Writes one person's yes."""
        self._write(f"{APPROVALS}{approval.name}", approval)

    def migration_runs(self, folder: str) -> tuple[MigrationRun, ...]:
        """The runs of one migration, by its folder. Raises `JournalError` for a record that cannot be read."""
        return runs(self._texts(list(self._keys(f"{MIGRATIONS}{folder}/")), MIGRATIONS))

    def note_migration(self, name: str, record: BaseModel) -> None:
        """Writes a record of a migration, unless another run of `pulumi up` has written it already."""
        self._write_first(f"{MIGRATIONS}{name}", record)

    def _write_first(self, key: str, record: BaseModel) -> bool:
        """False where there is such an object already."""
        try:
            self._write(key, record)
        except AwsFault as fault:
            if fault.code in ALREADY_THERE:
                return False
            raise
        return True

    def _write(self, key: str, record: BaseModel) -> None:
        self._session.call(
            "s3",
            "put_object",
            Bucket=self.bucket,
            Key=key,
            Body=journal.write(record).encode(),
            ContentType="application/json",
            IfNoneMatch="*",
        )

    def _keys(self, prefix: str) -> Iterator[str]:
        page = self._session.call("s3", "list_objects_v2", Bucket=self.bucket, Prefix=prefix)
        while True:
            yield from (str(found["Key"]) for found in page.get("Contents", ()))
            token = page.get("NextContinuationToken")
            if not token:
                return
            page = self._session.call(
                "s3", "list_objects_v2", Bucket=self.bucket, Prefix=prefix, ContinuationToken=token
            )

    def _texts(self, keys: list[str], prefix: str) -> dict[str, str]:
        """The objects by their names, without the prefix."""
        if not keys:
            return {}
        self._session.client("s3")  # made here: clients are not to be made by many threads at once
        with ThreadPoolExecutor(READERS) as readers:
            texts = readers.map(self._text, keys)
            return {key.removeprefix(prefix): text for key, text in zip(keys, texts, strict=True)}

    def _text(self, key: str) -> str:
        answer = self._session.call("s3", "get_object", Bucket=self.bucket, Key=key)
        text: str = answer["Body"].read().decode()
        return text


class ServiceJournal:
    """One service's part of a journal, by its address: `s3://bucket/attempts/auth-service`."""

    def __init__(self, session: AwsSession, address: str) -> None:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        self.service = key.removeprefix(ATTEMPTS)
        self._store = JournalStore(session, bucket)

    def attempts(self) -> tuple[Attempt, ...]:
        """As `JournalStore.attempts`."""
        return self._store.attempts(self.service)

    def aborted(self, begun: Begun) -> Aborted | None:
        """As `JournalStore.aborted`."""
        return self._store.aborted(begun)

    def end(self, begun: Begun, ended: Ended) -> bool:
        """As `JournalStore.end`."""
        return self._store.end(begun, ended)

    def migration_runs(self, folder: str) -> tuple[MigrationRun, ...]:
        """As `JournalStore.migration_runs`."""
        return self._store.migration_runs(folder)

    def note_migration(self, name: str, record: BaseModel) -> None:
        """As `JournalStore.note_migration`."""
        self._store.note_migration(name, record)
