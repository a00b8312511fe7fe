"""Drives scenarios through the model and through the sandbox, at the same moments of a paused clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from rollout.service import Service
from tests.sandbox.agreement.account import Account, Deployed
from tests.sandbox.agreement.view import ModelView, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.lifecycle import Sandbox
    from tests.sandbox.agreement.scenario import Scenario

SETTLE = 600.0
"""Seconds after which every first deployment has ended; then the releases begin."""
_MARGIN = 0.4
"""Seconds before and after each moment of the model at which both are looked at."""


@dataclass
class Course:
    """What became of a scenario: (seconds since the release, what the model says, what the sandbox says)."""

    looks: list[tuple[float, View, View]] = field(default_factory=list)
    model_ends: list[tuple[str, float | None]] = field(default_factory=list)
    """How each service deployment ended, and when; oldest first."""
    sandbox_ends: list[tuple[str, float | None]] = field(default_factory=list)


def drive(box: Sandbox, scenarios: Mapping[str, Scenario]) -> dict[str, Course]:
    """Run all scenarios at once in one account; every service is looked at when something happens to it."""
    box.clock.pause()
    account = Account(box)
    runs = {name: _Run(account, scenario, name) for name, scenario in scenarios.items()}
    begin = next(iter(runs.values())).deployed.created_at

    def go(at: float) -> None:
        box.clock.step_to(begin + timedelta(seconds=at))

    go(SETTLE)
    for run in runs.values():
        run.release()
    while due := [(at, name) for name, run in runs.items() if (at := run.next_at()) is not None]:
        at, name = min(due)
        go(at)
        runs[name].reach(at)
    return {name: run.conclude() for name, run in runs.items()}


class _Run:
    """One scenario on both sides. Times are seconds since the service's creation."""

    def __init__(self, account: Account, scenario: Scenario, name: str) -> None:
        self.scenario = scenario
        self.deployed = Deployed(account, scenario, name)
        self.course = Course()
        self._model = Service(scenario.settings(name), scenario.revision("1", "", self.deployed.sizes["1"]))
        self._view = ModelView(self._model, (scenario.target or {"delay": 0})["delay"])
        self._revisions = 1
        self._commands = sorted(scenario.commands, key=lambda command: command.at)

    def release(self) -> None:
        """Let the alarm go off if it is to be found firing, and deploy the new image."""
        self._model.advance(SETTLE)
        self._look()
        if self.scenario.alarm == "firing":
            self._raise_alarm()
        self._model.configure(self.scenario.release_settings(self.deployed.name))
        self._deploy(self.scenario.behave)
        self._model.advance(SETTLE)
        self._look()

    def next_at(self) -> float | None:
        """When to look next, or to do something; None when all is over."""
        now, moment = self._model.now, self._model.next_event_at()
        command = SETTLE + self._commands[0].at if self._commands else None
        look = None
        if moment is not None:
            look = moment - _MARGIN if moment - _MARGIN > now else moment + _MARGIN
        at = min((each for each in (look, command) if each is not None), default=None)
        return None if at is None or at > SETTLE + self.scenario.follow else at

    def reach(self, at: float) -> None:
        """Let the model come to ``at``, where the sandbox stands, do what is to be done there, and look at both."""
        self._model.advance(at)
        while self._commands and SETTLE + self._commands[0].at <= at:
            command = self._commands.pop(0)
            self._DO[command.do](self, command)
            self._model.advance(at)  # also what the command brings at this very moment
        self._look()

    def conclude(self) -> Course:
        """The whole course, once there is nothing more to look at."""
        self.course.model_ends = [end for _, end in sorted(self._view.ends.items())]
        self.course.sandbox_ends = self.deployed.ends()
        return self.course

    def _look(self) -> None:
        seen = (self._model.now - SETTLE, self._view.look(), self.deployed.look())
        self.course.looks.append(seen)

    def _deploy(self, behave: str) -> None:
        self.deployed.deploy(behave)
        self._revisions += 1
        number = str(self._revisions)
        self._model.deploy(self.scenario.revision(number, behave, self.deployed.sizes[number]))

    def _raise_alarm(self) -> None:
        self.deployed.raise_alarm()
        self._model.set_alarm(self.deployed.name, alarming=True)

    def _scale(self, count: int) -> None:
        self.deployed.scale(count)
        self._model.scale(count)

    def _stop_task(self) -> None:
        self.deployed.stop_first_task()
        assert self._model.stop_task(1)

    def _stop_deployment(self) -> None:
        self.deployed.stop_deployment()
        assert self._model.stop_deployment()

    def _continue(self, action: str) -> None:
        self.deployed.continue_deployment(action)
        assert self._model.continue_deployment(1, proceed=action == "CONTINUE")

    _DO = {  # noqa: RUF012 - never changed
        "alarm": lambda run, _: run._raise_alarm(),
        "continue": lambda run, _: run._continue("CONTINUE"),
        "send back": lambda run, _: run._continue("ROLLBACK"),
        "deploy": lambda run, command: run._deploy(command.behave),
        "scale": lambda run, command: run._scale(command.count),
        "stop deployment": lambda run, _: run._stop_deployment(),
        "stop task": lambda run, _: run._stop_task(),
    }
