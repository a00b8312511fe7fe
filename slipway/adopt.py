"""`slipway adopt`: what is in the account already becomes part of the stack, and nothing of it is made anew."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from slipway import options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slipway.adoption import Adopted
    from slipway.project import Project

COLUMNS: Final = ("there is", "becomes", "type")


@click.command(short_help="Take over what is in the account already.")
@options.environment
@click.option("--cluster", metavar="NAME", help="An ECS cluster.")
@click.option("--load-balancer", metavar="NAME", help="An application load balancer.")
@click.option("--service", "services", multiple=True, metavar="SERVICE[=NAME]", help="An ECS service, and its way in.")
@click.option("--repository", "repositories", multiple=True, metavar="SERVICE[=NAME]", help="An ECR repository.")
@click.option("--dry-run", is_flag=True, help="Show what would be taken over; change nothing.")
@options.yes
def adopt(  # noqa: PLR0917 - click's way
    environment: str,
    cluster: str | None,
    load_balancer: str | None,
    services: tuple[str, ...],
    repositories: tuple[str, ...],
    dry_run: bool,  # noqa: FBT001 - click's way
    yes: bool,  # noqa: FBT001 - click's way
) -> int:
    """Take over what is in ENV's account already: SERVICE is a service of the catalogue, NAME its name in AWS.

    Only the stack file (slipway:adopted) and the stack's state are changed, nothing in AWS. When a preview then
    wants to make anything anew that was taken over, both are put back. `pulumi preview` shows what the next
    `pulumi up` would change in place.
    """
    from slipway.project import Project, check_environment

    check_environment(environment)
    named = _adopted(cluster, load_balancer, services, repositories)
    if not dry_run:
        options.check_answerable(yes=yes)
    return _Adoption(Project.find(), environment, named).run(dry_run=dry_run, yes=yes)


def _adopted(
    cluster: str | None, load_balancer: str | None, services: Sequence[str], repositories: Sequence[str]
) -> dict[str, Any]:
    """What is asked for, as `slipway:adopted` has it."""
    asked: dict[str, Any] = {
        "cluster": cluster,
        "loadBalancer": load_balancer,
        "services": _pairs("--service", services),
        "repositories": _pairs("--repository", repositories),
    }
    named = {key: value for key, value in asked.items() if value}
    if not named:
        raise Mistake("name what is there: --cluster, --load-balancer, --service or --repository")
    return named


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    from slipway.project import check_service

    pairs: dict[str, str] = {}
    for one in given:
        service, equals, name = one.partition("=")
        if equals and not name:
            raise Mistake(f"{option} {one}: the name in AWS is empty; write SERVICE=NAME")
        check_service(service)
        if service in pairs:
            raise Mistake(f"{option} {one}: {service} is named twice")
        pairs[service] = name or service
    return pairs


class _Adoption:
    """One run of the verb."""

    def __init__(self, project: Project, environment: str, named: Mapping[str, Any]) -> None:
        from slipway.existing import Existing
        from slipway.pulumi_command import Pulumi

        config = project.config(environment)
        project.settings(environment, config)
        now = config.get("adopted") or {}
        self.environment = environment
        self.pulumi = Pulumi(project.root, environment)
        self.stack_file: Path = project.stack_file(environment)
        self.existing = Existing(
            environment=environment,
            source=self.stack_file.name,
            now=now,
            named=dict(named),
            with_adopted=lambda adopted: project.settings(environment, {**config, "adopted": adopted}),
        )

    def run(self, *, dry_run: bool, yes: bool) -> int:
        """Looks, and takes over. Returns the exit code."""
        from slipway.change import alone
        from slipway.deploy import make_stack

        found = self.existing.look()
        make_stack(self.pulumi)
        with alone(self.pulumi, self.stack_file):
            return self._take_over(found, dry_run=dry_run, yes=yes)

    def _take_over(self, found: Sequence[Adopted], *, dry_run: bool, yes: bool) -> int:
        from slipway.change import make
        from slipway.show import note
        from slipway.stack_edit import edits

        before = self.stack_file.read_bytes()
        state = self.pulumi.ask("stack", "export")
        with contextlib.ExitStack() as undone:
            undone.callback(self.stack_file.write_bytes, before)
            make(self.pulumi, self.stack_file, edits("slipway:adopted", self.existing.now, self.existing.then))
            file, taken = self._import_file(found)
            self._show(found, taken)
            if dry_run:
                return 0
            if taken and not (yes or click.confirm("Take them over?", err=True)):
                return 1
            if taken:
                note(f"taking over {len(taken)} resources ...")
                undone.callback(self._put_back, state)
                self._import(file)
            note("asking what the next `pulumi up` would do ...")
            steps = self._steps()
            self._check(steps)
            undone.pop_all()
        self._done(taken, steps)
        return 0

    def _import_file(self, found: Sequence[Adopted]) -> tuple[dict[str, Any], list[Adopted]]:
        from slipway.adoption import import_file
        from slipway.show import note

        note("asking what the program would make ...")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "resources.json"
            self.pulumi.ask("preview", "--import-file", str(path))
            creates = json.loads(path.read_text()) if path.exists() else {}
        return import_file(creates, found)

    def _show(self, found: Sequence[Adopted], taken: Sequence[Adopted]) -> None:
        from slipway.show import note, show_table

        rows = [[one.id, one.name, one.type] for one in taken]
        show_table(COLUMNS, rows, empty=f"{self.environment}: all of it is in the stack already")
        for one in found:
            if one not in taken:
                note(f"{one.id} ({one.type}) is in the stack already, or the next `pulumi up` takes it over by itself")

    def _import(self, file: Mapping[str, Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "resources.json"
            path.write_text(json.dumps(file))
            self.pulumi.ask(
                "import", "--file", str(path), "--yes", "--skip-preview", "--protect=false", "--generate-code=false"
            )

    def _steps(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = json.loads(self.pulumi.ask("preview", "--json"))["steps"]
        return steps

    def _check(self, steps: Sequence[Mapping[str, Any]]) -> None:
        from slipway.adoption import lost

        would = lost(steps)
        if would:
            raise NotRunning(
                "the next `pulumi up` would not leave what was taken over as it is, so all was put back: "
                + "; ".join(would)
            )

    def _put_back(self, state: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "state.json"
            path.write_text(state)
            self.pulumi.ask("stack", "import", "--file", str(path), "--force")

    def _done(self, taken: Sequence[Adopted], steps: Sequence[Mapping[str, Any]]) -> None:
        from slipway.adoption import counted

        count = counted(steps)
        click.echo(
            f"{len(taken)} resources taken over in {self.environment}; the next `pulumi up` makes "
            f"{count['create']} more, changes {count['update']} in place and replaces none: "
            f"`pulumi preview -s {self.environment} --diff`"
        )
        if self.existing.then.get("rules"):
            click.echo(
                "once that release runs, nothing needs the old rules; the `pulumi up` after this deletes them: "
                f"pulumi config rm --path slipway:adopted.rules -s {self.environment}"
            )
        for arn in self.existing.shared_rules:
            click.echo(f"this rule forwards to other services too, and stays as it is: {arn}")
