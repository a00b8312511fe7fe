"""`slipway adopt`: nothing is half changed, whatever stops it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from account.adoptable import Service
from stacks.service_definition import ServiceDefinition

if TYPE_CHECKING:
    from tests.slipway.conftest import World

URN = "urn:pulumi:test::slipway::slipway:components:Repository$aws:ecr/repository:Repository::auth-service"
CREATES = {
    "resources": [
        {"type": "aws:ecr/repository:Repository", "name": "auth-service", "id": "<PLACEHOLDER>"},
    ]
}
ASKED = ("adopt", "-e", "test", "--repository", "auth-service=team/auth")


def answers(world: World, op: str) -> None:
    steps = {"steps": [{"urn": URN, "op": op, "replaceReasons": ["name"]}]}
    world.pulumi.answers(
        **{"import": {}, "stack import": {}},
        stack_export={"stdout": json.dumps({"version": 3, "deployment": {"resources": []}})},
        config_set={"edits": str(world.stack_file)},
        **{
            "preview --import-file": {"writes_to_last": json.dumps(CREATES)},
            "preview --json": {"stdout": json.dumps(steps)},
        },
    )


def test_the_stack_file_says_what_was_taken_over(world: World) -> None:
    answers(world, "update")
    done = world.run(*ASKED, "--yes")
    assert done.code == 0, done.err
    assert "team/auth" in done.out
    assert "changes 1 in place and replaces none" in done.out
    assert "slipway:adopted" in world.stack_file.read_text()
    assert any("import" in asked and "--protect=false" in asked for asked in world.pulumi.asked)


def test_what_would_be_made_anew_is_not_taken_over_and_all_is_put_back(world: World) -> None:
    answers(world, "replace")
    before = world.stack_file.read_text()
    done = world.run(*ASKED, "--yes")
    assert done.code == 1
    assert "all was put back" in done.err
    assert "auth-service (aws:ecr/repository:Repository): replace, because of name" in done.err
    assert world.stack_file.read_text() == before
    assert any("stack import" in asked for asked in world.pulumi.asked), "so is the state"


def test_a_dry_run_changes_nothing(world: World) -> None:
    answers(world, "update")
    before = world.stack_file.read_text()
    done = world.run(*ASKED, "--dry-run")
    assert done.code == 0
    assert "team/auth" in done.out
    assert world.stack_file.read_text() == before
    assert not any(" import --file" in f" {asked}" for asked in world.pulumi.asked)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name what is there"),
        (("--repository", "auth-service="), "the name in AWS is empty"),
        (("--repository", "nope"), "the catalogue (stacks/catalogue.py) has no such service"),
        (("--repository", "auth-service", "--repository", "auth-service=x"), "named twice"),
        (("--repository", "auth-service=Team Auth"), "slipway:adopted.repositories.auth-service"),
        (("--repository", "auth-service=other"), "there is no ECR repository 'other'; there are: team/auth"),
        (("--cluster", "a/b"), "slipway:adopted.cluster"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_2_and_nothing_is_changed(
    world: World, arguments: tuple[str, ...], said: str
) -> None:
    before = world.stack_file.read_text()
    done = world.run("adopt", "-e", "test", "--yes", *arguments)
    assert done.code == 2
    assert said in done.err
    assert world.stack_file.read_text() == before
    assert world.pulumi.asked == []


def test_nobody_there_to_confirm_is_refused(world: World) -> None:
    assert "--yes" in world.run(*ASKED).err


def test_a_service_behind_a_load_balancer_is_not_taken_over_as_a_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Service(
        name="auth", cluster="c", target_group_arns=["arn:group"], load_balancer="alb", subnet_ids=[], obstacles=()
    )
    monkeypatch.setattr("account.adoptable.cluster", lambda *_: None)
    monkeypatch.setattr("account.adoptable.service", lambda *_: there)
    monkeypatch.setattr("stacks.catalogue.by_name", lambda *_: {"auth-service": ServiceDefinition(name="auth-service")})
    before = world.stack_file.read_text()
    done = world.run("adopt", "-e", "test", "--service", "auth-service=auth", "--yes")
    assert done.code == 2
    assert "ECS service auth stands behind load balancer alb, and auth-service has neither paths" in done.err
    assert world.stack_file.read_text() == before
