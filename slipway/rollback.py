"""`slipway rollback`: the last good release of one service again, just as it was, at once or in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from slipway import evidence, options
from slipway.gradual import EVERY, STEP
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from release.journal import Attempt
    from slipway.change import Applied, Change
    from slipway.project import Project
    from slipway.pulumi_command import Pulumi
    from slipway.rollback_plan import Plan
    from stacks.settings import Settings

OTHERS_END: Final = 120.0
"""Seconds for which it waits until the update that it has stopped lets go of the stack."""


@click.command(short_help="Put a service back to its last good release.")
@options.environment
@options.service
@click.option("--to", metavar="VERSION", help="Go back to this version instead of the last good one.")
@click.option("--with-current-definition", is_flag=True, help="The old image under today's definition and settings.")
@click.option("--across-migrations", is_flag=True, help="Go back although an irreversible migration ran since.")
@click.option("--gradual", is_flag=True, help="Move the traffic in steps, watching both versions.")
@click.option("--step", metavar="PERCENT", help=f"With --gradual: of a step.  [default: {STEP}]")
@click.option("--every", metavar="TIME", help=f"With --gradual: between two steps.  [default: {EVERY}]")
@click.option("--watch", is_flag=True, help="With --gradual: show the weights as they move.")
@click.option("--dry-run", is_flag=True, help="Show what would be traded for what; change nothing.")
@evidence.reason
@options.yes
def rollback(  # noqa: PLR0917 - click's way
    environment: str,
    service: str,
    to: str | None,
    with_current_definition: bool,  # noqa: FBT001 - click's way
    across_migrations: bool,  # noqa: FBT001 - click's way
    gradual: bool,  # noqa: FBT001 - click's way
    step: str | None,
    every: str | None,
    watch: bool,  # noqa: FBT001 - click's way
    dry_run: bool,  # noqa: FBT001 - click's way
    reason: str | None,
    yes: bool,  # noqa: FBT001 - click's way
) -> int:
    """Put SERVICE in ENV back to the last release of it that was verified, and is not what was tried last.

    Its settings of that time and the exact revision of its task definition come back (`pin` in the stack file); other
    services stay as they are. The next release of another version drops the pin. A deployment in flight is stopped
    first. With --gradual, ECS moves the traffic in steps and Slipway watches both versions: where the old one does
    worse, it halts.
    """
    from slipway.gradual import strategy_of
    from slipway.project import Project, check_environment, check_service
    from slipway.pulumi_command import Pulumi

    check_environment(environment)
    check_service(service)
    check_meant(to, {} if gradual else {"--step": step, "--every": every, "--watch": watch})
    strategy = strategy_of(STEP if step is None else step, EVERY if every is None else every) if gradual else ""
    project = Project.find()
    settings = project.settings(environment)
    if not dry_run:
        options.check_answerable(yes=yes)
    pulumi = Pulumi(project.root, environment, evidence.variables(reason=reason))
    asked = Asked(
        service=service,
        to=to or "",
        current_definition=with_current_definition,
        across_migrations=across_migrations,
        strategy=strategy,
        reason=pulumi.variables.get(evidence.REASON, ""),
        yes=yes,
        tells=watch,
    )
    return Rollback(project, settings, pulumi, asked).run(dry_run=dry_run)


def check_meant(to: str | None, of_steps: Mapping[str, object]) -> None:
    """Refuses what would go unheard: a version that is empty, as of a variable nobody set, and words about steps
    where there are none. Who typed them would get another rollback than they meant."""
    if to is not None and not to.strip():
        raise Mistake("--to is empty: name a version, or leave it out for the last good one. Nothing was changed")
    unheard = [option for option, said in of_steps.items() if said not in (None, False)]
    if unheard:
        raise Mistake(
            f"{', '.join(unheard)} without --gradual counts for nothing, and all traffic would move at once: "
            "add --gradual, or leave it out. Nothing was changed"
        )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for."""

    service: str
    to: str = ""
    current_definition: bool = False
    across_migrations: bool = False
    strategy: str = ""
    """How the traffic moves, this once; empty: as ever."""
    reason: str = ""
    yes: bool = False
    tells: bool = False
    """Whether the weights are shown as they move."""


