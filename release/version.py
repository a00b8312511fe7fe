"""Which versions an environment takes. The SOP: prod 1.0.0, stage also 1.0.0-rc1, test also `dev`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 128
"""Characters in an image tag (AWS: "Amazon ECR service quotas", and the OCI distribution specification)."""

_NUMBER = "(?:0|[1-9][0-9]*)"
_TRIPLE = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"


class VersionError(ValueError):
    """A version that the environment does not take. Its text names the version and what is allowed."""


@dataclass(frozen=True)
class VersionForm:
    """One way of writing a version."""

    pattern: re.Pattern[str]
    description: str
    example: str


RELEASE: Final = VersionForm(re.compile(_TRIPLE), "MAJOR.MINOR.PATCH", "1.5.0")
CANDIDATE: Final = VersionForm(re.compile(rf"{_TRIPLE}-rc[1-9][0-9]*"), "a release candidate", "1.5.0-rc1")
MOVING: Final = VersionForm(re.compile(r"dev(?:-[A-Za-z0-9][A-Za-z0-9._-]*)?"), "a moving tag", "dev, dev-login")
"""Tags that may be pushed again. ECR's immutability leaves out `dev*`, in test only."""


@dataclass(frozen=True)
class VersionRule:
    """The forms of version that an environment takes."""

    forms: tuple[VersionForm, ...]

    @property
    def allowed(self) -> str:
        """The forms in words: `MAJOR.MINOR.PATCH (1.5.0) or a release candidate (1.5.0-rc1)`."""
        words = [f"{form.description} ({form.example})" for form in self.forms]
        return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


RELEASES_ONLY: Final = VersionRule((RELEASE,))
"""For prod."""
RELEASES_AND_CANDIDATES: Final = VersionRule((RELEASE, CANDIDATE))
"""For stage."""
ANY_NAMED_VERSION: Final = VersionRule((RELEASE, CANDIDATE, MOVING))
"""For test: also tags that move, but never `latest`, which names nothing."""


def check_version(rule: VersionRule, version: str) -> None:
    """Does nothing for a version the rule takes; raises `VersionError` for any other."""
    if version == "latest":
        raise VersionError(f"version 'latest' is never allowed, for it names no release; allowed is {rule.allowed}")
    if len(version) > MAX_LENGTH:
        raise VersionError(f"version {version[:20]!r}... has {len(version)} characters; allowed are {MAX_LENGTH}")
    if not any(form.pattern.fullmatch(version) for form in rule.forms):
        raise VersionError(f"version {version!r} is not allowed here; allowed is {rule.allowed}")


def is_moving(version: str) -> bool:
    """Whether the version is a tag that may be pushed again, so that it does not name one image for ever."""
    return MOVING.pattern.fullmatch(version) is not None


def newest_candidate(release: str, versions: Iterable[str]) -> str | None:
    """The candidate of a release with the highest number, 1.0.0-rc10 after 1.0.0-rc9; None when there is none."""
    candidates = [one for one in versions if CANDIDATE.pattern.fullmatch(one) and one.startswith(f"{release}-rc")]
    return max(candidates, key=lambda one: int(one.removeprefix(f"{release}-rc")), default=None)
