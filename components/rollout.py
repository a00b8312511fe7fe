"""`Rollout`: the resource that is stored only when a release really runs.

The engine hands it to our own provider (`provider/`), which follows the service deployment of the release to its end
and verifies what runs. A release that does not run fails the update, and fails it again on every later `pulumi up`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class RolloutArgs:
    """What to follow, and what must be true at the end."""

    cluster: pulumi.Input[str]
    """Name or ARN of the ECS cluster."""
    service: pulumi.Input[str]
    """Name or ARN of the ECS service."""
    task_definition: pulumi.Input[str]
    """ARN, with revision, of the task definition that must run."""
    version: pulumi.Input[str]
    """The version people know the release by."""
    digest: pulumi.Input[str]
    """Digest of the service's image, `sha256:...`: the tasks must run it."""
    target_group_arns: Sequence[pulumi.Input[str]]
    """Target groups in which the tasks must be healthy. Empty for a service without a load balancer."""
    desired_count: pulumi.Input[int] | None
    """Number of tasks asked for. A change is followed like a release. None: somebody else says it."""
    release_hash: pulumi.Input[str]
    """Sum of everything that starts a service deployment: the same hash means the same release."""
    attempt: pulumi.Input[int] = 1
    """Raised when a release that failed is to be tried again as it is."""
    journal: pulumi.Input[str] = ""
    """Where its attempts are written down, `s3://bucket/attempts/service`; empty: nowhere. Never a change."""
    predicted_seconds: pulumi.Input[int] | None = None
    """What the release is predicted to take, in seconds. Never a change. None: nobody has predicted it."""
    limit_seconds: pulumi.Input[int] | None = None
    """For how long its deployment is followed, in seconds. Never a change. None: as long as the provider thinks fit."""
    verification: pulumi.Input[str] | None = None
    """What is compared with the time before once the release runs, as JSON (`release.verification_request`). None: no
    more than tasks and targets. Never a change."""
    on_failed_verification: pulumi.Input[str] | None = None
    """`rollback`: the last verified revision is put back. None: the release stays, and fails."""
    repository: pulumi.Input[str] | None = None
    """The ECR repository in which the images of the last verified releases are marked as kept. Never a change."""
    kept_releases: pulumi.Input[int] | None = None
    """How many of them. Never a change."""
    account: pulumi.Input[str]
    """The AWS account the service must be in: any other is an error. Like `region` and `role_arn`, never a change."""
    region: pulumi.Input[str]
    """Its region, such as `eu-west-1`."""
    role_arn: pulumi.Input[str]
    """The role assumed to look at the service, the same as the `aws` provider's. Empty: the credentials as they are."""


class Rollout(pulumi.CustomResource):
    """Follows and verifies one service's release. Put it after the service: it must exist when this starts."""

    version: pulumi.Output[str]
    """The version that was verified to run."""
    digest: pulumi.Output[str]
    """The image digest that was verified to run."""
    task_definition: pulumi.Output[str]
    """ARN of the task definition that was verified to run."""
    deployment: pulumi.Output[str]
    """ARN of the ECS service deployment that brought the release. Empty when ECS no longer remembers it."""

    def __init__(self, name: str, args: RolloutArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "slipway:index:Rollout",
            name,
            {
                "cluster": args.cluster,
                "service": args.service,
                "task_definition": args.task_definition,
                "version": args.version,
                "digest": args.digest,
                "target_group_arns": list(args.target_group_arns),
                "desired_count": args.desired_count,
                "release_hash": args.release_hash,
                "attempt": args.attempt,
                "journal": args.journal,
                "predicted_seconds": args.predicted_seconds,
                "limit_seconds": args.limit_seconds,
                "verification": args.verification,
                "on_failed_verification": args.on_failed_verification,
                "repository": args.repository,
                "kept_releases": args.kept_releases,
                "account": args.account,
                "region": args.region,
                "role_arn": args.role_arn,
                "deployment": None,
            },
            opts,
        )

    def translate_input_property(self, prop: str) -> str:
        """The provider speaks camelCase."""
        return _ENGINE_NAMES.get(prop, prop)

    def translate_output_property(self, prop: str) -> str:
        """Python reads `rollout.task_definition`."""
        return _PYTHON_NAMES.get(prop, prop)


_ENGINE_NAMES: Final = {
    "task_definition": "taskDefinition",
    "target_group_arns": "targetGroupArns",
    "desired_count": "desiredCount",
    "release_hash": "releaseHash",
    "predicted_seconds": "predictedSeconds",
    "limit_seconds": "limitSeconds",
    "role_arn": "roleArn",
    "on_failed_verification": "onFailedVerification",
    "kept_releases": "keptReleases",
}
_PYTHON_NAMES: Final = {engine: python for python, engine in _ENGINE_NAMES.items()}
