"""`slipway policies`: whether what stands in an environment keeps the rules of the policy pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from slipway import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policy.inspection import Inspection

COLUMNS: Final = ("rule", "severity", "level", "resource", "problem")


@click.command(short_help="Check what stands in an environment against the policies.")
@options.environment
@click.option("--all", "whole", is_flag=True, help="Show what is only advised, too.")
@options.as_json
def policies(environment: str, whole: bool, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Check the whole state of ENV against the rules of docs/policies.md, with the waivers of its stack file.

    Exit code 1 when a mandatory rule is broken. Before an update, Pulumi asks the same rules:
    pulumi preview --policy-pack policy
    """
    from datetime import UTC, datetime

    from policy.inspection import inspect
    from policy.stack_state import resources_of
    from policy.waivers_file import in_config
    from slipway.project import Project, check_environment
    from slipway.pulumi_command import Pulumi
    from slipway.show import note, show_json, show_table

    check_environment(environment)
    project = Project.find()
    project.settings(environment)
    waivers = in_config(project.config(environment), project.stack_file(environment).name)
    resources = resources_of(Pulumi(project.root, environment).state())
    found = inspect(resources, environment, waivers, datetime.now(UTC).date())
    if as_json:
        show_json(_as_json(found))
        return 0 if found.passed else 1
    shown = found.judged if whole else found.mandatory
    show_table(COLUMNS, [_cells(one) for one in _rows(shown)], empty=f"{environment}: no mandatory rule is broken")
    for rule in dict.fromkeys(one.violation.rule for one in shown):
        note(f"{rule.id}: {rule.sentence}. {rule.fix}")
    for waived in found.waived:
        note(f"waived: {waived.violation.resource.name}: {waived.violation.problem}. {waived.waiver}")
    for mistake in found.mistakes:
        note(mistake)
    advised = len(found.judged) - len(found.mandatory)
    note(_summary(len(resources), found, advised))
    return 0 if found.passed else 1


def _summary(resources: int, found: Inspection, advised: int) -> str:
    counted = f"{resources} resources: {len(found.mandatory)} broken, {len(found.waived)} waived, {advised} advised"
    return counted if not advised else f"{counted} (--all shows them)"


def _rows(judged: Sequence[Any]) -> list[dict[str, str]]:
    return [
        {
            "rule": one.violation.rule.id,
            "severity": str(one.violation.rule.severity),
            "level": str(one.level),
            "resource": one.violation.resource.name,
            "fix": one.violation.rule.fix,
            "problem": one.violation.problem + (f" (the {one.expired} has expired)" if one.expired else ""),
        }
        for one in judged
    ]


def _cells(row: dict[str, str]) -> list[str]:
    return [row[column] for column in COLUMNS]


def _as_json(found: Inspection) -> dict[str, object]:
    return {
        "passed": found.passed,
        "violations": _rows(found.judged),
        "waived": [
            {
                "rule": one.violation.rule.id,
                "resource": one.violation.resource.name,
                "problem": one.violation.problem,
                "owner": one.waiver.owner,
                "reason": one.waiver.reason,
                "expires": one.waiver.expires.isoformat(),
            }
            for one in found.waived
        ],
        "mistakes": found.mistakes,
    }
