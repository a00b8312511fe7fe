"""Values in plain environment variables that look like secrets: by the variable's name, or by their own form.

A plain variable stands in the task definition, in Pulumi's state and in every preview, and whoever may describe a task
definition reads it (AWS: "Best practices for Amazon ECS task and container security", and Security Hub's ECS.8). The
names are those that people give; the forms are those that the issuers publish.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    r"(.*_)?(PASSWORD|PASSWD|PASSPHRASE|PASSWORT|PWD)": "a password by its name",
    r"(.*_)?(TOKEN|JWT|BEARER)": "a token by its name",
    r"(.*_)?SECRETS?": "a secret by its name",
    r"(.*_)?CREDENTIALS?": "credentials by their name",
    r"(.*_)?(API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION|LICENSE|MASTER|ACCOUNT)_?KEY": "a key by its name",
    r"(.*_)?(CONNECTION_STRING|SAS_URL|AUTH_DATA)": "credentials by their name",
    # What Security Hub's ECS.8 looks for, beside what is above.
    r"AWS_ACCESS_KEY_ID": "credentials of AWS by their name",
}
"""Pattern of a whole name, in whatever case and with `-` or `.` for `_` -> what it looks like."""

VALUES: Final[Mapping[str, str]] = {
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----": "a private key",
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b": "an access key of AWS",  # AWS: "IAM identifiers", unique ID prefixes
    r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*": "a JSON web token",
    r"://[^\s/@:]*:[^\s/@${}<>]+@": "a URL with a password",
    r"\b(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}": "a token of GitHub",
    r"\bglpat-[\w-]{20,}": "a token of GitLab",
    r"\bxox[abeoprs]-[\w-]{10,}": "a token of Slack",
    r"https://hooks\.slack\.com/services/\S+": "a webhook of Slack",
    r"\b[rs]k_live_[A-Za-z0-9]{16,}": "a key of Stripe",
    r"\bAIza[\w-]{35}": "a key of Google",
    r"\bSG\.[\w-]{16,}\.[\w-]{16,}": "a key of SendGrid",
    r"(?i)\b(password|pwd|accountkey|sharedaccesskey)=[^;\s]+": "a connection string with a password",
}
"""Pattern of a part of a value -> what it looks like."""

SAYS_NOTHING: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null"})
"""Values that give nothing away, whatever the name."""


def likeness(name: str, value: str) -> str:
    """What the variable looks like, such as `a password by its name`; empty for one that looks like no secret."""
    for pattern, what in VALUES.items():
        if re.search(pattern, value):
            return what
    if value.strip().lower() in SAYS_NOTHING:
        return ""
    plain = re.sub("[-.]", "_", name.upper())
    return next((what for pattern, what in NAMES.items() if re.fullmatch(pattern, plain)), "")


def leaks(environment: Mapping[str, str], not_secret: Collection[str] = ()) -> dict[str, str]:
    """Variable -> what it looks like, of all that look like a secret and are not known to be none. Never the values."""
    found = {name: likeness(name, value) for name, value in sorted(environment.items()) if name not in not_secret}
    return {name: what for name, what in found.items() if what}
