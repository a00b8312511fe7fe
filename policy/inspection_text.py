"""An inspection in sentences: what would be better, what is waived, what nobody can know yet."""

from __future__ import annotations

from collections.abc import Iterator

from policy.inspection import Inspection
from policy.rule import Level, Violation


def advice(inspection: Inspection) -> Iterator[str]:
    """What would be better, a line a rule: nobody reads the same advice for each of fifty services."""
    rules: dict[str, list[Violation]] = {}
    for one in inspection.judged:
        if one.level is Level.ADVISORY:
            rules.setdefault(one.violation.rule.id, []).append(one.violation)
    for violations in rules.values():
        names = ", ".join(dict.fromkeys(one.resource.name for one in violations))
        rule = violations[0].rule
        yield f"{rule.id} ({rule.severity}) {names}: {violations[0].problem}. {rule.sentence}. {rule.fix}"


def waivers_in_use(inspection: Inspection) -> Iterator[str]:
    """What somebody answers for."""
    return (
        f"{one.violation.resource.name}: {one.violation.problem}. It has a {one.waiver}" for one in inspection.waived
    )


def waiting(inspection: Inspection) -> Iterator[str]:
    """What could not be checked, a line for each property that is told only during the update."""
    rules: dict[tuple[str, str], list[str]] = {}
    for one in inspection.unchecked:
        rules.setdefault((one.resource.name, one.property), []).append(one.rule.id)
    for (name, path), ids in sorted(rules.items()):
        yield f"not checked before the update, which tells {path} of {name}: {', '.join(ids)}"
