"""One change of a stack file, applied by `pulumi up`: what `deploy` and `rollback` have in common.

The file is put back when Pulumi refuses before it changes anything. Once an update has begun, the file stays: it says
what was asked for, and the next `pulumi up` tells again whether that runs.
"""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from slipway.pulumi_words import Trouble, explain
from slipway.show import note
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.history import Update
    from slipway.pulumi_command import Pulumi, Verified
    from slipway.stack_edit import Edit
    from stacks.settings import Settings


LOCK_PAUSE: Final = 1.0
"""Seconds between two tries to get a lock that another holds."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What to change, and for which release."""

    service: str
    version: str
    edits: tuple[Edit, ...]
    message: str
    """Stands in Pulumi's history."""
    waits: float = 0.0
    """Seconds for which it waits until another slipway, or another update, has ended."""


class ReleaseFailed(NotRunning):
    """An update has begun, and its release does not run."""

    def __init__(self, facts: str, way_back: str, *, verified: Verified | None, killed: bool) -> None:
        super().__init__(f"{facts}\n{way_back}")
        self.facts = facts
        """What does not run, and what does."""
        self.verified = verified
        """What `Rollout` verified last."""
        self.killed = killed
        """Whether pulumi was, so that nobody knows how far it came."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A change whose release runs."""

    verified: Verified | None
    seconds: float


def apply(pulumi: Pulumi, stack_file: Path, settings: Settings, change: Change, *, yes: bool) -> Applied:
    """Makes the edits and runs `pulumi up`. Returns when the release runs; else raises `NotRunning` or `Mistake`."""
    with alone(pulumi, stack_file, waits=change.waits):
        return _apply(pulumi, stack_file, settings, change, yes=yes)


def _apply(pulumi: Pulumi, stack_file: Path, settings: Settings, change: Change, *, yes: bool) -> Applied:
    began = time.monotonic()
    before = stack_file.read_bytes()
    last = pulumi.history(1)
    asked = ("up", "--message", change.message, *(("--yes",) if yes else ()))
    make(pulumi, stack_file, change.edits)
    code, stderr = _up(pulumi, asked)
    while code and time.monotonic() - began < change.waits and explain(stderr, pulumi.stack).trouble is Trouble.LOCKED:
        time.sleep(LOCK_PAUSE)
        code, stderr = _up(pulumi, asked)
    if code == 0:
        verified = pulumi.verified().get(settings.names.service(change.service))
        if verified and verified.version != change.version:
            raise NotRunning(_overtaken(stack_file, change, verified))
        return Applied(verified=verified, seconds=time.monotonic() - began)
    if _has_begun(pulumi, code, last):
        raise _failed(pulumi, settings, change, killed=code < 0)
    stack_file.write_bytes(before)
    raise _refused(pulumi, stack_file, change, stderr)


def make(pulumi: Pulumi, stack_file: Path, edits: tuple[Edit, ...]) -> None:
    """Makes the edits: all, or none."""
    before = stack_file.read_bytes()
    try:
        for edit in edits:
            pulumi.ask(*edit.arguments())
    except BaseException:
        stack_file.write_bytes(before)
        raise


@contextmanager
def alone(pulumi: Pulumi, stack_file: Path, *, waits: float = 0.0) -> Iterator[None]:
    """Keeps others out: of two at once, the one would run `pulumi up` on what the other wrote into the stack file.

    Pulumi's own lock is no help here, it begins after the file was read.
    """
    end = time.monotonic() + waits
    with stack_file.open("rb") as held:
        while not _held(held):
            if time.monotonic() >= end:
                raise Mistake(
                    f"another slipway is at work in {pulumi.stack} (it holds {stack_file.name}): wait for it to end, "
                    "and run this again. Nothing was changed"
                )
            time.sleep(LOCK_PAUSE)
        yield


