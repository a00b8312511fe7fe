"""What an environment is: which versions it takes and how careful it is. Environments differ here, never in an `if`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from release import checklist
from release.checklist import Item
from release.version import ANY_NAMED_VERSION, RELEASES_AND_CANDIDATES, RELEASES_ONLY, VersionRule
from release.ways_out import Nat

YEAR: Final = 365
"""Days. Security Hub's CloudWatch.16 wants log groups to keep events for a year at least."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The facts of one environment."""

    versions: VersionRule
    """The forms of version it takes."""
    moving_tags: tuple[str, ...] = ()
    """Tags, as ECR's wildcard filters, that may be pushed again. All others are immutable."""
    builds: bool = False
    """Whether `build` may make an image here. Elsewhere only images run that were verified before."""
    zones: int = 2
    """Availability zones of the network, unless the stack file says otherwise."""
    nat: Nat = Nat.PER_ZONE
    """How tasks reach the internet, unless the stack file says otherwise."""
    deletion_protection: bool = False
    """Whether the load balancer must be unprotected by hand before it can be deleted."""
    log_retention_days: int = YEAR
    encrypted_logs: bool = False
    """Whether logs of services are encrypted with a key of the environment's own, unless the stack file says so."""
    key_deletion_days: int = 7
    """Days in which a key that is given up can be had back, and with it what it encrypted."""
    desired_count: int = 2
    """Tasks of a service, unless the stack file says otherwise."""
    on_demand_base: int = 0
    """Tasks of a service that must be out of Fargate Spot's reach, where it uses any."""
    shells: bool = True
    """Whether a service may let people open a shell in its tasks."""
    minimum_healthy_percent: int = 100
    """Lower limit of running tasks in a deployment, in percent of the desired count."""
    maximum_percent: int = 200
    """Upper limit of running and pending tasks in a deployment, in percent of the desired count."""
    circuit_breaker: bool = True
    """Whether ECS gives up a deployment whose tasks fail again and again."""
    automatic_rollback: bool = True
    """Whether it then goes back to the release before."""
    rollback_alarms: bool = True
    """Whether ECS watches a release's alarms, and takes it back when one goes off. It then bakes for some minutes."""
    dashboards: bool = True
    """Whether each service, and the stack, has a dashboard. AWS charges for each of them beyond the third."""
    pages: bool = False
    """Whether alarms tell people. They go off everywhere."""
    strategy: str = "rolling"
    """How releases take over, unless the stack file says otherwise."""
    kept_images: int = 100
    """Images kept in each repository, the newest first."""
    kept_releases: int = 10
    """Verified releases whose images are kept whatever their age. A rollback needs the image it goes back to."""
    promotes_from: str = ""
    """The environment that must have verified an image before it may run here; empty: none."""
    approvals: int = 0
    """People who must have approved a release."""
    releaser_may_approve: bool = True
    changelog: bool = False
    """Whether a service that keeps a changelog must tell there of the version."""
    checklist: tuple[Item, ...] = ()
    worst_finding: str = ""
    """The least severity that an image's scan must not find; empty: any is taken."""
    verifies: bool = False
    """Whether a release is compared with what ran before, once it runs. It takes the time of the service's `watch`."""
    on_failed_verification: Literal["fail", "rollback"] = "fail"
    """Whether Slipway then puts the last verified revision back."""
    journal_required: bool = False
    """Whether nothing goes out while the journal cannot be read."""
    journal_locked_days: int = 7
    """Days for which no record can be taken out of the journal."""


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "test": Profile(
            versions=ANY_NAMED_VERSION,
            moving_tags=("dev*",),
            builds=True,
            nat=Nat.ONE,
            desired_count=1,
            # Nobody calls here but tests, and each release would bake for nothing.
            rollback_alarms=False,
        ),
        "stage": Profile(
            versions=RELEASES_AND_CANDIDATES,
            promotes_from="test",
            checklist=checklist.STAGE,
            verifies=True,
            journal_locked_days=30,
        ),
        "prod": Profile(
            versions=RELEASES_ONLY,
            promotes_from="stage",
            approvals=1,
            changelog=True,
            releaser_may_approve=False,
            checklist=checklist.PROD,
            worst_finding="CRITICAL",
            verifies=True,
            on_failed_verification="rollback",
            journal_required=True,
            journal_locked_days=YEAR,
            zones=3,
            deletion_protection=True,
            encrypted_logs=True,
            key_deletion_days=30,
            desired_count=3,
            on_demand_base=1,
            shells=False,
            pages=True,
            kept_images=500,
        ),
    }
)
"""Environment -> what it is. The SOP's three."""
