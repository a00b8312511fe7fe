"""The content-addressed store under the registry and ECR: files named by the sha256 of what they hold."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHUNK = 1 << 20


class DigestMismatchError(Exception):
    """The content is not what its digest says."""


def digest_of(content: bytes) -> str:
    """``sha256:<hex>`` of the content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def is_digest(text: str) -> bool:
    """Whether ``text`` is a digest as this store names content."""
    return bool(_DIGEST.fullmatch(text))


class Blobs:
    """Blobs by digest, and uploads that have not ended yet (files too, so they survive a restart)."""

    def __init__(self, directory: Path) -> None:
        self._blobs = directory / "blobs"
        self._uploads = directory / "uploads"
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._uploads.mkdir(parents=True, exist_ok=True)

    def size(self, digest: str) -> int | None:
        """Bytes of a blob, or None when it is not here."""
        path = self._path(digest)
        return path.stat().st_size if path.is_file() else None

    def path(self, digest: str) -> Path:
        """The file of a blob that is here."""
        return self._path(digest)

    def read(self, digest: str) -> bytes:
        """The content of a blob that is here."""
        return self._path(digest).read_bytes()

    def write(self, content: bytes) -> str:
        """Keep the content; returns its digest."""
        upload = self.start()
        (self._uploads / upload).write_bytes(content)
        return self.finish(upload, digest_of(content))

    def start(self) -> str:
        """Begin an upload; returns its id."""
        upload = str(uuid.uuid4())
        (self._uploads / upload).touch()
        return upload

    def uploaded(self, upload: str) -> int | None:
        """Bytes that the upload has received, or None when there is no such upload."""
        path = self._upload(upload)
        return path.stat().st_size if path else None

    def append(self, upload: str, stream: IO[bytes]) -> int:
        """Add what the stream holds; returns the bytes received so far."""
        with (self._uploads / upload).open("ab") as file:
            while chunk := stream.read(_CHUNK):
                file.write(chunk)
            return file.tell()

    def finish(self, upload: str, digest: str) -> str:
        """Turn the upload into a blob; content that differs is forgotten and raises ``DigestMismatchError``."""
        source = self._uploads / upload
        with source.open("rb") as file:
            actual = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        if actual != digest:
            source.unlink()
            raise DigestMismatchError(f"digest {digest} does not match the content, which is {actual}")
        source.replace(self._path(digest))
        return digest

    def cancel(self, upload: str) -> None:
        """Forget the upload."""
        (self._uploads / upload).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        if not is_digest(digest):
            return self._blobs / "none"
        return self._blobs / digest.partition(":")[2]

    def _upload(self, upload: str) -> Path | None:
        try:
            path = self._uploads / str(uuid.UUID(upload))
        except ValueError:
            return None
        return path if path.is_file() else None
