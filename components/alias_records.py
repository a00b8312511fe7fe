"""`AliasRecords`: the names under which people find a load balancer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.certificate import LONGEST_ALTERNATIVE, NAME


@dataclass(frozen=True, kw_only=True)
class AliasRecordsArgs:
    """Which names, and what they stand for."""

    zone_id: pulumi.Input[str]
    """The hosted zone of Route 53 that holds the names."""
    domains: Sequence[str]
    """The names, such as `shop.example.com`, in lower case; `*.example.com` stands for all that have no record."""
    target_dns_name: pulumi.Input[str]
    """What they stand for: a load balancer's own name."""
    target_zone_id: pulumi.Input[str]
    """The hosted zone that AWS keeps that name in: a load balancer tells it."""

    def __post_init__(self) -> None:
        if not self.domains:
            raise ValueError("domains is empty; name one at least, such as shop.example.com")
        for one in self.domains:
            if len(one) > LONGEST_ALTERNATIVE or not NAME.fullmatch(one):
                raise ValueError(f"domains has {one!r}; write a name like shop.example.com, in lower case")
        if len(set(self.domains)) < len(self.domains):
            raise ValueError(f"domains are {list(self.domains)}; name each once")


class AliasRecords(pulumi.ComponentResource):
    """Alias records of a load balancer. Route 53 answers with its addresses, at the zone's own name too, for nothing.

    Targets' health is not asked for: a group without targets counts as unhealthy, and of each service's two target
    groups one is empty most of the time (AWS: "AliasTarget", Route 53 API reference, EvaluateTargetHealth).
    """

    names: Sequence[pulumi.Output[str]]
    """Where people find it, once the records are there."""

    def __init__(self, name: str, args: AliasRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:AliasRecords", name, None, opts)
        records = [
            aws.route53.Record(
                f"{name}-{domain}",
                zone_id=args.zone_id,
                name=domain,
                type="A",
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=args.target_dns_name, zone_id=args.target_zone_id, evaluate_target_health=False
                    )
                ],
                opts=pulumi.ResourceOptions(parent=self),
            )
            for domain in args.domains
        ]
        self.names = [record.fqdn for record in records]
        self.register_outputs({"names": list(self.names)})
