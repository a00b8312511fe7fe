"""`slipway rollback --gradual`: what it refuses, and what it finds unfinished."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from release.journal import Attempt, Ended, Outcome
from slipway import abort
from slipway.abort import TooLate
from slipway.gradual import check_has_weights, is_unfinished, strategy_of
from slipway.project import Project
from slipway.stop import Mistake
from tests.release.test_rollback_target import START, attempt
from tests.slipway.test_deploy import state
from tests.slipway.test_rollback_from_the_journal import ROLLBACK, looks, told

if TYPE_CHECKING:
    from account.former_release import FormerRelease
    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

__all__ = ["looks"]


def test_the_steps_are_ecss_linear_strategy() -> None:
    assert strategy_of("20%", "5m") == "linear:20%,5m"


@pytest.mark.parametrize(
    ("step", "every"), [("0%", "5m"), ("1%", "5m"), ("many", "5m"), ("20%", "soon"), ("20%", "-1m"), ("101%", "5m")]
)
def test_steps_that_ecs_does_not_take_are_refused_with_what_was_said(step: str, every: str) -> None:
    with pytest.raises(Mistake, match=f"--step {step} --every {every}: .*Nothing was changed"):
        strategy_of(step, every)


def test_a_service_without_a_load_balancer_has_no_weights_to_move(world: World) -> None:
    settings, session = Project.find().settings("test"), world.aws
    check_has_weights(session, settings, "auth-service")  # type: ignore[arg-type]
    world.aws.load_balanced = False
    with pytest.raises(Mistake, match="takes no traffic through a load balancer"):
        check_has_weights(session, settings, "auth-service")  # type: ignore[arg-type]


PIN: dict[str, Any] = {"version": "1.1.0", "revision": 1, "strategy": "linear:20%,5m"}


@pytest.mark.parametrize(
    ("pin", "outcome", "unfinished"),
    [
        (PIN, Outcome.SUCCEEDED, True),
        (PIN, Outcome.FAILED, False),
        ({key: value for key, value in PIN.items() if key != "strategy"}, Outcome.SUCCEEDED, False),
        (PIN | {"revision": 7}, Outcome.SUCCEEDED, False),
        (PIN | {"version": "1.0.0"}, Outcome.SUCCEEDED, False),
    ],
)
def test_only_what_was_verified_under_its_pin_lacks_nothing_but_the_usual_strategy(
    pin: dict[str, Any], outcome: Outcome, *, unfinished: bool
) -> None:
    newest = Attempt(begun=attempt(0, 1, None).begun, ended=Ended(outcome=outcome, at=START + timedelta(hours=1)))
    assert is_unfinished({"version": "1.1.0", "pin": pin}, newest) is unfinished
    assert not is_unfinished({"version": "1.1.0", "pin": pin}, None)


def test_under_todays_definition_there_is_nothing_to_bring_up_beside(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease]
) -> None:
    del looks
    told(journal, 1, "1.0.0", Outcome.SUCCEEDED)
    told(journal, 2, "1.1.0", Outcome.SUCCEEDED)
    done = world.run(*ROLLBACK, "--gradual", "--with-current-definition")
    assert done.code == 2
    assert "leave --gradual out" in done.err
    assert not world.went_up


def test_a_release_that_ecs_was_done_with_before_it_could_be_stopped_is_gone_back_from_all_the_same(
    world: World, journal: JournalStore, looks: dict[str, FormerRelease], monkeypatch: pytest.MonkeyPatch
) -> None:
    del looks
    told(journal, 1, "1.0.0", Outcome.SUCCEEDED)
    told(journal, 2, "1.1.0", None)

    class Found:
        name = "auth-service 1.1.0"
        goes_back = False

        class deployment:  # noqa: N801 - in the place of one
            task_definition = "arn:another"

    def too_late(*_: object) -> str:
        raise TooLate("auth-service 1.1.0 was deployed before it could be stopped")

    monkeypatch.setattr(abort, "in_flight", lambda *_: Found)
    monkeypatch.setattr(abort, "shown", lambda _: ["  revision  auth-service:2"])
    monkeypatch.setattr(abort, "stop_deployment", too_late)
    world.pulumi.answers(stack_export=state("1.0.0", 1))
    done = world.run(*ROLLBACK)
    assert done.code == 0, done.err
    assert "it is gone back from all the same" in done.err
    assert world.went_up
