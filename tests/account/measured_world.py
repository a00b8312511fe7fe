"""auth-service on a sandbox whose time passes only when a test lets it, to be measured as in AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from account.session import AwsPlace, AwsSession, Patience
from release.verification_request import VerificationRequest
from sandbox.lifecycle import Sandbox
from tests.sandbox.cloudwatch.conftest import Cloud, paused
from tests.sandbox.conftest import assert_no_crash, session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLUSTER, SERVICE = "microservices-cluster", "auth-service"


class World:
    """auth-service on a sandbox whose time passes only when a test lets it."""

    def __init__(self, cloud: Cloud, aws: AwsSession) -> None:
        self.cloud = cloud
        self.aws = aws
        cloud.serve()
        cloud.clients["ecs"].update_cluster_settings(
            cluster=CLUSTER, settings=[{"name": "containerInsights", "value": "enabled"}]
        )
        cloud.wait(900)
        self.good = cloud.service()["taskDefinition"]
        self.steady_since = cloud.now()

    def request(self, **settings: Any) -> VerificationRequest:
        group = self.cloud.place["target"]
        return VerificationRequest(
            cluster=CLUSTER,
            service=SERVICE,
            target_group_arns=(group,),
            load_balancer=self.cloud.balancer()["LoadBalancer"],
            log_group="/ecs/auth-service",
            **settings,
        )

    def release(self, revision: str, **settings: Any) -> VerificationRequest:
        """Releases the revision after a quarter of an hour of the good one; answers with what to verify."""
        self.settle(self.good)
        self.steady_since = self.cloud.now()
        self.cloud.wait(900)
        began = self.cloud.now()
        self.settle(revision)
        request = self.request(**settings)
        return request.of(began=began, ended=self.cloud.now(), steady_since=self.steady_since)

    def settle(self, revision: str) -> None:
        if self.cloud.service()["taskDefinition"] != revision:
            self.cloud.deploy(revision)
        for _ in range(30):
            deployments = self.cloud.service()["deployments"]
            if len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED":
                return
            self.cloud.wait(60)
        raise AssertionError(f"not settled: {deployments}")

    def neighbour(self, name: str, behaviour: str = "") -> None:
        """A service of one task without a load balancer, which may run with nothing while it is replaced."""
        self.cloud.clients["ecs"].create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=self.cloud.register("3.0.0" + behaviour[:1], behaviour),
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": self.cloud.place["subnets"],
                    "securityGroups": [self.cloud.place["group"]],
                }
            },
            deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100},
        )


def measured_world(folder: Path) -> Iterator[World]:
    """The world, taken down at the end."""
    box = Sandbox(folder)
    cloud = paused(box)
    place = AwsPlace(account="111111111111", region="eu-west-1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", box.endpoint)
        aws = AwsSession(place, session(box), Patience(connect=2, read=20, attempts=1).config())
        yield World(cloud, aws)
    box.down()
    assert_no_crash(box)
