"""`slipway deploy`: a new version in the stack file, and `pulumi up`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from slipway import evidence, options
from slipway.stop import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slipway.pulumi_command import Pulumi
    from stacks.settings import Settings


@click.command(short_help="Release a version of a service.")
@options.environment
@options.service
@click.option("-v", "--version", required=True, metavar="VERSION", help="The image's tag in ECR, e.g. 1.5.0.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@evidence.reason
@evidence.override
@options.yes
def deploy(  # noqa: PLR0917 - click's way
    environment: str,
    service: str,
    version: str,
    dry_run: bool,  # noqa: FBT001 - click's way
    reason: str | None,
    override: str | None,
    yes: bool,  # noqa: FBT001 - click's way
) -> int:
    """Release VERSION of SERVICE in ENV, and follow it until it runs or has failed.

    The same as: pulumi config set --path slipway:services.SERVICE.version VERSION -s ENV && pulumi up -s ENV

    When it fails, the stack file can be put back to the version that runs; with --yes it is.
    """
    from slipway.change import Change, preview
    from slipway.project import Project, check_environment, check_service
    from slipway.pulumi_command import Pulumi
    from slipway.put_back import release
    from slipway.show import note
    from slipway.stack_edit import release_edits, with_release

    check_environment(environment)
    check_service(service)
    project = Project.find()
    config = project.config(environment)
    project.settings(environment, config)
    check_version_rule(environment, version)
    now = section(config, service)
    settings = project.settings(environment, with_section(config, service, with_release(now, version)))
    if not dry_run:
        options.check_answerable(yes=yes)
    pulumi = Pulumi(project.root, environment, evidence.variables(reason=reason, override=override))
    make_stack(pulumi)
    check_image(settings, service, version)

    change = Change(
        service=service,
        version=version,
        edits=release_edits(service, now, version),
        message=f"deploy {service} {version}",
    )
    note(f"{service} in {environment}: {_version_now(config, service)} -> {version}")
    for edit in change.edits:
        note(f"$ {pulumi.shown(*edit.shown())}")
    if dry_run:
        return 0 if preview(pulumi, project.stack_file(environment), change) else 1
    applied = release(pulumi, project, settings, change, yes=yes)
    click.echo(runs_line(environment, service, version, applied))
    return 0


def check_version_rule(environment: str, version: str, option: str = "-v") -> None:
    """Refuses a version that the environment does not take. `option` is where it was given."""
    from release.version import VersionError, check_version
    from stacks.profiles import PROFILES

    try:
        check_version(PROFILES[environment].versions, version)
    except VersionError as wrong:
        raise Mistake(f"{option}: {environment} does not take it: {wrong}") from wrong


def section(config: Mapping[str, Any], service: str) -> Mapping[str, Any]:
    """The service's section of the stack file; empty when it has none."""
    found = (config.get("services") or {}).get(service) or {}
    return found if isinstance(found, dict) else {}


def with_section(config: Mapping[str, Any], service: str, then: Mapping[str, Any]) -> dict[str, Any]:
    """The config as it will be: checked before the file is touched."""
    return {**config, "services": {**(config.get("services") or {}), service: then}}


def make_stack(pulumi: Pulumi) -> None:
    """Makes the stack when the backend has none yet, and says so."""
    from slipway.show import note

    if not pulumi.exists():
        note(f"stack {pulumi.stack} does not exist yet: making it")
        pulumi.ask("stack", "init", "--no-select")


def check_image(settings: Settings, service: str, version: str) -> None:
    """Refuses a version that ECR does not have. A repository that does not exist yet is made by the first `up`.

    An image that the stack file tells Pulumi to build need not be there.
    """
    from account.aws_faults import AwsFault
    from slipway.project import open_aws
    from slipway.show import note

    if settings.services[service].build:
        return
    repository = settings.names.repository(service)
    session = open_aws(settings)
    try:
        session.call("ecr", "describe_images", repositoryName=repository, imageIds=[{"imageTag": version}])
    except AwsFault as fault:
        if fault.code == "RepositoryNotFoundException":
            note(f"repository {repository} does not exist yet: `pulumi up` makes it")
            return
        if fault.code == "ImageNotFoundException":
            raise Mistake(
                f"-v {version}: ECR repository {repository} in account {settings.aws.account} has no image "
                f"{version}: push it first. Nothing was changed"
            ) from fault
        raise Mistake(str(fault)) from fault


def runs_line(environment: str, service: str, version: str, applied: Any) -> str:  # noqa: ANN401 - Applied, imported late
    """The line that ends a good release."""
    verified = applied.verified
    what = f" ({verified.task_definition.rsplit('/', 1)[-1]}, {verified.digest})" if verified else ""
    return f"{service} {version} runs in {environment}{what}, after {applied.seconds:.0f} s"


def _version_now(config: Mapping[str, Any], service: str) -> str:
    return str((config.get("services") or {}).get(service, {}).get("version") or "nothing")
