"""What is verified of a service follows from its entry in the catalogue and from who calls whom."""

from __future__ import annotations

from dataclasses import replace

from release.verification import Bound, Bounds
from release.verification_request import Other, SmokeCheck, Verification, VerificationRequest
from stacks.catalogue import CATALOGUE, by_name
from stacks.names import Names
from stacks.verification import request_of

AUTH = by_name(CATALOGUE)["auth-service"]
WEB = replace(AUTH, name="web", calls=("auth-service",))
MAIL = replace(AUTH, name="mail")
AUDIT = replace(AUTH, name="audit", calls=("mail",))


def test_a_request_says_what_to_look_at_in_the_environment() -> None:
    verification = Verification(
        bounds=Bounds(latency=Bound(fine=1, factor=2)), watch=300, baseline=600, smoke=(SmokeCheck(path="/login"),)
    )
    request = request_of(
        replace(AUTH, verification=verification),
        Names("stage-"),
        CATALOGUE,
        target_group_arns=["arn:group"],
        load_balancer="app/microservices/1",
        base_url="https://stage.example.com",
    )
    assert request == VerificationRequest(
        cluster="stage-microservices-cluster",
        service="stage-auth-service",
        target_group_arns=("arn:group",),
        load_balancer="app/microservices/1",
        base_url="https://stage.example.com",
        log_group="/ecs/stage-auth-service",
        bounds=verification.bounds,
        watch=300,
        baseline=600,
        smoke=verification.smoke,
    )


def test_the_services_around_it_are_those_that_call_it_and_those_it_calls() -> None:
    request = request_of(replace(AUTH, calls=("mail", "nobody")), Names("stage-"), [AUTH, WEB, MAIL, AUDIT])
    assert request.others == (
        Other(service="stage-web", relation="calls it"),
        Other(service="stage-mail", relation="is called by it"),
    )


def test_services_that_call_each_other_are_looked_at_once() -> None:
    request = request_of(replace(AUTH, calls=("web",)), Names(), [AUTH, WEB])
    assert request.others == (Other(service="web", relation="calls it"),)
