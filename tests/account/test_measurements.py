"""A release on the sandbox's AWS, measured before and after: what got worse is found, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from account.measurements import Span, measure
from account.verification import NO_ADDRESS, check, is_due, look
from release.verification import Bounds, Measurements, Neighbour, remarks
from release.verification_request import Other, SmokeCheck, VerificationRequest
from tests.account.measured_world import CLUSTER, SERVICE, World, measured_world

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from measured_world(tmp_path_factory.mktemp("measured"))


def test_a_good_release_has_no_findings_when_cloudwatch_has_seen_its_watch(world: World) -> None:
    request = world.release(world.cloud.register("1.1.0"))
    assert not is_due(world.aws, request)
    world.cloud.wait(240)
    assert is_due(world.aws, request)
    seen = look(world.aws, request)
    assert check(world.aws, request) == ()
    assert seen.before == Measurements(
        seconds=seen.before.seconds, requests=600 * seen.before.seconds / 60, errors=0, latency=0.05, cpu=24, memory=30,
        error_lines=0,
    )  # fmt: skip
    assert seen.before.seconds in (14 * 60, 15 * 60)
    assert seen.after == Measurements(
        seconds=180, requests=1800, errors=0, latency=0.05, cpu=24, memory=30, error_lines=0
    )
    assert remarks(seen, Bounds()) == ("network is not judged: it was not measured",)


def test_a_release_that_fails_requests_slowly_is_found_by_its_rate_its_latency_and_its_log(world: World) -> None:
    request = world.release(world.cloud.register("1.2.0", "errors:rate=40,latency=800ms"))
    world.cloud.wait(240)
    rate, latency, lines = check(world.aws, request)
    assert str(rate).startswith("error rate: 40 % of 1800 requests; before it was 0 %, and at most 1 % is allowed. ")
    assert str(latency).startswith("latency: 0.8 s (p95) of 1800 requests; before it was 0.05 s (p95)")
    assert str(lines).startswith("error lines: 2 lines a minute look like an error; before it were 0, and at most 1 ")
    assert str(lines).endswith(
        "such as: auth-service: ERROR 120 of 300 requests of the last minute were answered with status 500"
    )


def test_going_back_from_a_bad_release_is_good_and_the_next_bad_one_is_not_compared_with_it(world: World) -> None:
    bad = world.cloud.register("1.3.0", "errors:rate=40")
    world.release(bad)
    world.cloud.wait(900)
    began = world.cloud.now()
    world.settle(world.good)
    back = world.cloud.now()
    world.cloud.wait(240)
    assert check(world.aws, world.request().of(began=began, ended=back)) == ()
    world.cloud.wait(60)
    began = world.cloud.now()
    world.settle(bad)
    again = world.request()
    ended = world.cloud.now()
    world.cloud.wait(240)
    clean = again.of(began=began, ended=ended, steady_since=back)
    assert look(world.aws, clean).before.error_rate == 0
    assert [finding.check for finding in check(world.aws, clean)] == ["error rate", "error lines"]


def test_errors_that_few_users_meet_are_no_finding_but_a_remark(world: World) -> None:
    world.cloud.box.set_traffic(SERVICE, 0.1)
    request = world.release(world.cloud.register("1.4.0", "errors:rate=100"))
    world.cloud.wait(240)
    seen = look(world.aws, request)
    world.cloud.box.set_traffic(SERVICE, 10)
    assert seen.after.requests == pytest.approx(18)
    assert seen.after.error_rate == pytest.approx(100)
    told = remarks(seen, Bounds())
    assert told[0] == "error rate is not judged: 18 requests in 180 s are too few, 100 are needed"
    assert "error rate" not in {finding.check for finding in check(world.aws, request)}


def test_a_service_that_was_never_measured_has_nothing_and_no_fault(world: World) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    request = VerificationRequest(
        cluster=CLUSTER, service="nobody", target_group_arns=("arn:x:targetgroup/a/1",), load_balancer="app/a/1",
        log_group="/ecs/nobody",
    )  # fmt: skip
    assert measure(world.aws, request, Span(noon, noon + timedelta(minutes=3))) == Measurements(seconds=180)
    assert measure(world.aws, request, Span(noon, noon)) == Measurements(seconds=60)
    assert not is_due(world.aws, request.of(began=noon, ended=noon))


def test_a_caller_that_lost_its_tasks_is_found_and_one_that_never_ran_is_remarked_on(world: World) -> None:
    world.neighbour("web")
    world.neighbour("ill", "crash:after=1s")
    others = (
        Other(service="web", relation="calls it"),
        Other(service="ill", relation="is called by it"),
        Other(service="gone", relation="calls it"),
    )
    request = world.release(world.cloud.register("1.5.0"), others=others)
    ecs = world.cloud.clients["ecs"]
    crashing = world.cloud.register("4.0.0", "crash:after=1s")
    ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=crashing)
    world.cloud.wait(240)
    seen = look(world.aws, request)
    (lost,) = check(world.aws, request)
    assert str(lost).startswith(
        "integration points: web, which calls it, has 0 of 1 tasks running and healthy, before it were 1. "
    )
    told = remarks(seen, Bounds())
    assert "ill, which is called by it, is being deployed for the first time" in told, seen.neighbours
    assert "gone, which calls it, is not there" in told
    for name in ("web", "ill"):
        ecs.delete_service(cluster=CLUSTER, service=name, force=True)


def test_a_neighbour_behind_the_load_balancer_serves_with_its_healthy_targets(world: World) -> None:
    request = world.release(world.cloud.register("1.6.0"), others=(Other(service=SERVICE, relation="calls it"),))
    (itself,) = look(world.aws, request).neighbours
    assert itself == Neighbour(service=SERVICE, relation="calls it", desired=2, serving=2)


def test_smoke_checks_without_an_address_are_remarked_on(world: World) -> None:
    request = world.release(world.cloud.register("1.7.0"), smoke=(SmokeCheck(path="/health"),))
    assert NO_ADDRESS in remarks(look(world.aws, request), Bounds())


def test_a_request_without_its_deployment_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="of which deployment"):
        check(world.aws, world.request())


STRETCHES = {
    "whole minutes": ((0, 0), (3, 0), (0, 3)),
    "begun minutes do not count": ((0, 1), (3, 59), (1, 3)),
    "less than one": ((0, 30), (1, 10), (1, 1)),
    "nothing": ((2, 30), (1, 10), (3, 3)),
}


@pytest.mark.parametrize("case", STRETCHES)
def test_only_whole_minutes_are_measured(case: str) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    begin, end, minutes = STRETCHES[case]
    moments = (noon + timedelta(minutes=at[0], seconds=at[1]) for at in (begin, end))
    assert Span.within(*moments) == Span(*(noon + timedelta(minutes=minute) for minute in minutes))
