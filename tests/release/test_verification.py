"""A release is judged by what it made worse, and never by what was so before."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.verification import (
    Bound,
    Bounds,
    Measurements,
    Neighbour,
    Seen,
    Smoke,
    like_an_error,
    remarks,
    shape,
    verify,
)
from release.verification_request import Other, SmokeCheck, VerificationRequest

WELL = Measurements(
    seconds=180,
    requests=1800,
    errors=2,
    latency=0.05,
    cpu=24,
    memory=30,
    network=20_000,
    error_lines=0,
)
SEEN = Seen(before=replace(WELL, seconds=900, requests=9000, errors=10), after=WELL, log_group="/ecs/auth")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def after(**changed: Any) -> Seen:
    return replace(SEEN, after=replace(WELL, **changed))


def before(**changed: Any) -> Seen:
    return replace(SEEN, before=replace(SEEN.before, **changed))


def test_a_release_that_does_as_well_as_the_one_before_has_neither_finding_nor_remark() -> None:
    assert (verify(SEEN, Bounds()), remarks(SEEN, Bounds())) == ((), ())


def test_that_a_worker_gets_no_requests_is_not_remarked_upon() -> None:
    idle = replace(WELL, requests=None, errors=None, latency=None)
    worker = Seen(before=idle, after=idle, called=False)
    assert (verify(worker, Bounds()), remarks(worker, Bounds())) == ((), ())
    assert [remark.split(" is ")[0] for remark in remarks(replace(worker, called=True), Bounds())] == [
        "error rate",
        "latency",
    ]
    assert verify(replace(worker, after=replace(idle, cpu=97)), Bounds()), "all else is judged"


WORSE = {
    "errors": (
        after(errors=720),
        (
            "error rate: 40 % of 1800 requests; before it was 0.111 %, and at most 1 % is allowed. "
            "Look at the errors in the service's log"
        ),
    ),
    "errors, with few requests before": (
        replace(after(errors=720), before=replace(SEEN.before, requests=20)),
        "error rate: 40 % of 1800 requests; nobody knows what it was before, and at most 1 % is allowed. ",
    ),
    "slow": (
        after(latency=0.8),
        "latency: 0.8 s (p95) of 1800 requests; before it was 0.05 s (p95), and at most 0.2 s (p95) is allowed. ",
    ),
    "slower than slow": (
        replace(after(latency=3.1), before=replace(SEEN.before, latency=2)),
        "latency: 3.1 s (p95) of 1800 requests; before it was 2 s (p95), and at most 3 s (p95) is allowed. ",
    ),
    "busy": (after(cpu=97), "CPU: 97 %; before it was 24 %, and at most 80 % is allowed. "),
    "leaking, and the first of its kind": (
        Seen(before=Measurements(seconds=900), after=replace(WELL, memory=95)),
        "memory: 95 %; nobody knows what it was before, and at most 80 % is allowed. ",
    ),
    "talkative": (
        after(network=1_500_000),
        "network: 1,500,000 bytes/s; before it was 20,000 bytes/s, and at most 1,000,000 bytes/s is allowed. ",
    ),
    "error lines": (
        after(error_lines=9, examples=("ERROR 4 no such user 77", "panic: nil map")),
        (
            "error lines: 3 lines a minute look like an error; before it were 0, and at most 1 are allowed. "
            "Look at /ecs/auth, such as: ERROR 4 no such user 77"
        ),
    ),
    "error lines of a new kind": (
        replace(
            after(error_lines=9, examples=("ERROR 4 no such user 77", "panic: nil map")),
            before=replace(SEEN.before, error_lines=2, examples=("error 12 no such user 3",)),
        ),
        "Look at /ecs/auth, such as: panic: nil map",
    ),
    "a caller lost its tasks": (
        replace(SEEN, neighbours=(Neighbour(service="web", relation="calls it", desired=3, serving=1),)),
        "integration points: web, which calls it, has 1 of 3 tasks running and healthy. ",
    ),
    "a called service lost more of its tasks": (
        replace(
            SEEN,
            neighbours=(Neighbour(service="db", relation="is called by it", desired=3, serving=1, served_before=2),),
        ),
        "integration points: db, which is called by it, has 1 of 3 tasks running and healthy, before it were 2. ",
    ),
    "smoke": (
        replace(SEEN, smoke=(Smoke(url="/a"), Smoke(url="/b", problem="answered 500, expected was 200"))),
        "smoke check: /b answered 500, expected was 200",
    ),
}


@pytest.mark.parametrize("case", WORSE)
def test_what_got_worse_is_the_one_finding_with_its_numbers(case: str) -> None:
    seen, sentence = WORSE[case]
    (finding,) = verify(seen, Bounds())
    assert sentence in str(finding)


NOT_WORSE = {
    "few requests": (
        after(requests=99, errors=99, latency=60),
        (
            "error rate is not judged: 99 requests in 180 s are too few, 100 are needed",
            "latency is not judged: 99 requests in 180 s are too few, 100 are needed",
        ),
    ),
    "nothing to compare with": (
        replace(after(latency=3), before=Measurements(seconds=900)),
        (
            "latency is not judged: it is 3 s (p95), with nothing before to compare it with",
            "network is not judged: it is 20,000 bytes/s, with nothing before to compare it with",
        ),
    ),
    "not measured": (
        after(cpu=None, network=None),
        ("CPU is not judged: it was not measured", "network is not judged: it was not measured"),
    ),
    "more CPU for more requests": (
        replace(SEEN, before=replace(SEEN.before, cpu=45), after=replace(WELL, requests=3600, errors=0, cpu=95)),
        (),
    ),
    "more error lines for more requests": (
        replace(before(error_lines=30), after=replace(WELL, requests=3600, error_lines=20)),
        (),
    ),
    "as slow as ever": (replace(after(latency=3), before=replace(SEEN.before, latency=3)), ()),
    "a log that cannot be read": (replace(after(error_lines=None), gaps=("its log cannot be read",)), ("its log",)),
    "a neighbour that was ill before": (
        replace(
            SEEN, neighbours=(Neighbour(service="web", relation="calls it", desired=3, serving=1, served_before=1),)
        ),
        ("web, which calls it, has 1 of 3 tasks running and healthy; it was so before the release",),
    ),
    "a neighbour whose tasks come and go": (
        replace(
            SEEN, neighbours=(Neighbour(service="web", relation="calls it", desired=1, serving=0, served_before=0.4),)
        ),
        ("web, which calls it, has 0 of 1 tasks running and healthy; it was so before the release",),
    ),
    "a neighbour that is deployed for the first time": (
        replace(SEEN, neighbours=(Neighbour(service="web", relation="calls it", desired=3, serving=0, starting=True),)),
        ("web, which calls it, is being deployed for the first time",),
    ),
    "a neighbour that is not there": (
        replace(SEEN, neighbours=(Neighbour(service="web", relation="calls it", desired=0, serving=0, found=False),)),
        ("web, which calls it, is not there",),
    ),
}


@pytest.mark.parametrize("case", NOT_WORSE)
def test_what_cannot_be_judged_or_was_so_before_is_a_remark_at_most(case: str) -> None:
    seen, told = NOT_WORSE[case]
    assert verify(seen, Bounds()) == ()
    found = remarks(seen, Bounds())
    assert len(found) == len(told)
    assert all(one.startswith(wanted) for one, wanted in zip(found, told, strict=True)), found


amounts = st.none() | st.floats(0, 1e9)
some = st.builds(
    Measurements,
    seconds=st.just(180.0) | st.just(900.0),
    requests=st.none() | st.integers(0, 10**7),
    errors=st.none() | st.integers(0, 10**7),
    latency=amounts,
    cpu=st.none() | st.floats(0, 100),
    memory=st.none() | st.floats(0, 100),
    network=amounts,
    error_lines=st.none() | st.integers(0, 10**5),
    examples=st.lists(st.text(max_size=9), max_size=2).map(tuple),
)
bound = st.builds(Bound, fine=st.floats(0, 100), factor=st.floats(1, 9))
some_bounds = st.builds(
    Bounds,
    error_rate=bound,
    latency=bound,
    cpu=bound,
    memory=bound,
    network=bound,
    error_lines=bound,
    requests=st.integers(0, 1000),
)


@given(same=some, bounds=some_bounds)
def test_nothing_is_found_in_a_release_that_does_exactly_as_the_one_before(same: Measurements, bounds: Bounds) -> None:
    assert verify(Seen(before=same, after=same), bounds) == ()


@given(old=some, new=some, bounds=some_bounds, worse=st.floats(1, 10))
def test_a_release_that_is_worse_still_has_every_finding_of_the_better_one(
    old: Measurements, new: Measurements, bounds: Bounds, worse: float
) -> None:
    def much(value: float | None) -> float | None:
        return None if value is None else value * worse

    lines = new.error_lines
    still = replace(
        new,
        errors=much(new.errors),
        latency=much(new.latency),
        cpu=much(new.cpu),
        memory=much(new.memory),
        network=much(new.network),
        error_lines=None if lines is None else round(lines * worse),
    )
    better = {finding.check for finding in verify(Seen(before=old, after=new), bounds)}
    assert better <= {finding.check for finding in verify(Seen(before=old, after=still), bounds)}


@given(old=some, new=some, bounds=some_bounds, requests=st.none() | st.integers(0, 99))
def test_too_few_requests_never_make_a_finding_of_what_is_judged_by_them(
    old: Measurements, new: Measurements, bounds: Bounds, requests: int | None
) -> None:
    seen, bounds = Seen(before=old, after=replace(new, requests=requests)), replace(bounds, requests=100)
    assert not {"error rate", "latency"} & {finding.check for finding in verify(seen, bounds)}
    told = remarks(seen, bounds)
    assert [one for one in told if one.startswith(("error rate is not judged", "latency is not judged"))] == [*told[:2]]


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-23T12:00:00Z ERROR 12 of 30 requests failed",
        '{"level":"error","msg":"no connection"}',
        "time=12:00 level=FATAL msg=gone",
        "java.lang.NullPointerException: user",
        "ValueError: not a number",
        "Traceback (most recent call last):",
        "panic: runtime error: index out of range",
        "Error: Cannot find module",
        "[CRITICAL] disk full",
    ],
)
def test_lines_as_loggers_and_run_times_mark_errors_look_like_one(line: str) -> None:
    assert like_an_error(line)


@pytest.mark.parametrize(
    "line",
    [
        "INFO finished without an error",
        '{"level":"info","errors":0}',
        "GET /errors 200",
        "INFO lastError=null",
        "installed the ErrorHandler",
        "TERROR is a film",
        "WARN slow answer",
    ],
)
def test_lines_that_speak_of_errors_do_not_look_like_one(line: str) -> None:
    assert not like_an_error(line)


def test_lines_that_differ_in_numbers_and_ids_alone_are_of_one_shape() -> None:
    assert shape("ERROR 500 for 10.0.0.1 request 3fa85f64c0de1234") == shape(
        "Error 502 for 10.0.7.2 request deadbeef01"
    )
    assert shape("ERROR no user") != shape("ERROR no database")


@pytest.mark.parametrize(("fine", "factor"), [(-1, 1), (0, 0.9)])
def test_a_bound_that_would_find_what_was_so_before_is_refused(fine: float, factor: float) -> None:
    with pytest.raises(ValueError, match="fine is 0 or more and its factor 1 or more"):
        Bound(fine=fine, factor=factor)


REQUEST = VerificationRequest(
    cluster="microservices-cluster",
    service="auth-service",
    target_group_arns=("arn:blue", "arn:green"),
    load_balancer="app/microservices/1",
    base_url="https://example.com",
    log_group="/ecs/auth-service",
    bounds=Bounds(latency=Bound(fine=2, factor=3)),
    smoke=(SmokeCheck(path="/health", contains="ok"),),
    others=(Other(service="web", relation="calls it"),),
)


def test_a_request_comes_back_from_json_as_it_was() -> None:
    for request in (REQUEST, REQUEST.of(began=NOON, ended=NOON + timedelta(minutes=9))):
        text = json.dumps(request.to_json())
        assert "target_group" not in text
        assert VerificationRequest.from_json(json.loads(text)) == request


def test_a_request_with_what_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="clusterr"):
        VerificationRequest.from_json(REQUEST.to_json() | {"clusterr": "x"})
    moments = dict.fromkeys(("beforeFrom", "beforeTo", "afterFrom"), "2026-11-23T12:00:00")
    with pytest.raises(ValueError, match="timezone"):
        VerificationRequest.from_json(REQUEST.to_json() | {"moments": moments})


def test_the_time_before_ends_where_the_deployment_begins() -> None:
    moments = REQUEST.of(began=NOON, ended=NOON + timedelta(minutes=9)).moments
    assert moments is not None
    assert (moments.before_from, moments.before_to) == (NOON - timedelta(minutes=15), NOON)
    assert moments.after_from == NOON + timedelta(minutes=9)


@pytest.mark.parametrize(("minutes", "first"), [(30, 15), (4, 4), (-5, 0)])
def test_the_time_before_leaves_out_what_an_earlier_deployment_did(minutes: int, first: int) -> None:
    request = REQUEST.of(began=NOON, ended=NOON, steady_since=NOON - timedelta(minutes=minutes))
    assert request.moments is not None
    assert request.moments.before_from == NOON - timedelta(minutes=first)
