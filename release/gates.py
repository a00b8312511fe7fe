"""Gates: may this release go out here and now? One verdict that names every refusal and what would satisfy it. Pure.

What will never pass by waiting is refused in a preview already; what depends on the moment is a warning there and a
refusal when it is to happen. A rescue is never blocked by what it rescues from: for a rollback such a gate only warns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from release.approval import Approval, approvers
from release.calendar import Calendar
from release.changelog import tells_of
from release.checklist import Item, unticked
from release.journal import Attempt, Purpose, last_verified, verified_digest
from release.version import is_moving


@dataclass(frozen=True, kw_only=True)
class Demands:
    """What an environment demands of its releases."""

    promotes_from: str = ""
    """The environment in which the digest must have been verified; empty: none."""
    approvals: int = 0
    """People who must have approved."""
    releaser_may_approve: bool = True
    changelog: bool = False
    worst_finding: str = ""
    """The least severity of an image's scan that is refused, such as `CRITICAL`; empty: any is taken."""
    calendar: Calendar | None = None
    checklist: tuple[Item, ...] = ()
    journal: bool = False
    """Whether nothing goes out that cannot be written down."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The release that wants to go out, and what is known of the world."""

    environment: str
    service: str
    version: str
    digest: str
    """Empty when no such image was found."""
    purpose: Purpose
    now: datetime
    releaser: str
    """ARN of the caller."""
    history: Sequence[Attempt] = ()
    """The environment's attempts, newest first."""
    history_before: Sequence[Attempt] = ()
    """Those of the environment it is promoted from."""
    journal_trouble: str = ""
    """Why the environment's journal cannot be read; empty when it can."""
    trouble_before: str = ""
    """The same of the environment it is promoted from."""
    approvals: Sequence[Approval] = ()
    changelog: str | None = None
    """None: the service keeps none."""
    findings: tuple[tuple[str, int], ...] | None = None
    """The image's scan: number of findings by severity; None when there was no scan."""
    alarming: tuple[str, ...] = ()
    """Rollback alarms that are in ALARM: ECS would not watch any of them."""
    other_deployment: str = ""
    """What is being deployed now, when it is another release."""
    room: tuple[int, int] | None = None
    """(addresses that it takes beside what runs, addresses that its subnets have); None: nothing runs yet."""
    attested: tuple[str, ...] = ()
    """Items of the checklist that a person or a machine has ticked."""


class When(StrEnum):
    """When a gate's answer can change."""

    RELEASE = "release"
    """Only when the release changes, or what was done for it."""
    MOMENT = "moment"
    """By waiting, or by a person's yes."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A gate that does not let the release through."""

    gate: str
    refusal: str
    remedy: str
    when: When

    def __str__(self) -> str:
        return f"{self.gate}: {self.refusal}; {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What all gates say together."""

    refused: tuple[Finding, ...] = ()
    warned: tuple[Finding, ...] = ()
    overridden: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """Every refusal on a line of its own."""
        return "\n".join(f"- {finding}" for finding in self.refused)


def judge(candidate: Candidate, demands: Demands, *, preview: bool, override: str = "") -> Verdict:
    """Ask every gate. ``override`` is the reason of a person who goes through what refuses: for the journal."""
    refused, warned, overridden = [], [], []
    for name, when, gate in GATES:
        answer = gate(candidate, demands)
        if answer is None:
            continue
        finding = Finding(gate=name, refusal=answer[0], remedy=answer[1], when=when)
        if name not in NEVER_OVERRIDDEN and override:
            overridden.append(finding)
        elif _only_warns(name, when, candidate.purpose, preview=preview):
            warned.append(finding)
        else:
            refused.append(finding)
    return Verdict(refused=tuple(refused), warned=tuple(warned), overridden=tuple(overridden))


def _only_warns(gate: str, when: When, purpose: Purpose, *, preview: bool) -> bool:
    if purpose is Purpose.ROLLBACK:
        return gate not in NEVER_OVERRIDDEN
    return preview and when is When.MOMENT


Answer = tuple[str, str] | None
"""(refusal, what would satisfy the gate), or None: the release may pass."""


def _image(candidate: Candidate, _: Demands) -> Answer:
    if candidate.digest:
        return None
    return f"there is no image {candidate.service}:{candidate.version} in {candidate.environment}", "push or promote it"


def _journal(candidate: Candidate, demands: Demands) -> Answer:
    if not demands.journal or not candidate.journal_trouble:
        return None
    return f"the journal cannot be read: {candidate.journal_trouble}", "nothing goes out here that nobody can look up"


def _newer(candidate: Candidate, _: Demands) -> Answer:
    last = last_verified(candidate.history, candidate.service)
    if candidate.purpose is not Purpose.RELEASE or last is None:
        return None
    new, old = order(candidate.version), order(last.begun.version)
    if new is None or old is None or new >= old:
        return None
    return (
        f"{candidate.version} is older than {last.begun.version}, which was verified here last",
        "release a newer version, or go back with `slipway rollback`",
    )


