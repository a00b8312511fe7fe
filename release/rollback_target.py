"""Which verified release a rollback goes back to, by the journal. Pure.

Rollbacks undo: what was released between a release and a rollback to it is off the table afterwards, so that going back
twice goes further back, and never forth again to what was fled from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.journal import Outcome, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.journal import Attempt


class NoTarget(ValueError):  # noqa: N818 - nothing is wrong, there is only no way back
    """There is nothing to go back to. Its text says why, and what there is."""


def rollback_target(attempts: Sequence[Attempt], service: str, to: str = "") -> Attempt:
    """The attempt to go back to: the last that was verified and is not what was tried last. `to` names a version.

    `attempts` are the newest first. A rollback that has not ended, or that a person stopped, is gone on with; one that
    failed was a try to flee from what runs, so that neither of the two is offered. Raises `NoTarget`.
    """
    own = [one for one in attempts if one.begun.service == service]
    if not own:
        raise NoTarget(f"{service} was never released here: there is nothing to go back to")
    if to:
        return _newest_of(own, service, to)
    standing = _standing(own)
    last = own[0]
    if last.begun.purpose is Purpose.ROLLBACK and not last.verified:
        fled_to = next((one for one in standing if _same(one, last)), None)
        if fled_to is not None:
            failed = last.ended is not None and last.ended.outcome is not Outcome.STOPPED
            standing = standing[standing.index(fled_to) + failed :]
    elif last.verified:
        standing = standing[1:]
    if not standing:
        raise NoTarget(f"nothing that was verified of {service} stands before {last.begun.version}")
    return standing[0]


def alternatives(attempts: Sequence[Attempt], service: str, target: Attempt) -> tuple[Attempt, ...]:
    """Other verified releases of the service, the newest first, each revision once: where the target is gone."""
    seen = {target.begun.task_definition, attempts[0].begun.task_definition if attempts else ""}
    found = []
    for one in attempts:
        if one.begun.service == service and one.verified and one.begun.task_definition not in seen:
            seen.add(one.begun.task_definition)
            found.append(one)
    return tuple(found)


def verified_versions(attempts: Sequence[Attempt], service: str) -> tuple[str, ...]:
    """The versions that were verified, newest first, each once."""
    return tuple(dict.fromkeys(one.begun.version for one in attempts if one.begun.service == service and one.verified))


def _newest_of(attempts: Sequence[Attempt], service: str, version: str) -> Attempt:
    found = next((one for one in attempts if one.verified and one.begun.version == version), None)
    if found is None:
        known = ", ".join(verified_versions(attempts, service)) or "none"
        tried = any(one.begun.version == version for one in attempts)
        fate = "was never verified here" if tried else "was never released here"
        raise NoTarget(f"{service} {version} {fate}; verified releases: {known}")
    return found


def _standing(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The verified releases that no rollback undid, newest first."""
    standing: list[Attempt] = []
    for one in reversed(attempts):
        if not one.verified:
            continue
        back = next((there for there in standing if _same(there, one)), None)
        if back is not None and one.begun.purpose is Purpose.ROLLBACK:
            standing = standing[standing.index(back) + 1 :]
        standing.insert(0, one)
    return standing


def _same(one: Attempt, other: Attempt) -> bool:
    """The same revision; for a rollback under today's definition, the same image."""
    if one.begun.task_definition == other.begun.task_definition:
        return True
    return other.begun.purpose is Purpose.ROLLBACK and one.begun.digest == other.begun.digest
