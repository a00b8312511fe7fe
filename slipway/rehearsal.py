"""What `pulumi up` would roll out, as the rollout model takes it, and what the model says to it. No AWS, no Pulumi."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rollout import costs as cost_table
from rollout import course, story, timing_lint
from rollout.alarms import Alarms
from rollout.behaviour import HEALTHY, Behaviour, Kind
from rollout.expectation import expect
from rollout.prediction import Outcome, Prediction, predict
from rollout.reactions import PUBLISHED
from rollout.revision import Revision, Timings
from rollout.settings import Settings as RolloutSettings
from rollout.timing_lint import Finding, Setting, Timing
from stacks.rollout_model import alarm_after, revision_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollout.costs import Cost
    from rollout.course import Moment
    from rollout.story import Line
    from rollout.strategy import Shifting
    from stacks.service_definition import ServiceDefinition
    from stacks.settings import Settings

PLACES: Final[Mapping[Setting, str]] = {
    Setting.GRACE_PERIOD: "health_check.grace_period in stacks/catalogue.py",
    Setting.INTERVAL: "health_check.interval in stacks/catalogue.py",
    Setting.HEALTHY_THRESHOLD: "health_check.healthy_threshold in stacks/catalogue.py",
    Setting.UNHEALTHY_THRESHOLD: "health_check.unhealthy_threshold in stacks/catalogue.py",
    Setting.DEREGISTRATION_DELAY: "deregistration_delay in stacks/catalogue.py",
    Setting.STOP_TIMEOUT: "stop_timeout in stacks/catalogue.py",
    Setting.STEP_BAKE_TIME: "strategy in the stack file",
    Setting.BAKE_TIME: "strategy in the stack file; where tasks roll, ECS computes it from the alarms",
    Setting.WAIT_LIMIT: "rollout/expectation.py",
    Setting.MINIMUM_PERCENT: "minimum_healthy_percent in stacks/profiles.py",
    Setting.MAXIMUM_PERCENT: "maximum_percent in stacks/profiles.py",
    Setting.BREAKER: "circuit_breaker, automatic_rollback in stacks/profiles.py",
    Setting.IMAGE: "the image's size",
}
"""Where people change a setting."""


SOUND: Final = frozenset({Kind.HEALTHY, Kind.SLOW})
"""Behaviours that nothing is wrong with."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be rehearsed, beside what the environment sets."""

    version: str
    running: str | None
    """The version that runs now; None: the service is not released there yet."""
    behaviour: Behaviour = HEALTHY
    """What the tasks of the new version do."""
    shifting: Shifting | None = None
    """How it takes over; None: by rolling."""
    pull: float = Timings().pull
    """Seconds to pull the image."""
    requests_per_second: float = 10
    longest_request: float | None = None
    """Seconds; None: not known."""
    alarm: float | None = None
    """Seconds of errors after which an alarm goes off that ECS watches; None: the environment's own alarms."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A rehearsed release."""

    environment: str
    service: str
    asked: Asked
    settings: RolloutSettings
    new: Revision
    prediction: Prediction
    names: Mapping[int, str]
    """Number of a deployment -> its version."""
    wait_limit: float
    """Seconds for which `pulumi up` follows the deployment."""
    lines: tuple[Line, ...]
    moments: tuple[Moment, ...]
    findings: tuple[Finding, ...]
    costs: tuple[Cost, ...]

    @property
    def succeeds(self) -> bool:
        """Whether `pulumi up` would end with exit code 0."""
        return self.prediction.outcome is Outcome.COMPLETED and self.prediction.duration <= self.wait_limit

    @property
    def met(self) -> float:
        """Requests that meet the new version before the deployment ends: the most that a bad release can fail."""
        return self.prediction.failed_requests(self.asked.requests_per_second, 100)

    @property
    def failed(self) -> float:
        """Of those, requests that the new version's tasks answer with an error as they are said to behave."""
        return self.prediction.failed_requests(self.asked.requests_per_second, self.asked.behaviour.rate)

    @property
    def unanswered(self) -> float:
        """Requests that come while no task is there to answer, where tasks ran before."""
        if self.asked.running is None:
            return 0.0
        return sum(end - begin for begin, end in self.prediction.down) * self.asked.requests_per_second


def rehearse(settings: Settings, service: ServiceDefinition, asked: Asked) -> Rehearsal:
    """Run the model on what `pulumi up` would use."""
    timings = Timings(pull=asked.pull)
    if not service.routed:
        asked = replace(asked, requests_per_second=0)
    how = replace(settings_of(settings, service), shifting=asked.shifting, reactions=PUBLISHED)
    if asked.alarm is not None:
        how = replace(how, alarms=_watching(asked.alarm))
    alarm = asked.alarm if asked.behaviour.rate else None
    if asked.alarm is None:
        alarm = alarm_after(settings, service, asked.behaviour, asked.requests_per_second)
    new = revision_of(service, asked.version, asked.behaviour, timings)
    old = None if asked.running is None else revision_of(service, asked.running, timings=timings)
    prediction = predict(how, old, new, alarm_after=alarm)
    good = predict(how, old, revision_of(service, asked.version, cost_table.sound(new), timings))
    plain = revision_of(service, asked.version)
    wait_limit = float(expect(how, plain, plain).limit)
    timing = Timing(
        settings=how,
        revision=new,
        predicted=good.duration,
        wait_limit=wait_limit,
        longest_request=asked.longest_request,
        alarm_period=_slowest(how, service) if asked.alarm is None else asked.alarm,
    )
    names = _names(asked)
    return Rehearsal(
        environment=settings.environment,
        service=service.name,
        asked=asked,
        settings=how,
        new=new,
        prediction=prediction,
        names=names,
        wait_limit=wait_limit,
        lines=story.tell(prediction.events, names),
        moments=course.follow(prediction.events, how.desired_count if old else 0),
        findings=timing_lint.check(timing),
        costs=cost_table.costs(how, old, new),
    )


