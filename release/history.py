"""Reads what was released before out of `pulumi stack history --json`, and chooses what to go back to.

Every entry keeps the config of its update, so that a service's whole section, not only its version, can be restored.
Entries are found by time: on a file backend their `version` is always 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

SERVICES_KEY: Final = "slipway:services"
AUTHOR_KEYS: Final = ("git.author", "ci.pr.headAuthor", "vcs.user")
COMMIT_KEY: Final = "git.head"


_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class HistoryError(ValueError):
    """There is nothing to go back to, or not to what was asked for. Its text says why and what there is."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """One `pulumi up`, or another operation on a stack."""

    kind: str
    """`update`, `refresh`, `destroy`, ..."""
    started: datetime
    ended: datetime | None
    result: str
    """`succeeded`, `failed` or `in-progress`."""
    message: str
    author: str
    """Who, as far as Pulumi knows: the author of the commit. Often empty."""
    services: Mapping[str, Mapping[str, Any]]
    """The config of each service at that update."""
    commit: str = ""
    """Head of the git repository; empty when there was none."""
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The whole stack's config, as the CLI prints it: key with its namespace -> `value`, `objectValue`, `secret`. The
    CLI tells nothing of a secret, its encrypted form neither."""

    @property
    def succeeded(self) -> bool:
        """Whether Pulumi finished it without an error."""
        return self.result == "succeeded"

    def version(self, service: str) -> str:
        """The version of the service at that update; empty when it had none."""
        return str(self.services.get(service, {}).get("version") or "")


def read_history(entries: Iterable[Mapping[str, Any]]) -> tuple[Update, ...]:
    """The updates, newest first, whatever the order of the entries."""
    updates = [_update(entry) for entry in entries]
    return tuple(sorted(updates, key=lambda update: update.started, reverse=True))


def rollback_target(updates: Sequence[Update], service: str, *, verified: str = "") -> Update:
    """The update whose config of the service should be restored: what ran before what was tried last.

    `verified` is the version that `Rollout` verified last, when it is known. After a failed try it is what runs, so it
    is the target; after a good one the target is the last successful update with another version.
    """
    tries = [update for update in updates if update.kind == "update" and update.version(service)]
    if not tries:
        raise HistoryError(f"{service} was never released here: there is nothing to go back to")
    tried = tries[0].version(service)
    if verified != tried and any(update.version(service) == verified for update in tries):
        return _newest_with(tries, service, verified)
    for update in tries:
        if update.succeeded and update.version(service) != tried:
            return update
    raise HistoryError(f"{service} {tried} is the only release of it that succeeded here: there is nothing before it")


def update_with(updates: Sequence[Update], service: str, version: str) -> Update:
    """The newest successful update that released that version; `HistoryError` when there is none."""
    tries = [update for update in updates if update.kind == "update" and update.version(service)]
    return _newest_with(tries, service, version, only_successful=True)


def good_versions(updates: Sequence[Update], service: str) -> tuple[str, ...]:
    """The versions that were released successfully, newest first, each once."""
    good = [update.version(service) for update in updates if update.kind == "update" and update.succeeded]
    return tuple(dict.fromkeys(version for version in good if version))


def _newest_with(tries: Sequence[Update], service: str, version: str, *, only_successful: bool = False) -> Update:
    """The newest update with that version, a successful one if there is one."""
    fitting = [update for update in tries if update.version(service) == version]
    good = [update for update in fitting if update.succeeded]
    if good:
        return good[0]
    if fitting and not only_successful:
        return fitting[0]
    known = ", ".join(good_versions(tries, service)) or "none"
    fate = "was never released successfully here" if fitting else "was never released here"
    raise HistoryError(f"{service} {version} {fate}; successful releases: {known}")


def _update(entry: Mapping[str, Any]) -> Update:
    environment = entry.get("environment") or {}
    config = entry.get("config") or {}
    started, ended = _time(entry.get("startTime")) or _LONG_AGO, _time(entry.get("endTime"))
    return Update(
        kind=str(entry.get("kind", "")),
        started=started,
        ended=ended if ended and ended >= started else None,  # of one not begun, the CLI says 1970
        result=str(entry.get("result", "")),
        message=str(entry.get("message") or ""),
        author=next((str(environment[key]) for key in AUTHOR_KEYS if environment.get(key)), ""),
        services=_services(config),
        commit=str(environment.get(COMMIT_KEY) or ""),
        config=config,
    )


def _services(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    value = (config.get(SERVICES_KEY) or {}).get("objectValue")
    if not isinstance(value, Mapping):
        return {}
    return {str(name): section for name, section in value.items() if isinstance(section, Mapping)}


def _time(text: object) -> datetime | None:
    """Pulumi writes `2026-11-23T02:29:40.000Z`; an update under way has no end."""
    if not isinstance(text, str) or not text:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else None