def _held(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _overtaken(stack_file: Path, change: Change, verified: Verified) -> str:
    return (
        f"{change.service} {change.version} does not run: {stack_file.name} was changed meanwhile, and `pulumi up` "
        f"released {verified.version} instead"
    )


def _up(pulumi: Pulumi, asked: tuple[str, ...]) -> tuple[int, str]:
    """Runs `pulumi up`. A lock is taken away when its owner, a process of this host, is dead: never a live one's."""
    note(f"$ {pulumi.shown(*asked)}")
    code, stderr = pulumi.stream(*asked)
    if code and explain(stderr, pulumi.stack).trouble is Trouble.DEAD_LOCK:
        note(f"the process that locked stack {pulumi.stack} is dead: taking its lock away, and trying again")
        note(f"$ {pulumi.shown('cancel', '--yes')}")
        pulumi.ask("cancel", "--yes")
        return pulumi.stream(*asked)
    return code, stderr


def _has_begun(pulumi: Pulumi, code: int, last: tuple[Update, ...]) -> bool:
    """Whether the update got past its preview: only then Pulumi's history has a new entry. A killed one may have."""
    killed = code < 0
    try:
        return killed or pulumi.history(1) != last
    except Mistake:
        return True


def preview(pulumi: Pulumi, stack_file: Path, change: Change) -> bool:
    """Makes the edits, shows what `pulumi up` would do, and puts the file back. Whether Pulumi would go on."""
    with alone(pulumi, stack_file):
        before = stack_file.read_bytes()
        try:
            for edit in change.edits:
                pulumi.ask(*edit.arguments())
            note(f"$ {pulumi.shown('preview')}")
            code, stderr = pulumi.stream("preview")
        finally:
            stack_file.write_bytes(before)
    error = explain(stderr, pulumi.stack)
    if code and error.trouble is not Trouble.OTHER:
        raise Mistake(f"{error.sentence}. Nothing was changed")
    return code == 0


def _refused(pulumi: Pulumi, stack_file: Path, change: Change, stderr: str) -> Mistake | NotRunning:
    error = explain(stderr, pulumi.stack)
    if error.trouble is not Trouble.OTHER:
        return Mistake(f"{error.sentence}. Nothing was changed")
    return NotRunning(
        f"{change.service} {change.version} was not released to {pulumi.stack}: Pulumi refused or was told no, "
        f"see above. Nothing was changed, {stack_file.name} is as it was"
    )


def _failed(pulumi: Pulumi, settings: Settings, change: Change, *, killed: bool) -> ReleaseFailed:
    name = settings.names.service(change.service)
    verified = pulumi.verified().get(name)
    facts = (
        f"{change.service} {change.version} does not run in {pulumi.stack} as asked; the cause stands above\n"
        f"  now: {_now(settings, name, verified)}"
    )
    if verified and verified.version != change.version:
        back = ("config", "set", "--path", f"slipway:services.{change.service}.version", verified.version)
        way_back = (
            f"  to go back: slipway rollback -e {pulumi.stack} -s {change.service}\n"
            f"          or: {pulumi.shown(*back)} && pulumi up -s {pulumi.stack}"
        )
    else:
        way_back = f"  to look again: pulumi up -s {pulumi.stack}"
    return ReleaseFailed(facts, way_back, verified=verified, killed=killed)


def _now(settings: Settings, name: str, verified: Verified | None) -> str:
    """What runs, asked of ECS; of Pulumi's state where ECS does not answer."""
    from account.aws_faults import AwsFault
    from slipway.live import look
    from slipway.project import open_aws

    try:
        live = look(open_aws(settings), settings.names.cluster, [name]).get(name)
    except (AwsFault, Mistake) as fault:
        return f"not known ({fault})"
    if live is None or not live.running:
        return f"{name} does not run at all"
    revision = live.task_definition.rsplit("/", 1)[-1]
    version = f"{verified.version}, " if verified and verified.task_definition == live.task_definition else ""
    return f"{version}{revision}, {live.running} of {live.desired} tasks, rollout {live.rollout}"