@dataclass(frozen=True)
class Rollback:
    """One rollback, from the plan to the line that ends it."""

    project: Project
    settings: Settings
    pulumi: Pulumi
    asked: Asked

    def run(self, *, dry_run: bool = False) -> int:
        """Plans, tells, stops what is in flight, and applies."""
        from slipway.change import preview

        if not dry_run and self._finished():
            return 0
        plan = self._plan()
        self._tell(plan)
        if dry_run:
            return 0 if preview(self.pulumi, self._stack_file, self._change(plan)) else 1
        if self._stopped_what_is_in_flight(plan):
            plan = self._plan()
        return self._apply(plan)

    @property
    def _environment(self) -> str:
        return self.settings.environment

    @property
    def _stack_file(self) -> Any:  # noqa: ANN401 - a Path, imported late
        return self.project.stack_file(self._environment)

    def _now(self) -> Mapping[str, Any]:
        from slipway.deploy import section

        return section(self.project.config(self._environment), self.asked.service)

    def _plan(self) -> Plan:
        from slipway.gradual import check_has_weights, with_strategy
        from slipway.project import open_aws
        from slipway.rollback_plan import checked_settings

        asked = self.asked
        plan = plan_for(self.project, self.settings, self.pulumi, asked)
        if asked.strategy:
            check_has_weights(open_aws(self.settings), self.settings, asked.service)
            plan = with_strategy(plan, asked.strategy)
        checked_settings(self.project, self._environment, self.project.config(self._environment), plan)
        return plan

    def _tell(self, plan: Plan) -> None:
        from slipway.rollback_plan import checked_settings
        from slipway.rollback_text import show

        config = self.project.config(self._environment)
        then = checked_settings(self.project, self._environment, config, plan)
        show(plan, self._environment, predicted=predicted(then, plan))
        if plan.digest:
            ask_gates(self.project, then, plan)
        if plan.irreversible and not self.asked.across_migrations:
            raise Mistake(
                f"the irreversible migration of {', '.join(plan.irreversible)} ran since {plan.service} "
                f"{plan.version}: see that {plan.version} works with the data, then add --across-migrations. "
                "Nothing was changed"
            )

    def _change(self, plan: Plan, waits: float = 0.0) -> Change:
        from slipway.change import Change
        from slipway.stack_edit import section_edits

        why = f": {self.asked.reason}" if self.asked.reason else ""
        return Change(
            service=plan.service,
            version=plan.version,
            edits=section_edits(plan.service, plan.now, plan.then),
            message=f"roll {plan.service} back to {plan.version}{why}",
            waits=waits,
        )

    def _stopped_what_is_in_flight(self, plan: Plan) -> bool:
        """Stops a deployment in flight, unless it is this very rollback, interrupted: that one is gone on with."""
        from slipway.abort import TooLate, in_flight, shown, stop_deployment
        from slipway.change import alone
        from slipway.show import note

        found = in_flight(self.settings, plan.service)
        same = found is not None and found.deployment.task_definition == plan.task_definition
        if found is None or (same and _pinned_strategy(plan.now) == _pinned_strategy(plan.then)):
            return False
        note(f"{found.name} is in flight, and is stopped first:")
        for line in shown(found):
            note(line)
        if not (self.asked.yes or found.goes_back or click.confirm("Stop it?", err=True)):
            raise NotRunning(f"{found.name} was not stopped: nothing was changed")
        try:
            note(stop_deployment(self.settings, found, self.asked.reason or f"rolled back to {plan.version}"))
        except TooLate as late:
            note(f"{late}; it is gone back from all the same")
        with alone(self.pulumi, self._stack_file, waits=OTHERS_END):
            return True

    def _apply(self, plan: Plan) -> int:
        from slipway.change import apply
        from slipway.deploy import runs_line
        from slipway.gradual import Halted, apply_watched, goes_on_all_the_same
        from slipway.rollback_text import show_commit

        change, before = self._change(plan, OTHERS_END), self._stack_file.read_text()
        try:
            if self.asked.strategy:
                applied = apply_watched(
                    self.project, self.pulumi, self.settings, plan, change, yes=self.asked.yes, tells=self.asked.tells
                )
                self._usual_strategy_again()
            else:
                applied = apply(self.pulumi, self._stack_file, self.settings, change, yes=self.asked.yes)
        except Halted:
            if not goes_on_all_the_same(plan):
                raise
            return Rollback(self.project, self.settings, self.pulumi, self._at_once(plan)).run()
        finally:
            show_commit(self._stack_file, before, change.message)
        click.echo(runs_line(self._environment, plan.service, plan.version, applied))
        return 0

    def _at_once(self, plan: Plan) -> Asked:
        from dataclasses import replace

        return replace(self.asked, strategy="", to=plan.version)

    def _finished(self) -> bool:
        """Ends a gradual rollback of which only the last step is left: it was killed after its release was verified."""
        from slipway.gradual import is_unfinished

        now = self._now()
        if _pinned_strategy(now) is None:
            return False
        attempts = attempts_of(self.settings, self.asked.service)
        if not is_unfinished(now, attempts[0] if attempts else None):
            return False
        if self.asked.to not in ("", now.get("version")):
            return False
        self._usual_strategy_again()
        click.echo(f"{self.asked.service} {now['version']} runs in {self._environment}, as it was left; it is finished")
        return True

    def _usual_strategy_again(self) -> Applied:
        """The one release is over: the service's own strategy counts again. Nothing is deployed."""
        from slipway.change import Change, apply
        from slipway.stack_edit import section_edits

        now = self._now()
        pin = {key: value for key, value in now["pin"].items() if key != "strategy"}
        service, version = self.asked.service, str(now["version"])
        change = Change(
            service=service,
            version=version,
            edits=section_edits(service, now, {**now, "pin": pin}),
            message=f"give {service} its usual strategy again",
        )
        return apply(self.pulumi, self._stack_file, self.settings, change, yes=self.asked.yes)


