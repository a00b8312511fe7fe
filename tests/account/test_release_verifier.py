"""The release of a service deployment is verified once CloudWatch has watched it, on the sandbox's AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from account.release_verifier import FORGOTTEN, LATE, NOT_WATCHED, NOTHING_RUNS, ReleaseVerifier
from tests.account.measured_world import CLUSTER, SERVICE, World, measured_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from measured_world(tmp_path_factory.mktemp("verified"))


class Waits:
    """A clock of the test's own; to wait lets the sandbox's time pass."""

    def __init__(self, world: World, *, times: float = 20) -> None:
        self.world = world
        self.times = times
        self.passed = 0.0

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        if self.times:
            self.world.cloud.wait(seconds * self.times)

    def now(self) -> float:
        return self.passed


def verifier(world: World, waits: Waits, **settings: Any) -> ReleaseVerifier:
    return ReleaseVerifier(world.aws, world.request(**settings), sleep=waits.sleep, now=waits.now)


def newest(world: World) -> str:
    ecs = world.cloud.clients["ecs"]
    briefs = ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
    return str(max(briefs, key=lambda brief: brief["createdAt"])["serviceDeploymentArn"])


def finished(world: World) -> datetime:
    ecs = world.cloud.clients["ecs"]
    answer = ecs.describe_service_deployments(serviceDeploymentArns=[newest(world)])["serviceDeployments"][0]
    moment: datetime = answer["finishedAt"]
    return moment


def test_a_bad_release_is_found_at_the_end_of_its_watch_and_compared_with_the_good_one_before(world: World) -> None:
    world.release(world.cloud.register("1.1.0", "errors:rate=40"))
    waits = Waits(world)
    found = verifier(world, waits).check(newest(world))
    assert [finding.check for finding in found] == ["error rate", "error lines"]
    assert "before it was 0 %" in str(found[0])
    watched = (world.cloud.now() - finished(world)).total_seconds()
    assert 180 <= watched < 180 + 2 * 60 + 5 * waits.times  # whole minutes, and the next has begun


def test_a_good_release_after_a_bad_one_is_good_and_leaves_remarks(world: World) -> None:
    world.release(world.cloud.register("1.2.0", "errors:rate=40"))
    world.settle(world.cloud.register("1.3.0"))
    made = verifier(world, Waits(world))
    assert made.check(newest(world)) == ()
    assert "network is not judged: it was not measured" in made.remarks
    assert NOT_WATCHED not in made.remarks


def test_the_same_bad_release_is_not_excused_by_the_bad_one_before_it(world: World) -> None:
    bad = world.cloud.register("1.4.0", "errors:rate=40")
    world.release(bad)
    world.settle(world.good)
    world.cloud.wait(180)
    world.settle(bad)
    assert "error rate" in {finding.check for finding in verifier(world, Waits(world)).check(newest(world))}


def test_a_watch_that_does_not_end_is_given_up_and_remarked_on(world: World) -> None:
    world.release(world.cloud.register("1.5.0"))
    waits = Waits(world, times=0)
    made = verifier(world, waits)
    assert made.check(newest(world)) == ()
    assert NOT_WATCHED in made.remarks
    assert 2 * 180 + LATE <= waits.passed < 2 * 180 + LATE + 6


def test_a_deployment_that_ecs_forgot_is_not_verified_and_said_so(world: World) -> None:
    made = verifier(world, Waits(world))
    arn = newest(world)
    for forgotten in ("", arn[:-1] + ("a" if arn[-1] != "a" else "b")):
        assert made.check(forgotten) == ()
        assert made.remarks == (FORGOTTEN,)


def test_a_service_without_tasks_is_not_waited_for(world: World) -> None:
    world.release(world.cloud.register("1.6.0"))
    ecs = world.cloud.clients["ecs"]
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=0)
    waits = Waits(world)
    made = verifier(world, waits)
    assert (made.check(newest(world)), made.remarks, waits.passed) == ((), (NOTHING_RUNS,), 0)