def _slowest(how: RolloutSettings, service: ServiceDefinition) -> float | None:
    """Seconds that the slowest of the environment's rollback alarms looks back."""
    return service.alarms.bake if how.alarms.enabled else None


def _watching(after: float) -> Alarms:
    """An alarm that the environment does not have. ECS does not say how long it bakes for one: as long, assumed."""
    return Alarms(names=frozenset({"rehearsed"}), enabled=True, rollback=True, bake_time=after)


def remarks(rehearsal: Rehearsal) -> tuple[str, ...]:
    """What people should know beside the end of the deployment itself."""
    asked, prediction, found = rehearsal.asked, rehearsal.prediction, []
    if asked.version == asked.running:
        found.append(f"{asked.version} runs already: `pulumi up` would start no deployment while nothing else changes")
    if asked.shifting and asked.running is None:
        found.append(
            f"{rehearsal.service} has no version to shift traffic from, so its first release has no steps and no bake; "
            "name the version that runs with --from"
        )
    sound = asked.behaviour.kind in SOUND
    if prediction.outcome is Outcome.COMPLETED and not sound and asked.behaviour.kind is not Kind.ERRORS:
        found.append(
            f"the tasks are to go wrong ({asked.behaviour.kind}), but only when the deployment is complete already: "
            "nothing rolls that back"
        )
    if prediction.outcome is Outcome.COMPLETED and asked.behaviour.rate:
        no_alarm = (
            "goes off before its end" if rehearsal.settings.alarms.enabled else "is watched during the deployment"
        )
        found.append(
            f"{asked.behaviour.rate:g} % of the requests fail, and ECS does not see it: health checks pass, and no "
            f"alarm {no_alarm}"
        )
    breaker = rehearsal.settings.breaker
    if prediction.outcome is Outcome.ENDLESS and breaker.enabled and breaker.reset_on_healthy_task:
        found.append("each task that turns healthy before it goes wrong makes the circuit breaker count from 0 again")
    if rehearsal.settings.desired_count == 0:
        found.append("desiredCount is 0: no task is started, and nothing of the release is proven")
    return tuple(found)


def assumptions(rehearsal: Rehearsal, source: str) -> tuple[str, ...]:
    """What is taken for granted, since nobody was asked; `source` is where the running version was found."""
    asked, timings = rehearsal.asked, rehearsal.new.timings
    if asked.running is None:
        before = f"{rehearsal.service} does not run yet in {rehearsal.environment} ({source} names no version; --from)"
    else:
        tasks = story.count_of_tasks(rehearsal.settings.desired_count)
        before = f"{asked.running} runs with {tasks}, all healthy, on the same settings ({source})"
    start = (
        f"a task's network interface takes {timings.provisioning:g} s, its image {timings.pull:g} s to pull (--pull), "
        f"its containers {timings.activation:g} s to create"
    )
    container = (
        f"its container answers health checks {rehearsal.new.behaviour.start:g} s after it began (--behave), and ends "
        f"{timings.stop:g} s after SIGTERM"
    )
    reactions = rehearsal.settings.reactions
    ecs = (
        f"ECS takes {reactions.first_action:g} s to begin, counts tasks after {reactions.counted_after:g} s of running "
        "and is some seconds late at other steps, as published deployments show (docs/replays.md)"
    )
    requests = f"{asked.requests_per_second:g} requests a second reach the service, the same all the time (--rps)"
    if rehearsal.new.target is None:
        requests = "no request reaches the service: it is a worker"
    longest = "is not known" if asked.longest_request is None else f"takes {asked.longest_request:g} s"
    alarm = "no alarm is watched, as the environment is set (--alarm)"
    if rehearsal.settings.alarms.enabled:
        alarm = "the environment's alarms are watched; CloudWatch has each minute a minute after its end (--alarm)"
    if asked.alarm is not None:
        alarm = f"an alarm is watched that goes off after {asked.alarm:g} s of errors (--alarm)"
    return before, start, container, ecs, requests, alarm, f"the longest request {longest} (--longest-request)"


def _names(asked: Asked) -> dict[int, str]:
    if asked.running is None:
        return {1: asked.version}
    again = " (again)" if asked.version == asked.running else ""
    return {1: asked.running, 2: f"{asked.version}{again}"}
