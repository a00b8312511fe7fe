"""A gradual rollback: the old version comes up beside the current one, and traffic moves to it in steps while both are
watched. ECS ignores alarms that fire from the start, so that the watch is Slipway's own."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from account.session import AwsSession
    from release.journal import Attempt
    from slipway.change import Applied, Change
    from slipway.project import Project
    from slipway.pulumi_command import Pulumi
    from slipway.rollback_plan import Plan
    from stacks.settings import Settings

STEP: Final = "20%"
EVERY: Final = "5m"
PAUSE: Final = 2.0
"""Seconds between two looks."""


def strategy_of(step: str, every: str) -> str:
    """The strategy as the stack file has it. Raises `Mistake` for steps that ECS does not take."""
    from rollout.strategy_text import parse

    text = f"linear:{step},{every}"
    try:
        parse(text)
    except ValueError as wrong:
        raise Mistake(f"--step {step} --every {every}: {wrong}. Nothing was changed") from wrong
    return text


def check_has_weights(session: AwsSession, settings: Settings, service: str) -> None:
    """Refuses a service that takes no traffic through a load balancer: it has no weights to move."""
    asked = {"cluster": settings.names.cluster, "services": [settings.names.service(service)]}
    answer = session.call("ecs", "describe_services", **asked)
    if any(one["status"] == "ACTIVE" and not one.get("loadBalancers") for one in answer["services"]):
        raise Mistake(
            f"{service} takes no traffic through a load balancer, so that there are no weights to move: without "
            "--gradual its tasks are replaced by and by, few at a time. Nothing was changed"
        )


def with_strategy(plan: Plan, strategy: str) -> Plan:
    """The plan by another strategy, for this one release."""
    if "pin" not in plan.then:
        raise Mistake(
            f"{plan.service} {plan.version} can come back at once only, for no revision of it is known that could come "
            "up beside the current one: leave --gradual out, or deploy it with a strategy of your choice"
        )
    return replace(plan, then={**plan.then, "pin": {**plan.then["pin"], "strategy": strategy}})


def is_unfinished(now: Mapping[str, Any], newest: Attempt | None) -> bool:
    """Whether a gradual rollback has come to its end, and only the service's usual strategy is to be set again."""
    pin = now.get("pin") or {}
    if "strategy" not in pin or newest is None or not newest.verified:
        return False
    begun = newest.begun
    return (begun.version, begun.task_definition.rpartition(":")[2]) == (pin.get("version"), str(pin.get("revision")))


class Watch:
    """Looks at both versions while `pulumi up` runs. When the one that comes does worse, its deployment is stopped."""

    def __init__(self, settings: Settings, plan: Plan, *, going: str, tells: bool) -> None:
        self._settings = settings
        self._plan = plan
        self._going = going
        self._tells = tells
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._told = ""
        self.worse = ""
        """In what it did worse; empty for as long as it did not."""

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        from account.aws_faults import AwsFault
        from account.session import STEADY
        from slipway.project import open_aws
        from slipway.show import note

        troubles: set[str] = set()
        try:
            session = open_aws(self._settings, STEADY)
        except Mistake as mistake:
            note(f"nobody watches the two versions: {mistake}")
            return
        while not self._over.wait(PAUSE) and not self.worse:
            try:
                self._look(session)
            except (AwsFault, Mistake, NotRunning) as trouble:
                if str(trouble) not in troubles:
                    note(f"the two versions could not be watched just now: {trouble}")
                troubles.add(str(trouble))

    def _look(self, session: AwsSession) -> None:
        from account.deployment_stop import under_way
        from account.two_versions import look, shift_of
        from stacks.catalogue import by_name
        from stacks.verification import request_of

        plan, names = self._plan, self._settings.names
        found = under_way(session, names.cluster, names.service(plan.service))
        if found is None or found.task_definition != plan.task_definition or found.status.abandoned:
            return
        shift = shift_of(session, found.arn)
        if shift is None:
            return
        service = by_name()[plan.service]
        asked, now = request_of(service, names, ()), found.created_at + found.age
        seen = look(session, shift, asked, now=now, coming=plan.version, going=self._going)
        if self._tells:
            self._tell(seen.shares)
        worse = seen.worse(service.verification.bounds)
        if worse:
            self._halt(worse)

    def _halt(self, worse: str) -> None:
        from slipway.abort import in_flight, stop_deployment
        from slipway.show import note

        note(f"halting: {worse}")
        found = in_flight(self._settings, self._plan.service)
        if found is None or found.goes_back:
            return
        self.worse = worse
        try:
            stop_deployment(self._settings, found, f"slipway watched both versions: {worse}")
        except (Mistake, NotRunning):
            self.worse = ""
            raise

    def _tell(self, shares: str) -> None:
        from slipway.show import note

        if shares != self._told:
            self._told = shares
            note(f"traffic: {shares}")


def apply_watched(
    project: Project, pulumi: Pulumi, settings: Settings, plan: Plan, change: Change, *, yes: bool, tells: bool
) -> Applied:
    """The change, watched. Raises `Halted` when the version that came did worse."""
    from slipway.change import apply

    watch = Watch(settings, plan, going=str(plan.now.get("version") or "the other"), tells=tells)
    try:
        with watch:
            return apply(pulumi, project.stack_file(settings.environment), settings, change, yes=yes)
    except NotRunning as failed:
        if not watch.worse:
            raise
        raise Halted(plan, settings.environment, watch.worse) from failed


class Halted(NotRunning):
    """The version that came did worse than the one that went."""

    def __init__(self, plan: Plan, environment: str, worse: str) -> None:
        super().__init__(
            f"{plan.service} {plan.version} does worse than what it was to replace: {worse}. The shift was halted, and "
            "all traffic is where it was\n"
            f"  to go back all the same, at once: slipway rollback -e {environment} -s {plan.service} "
            f"--to {plan.version}\n"
            f"  to stay: set Pulumi.{environment}.yaml back to {plan.now.get('version')}"
        )


def goes_on_all_the_same(plan: Plan) -> bool:
    """Asks whether to go back although the old version is the worse; nobody to ask: no."""
    import sys

    from slipway.options import is_terminal

    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return False
    return click.confirm(f"Go back to {plan.version} all the same, at once?", default=False, err=True)
