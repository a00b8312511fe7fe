"""Which release the gates are asked about, in plain values."""

from __future__ import annotations

from dataclasses import dataclass


def journal_bucket(prefix: str, account: str, region: str) -> str:
    """The journal's bucket of one environment: bucket names are shared by all of AWS, so the account is part of it."""
    return f"{prefix}slipway-journal-{account}-{region}"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One release of one service into one environment."""

    environment: str
    service: str
    """As the catalogue names it, and the journal."""
    ecs_service: str
    cluster: str
    repository: str
    version: str
    attempt: int
    account: str
    region: str
    role_arn: str = ""
    """The role assumed to ask. Empty: the credentials as they are."""
    journal_before: str = ""
    """The journal's bucket of the environment that it is promoted from."""
    alarms: tuple[str, ...] = ()
    """The alarms that roll a deployment back."""
    changelog: str | None = None
    """The text of the service's changelog; None: it keeps none."""
    pinned: str = ""
    """ARN of the task definition that a rollback goes back to, with the revision. Empty: a new one is made."""
    strategy: str = "ROLLING"
    """How it takes over, in ECS's words."""
