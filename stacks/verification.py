"""What is to be verified of a service after a release in one environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from release.verification_request import CALLS_IT, IS_CALLED, Other, VerificationRequest
from stacks.names import Names
from stacks.service_definition import ServiceDefinition


def request_of(
    service: ServiceDefinition,
    names: Names,
    deployed: Iterable[ServiceDefinition],
    *,
    target_group_arns: Iterable[str] = (),
    load_balancer: str = "",
    base_url: str = "",
) -> VerificationRequest:
    """What to look at, the same from one release to the next.

    `deployed` are the services that run in the environment, `load_balancer` is the end of its ARN (`app/name/id`), and
    `base_url` where the smoke checks ask.
    """
    verification = service.verification
    return VerificationRequest(
        cluster=names.cluster,
        service=names.service(service.name),
        target_group_arns=tuple(target_group_arns),
        load_balancer=load_balancer,
        base_url=base_url,
        log_group=names.log_group(service.name),
        bounds=verification.bounds,
        watch=verification.watch,
        baseline=verification.baseline,
        smoke=verification.smoke,
        others=tuple(_others(service, names, deployed)),
    )


def _others(service: ServiceDefinition, names: Names, deployed: Iterable[ServiceDefinition]) -> Iterator[Other]:
    """Its integration points. Two services that call each other are each looked at once."""
    for other in deployed:
        if service.name in other.calls:
            yield Other(service=names.service(other.name), relation=CALLS_IT)
        elif other.name in service.calls:
            yield Other(service=names.service(other.name), relation=IS_CALLED)