def plan_for(project: Project, settings: Settings, pulumi: Pulumi, asked: Asked) -> Plan:
    """What would come back, by the journal; by Pulumi's history where the journal knows no release of the service."""
    from account.aws_faults import AwsFault
    from release.rollback_target import NoTarget, rollback_target
    from slipway import rollback_plan
    from slipway.deploy import section
    from slipway.project import open_aws

    service = asked.service
    now = section(project.config(settings.environment), service)
    session = open_aws(settings)
    try:
        attempts = attempts_of(settings, service)
        if not any(attempt.verified for attempt in attempts):
            return _from_history(settings, pulumi, asked, now)
        target = rollback_target(attempts, service, asked.to)
        if asked.current_definition:
            return rollback_plan.plan_under_todays_definition(service, target, now)
        return rollback_plan.plan_from_journal(
            session, settings, service, target, attempts=attempts, updates=pulumi.history(), now=now
        )
    except NoTarget as nowhere:
        raise Mistake(f"{nowhere}. Nothing was changed") from nowhere
    except AwsFault as fault:
        raise Mistake(f"{fault}. Nothing was changed") from fault


def attempts_of(settings: Settings, service: str) -> Sequence[Attempt]:
    """The journal's attempts; one that cannot be read stops a rollback: what would come back is not known."""
    from release.journal import JournalError
    from slipway import journal

    try:
        return journal.attempts_of(settings, service)
    except JournalError as trouble:
        raise Mistake(
            f"{trouble}: what was verified is not known. `slipway config-of` shows what Pulumi's history has. "
            "Nothing was changed"
        ) from trouble


def predicted(settings: Settings, plan: Plan) -> float:
    """Seconds that the deployment should take."""
    from stacks.catalogue import by_name
    from stacks.rollout_model import expectation_of

    return expectation_of(settings, by_name()[plan.service], plan.version).predicted


def ask_gates(project: Project, settings: Settings, plan: Plan) -> None:
    """Shows what only warns a rollback. What refuses it as well ends it here, before anything is changed."""
    from release.gates import judge
    from slipway.check import gather_for
    from slipway.rollback_text import show_warned

    gathered = gather_for(project, settings, plan.service, plan.version)
    verdict = judge(gathered.candidate, settings.demands, preview=False)
    show_warned(verdict.warned)
    if plan.task_definition and verdict.refused:
        raise NotRunning(
            f"{plan.service} {plan.version} is refused in {settings.environment}:\n{verdict.text}\nNothing was changed"
        )


def _pinned_strategy(section: Mapping[str, Any]) -> str | None:
    found: str | None = (section.get("pin") or {}).get("strategy")
    return found


def _from_history(settings: Settings, pulumi: Pulumi, asked: Asked, now: Mapping[str, Any]) -> Plan:
    from release.history import HistoryError, rollback_target, update_with
    from slipway.deploy import check_image
    from slipway.rollback_plan import plan_from_history

    service, history = asked.service, pulumi.history()
    try:
        if asked.to:
            update = update_with(history, service, asked.to)
        else:
            verified = pulumi.verified().get(settings.names.service(service))
            update = rollback_target(history, service, verified=verified.version if verified else "")
    except HistoryError as nowhere:
        raise Mistake(f"{nowhere}. Nothing was changed") from nowhere
    check_image(settings, service, update.version(service))
    return plan_from_history(service, update, now)
