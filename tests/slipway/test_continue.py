"""`slipway continue`: what waits for a person goes on, and nothing else is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from release.journal import Outcome
from tests.provider.fake_ecs import task_definition
from tests.provider.test_release_run import deployment
from tests.slipway.conftest import at_a_terminal
from tests.slipway.test_put_back import begin, tried

if TYPE_CHECKING:
    from account.journal_store import JournalStore
    from tests.slipway.conftest import World

CONTINUE = ("continue", "-e", "test", "-s", "auth-service")
HOOK = {"hookId": "pause-1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}


@pytest.fixture
def paused(world: World, journal: JournalStore) -> World:
    """A world in which 1.0.0 runs, and 1.1.0 waits for a person before it gets traffic."""
    tried(journal, "1.0.0", Outcome.SUCCEEDED, task_definition=task_definition(1))
    begin(journal, "1.1.0", minute=5, task_definition=task_definition(2), after=deployment(1))
    world.aws.deploy(1)
    waits = {"lifecycleStage": "POST_TEST_TRAFFIC_SHIFT", "lifecycleHookDetails": [dict(HOOK)]}
    world.aws.deploy(2, "IN_PROGRESS", sourceServiceRevisions=[{"arn": "x"}], **waits)
    return world


def test_what_waits_goes_on_and_how_to_follow_it_is_said(paused: World) -> None:
    done = paused.run(*CONTINUE, "--yes")
    assert done.code == 0, done.err
    assert paused.aws.continued == [(deployment(2), "pause-1", "CONTINUE")]
    assert done.out == (
        "auth-service 1.1.0 goes on from POST_TEST_TRAFFIC_SHIFT in test; `pulumi up -s test` follows it\n"
    )
    assert paused.aws.stops == []


def test_who_says_no_leaves_it_waiting_and_learns_how_to_take_it_back(
    paused: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_a_terminal(monkeypatch, answer=False)
    done = paused.run(*CONTINUE)
    assert done.code == 1
    assert "slipway abort -e test -s auth-service" in done.err
    assert paused.aws.continued == []


def test_without_a_terminal_nobody_can_say_yes(paused: World) -> None:
    done = paused.run(*CONTINUE)
    assert done.code == 2
    assert "--yes" in done.err
    assert paused.aws.continued == []


def test_where_nothing_waits_nothing_is_changed(world: World, journal: JournalStore) -> None:
    world.aws.deploy(1)
    done = world.run(*CONTINUE, "--yes")
    assert done.code == 2
    assert "ECS has no deployment of it in flight. Nothing was changed" in done.err
    begin(journal, "1.1.0", minute=5, task_definition=task_definition(2), after=deployment(1))
    world.aws.deploy(2, "IN_PROGRESS", sourceServiceRevisions=[{"arn": "x"}])
    done = world.run(*CONTINUE, "--yes")
    assert done.code == 2
    assert "auth-service 1.1.0 is in flight and does not wait" in done.err
    assert world.aws.continued == []
