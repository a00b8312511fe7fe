"""`Migration`: a one-off task of a new revision, which must succeed before the service gets that revision.

The engine hands it to our own provider (`provider/`), which runs the task once. A migration that fails fails the
update, and the service is not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi


@dataclass(frozen=True, kw_only=True)
class MigrationPlan:
    """What a service's releases run before they get traffic."""

    command: Sequence[str]
    """Instead of the image's own."""
    timeout: int
    """Seconds after which the task is stopped and the migration has failed."""
    irreversible: bool = False
    """Whether the versions before may not work with the data afterwards. Shown as a warning."""


@dataclass(frozen=True, kw_only=True)
class MigrationArgs:
    """What to run, and where. Only the service, the digest and the command tell whether it was run already."""

    cluster: pulumi.Input[str]
    """Name or ARN of the ECS cluster."""
    service: pulumi.Input[str]
    """Name of the ECS service, and of the container that runs the command."""
    task_definition: pulumi.Input[str]
    """ARN, with revision, of the new task definition."""
    version: pulumi.Input[str]
    """The version people know the release by."""
    digest: pulumi.Input[str]
    """Digest of the service's image, `sha256:...`."""
    plan: MigrationPlan
    """What is run, and for how long."""
    subnets: Sequence[pulumi.Input[str]]
    """Private subnets, the service's own."""
    security_groups: Sequence[pulumi.Input[str]]
    """The service's own."""
    release_hash: pulumi.Input[str]
    """The release that it is a part of. Like all below, never a change."""
    attempt: pulumi.Input[int] = 1
    """Raised when a release that failed is to be tried again as it is."""
    journal: pulumi.Input[str] = ""
    """The service's journal, `s3://bucket/attempts/service`, where its runs are written down as well. Empty: they stand
    in Pulumi's state, and for an hour in ECS."""
    account: pulumi.Input[str]
    """The AWS account, twelve digits."""
    region: pulumi.Input[str]
    """Its region, such as `eu-west-1`."""
    role_arn: pulumi.Input[str]
    """The role assumed to run it, the same as the `aws` provider's. Empty: the credentials as they are."""


class Migration(pulumi.CustomResource):
    """Runs a service's migration once. Put it before the service."""

    version: pulumi.Output[str]
    """The version whose migration ran."""
    token: pulumi.Output[str]
    """What tells this migration from others."""
    task: pulumi.Output[str]
    """ARN of the task that ran it."""
    irreversible_since: pulumi.Output[str]
    """The newest version whose migration cannot be undone. Empty without one."""

    def __init__(self, name: str, args: MigrationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "slipway:index:Migration",
            name,
            {
                "cluster": args.cluster,
                "service": args.service,
                "task_definition": args.task_definition,
                "version": args.version,
                "digest": args.digest,
                "command": list(args.plan.command),
                "timeout": args.plan.timeout,
                "irreversible": args.plan.irreversible,
                "subnets": list(args.subnets),
                "security_groups": list(args.security_groups),
                "release_hash": args.release_hash,
                "attempt": args.attempt,
                "journal": args.journal,
                "account": args.account,
                "region": args.region,
                "role_arn": args.role_arn,
                "token": None,
                "task": None,
                "irreversible_since": None,
            },
            opts,
        )

    def translate_input_property(self, prop: str) -> str:
        """The provider speaks camelCase."""
        return _ENGINE_NAMES.get(prop, prop)

    def translate_output_property(self, prop: str) -> str:
        """Python reads `migration.irreversible_since`."""
        return _PYTHON_NAMES.get(prop, prop)


_ENGINE_NAMES: Final = {
    "task_definition": "taskDefinition",
    "security_groups": "securityGroups",
    "release_hash": "releaseHash",
    "role_arn": "roleArn",
    "irreversible_since": "irreversibleSince",
}
_PYTHON_NAMES: Final = {engine: python for python, engine in _ENGINE_NAMES.items()}
