"""Durable state: one SQLite file of pickled values.

The file is local, written by this program for itself and readable by its owner only: unpickling it is safe.
"""

from __future__ import annotations

import os
import pickle
import sqlite3
import threading
from typing import TYPE_CHECKING

from sandbox.sandbox_error import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_SCHEMA = "CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    # A write-ahead log survives the death of the process without an fsync for every request.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(_SCHEMA)
    return connection


class Store:
    """Keys and values that survive the process, also when it is killed.

    A value that ``put`` has returned from is on file: whoever puts before answering a request can never have
    answered what a restart forgets. A crash of the machine itself may lose the last moments.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = _open(path)
        except (OSError, sqlite3.DatabaseError) as error:
            raise SandboxError(
                f"{path.name} cannot be used ({error}): remove the folder to begin with an empty sandbox"
            ) from error

    def get(self, key: str) -> object | None:
        """The value under ``key``, or None."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else pickle.loads(row[0])  # noqa: S301 - our own file

    def put(self, key: str, value: object) -> None:
        """Write ``value`` (anything that pickles) under ``key``; on file when this returns."""
        self.put_pickled({key: pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)})

    def put_pickled(self, values: Mapping[str, bytes]) -> None:
        """Write several values that are pickled already, all or none."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", values.items())

    def delete(self, key: str) -> None:
        """Forget ``key``; nothing happens when it is not there."""
        with self._lock:
            self._connection.execute("DELETE FROM state WHERE key = ?", (key,))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that begin with ``prefix``, in order."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT key FROM state WHERE substr(key, 1, ?) = ? ORDER BY key", (len(prefix), prefix)
            ).fetchall()
        return iter([row[0] for row in rows])

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._connection.close()
