"""Takes secrets out of text that goes into logs: a service's own log lines may hold any."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "[redacted]"

_PATTERNS: Final = (
    # -----BEGIN ... PRIVATE KEY----- up to its end, or up to the end of the text.
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    # Access key ids of AWS (AWS: "IAM identifiers", unique ID prefixes).
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    # JSON web tokens.
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    # user:password@ in a URL.
    re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"),
    # Authorization: Bearer abc
    re.compile(r"(?i)(?<=\bbearer )\S+|(?<=\bbasic )\S+"),
    # password=abc, "api_key": "abc", SECRET_TOKEN: abc
    re.compile(
        r"""(?ix)
        (?P<keep> [\w.-]* (?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|credential)
                  [\w.-]* ["']? \s* [=:] \s* )
        (?: "[^"]*" | '[^']*' | [^\s,;}&]+ )
        """
    ),
)


def redact(text: str) -> str:
    """The text with everything that looks like a secret replaced by `[redacted]`.

    It knows common forms only: it makes a leak unlikely, and a log that prints bare secrets still leaks.
    """
    for pattern in _PATTERNS:
        text = pattern.sub(_mask, text)
    return text


def _mask(match: re.Match[str]) -> str:
    return str(match.groupdict().get("keep") or "") + MASK
