"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from policy.checked_resource import CheckedResource, NotKnownYetError


class Severity(StrEnum):
    """How bad it is, in the words of AWS Security Hub."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(StrEnum):
    """What a violation does to an update."""

    MANDATORY = "mandatory"
    """It fails."""
    ADVISORY = "advisory"
    """It is told."""
    OFF = "off"
    """Nothing: the environment is meant to be so."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """What a violation does in each environment."""

    test: Level = Level.MANDATORY
    stage: Level = Level.MANDATORY
    prod: Level = Level.MANDATORY

    def of(self, environment: str) -> Level:
        """In an environment. A stack of another name is as strict as can be."""
        level: Level = getattr(self, environment, Level.MANDATORY)
        return level


EVERYWHERE: Final = Levels()
NOT_IN_TEST: Final = Levels(test=Level.ADVISORY)
IN_PROD: Final = Levels(test=Level.ADVISORY, stage=Level.ADVISORY)
ONLY_IN_PROD: Final = Levels(test=Level.OFF, stage=Level.OFF)
TOLD: Final = Levels(test=Level.ADVISORY, stage=Level.ADVISORY, prod=Level.ADVISORY)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What must be true of resources, as a pure function over them."""

    id: str
    """The control's, as AWS Security Hub writes it."""
    sentence: str
    """What is true where it is kept."""
    severity: Severity
    types: tuple[str, ...]
    """Tokens of the types it looks at."""
    fix: str
    """What to do where it is broken."""
    levels: Levels = EVERYWHERE
    waivable: bool = True


Problems = Iterable[str]
"""Each names a property and what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule that each resource keeps by itself: it is asked before the resource is made."""

    check: Callable[[CheckedResource], Problems]


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule about resources that belong together: it is asked once all of them are known."""

    check: Callable[[CheckedResource, Sequence[CheckedResource]], Problems]
    """Is asked for each resource of the rule's types, with all resources of the stack."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a resource does not keep."""

    rule: Rule
    resource: CheckedResource
    problem: str

    def __str__(self) -> str:
        return (
            f"{self.rule.id} ({self.rule.severity}) {self.resource.name}: {self.problem}. "
            f"{self.rule.sentence}. {self.rule.fix}"
        )


@dataclass(frozen=True, kw_only=True)
class Unchecked:
    """A rule that could not be asked of a resource, because a value is told only during the update."""

    rule: Rule
    resource: CheckedResource
    property: str


@dataclass(kw_only=True)
class Findings:
    """What the rules found."""

    violations: list[Violation] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)


def found_by(
    rule: Rule, resources: Sequence[CheckedResource], stack: Sequence[CheckedResource] | None = None
) -> Findings:
    """What a rule finds in resources; a rule about a whole stack looks for what belongs to them in `stack`."""
    findings = Findings()
    for resource in resources:
        if resource.type not in rule.types:
            continue
        try:
            for problem in _problems(rule, resource, stack if stack is not None else resources):
                findings.violations.append(Violation(rule=rule, resource=resource, problem=problem))
        except NotKnownYetError as unknown:
            findings.unchecked.append(Unchecked(rule=rule, resource=resource, property=unknown.path))
    return findings


def _problems(rule: Rule, resource: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    match rule:
        case ResourceRule():
            yield from rule.check(resource)
        case StackRule():
            yield from rule.check(resource, stack)
