"""The resource `Rollout` as the engine meets it: diff, create, update, read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
)

from account.aws_faults import AwsFault
from provider.follow import Limits, ReleaseFailed
from provider.release_run import Inputs
from provider.rollout import COUNT, INPUTS, UNKNOWN, RolloutProvider
from provider.service_deployment import ServiceReader
from tests.provider.fake_ecs import ALTERNATE, DIGESTS, GROUP, FakeEcs, task_definition
from tests.provider.test_verdict import moved_by_hand, never_tried, rolled_back, runs, starts

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from account.session import Patience

T = TypeVar("T")

URN = "urn:pulumi:test::slipway::slipway:index:Rollout::auth-service"
PLAIN: dict[str, Any] = {
    "cluster": "microservices-cluster",
    "service": "auth-service",
    "taskDefinition": task_definition(2),
    "version": "1.1.0",
    "digest": DIGESTS[2],
    "targetGroupArns": [GROUP],
    "desiredCount": 2.0,
    "releaseHash": "cafe",
    "attempt": 1.0,
    "journal": "",
    "account": "111111111111",
    "region": "eu-west-1",
    "roleArn": "arn:aws:iam::111111111111:role/slipway-deployer",
}


def properties(**changes: Any) -> dict[str, PropertyValue]:
    return {key: value_of(value) for key, value in (PLAIN | changes).items()}


def value_of(value: Any) -> PropertyValue:
    if isinstance(value, PropertyValue):
        return value
    return PropertyValue([value_of(item) for item in value] if isinstance(value, list) else value)


class Notes:
    def __init__(self) -> None:
        self.rows: list[str] = []
        self.remarks: list[str] = []
        self.warnings: list[str] = []

    async def remark(self, _urn: str, text: str) -> None:
        self.remarks.append(text)

    async def progress(self, _urn: str, text: str) -> None:
        self.rows.append(text)

    async def warning(self, _urn: str, text: str) -> None:
        self.warnings.append(text)


class Engine:
    """Calls the provider as the engine does."""

    def __init__(self, ecs: FakeEcs) -> None:
        self.ecs = ecs
        self.notes = Notes()
        self.opened: list[Inputs] = []

    def provider(self) -> RolloutProvider:
        def open_reader(inputs: Inputs, _patience: Patience) -> ServiceReader:
            self.opened.append(inputs)
            return ServiceReader(self.ecs, inputs.cluster, inputs.release)  # type: ignore[arg-type]

        limits = Limits(total=2, start=0.05, settle=0.05, outage=0.05, first_poll=0.005, last_poll=0.01)
        return RolloutProvider(open_reader, self.notes, limits)

    def diff(self, **news: Any) -> DiffResponse:
        old = properties(deployment="d")
        return run(self.provider().diff(DiffRequest(URN, "x", old, properties(**news), [])))

    def create(self, *, preview: bool = False, **news: Any) -> dict[str, PropertyValue]:
        return run(self.provider().create(CreateRequest(URN, properties(**news), 0, preview))).properties

    def update(self, *, preview: bool = False, **news: Any) -> dict[str, PropertyValue]:
        olds = properties(version="1.0.0", taskDefinition=task_definition(1), digest=DIGESTS[1], deployment="d")
        request = UpdateRequest(URN, "x", olds, properties(**news), 0, [], preview)
        return run(self.provider().update(request)).properties

    def delete(self) -> None:
        run(self.provider().delete(DeleteRequest(URN, "x", properties(), 0)))

    def read(self) -> ReadResponse:
        return run(self.provider().read(ReadRequest(URN, "x", properties(deployment="d"), properties())))


def run(asked: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asked)


def test_a_release_that_runs_is_stored_with_all_that_was_verified() -> None:
    stored = Engine(runs()).create()
    assert {key: stored[key].value for key in ("version", "digest", "taskDefinition")} == {
        "version": "1.1.0",
        "digest": DIGESTS[2],
        "taskDefinition": task_definition(2),
    }
    assert str(stored["deployment"].value).endswith("/002")
    assert set(stored) == {*INPUTS, COUNT, "deployment"}


def test_a_release_that_was_rolled_back_is_never_stored() -> None:
    with pytest.raises(ReleaseFailed, match=r"ECS rolled it back.*set the version back to 1\.0\.0"):
        Engine(rolled_back()).update()
    with pytest.raises(ReleaseFailed, match="ECS rolled it back"):
        Engine(rolled_back()).create()


def test_a_rollout_that_goes_names_what_is_kept() -> None:
    engine = Engine(runs())
    engine.delete()
    [remark] = engine.notes.remarks
    assert remark.startswith("Kept on purpose")
    assert "auth-service:2" in remark
    assert engine.opened == [], "nothing is asked of AWS"


def test_progress_is_told_on_the_row() -> None:
    engine = Engine(starts())
    with pytest.raises(ReleaseFailed, match="still in progress"):
        engine.update()
    assert engine.notes.rows == ["tasks 1/2 running, 0/2 healthy"]


def test_unchanged_inputs_and_a_running_release_are_no_change() -> None:
    assert Engine(runs()).diff().changes is False


@pytest.mark.parametrize("build", [rolled_back, starts, moved_by_hand, never_tried], ids=lambda build: build.__name__)
def test_unchanged_inputs_are_a_change_when_the_release_does_not_run(build: Any) -> None:
    engine = Engine(build())
    difference = engine.diff()
    assert difference.changes is True
    assert difference.replaces == []
    assert len(engine.notes.warnings) == 1


@pytest.mark.parametrize("key", ["account", "region", "roleArn", "predictedSeconds", "limitSeconds"])
def test_the_way_into_the_account_is_never_a_change(key: str) -> None:
    assert Engine(runs()).diff(**{key: "other"}).changes is False


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("taskDefinition", "x"),
        ("version", "2"),
        ("digest", "x"),
        ("releaseHash", "x"),
        ("desiredCount", 3.0),
        ("targetGroupArns", [GROUP, GROUP]),
    ],
)
def test_a_changed_input_is_a_change_that_asks_aws_nothing(key: str, value: Any) -> None:
    engine = Engine(runs())
    difference = engine.diff(**{key: value})
    assert (difference.changes, difference.diffs, difference.replaces) == (True, [key], [])
    assert engine.opened == []


@pytest.mark.parametrize("key", ["cluster", "service"])
def test_another_service_is_another_rollout(key: str) -> None:
    assert Engine(runs()).diff(**{key: "other"}).replaces == [key]


def test_what_is_not_known_in_a_preview_passes_through() -> None:
    engine = Engine(FakeEcs(status="MISSING"))
    unknown = PropertyValue(UNKNOWN)
    news = {"taskDefinition": unknown, "targetGroupArns": [unknown], "service": unknown, "cluster": unknown}
    assert engine.diff(**news).changes is True
    assert engine.create(preview=True, **news)["taskDefinition"] == unknown
    assert engine.update(preview=True, **news)["deployment"] == unknown
    assert engine.ecs.calls == []


def test_secrecy_and_dependencies_of_an_input_are_no_change() -> None:
    marked = PropertyValue("1.1.0", is_secret=True, dependencies=["urn:x"])
    assert Engine(runs()).diff(version=marked).changes is False


def test_a_preview_that_cannot_reach_aws_says_so() -> None:
    ecs = runs()
    ecs.faults["describe_services"] = AwsFault("AWS cannot be reached (no route)", passing=True)
    with pytest.raises(AwsFault, match=r"cannot tell whether auth-service 1\.1\.0 runs: AWS cannot be reached"):
        Engine(ecs).diff()


def test_a_refresh_right_after_a_good_release_shows_no_drift() -> None:
    answer = Engine(runs()).read()
    assert answer.properties == properties(deployment="d")
    assert answer.inputs == properties()


def test_a_refresh_shows_the_task_definition_and_digest_that_run_instead() -> None:
    answer = Engine(moved_by_hand()).read()
    assert answer.properties["taskDefinition"].value == task_definition(3)
    assert answer.properties["digest"].value == DIGESTS[3]
    assert answer.properties["version"].value == "unknown (sha256:333333333333)"


def test_a_refresh_drops_the_rollout_of_a_service_that_is_gone() -> None:
    assert Engine(FakeEcs(status="MISSING")).read().resource_id == ""


def test_a_service_that_never_appears_fails_the_release() -> None:
    with pytest.raises(ReleaseFailed, match="there is no service auth-service in cluster microservices-cluster"):
        Engine(FakeEcs(status="INACTIVE")).create()


def test_a_service_may_be_named_by_its_arn() -> None:
    engine = Engine(runs())
    engine.create(service="arn:aws:ecs:eu-west-1:111111111111:service/microservices-cluster/auth-service")
    assert engine.opened[0].release.service == "auth-service"


@pytest.mark.parametrize("key", INPUTS)
def test_a_missing_input_is_named(key: str) -> None:
    inputs = {name: value for name, value in properties().items() if name != key}
    answer = run(Engine(runs()).provider().check(CheckRequest(URN, {}, inputs, b"")))
    assert [failure.property for failure in answer.failures or ()] == [key]


def test_a_misspelt_input_is_named() -> None:
    answer = run(Engine(runs()).provider().check(CheckRequest(URN, {}, properties(taskdefinition="x"), b"")))
    assert [failure.property for failure in answer.failures or ()] == ["taskdefinition"]


@pytest.mark.parametrize("parents", ["", "slipway:components:Service$"], ids=["of its own", "within a component"])
def test_a_rollout_is_known_wherever_it_stands(parents: str) -> None:
    urn = f"urn:pulumi:test::slipway::{parents}slipway:index:Rollout::auth-service"
    assert run(Engine(runs()).provider().check(CheckRequest(urn, {}, properties(), b""))).failures == []


def test_another_resource_is_refused_by_name() -> None:
    urn = "urn:pulumi:test::slipway::slipway:index:Migration::auth-service"
    with pytest.raises(ReleaseFailed, match="no resource 'slipway:index:Migration'"):
        run(Engine(runs()).provider().check(CheckRequest(urn, {}, properties(), b"")))


def test_a_refresh_shows_another_number_of_tasks_and_traffic_that_goes_elsewhere() -> None:
    ecs = runs()
    ecs.alternate, ecs.weights, ecs.desired = True, {GROUP: 25, ALTERNATE: 75}, 3
    seen = Engine(ecs).read()
    assert seen.properties["desiredCount"].value == seen.inputs["desiredCount"].value == 3
    assert seen.properties["trafficAstray"].value == "25 % to auth, 75 % to auth-b"
    assert "trafficAstray" not in seen.inputs


def without_count() -> dict[str, PropertyValue]:
    return {key: value for key, value in properties().items() if key != COUNT}


def test_where_somebody_else_says_how_many_tasks_there_are_any_number_is_right() -> None:
    inputs = without_count()
    ecs = runs()
    ecs.desired = 3
    engine = Engine(ecs)
    assert run(engine.provider().check(CheckRequest(URN, {}, inputs, b""))).failures == []
    seen = run(engine.provider().read(ReadRequest(URN, "id", inputs, inputs)))
    assert COUNT not in seen.properties
    assert COUNT not in seen.inputs


def test_from_a_fixed_number_of_tasks_to_none_is_a_change_and_back() -> None:
    fixed, scaled = properties(), without_count()
    for old, new in ((fixed, scaled), (scaled, fixed)):
        difference = run(Engine(runs()).provider().diff(DiffRequest(URN, "id", old, new, [])))
        assert (difference.changes, difference.diffs, difference.replaces) == (True, [COUNT], [])
