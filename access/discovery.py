"""What the life of namespaces and of the services in them takes.

AWS: "Actions, resources, and condition keys for AWS Cloud Map"; for what Cloud Map does with Route 53 in the caller's
name: "AWS managed policies for AWS Cloud Map", AWSCloudMapFullAccess.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import EVERYTHING, TAGGED, Kind, Need, When, regional

NAMESPACES: Final = regional("servicediscovery", "namespace/*")
REGISTRIES: Final = regional("servicediscovery", "service/*")
ZONES: Final = ("arn:{partition}:route53:::hostedzone/*",)
IN_ITS_NAME: Final = "no call of its own: Cloud Map asks for it when it makes or deletes the zone of a namespace"


def _cloud_map(actions: str) -> str:
    return " ".join(f"servicediscovery:{action}" for action in actions.split())


def _tagged(on: Sequence[str]) -> tuple[Need, ...]:
    return (
        Need(actions=_cloud_map("ListTagsForResource"), on=on, when=When.OWNED),
        Need(actions=_cloud_map("TagResource"), on=on, when=When.MADE, why=TAGGED),
        Need(actions=_cloud_map("UntagResource"), on=on, when=When.OWNED, why=TAGGED),
    )


# AWS lets nobody limit it to a resource: an operation is none.
FOLLOWED: Final = Need(actions=_cloud_map("GetOperation"), on=(EVERYTHING,))

KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:servicediscovery/httpNamespace:HttpNamespace",
        needs=(
            # AWS lets nobody limit it to a resource: there is no namespace yet.
            Need(actions=_cloud_map("CreateHttpNamespace"), on=(EVERYTHING,), when=When.MADE),
            Need(actions=_cloud_map("GetNamespace DeleteNamespace"), on=NAMESPACES, when=When.OWNED),
            FOLLOWED,
            *_tagged(NAMESPACES),
        ),
    ),
    Kind(
        of="aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        needs=(
            Need(actions=_cloud_map("CreatePrivateDnsNamespace"), on=(EVERYTHING,), when=When.MADE),
            Need(actions=_cloud_map("GetNamespace DeleteNamespace"), on=NAMESPACES, when=When.OWNED),
            Need(
                actions=_cloud_map("UpdatePrivateDnsNamespace"),
                on=NAMESPACES,
                when=When.OWNED,
                why="AWS plugin: when the description changes",
            ),
            FOLLOWED,
            *_tagged(NAMESPACES),
            Need(
                actions="route53:CreateHostedZone route53:ListHostedZonesByName ec2:DescribeVpcs ec2:DescribeRegions",
                why=IN_ITS_NAME,
            ),
            # A zone that holds more than its own two records is not deleted (AWS: "DeleteHostedZone").
            Need(actions="route53:GetHostedZone route53:DeleteHostedZone", on=ZONES, why=IN_ITS_NAME),
        ),
    ),
    Kind(
        of="aws:servicediscovery/service:Service",
        needs=(
            Need(actions=_cloud_map("CreateService"), on=NAMESPACES, when=When.MADE),
            Need(actions=_cloud_map("GetService DeleteService"), on=REGISTRIES, when=When.OWNED),
            Need(
                actions=_cloud_map("UpdateService"),
                on=REGISTRIES,
                when=When.OWNED,
                why="AWS plugin: when the description or the record's lifetime changes",
            ),
            FOLLOWED,
            *_tagged(REGISTRIES),
        ),
    ),
)