def _promoted(candidate: Candidate, demands: Demands) -> Answer:
    before = demands.promotes_from
    if not before or candidate.purpose is Purpose.ROLLBACK or not candidate.digest:
        return None
    if candidate.trouble_before:
        return f"{before} does not say what it verified: {candidate.trouble_before}", "let this environment read it"
    if verified_digest(candidate.history_before, candidate.service, candidate.digest):
        return None
    return (
        f"{before} never verified the image {candidate.digest[:19]} of {candidate.version}",
        f"release it in {before} first, then `slipway promote` just that image; one built anew is another",
    )


def _changelog(candidate: Candidate, demands: Demands) -> Answer:
    if not demands.changelog or candidate.changelog is None or is_moving(candidate.version):
        return None
    if tells_of(candidate.changelog, candidate.version):
        return None
    return f"the changelog does not tell of {candidate.version}", "add a heading for it and say what changes"


_SEVERITIES: Final = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")


def _scan(candidate: Candidate, demands: Demands) -> Answer:
    if not demands.worst_finding or not candidate.digest:
        return None
    if candidate.findings is None:
        return f"the image {candidate.version} was not scanned", "wait for ECR's scan, or start one"
    bad = _SEVERITIES[_SEVERITIES.index(demands.worst_finding) :]
    found = [f"{number} {severity}" for severity, number in candidate.findings if severity in bad and number]
    return (f"the image's scan found {', '.join(found)}", "mend them in a new version") if found else None


def _calendar(candidate: Candidate, demands: Demands) -> Answer:
    closed = demands.calendar.closed(candidate.now) if demands.calendar else None
    if closed is None:
        return None
    opens = f"{closed.opens_at:%a %Y-%m-%d %H:%M %Z}" if closed.opens_at else "no time within two years"
    return closed.reason, f"it opens {opens}"


def _approved(candidate: Candidate, demands: Demands) -> Answer:
    people = approvers(
        candidate.approvals,
        service=candidate.service,
        version=candidate.version,
        digest=candidate.digest,
        at=candidate.now,
        releaser="" if demands.releaser_may_approve else candidate.releaser,
    )
    missing = demands.approvals - len(people)
    if missing <= 0:
        return None
    others = "" if demands.releaser_may_approve else ", of others than the releaser"
    return (
        f"{len(people)} of {demands.approvals} approvals of {candidate.version} at this digest{others}",
        f"`slipway approve -e {candidate.environment} -s {candidate.service} -v {candidate.version}`",
    )


def _checklist(candidate: Candidate, demands: Demands) -> Answer:
    left = unticked(demands.checklist, candidate.attested)
    if not left:
        return None
    return f"not ticked: {', '.join(item.text for item in left)}", "`slipway check` shows what ticks each"


def _alarms(candidate: Candidate, _: Demands) -> Answer:
    if not candidate.alarming:
        return None
    return (
        f"in ALARM already: {', '.join(candidate.alarming)}; ECS would watch none of the rollback alarms",
        "wait until they are OK",
    )


def _room(candidate: Candidate, _: Demands) -> Answer:
    if candidate.room is None or candidate.room[0] <= candidate.room[1]:
        return None
    needed, free = candidate.room
    return (
        f"its tasks need {needed} addresses beside those that run, and its subnets have {free}",
        "free some, add a subnet, or lower the maximum percent",
    )


def _alone(candidate: Candidate, _: Demands) -> Answer:
    if not candidate.other_deployment:
        return None
    return f"{candidate.other_deployment} is being deployed", "wait for its end, or `slipway abort` it"


GATES: Final[tuple[tuple[str, When, Callable[[Candidate, Demands], Answer]], ...]] = (
    ("image", When.RELEASE, _image),
    ("journal", When.RELEASE, _journal),
    ("newer", When.RELEASE, _newer),
    ("promotion", When.RELEASE, _promoted),
    ("changelog", When.RELEASE, _changelog),
    ("scan", When.RELEASE, _scan),
    ("calendar", When.MOMENT, _calendar),
    ("approval", When.MOMENT, _approved),
    ("checklist", When.MOMENT, _checklist),
    ("alarms", When.MOMENT, _alarms),
    ("alone", When.MOMENT, _alone),
    ("room", When.MOMENT, _room),
)
NEVER_OVERRIDDEN: Final = frozenset({"image", "journal"})
"""No reason makes an image that is not there run; and without a journal no reason can be written down."""


def order(version: str) -> tuple[int, int, int, int, int] | None:
    """What versions are compared by ("Semantic Versioning 2.0.0", precedence); None for one that names no release."""
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)(?:-rc(\d+))?", version)
    if match is None:
        return None
    major, minor, patch, candidate = match.groups()
    return int(major), int(minor), int(patch), candidate is None, int(candidate or 0)
