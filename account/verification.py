"""The verification of a release after its deployment: looks at AWS and asks the service, and says what got worse."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from account import smoke
from account.measurements import ECS, Series, Span, measure, points
from account.neighbours import neighbours
from release.verification import MINUTE, Finding, Seen, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from account.session import AwsSession
    from release.verification_request import Moments, VerificationRequest

NO_ADDRESS: Final = "the smoke checks were not made: nobody said at which address the service answers"


def check(session: AwsSession, request: VerificationRequest) -> tuple[Finding, ...]:
    """What got worse with the release; empty for a good one. To be asked when it `is_due`. Raises `AwsFault`."""
    return verify(look(session, request), request.bounds)


def look(session: AwsSession, request: VerificationRequest) -> Seen:
    """All that the release is judged by. Raises `AwsFault`."""
    before, after = _before(request), _after(request)
    return Seen(
        before=measure(session, request, before),
        after=measure(session, request, after),
        log_group=request.log_group,
        called=bool(request.load_balancer),
        neighbours=neighbours(session, request, before) if request.others else (),
        smoke=smoke.run(request.base_url, request.smoke) if request.base_url else (),
        gaps=tuple(_gaps(request)),
    )


def is_due(session: AwsSession, request: VerificationRequest) -> bool:
    """Whether CloudWatch has measured the service beyond the end of the watch, in AWS's time and with AWS's delay.

    A minute that has just begun may have a point already, so the one after the watch is waited for.
    """
    end = _after(request).end
    tasks = {"ClusterName": request.cluster, "ServiceName": request.service}
    cpu = Series(namespace=ECS, name="CPUUtilization", dimensions=tasks, statistic="Average")
    return bool(points(session, {"cpu": cpu}, Span(end, end + timedelta(seconds=MINUTE)))["cpu"])


def _gaps(request: VerificationRequest) -> Iterator[str]:
    if request.smoke and not request.base_url:
        yield NO_ADDRESS


def _before(request: VerificationRequest) -> Span:
    moments = _moments(request)
    return Span.within(moments.before_from, moments.before_to)


def _after(request: VerificationRequest) -> Span:
    """As many whole minutes as the watch has."""
    start = Span.within(_moments(request).after_from, _moments(request).after_from).start
    return Span(start, start + timedelta(seconds=request.watch - request.watch % MINUTE))


def _moments(request: VerificationRequest) -> Moments:
    if request.moments is None:
        raise ValueError("the request does not say of which deployment: see VerificationRequest.of")
    return request.moments
