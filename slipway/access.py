"""`slipway access`: the rights that deploying, and auditing, an environment takes: no more than its program needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from slipway import options
from slipway.stop import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from access.need import Need
    from access.policies import Setting
    from access.program import Resource
    from slipway.project import Project
    from stacks.service_definition import ServiceDefinition
    from stacks.settings import Settings

DEPLOYER = "slipway-deployer"
"""The role's name where the stack file names none."""


@click.command(name="access", short_help="Print the rights that deploying an environment takes.")
@options.environment
def access(environment: str) -> int:
    """Print the policies of ENV's deployer and auditor as JSON, computed from the resources of its program.

    Runs `pulumi preview`, so that it needs rights to read; nothing is changed. `DeployerRole` and `AuditorRole` take
    what it prints (docs/access.md).
    """
    from access.own_calls import AUDITS, READS, WRITES
    from access.policies import split, statements
    from access.program import needs_of
    from slipway.project import Project, check_environment

    check_environment(environment)
    project = Project.find()
    settings = project.settings(environment)
    resources = _resources(project, environment)
    setting = setting_of(settings, project, resources)

    def documents(needs: Sequence[Need]) -> Sequence[Mapping[str, object]]:
        return [json.loads(one) for one in split(statements(needs, setting))]

    deployer = documents([*needs_of(resources), *READS, *WRITES])
    click.echo(json.dumps({"deployer": deployer, "auditor": documents(AUDITS)}, indent=2, sort_keys=True))
    return 0


def _resources(project: Project, environment: str) -> Sequence[Resource]:
    from access.program import of_preview
    from slipway.pulumi_command import Pulumi, PulumiFailed
    from slipway.show import note

    note(f"previewing {environment}, to learn what its program makes ...")
    try:
        preview = json.loads(Pulumi(project.root, environment).ask("preview", "--json"))
    except PulumiFailed as failed:
        raise Mistake(f"{environment}: the preview that tells the program's resources failed: {failed}") from failed
    try:
        return of_preview(preview)
    except ValueError as error:
        raise Mistake(f"{environment}: {error}") from error


def _keys(settings: Settings, catalogue: Sequence[ServiceDefinition]) -> set[str]:
    """Aliases of the keys that others make and this environment uses."""
    declared = {
        one.key
        for service in catalogue
        for one in (*service.parameters, *service.reads, *service.writes, *service.sends, *service.receives)
    }
    return {key for key in (settings.images.key, *declared) if key}


def setting_of(settings: Settings, project: Project, resources: Sequence[Resource]) -> Setting:
    """What the placeholders of needs stand for in this environment."""
    from access.policies import NAMED_KEYS, Setting
    from access.program import names_of
    from release.question import journal_bucket
    from stacks.catalogue import CATALOGUE
    from stacks.neighbours import promotes_from
    from stacks.tags import default_tags

    before = promotes_from(settings.environment, project.root)
    found = {
        **names_of(resources),
        "journal": [settings.journal_bucket],
        "journal_before": [journal_bucket(before.prefix, before.account, before.region)] if before else [],
        "secret": sorted({secret.secret for service in CATALOGUE for secret in service.secrets}),
        NAMED_KEYS: sorted(_keys(settings, CATALOGUE)),
        "deployer": [(settings.aws.role_arn or DEPLOYER).rsplit("/", 1)[-1]],
    }
    return Setting(
        account=settings.aws.account,
        region=settings.aws.region,
        partition=settings.aws.partition,
        names={name: names for name, names in found.items() if names},
        tags=default_tags(settings.environment),
        boundary=settings.aws.permissions_boundary or "",
    )
