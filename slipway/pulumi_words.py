"""Pulumi's own errors, told apart and given a remedy. Pure."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


class Trouble(StrEnum):
    """What kind of error Pulumi ended with."""

    NO_STACK = "no stack"
    LOGGED_OUT = "logged out"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a trouble
    BACKEND = "backend"
    HALF_WRITTEN = "half written"
    """A file backend whose writer was killed between two bytes."""
    CONFIG = "config"
    LOCKED = "locked"
    DEAD_LOCK = "dead lock"
    """Locked by a process of this host that is dead: the one lock that may be taken away."""
    OTHER = "other"


_SIGNS: Final = (
    (Trouble.NO_STACK, re.compile(r"no stack named '[^']*' found|stack '[^']*' not found")),
    (Trouble.LOCKED, re.compile(r"currently locked by")),
    (Trouble.LOGGED_OUT, re.compile(r"PULUMI_ACCESS_TOKEN must be set|not (?:currently )?logged in")),
    (Trouble.PASSPHRASE, re.compile(r"incorrect passphrase|passphrase must be set")),
    (Trouble.BACKEND, re.compile(r"unable to open (?:state directory|bucket)|unable to (?:check|read) bucket")),
    (Trouble.HALF_WRITTEN, re.compile(r"failed to load checkpoint: (?:unexpected )?EOF")),
    (Trouble.CONFIG, re.compile(r"error: .*(?:yaml: |YAML file|malformed state value)")),
)

_OWNER: Final = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\)")


@dataclass(frozen=True)
class PulumiError:
    """The trouble, and the sentence for people."""

    trouble: Trouble
    sentence: str


def explain(stderr: str, stack: str, lives: Callable[[int], bool] | None = None) -> PulumiError:
    """What Pulumi's error output means, and what to do about it. `lives` tells whether a process of this host lives."""
    trouble = next((trouble for trouble, sign in _SIGNS if sign.search(stderr)), Trouble.OTHER)
    if trouble is Trouble.LOCKED:
        return _locked(stderr, stack, lives or process_lives)
    return PulumiError(trouble, _REMEDIES[trouble].format(stack=stack, said=last_error(stderr)))


_REMEDIES: Final = {
    Trouble.NO_STACK: "there is no stack {stack} yet: `pulumi stack init {stack}` or `slipway deploy` makes it",
    Trouble.LOGGED_OUT: "pulumi has no backend to work with: run `pulumi login`, or set PULUMI_BACKEND_URL",
    Trouble.PASSPHRASE: "the stack's passphrase is missing or wrong ({said}): set PULUMI_CONFIG_PASSPHRASE_FILE",
    Trouble.BACKEND: "pulumi cannot open its backend ({said}): correct PULUMI_BACKEND_URL",
    Trouble.HALF_WRITTEN: "pulumi was killed while it wrote a file of its backend ({said}): delete the empty file "
    "`{stack}.json.attrs` in the backend's folder `.pulumi/stacks`, it holds nothing of the state; then run this again",
    Trouble.CONFIG: "pulumi cannot use Pulumi.{stack}.yaml ({said}): mend the file",
    Trouble.OTHER: "pulumi ended with an error: {said}",
}


def last_error(stderr: str) -> str:
    """The last `error:` line, with the next one when it ends in a colon; or the last line at all."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    places = [place for place, line in enumerate(lines) if line.startswith("error:")]
    if not places:
        return (lines or ["it gave no reason"])[-1].rstrip(".")
    error = lines[places[-1]].removeprefix("error:").strip()
    more = lines[places[-1] + 1 : places[-1] + 2] if error.endswith(":") else []
    return " ".join([error, *more]).rstrip(".")


def process_lives(pid: int) -> bool:
    """Whether a process with that id lives on this host."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _locked(stderr: str, stack: str, lives: Callable[[int], bool]) -> PulumiError:
    owner = _OWNER.search(stderr)
    who = f" ({owner['user']}@{owner['host']}, process {owner['pid']})" if owner else ""
    if owner and owner["host"] == socket.gethostname() and not lives(int(owner["pid"])):
        sentence = f"stack {stack} is locked by an update that was killed{who}: run `pulumi cancel --yes {stack}`"
        return PulumiError(Trouble.DEAD_LOCK, sentence)
    sentence = f"stack {stack} is locked by an update under way{who}: wait for it to end, and run this again"
    return PulumiError(Trouble.LOCKED, sentence)
