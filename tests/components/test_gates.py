"""The hooks that let a release out: one verdict, every refusal named, and the begin of an attempt written first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
import pytest

from account.aws_faults import AwsFault
from account.gathering import Gathered
from components import gates
from components.gates import Gates, GatesArgs, Refused
from release.gates import Candidate, Demands
from release.journal import Attempt, Begun, Ended, Outcome, Purpose, purpose_of
from release.question import Question
from tests.recording_engine import DIGEST, run

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUESTION = Question(
    environment="prod",
    service="auth-service",
    ecs_service="auth-service",
    cluster="microservices-cluster",
    repository="auth-service",
    version="1.2.0",
    attempt=1,
    account="333333333333",
    region="eu-west-1",
)


def attempt(version: str, release_hash: str, outcome: Outcome | None, digest: str = "sha256:old") -> Attempt:
    begun = Begun(
        service="auth-service", version=version, digest=digest, release_hash=release_hash, config={}, at=NOW, who="ada"
    )
    ended = Ended(outcome=outcome, at=NOW, sentence=f"{version} crashed") if outcome else None
    return Attempt(begun=begun, ended=ended)


@dataclass
class World:
    """What AWS would say, and what is written into the journal."""

    attempts: tuple[Attempt, ...] = ()
    demands: Demands = field(default_factory=Demands)
    fault: str = ""
    full: str = ""
    """Why the journal takes nothing."""
    asked: int = 0
    written: list[Begun] = field(default_factory=list)

    def gather(self, question: Question, _demands: Demands, *, digest: str, bucket: str) -> Gathered:
        assert bucket == "journal"
        self.asked += 1
        if self.fault:
            raise AwsFault(self.fault)
        candidate = Candidate(
            environment="prod",
            service=question.service,
            version=question.version,
            digest=digest,
            purpose=purpose_of(self.attempts, question.service, digest, question.attempt),
            now=NOW,
            releaser="arn:ada",
            history=self.attempts,
        )
        return Gathered(candidate=candidate, attempts=self.attempts, newest_deployment="arn:newest", session=None)  # type: ignore[arg-type]

    def begin(self, begun: Begun) -> None:
        if self.full:
            raise AwsFault(self.full)
        self.written.append(begun)


def asked(
    world: World, *, preview: bool = False, digest: str | None = DIGEST, defines: bool = True, kind: str = ""
) -> str:
    """What the hooks of a new task definition, if there is one, and of all that deploys say; empty: it may pass."""
    said: list[str] = []

    class Store:
        def __init__(self, _session: object, _bucket: str) -> None:
            self.begin = world.begin

    def program() -> None:
        made = Gates(
            "auth-service",
            GatesArgs(
                question=QUESTION,
                demands=world.demands,
                digest=pulumi.Output.from_input(digest),  # type: ignore[arg-type]
                journal=pulumi.Output.from_input("journal"),
                needs=[],
                config={"version": "1.2.0"},
            ),
        )
        release = made.release(
            release_hash=pulumi.Output.from_input("cafe"), task_definition="arn:td:3", content={"port": 8080}
        )

        async def ask() -> None:
            args = pulumi.ResourceHookArgs("urn", "id", "name", kind)
            calls: list[Any] = [release.before_update[0](args) for _ in range(3)]  # type: ignore[index,call-arg,arg-type]
            if defines:
                calls.append(made.definition.before_update[0](args))  # type: ignore[index,call-arg,arg-type]
            for answer in await asyncio.gather(*calls, return_exceptions=True):
                if isinstance(answer, Refused):
                    said.append(str(answer))
                elif isinstance(answer, BaseException):
                    raise answer

        pulumi.Output.from_input(ask()).apply(lambda _: None)

    with patch.object(gates, "gather", world.gather), patch.object(gates, "JournalStore", Store):
        run(program, preview=preview)
    return said[0] if said else ""


def test_the_begin_is_written_once_with_what_is_known_before_anything_changes() -> None:
    world = World()
    assert asked(world) == ""
    (begun,) = world.written
    assert (begun.version, begun.digest, begun.release_hash, begun.attempt) == ("1.2.0", DIGEST, "cafe", 1)
    assert (begun.task_definition, begun.after, begun.who) == ("arn:td:3", "arn:newest", "arn:ada")
    assert (begun.config, begun.release) == ({"version": "1.2.0"}, {"port": 8080})
    assert world.asked == 1, "one verdict for all resources"


def test_the_commit_is_the_one_that_continuous_integration_builds_or_that_git_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    assert gates.commit() == "c0ffee"
    for name in gates.COMMIT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert gates.commit() == "", "no repository, no commit"


def test_a_preview_writes_nothing() -> None:
    world = World()
    assert asked(world, preview=True) == ""
    assert world.written == []


def test_a_preview_that_does_not_know_the_image_asks_nothing() -> None:
    world = World()
    assert asked(world, preview=True, digest=None) == ""
    assert world.asked == 0


def test_a_refusal_names_every_gate_and_nothing_is_written() -> None:
    world = World(demands=Demands(approvals=2, worst_finding="HIGH"))
    said = asked(world)
    assert said.startswith("auth-service 1.2.0 is refused in prod:\n- scan: ")
    assert "- approval: 0 of 2 approvals" in said
    assert world.written == []


def test_an_override_goes_through_and_stands_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_OVERRIDE", "outage of payments")
    monkeypatch.setenv("SLIPWAY_REASON", "mends logins")
    world = World(demands=Demands(approvals=1))
    assert asked(world) == ""
    (begun,) = world.written
    assert begun.reason == "mends logins"
    assert [(one.gate, one.reason) for one in begun.overrides] == [("approval", "outage of payments")]


def test_a_release_that_failed_is_held_with_its_recorded_cause() -> None:
    world = World(attempts=(attempt("1.2.0", "cafe", Outcome.BREAKER_ROLLED_BACK),))
    said = asked(world)
    assert "is in quarantine, for it failed before: 1.2.0 crashed" in said
    assert "slipway retry -e prod -s auth-service" in said
    assert world.written == []


def test_where_only_rollout_would_change_the_provider_refuses_so_that_other_services_go_on() -> None:
    world = World(attempts=(attempt("1.2.0", "cafe", Outcome.BREAKER_ROLLED_BACK),))
    assert asked(world, defines=False, kind="slipway:index:Rollout") == ""
    assert world.written == []


@pytest.mark.parametrize("outcome", [None, Outcome.SUCCEEDED])
def test_what_goes_on_or_only_changes_its_number_of_tasks_is_no_new_attempt(outcome: Outcome | None) -> None:
    world = World(attempts=(attempt("1.2.0", "cafe", outcome, DIGEST),))
    assert asked(world) == ""
    assert world.written == []


def test_an_open_attempt_passes_gates_that_have_closed_since() -> None:
    open_one = World(attempts=(attempt("1.2.0", "cafe", None, DIGEST),), demands=Demands(approvals=1))
    assert asked(open_one, defines=False) == ""


def test_a_former_release_comes_back_as_a_rollback() -> None:
    last = attempt("1.3.0", "beef", Outcome.BREAKER_ROLLED_BACK, "sha256:new")
    world = World(attempts=(last, attempt("1.2.0", "cafe", Outcome.SUCCEEDED, DIGEST)))
    assert asked(world) == ""
    assert [begun.purpose for begun in world.written] == [Purpose.ROLLBACK]


def test_gates_that_cannot_be_asked_refuse() -> None:
    assert "its gates cannot be asked: no network" in asked(World(fault="no network"))


def test_a_journal_that_takes_nothing_refuses() -> None:
    assert "the journal does not take that it begins: denied" in asked(World(full="denied"))
