"""Whether a changelog tells of a version."""

from __future__ import annotations

import re


def tells_of(changelog: str, version: str) -> bool:
    """Whether a heading names the version, as "Keep a Changelog" has it: `## [1.5.0] - 2026-11-23`, `## v1.5.0`.

    A release candidate may stand under the heading of the release it is a candidate for.
    """
    release = version.partition("-rc")[0]
    return any(
        re.search(rf"^#+\s*\[?v?{re.escape(one)}\]?(?=[\s:,(-]|$)", changelog, re.MULTILINE)
        for one in (version, release)
    )
