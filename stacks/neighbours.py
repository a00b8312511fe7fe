"""The environments around one, as their stack files say: where it promotes from, and who promotes from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stacks.errors import SettingsError
from stacks.profiles import PROFILES
from stacks.stack_file import read


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """What must be known of another environment."""

    environment: str
    account: str
    region: str
    prefix: str


def promotes_from(environment: str, folder: Path) -> Neighbour | None:
    """The environment whose verified images may run here; None where there is none, or it has no stack file."""
    before = PROFILES[environment].promotes_from
    return _neighbour(before, folder) if before else None


def promoted_to(environment: str, folder: Path) -> tuple[Neighbour, ...]:
    """The environments in which images may run that were verified here."""
    after = (name for name, profile in PROFILES.items() if profile.promotes_from == environment)
    return tuple(_known(after, folder))


def _known(environments: Iterator[str], folder: Path) -> Iterator[Neighbour]:
    for environment in environments:
        neighbour = _neighbour(environment, folder)
        if neighbour:
            yield neighbour


def _neighbour(environment: str, folder: Path) -> Neighbour | None:
    """What its stack file says of where it is. A mistake in there is that environment's, and shown when it is used."""
    try:
        config = read(folder / f"Pulumi.{environment}.yaml")
    except SettingsError:
        return None
    aws = config.get("aws")
    if not isinstance(aws, dict) or not isinstance(aws.get("account"), str) or not isinstance(aws.get("region"), str):
        return None
    return Neighbour(
        environment=environment, account=aws["account"], region=aws["region"], prefix=str(config.get("prefix") or "")
    )
