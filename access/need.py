"""A right that deploying takes: actions, the resources they are limited to, and why it is there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

RECORDED: Final = "recorded"
"""A run on the sandbox makes the call (tests/integration/test_access.py holds it)."""
TAGGED: Final = "no call of its own in a first run: AWS asks for it when tags are given or change"
EVERYTHING: Final = "*"
"""For actions that AWS lets nobody limit to a resource, or that list."""


class When(Enum):
    """On what condition an action is allowed, beyond the resource."""

    ALWAYS = "always"
    OWNED = "owned"
    """The resource carries the stack's tags (`aws:ResourceTag`): its ARN says nothing of whose it is."""
    MADE = "made"
    """The request gives the resource the stack's tags (`aws:RequestTag`), so that it is owned from its first moment."""
    TAGGED_WHILE_MADE = "tagged while made"
    """As MADE, and only within a call that makes the resource (`ec2:CreateAction`): nobody's resource becomes ours."""
    BOUNDED = "bounded"
    """The role has the permissions boundary, where the stack has one (`iam:PermissionsBoundary`)."""
    ATTACHED = "attached"
    """As BOUNDED, and the policy is one that the program attaches (`iam:PolicyARN`)."""
    PASSED = "passed"
    """The role goes to a service of AWS that the program runs it for (`iam:PassedToService`)."""
    SERVICE_LINKED = "service-linked"
    """The role is the one that AWS's own services keep in each account (`iam:AWSServiceName`)."""
    SCALES_ECS = "scales ECS"
    """The scalable target is a service of ECS (`application-autoscaling:service-namespace`)."""
    NAMED = "named"
    """The key has an alias that the stack file or the catalogue names (`kms:ResourceAliases`). Left out where none is:
    an ARN of a key says nothing of its alias."""
    IN_CLUSTER = "in the cluster"
    """The tasks are in the stack's cluster (`ecs:cluster`)."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """Actions of one kind on the same resources."""

    actions: str
    """IAM actions, in one string, with spaces between them. No wildcards."""
    on: Sequence[str] = (EVERYTHING,)
    """ARNs with `{names}` in them: see `regional`. One whose names the program does not have is left out."""
    when: When = When.ALWAYS
    service: str = ""
    """The service of AWS that `PASSED` and `SERVICE_LINKED` mean."""
    why: str = RECORDED
    """`RECORDED`, or what a run on the sandbox does not do and the deployer needs all the same."""

    def __post_init__(self) -> None:
        for action in self.each:
            service, _, name = action.partition(":")
            if not (service and name) or EVERYTHING in action:
                raise ValueError(f"action {action!r}: name the service and each action, like ecs:UpdateService")

    @property
    def each(self) -> tuple[str, ...]:
        """The actions, one by one."""
        return tuple(self.actions.split())


def regional(service: str, *resources: str) -> tuple[str, ...]:
    """ARNs of resources in the stack's region. `{role}`, `{cluster}` and the like stand for the program's names."""
    return tuple(f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}" for resource in resources)


def worldwide(service: str, *resources: str) -> tuple[str, ...]:
    """ARNs of resources of the account that are in no region."""
    return tuple(f"arn:{{partition}}:{service}::{{account}}:{resource}" for resource in resources)


def buckets(*resources: str) -> tuple[str, ...]:
    """ARNs of buckets, which are in no account by their name."""
    return tuple(f"arn:{{partition}}:s3:::{resource}" for resource in resources)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of resource: what its life takes, and what its names are called in ARNs."""

    of: str
    """As Pulumi has it, like `aws:ecs/cluster:Cluster`."""
    needs: Sequence[Need]
    placeholder: str = ""
    """What its names are called in ARNs, like `cluster`; empty where no ARN has them."""
    named_by: str = "name"
    """The input that is its name in AWS. Where the program leaves it out, Pulumi makes one of the logical name."""
    arn_until: str = ""
    """What stands before the name where that input may be an ARN, like `:function:`."""
