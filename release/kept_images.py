"""Which images no clean-up may take: those of the last verified releases. Pure.

An image is marked by a tag of its own, `verified-` and the first digits of its digest. A lifecycle policy's first rule
selects those tags and never expires anything; images that it selects cannot be expired by a rule after it. Counting by
age cannot do it: ECR counts by push time, and what was verified last may have been pushed long ago.

AWS: "How lifecycle policies work" (ECR user guide): documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from release.journal import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MARK: Final = "verified-"
DIGITS: Final = 16


def mark_of(digest: str) -> str:
    """The tag that marks an image."""
    return MARK + digest.removeprefix("sha256:")[:DIGITS]


def last_verified_images(attempts: Iterable[Attempt], service: str, running: str, kept: int) -> tuple[str, ...]:
    """Digests of the last verified releases, the newest first, each once. `running` is the digest of what runs now."""
    verified = (one.begun.digest for one in attempts if one.begun.service == service and one.verified)
    return tuple(dict.fromkeys((running, *verified)))[:kept]


def changes(wanted: Sequence[str], tags: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(digests that are to be marked, marks that are to go) in a repository that has these tags."""
    marks = {mark_of(digest): digest for digest in wanted}
    there = {tag for tag in tags if tag.startswith(MARK)}
    return tuple(digest for mark, digest in marks.items() if mark not in there), tuple(sorted(there - marks.keys()))
