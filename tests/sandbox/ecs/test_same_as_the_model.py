"""The control plane and the rollout model share their rules: what one predicts the other shows."""

from __future__ import annotations

import pytest

from rollout.behaviour import parse
from rollout.prediction import Outcome, predict
from rollout.revision import Revision, TargetCheck, Timings
from rollout.settings import Breaker, Settings
from tests.sandbox.ecs.surroundings import Ecs

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}
STATUS = {Outcome.COMPLETED: "SUCCESSFUL", Outcome.ROLLED_BACK: "ROLLBACK_SUCCESSFUL"}


def predicted(name: str, behaviour: str) -> Revision:
    """The revision that the surroundings' target group and a small image make."""
    return Revision(
        name=name,
        behaviour=parse(behaviour),
        target=TargetCheck(interval=10, healthy_threshold=2, deregistration_delay=30),
        timings=Timings(pull=15),
    )


@pytest.mark.parametrize("behaviour", ["", "crash", "crash:after=15", "oom", "unhealthy", "slow:start=300", "errors"])
@pytest.mark.parametrize(("desired", "minimum", "maximum"), [(2, 100, 200), (5, 50, 100), (7, 100, 130)])
def test_a_release_takes_as_long_and_ends_as_predicted(
    ecs: Ecs, behaviour: str, desired: int, minimum: int, maximum: int
) -> None:
    limits = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs.running_service(desiredCount=desired, deploymentConfiguration=limits | breaker)
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push("2.0.0", behaviour)))
    ecs.wait(3600)
    entry = ecs("ListServiceDeployments", **AUTH)["serviceDeployments"][0]
    prediction = predict(
        Settings(
            desired_count=desired,
            minimum_healthy_percent=minimum,
            maximum_percent=maximum,
            breaker=Breaker(enabled=True, rollback=True),
        ),
        predicted("old", ""),
        predicted("new", behaviour),
    )
    assert entry["status"] == STATUS[prediction.outcome]
    assert entry["finishedAt"] - entry["createdAt"] == pytest.approx(prediction.duration)
