"""`Namespace`: a private zone of an environment's VPC, in which services have names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

DOMAIN: Final = re.compile(r"(?=.{1,253}$)((?!-)[a-z0-9-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)")
"""AWS: "CreatePrivateDnsNamespace" (Cloud Map API reference), Name: 253 characters. Lower case: DNS knows no other."""
LINK_LOCAL: Final = "local"
"""Names below it are those of multicast DNS (RFC 6762): some resolvers never ask Route 53 for them."""


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """What the zone is called, and who sees it."""

    namespace_name: str
    """What all names end in, such as `test.internal`, in lower case. Another one replaces the namespace. Never
    `local`, which belongs to multicast DNS, and no zone that the VPC has already: it would hide that one's names."""
    vpc_id: pulumi.Input[str]
    """The VPC in which the names are known. It needs DNS support and DNS hostnames, which a `Network` has."""

    def __post_init__(self) -> None:
        if not DOMAIN.fullmatch(self.namespace_name):
            raise ValueError(
                f"namespace_name is {self.namespace_name!r}; write a domain of up to 253 characters like "
                "test.internal, in lower case"
            )
        if self.namespace_name.rpartition(".")[2] == LINK_LOCAL:
            raise ValueError(
                f"namespace_name is {self.namespace_name!r}; names in .local are asked for by multicast, not in the "
                "VPC: end it in .internal"
            )


class Namespace(pulumi.ComponentResource):
    """A private DNS namespace of Cloud Map, with a hosted zone of Route 53 that the VPC alone sees.

    A `ServiceRegistry` puts a service's tasks into it. Service Connect takes it too (AWS:
    "ClusterServiceConnectDefaultsRequest": any type of namespace is supported, *documented*).
    """

    namespace_id: pulumi.Output[str]
    """Where a `ServiceRegistry` is made."""
    arn: pulumi.Output[str]
    """Of the namespace: what a `Cluster` is told for Service Connect."""
    hosted_zone_id: pulumi.Output[str]
    """Of the zone that Cloud Map keeps. Nobody else writes into it."""

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Namespace", name, None, opts)
        namespace = aws.servicediscovery.PrivateDnsNamespace(
            name,
            name=args.namespace_name,
            description="Names of services, for each other",
            vpc=args.vpc_id,
            # Two zones of one name in a VPC cannot be.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.namespace_id = namespace.id
        self.arn = namespace.arn
        self.hosted_zone_id = namespace.hosted_zone
        self.register_outputs({"namespaceId": self.namespace_id, "arn": self.arn, "hostedZoneId": self.hosted_zone_id})
