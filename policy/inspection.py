"""What the rules say of a whole stack: what is broken, what is waived, what nobody can know yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from policy.checked_resource import CheckedResource
from policy.rule import Level, Rule, Unchecked, Violation, found_by
from policy.rules import BY_ID, RULES
from policy.waiver import Waiver, covering


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A violation, and what it does here."""

    violation: Violation
    level: Level
    expired: Waiver | None = None
    """The waiver that counts no longer."""

    def __str__(self) -> str:
        late = f" The {self.expired} has expired: mend it, or renew the waiver." if self.expired else ""
        return f"{self.violation}.{late}"


@dataclass(frozen=True, kw_only=True)
class Waived:
    """A violation that somebody answers for."""

    violation: Violation
    waiver: Waiver


@dataclass(kw_only=True)
class Inspection:
    """The answer of all rules."""

    judged: list[Judged] = field(default_factory=list)
    waived: list[Waived] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    """Waivers that mean nothing."""

    @property
    def mandatory(self) -> list[Judged]:
        """What makes an update fail."""
        return [one for one in self.judged if one.level is Level.MANDATORY]

    @property
    def passed(self) -> bool:
        """Whether an update may go on."""
        return not self.mistakes and not self.mandatory


def judge(violation: Violation, environment: str, waivers: Sequence[Waiver], today: date) -> Judged | Waived:
    """What a violation does in an environment on a day. An expired waiver makes it fail, whatever its level."""
    waiver = covering(violation, waivers)
    if waiver is None:
        return Judged(violation=violation, level=violation.rule.levels.of(environment))
    if waiver.expires < today:
        return Judged(violation=violation, level=Level.MANDATORY, expired=waiver)
    return Waived(violation=violation, waiver=waiver)


def mistakes_in(waivers: Sequence[Waiver]) -> list[str]:
    """What is wrong with the waivers themselves."""
    found = []
    for waiver in waivers:
        rule = BY_ID.get(waiver.rule)
        if rule is None:
            found.append(f"{waiver}: there is no rule {waiver.rule!r}; docs/policies.md lists them")
        elif not rule.waivable:
            found.append(f"{waiver}: {rule.id} cannot be waived. {rule.sentence}. {rule.fix}")
    return found


def inspect(
    resources: Sequence[CheckedResource],
    environment: str,
    waivers: Sequence[Waiver],
    today: date,
    rules: Sequence[Rule] = RULES,
) -> Inspection:
    """What the rules say of all resources of an environment."""
    inspection = Inspection(mistakes=mistakes_in(waivers))
    for rule in rules:
        findings = found_by(rule, resources)
        inspection.unchecked += findings.unchecked
        for violation in findings.violations:
            match judge(violation, environment, waivers, today):
                case Waived() as waived:
                    inspection.waived.append(waived)
                case Judged(level=level) as judged if level is not Level.OFF:
                    inspection.judged.append(judged)
    return inspection
