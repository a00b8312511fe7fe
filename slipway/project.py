"""The project that a command is about: its folder, its stack files, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.stop import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from account.session import AwsSession, Patience
    from stacks.settings import Settings


@dataclass(frozen=True)
class Project:
    """A folder with a Pulumi.yaml."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project around the folder: the nearest one upward that has a Pulumi.yaml."""
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "Pulumi.yaml").is_file():
                return cls(folder)
        raise Mistake(f"no Pulumi.yaml in {here} or above it: run slipway inside the project")

    def stack_file(self, environment: str) -> Path:
        """Where the environment's dials stand."""
        return self.root / f"Pulumi.{environment}.yaml"

    def config(self, environment: str) -> Mapping[str, Any]:
        """What the stack file says under `slipway:`, unchecked."""
        from stacks.settings import SettingsError
        from stacks.stack_file import read

        path = self.stack_file(environment)
        if not path.exists():
            known = ", ".join(environments())
            raise Mistake(f"environment {environment!r} has no stack file: {path} does not exist; known are {known}")
        if not path.is_file() and not path.is_dir():
            raise Mistake(f"{path} is not a file: put the stack's settings into a plain one")
        try:
            return read(path)
        except SettingsError as wrong:
            raise Mistake(str(wrong)) from wrong

    def settings(self, environment: str, config: Mapping[str, Any] | None = None) -> Settings:
        """The checked settings of the environment; of another config for it, when one is given."""
        from stacks.settings import SettingsError, parse

        config = self.config(environment) if config is None else config
        try:
            return parse(environment, config, self.stack_file(environment).name)
        except SettingsError as wrong:
            raise Mistake(str(wrong)) from wrong


def environments() -> tuple[str, ...]:
    """The environments that there are."""
    from stacks.profiles import PROFILES

    return tuple(PROFILES)


def check_environment(environment: str) -> None:
    """Refuses an environment that does not exist."""
    if environment not in environments():
        raise Mistake(f"-e {environment}: there is no such environment; allowed are {', '.join(environments())}")


def check_service(service: str) -> None:
    """Refuses a service that the catalogue does not have."""
    from stacks.catalogue import CATALOGUE

    known = [definition.name for definition in CATALOGUE]
    if service not in known:
        raise Mistake(
            f"-s {service}: the catalogue (stacks/catalogue.py) has no such service; it has {', '.join(known)}"
        )


def open_aws(settings: Settings, patience: Patience | None = None) -> AwsSession:
    """A session in the environment's account, by the role that deploys there; for a quick look unless said."""
    from account.aws_faults import AwsFault
    from account.session import QUICK, AwsPlace, open_session

    place = AwsPlace(account=settings.aws.account, region=settings.aws.region, role_arn=settings.aws.role_arn)
    try:
        return open_session(place, patience or QUICK)
    except AwsFault as fault:
        raise Mistake(f"{settings.environment}: {fault}") from fault
