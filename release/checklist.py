"""The SOP's checklists as data: what must be true before a release, and who can say so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a checklist."""

    name: str
    """What a person types to attest it."""
    text: str
    """The SOP's words."""
    by_machine: bool
    """Whether Slipway checks it itself. The rest a person attests by name."""


def _seen(name: str, text: str) -> Item:
    return Item(name=name, text=text, by_machine=True)


def _attested(name: str, text: str) -> Item:
    return Item(name=name, text=text, by_machine=False)


PROD: Final = (
    _seen("staging-verified", "All tests passed in staging"),
    _seen("approvals", "Required approvals obtained"),
    _seen("task-definition-kept", "Backup current task definition"),
    _seen("migrations-ready", "Database migrations ready"),
    _seen("alarms-configured", "Monitoring alerts configured"),
    _attested("load-tested", "Load testing"),
)
"""SOP: "Production Deployment", pre-deployment checklist; and "Best Practices", testing."""
STAGE: Final = (
    _seen("test-verified", "Development tests passed"),
    _seen("configuration-valid", "Configuration validated"),
    _attested("dependencies-updated", "Dependencies updated"),
)
"""SOP: "Staging Deployment", pre-deployment steps."""


def unticked(items: Iterable[Item], ticked: Collection[str]) -> tuple[Item, ...]:
    """The items that nobody has ticked."""
    return tuple(item for item in items if item.name not in ticked)
