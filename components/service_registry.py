"""`ServiceRegistry`: a name in a namespace under which a service's tasks are found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
"""One step of a domain. Cloud Map would take more (AWS: "CreateService", Cloud Map API reference), DNS would not."""
LIFETIMES: Final = range(1, 301)
"""Seconds. Cloud Map takes up to 2147483647; a task that ended is called for as long."""
FAILURES: Final = 1
"""AWS: "HealthCheckCustomConfig": always 1, whatever is asked for: *documented*. The AWS provider leaves an empty block
out, and then ECS could tell nobody that a task is unwell (pulumi/pulumi-aws issue 6289: *observed* there). The SDK's
class warns in every update that it is deprecated; its typed dictionary asks the same without a word."""


@dataclass(frozen=True, kw_only=True)
class ServiceRegistryArgs:
    """Under which name, and for how long an answer is good."""

    registry_name: str
    """The first part of the name, such as `orders` for `orders.test.internal`: lower-case letters, digits and hyphens.
    Another one replaces the registry, and the service's tasks with it."""
    namespace_id: pulumi.Input[str]
    """Of the `Namespace`."""
    ttl: int = 10
    """Seconds for which callers may keep an answer. A task that ended is called for as long, so keep it below the
    `stop_timeout` of the tasks."""

    def __post_init__(self) -> None:
        if not LABEL.fullmatch(self.registry_name):
            raise ValueError(
                f"registry_name is {self.registry_name!r}; write up to 63 lower-case letters, digits and hyphens"
            )
        if self.ttl not in LIFETIMES:
            raise ValueError(
                f"ttl is {self.ttl} seconds; allowed are {LIFETIMES[0]} to {LIFETIMES[-1]}: tasks that ended are "
                "called for as long"
            )


class ServiceRegistry(pulumi.ComponentResource):
    """A Cloud Map service with an A record for up to eight tasks that are well, in any order.

    ECS puts a task in when it runs, says whether it is well by its container's health check, and takes it out when it
    is told to stop. Of A records callers get addresses alone: they know the port, and nothing of a task that ended
    before its answer did. AWS: "Use service discovery to connect Amazon ECS services with DNS names".
    """

    arn: pulumi.Output[str]
    """What `Service` is told, as `registry_arn`."""
    registry_id: pulumi.Output[str]
    """Of the Cloud Map service, for whoever asks it by its API."""

    def __init__(self, name: str, args: ServiceRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:ServiceRegistry", name, None, opts)
        registry = aws.servicediscovery.Service(
            name,
            name=args.registry_name,
            description=f"Tasks of {args.registry_name}",
            dns_config=aws.servicediscovery.ServiceDnsConfigArgs(
                namespace_id=args.namespace_id,
                routing_policy="MULTIVALUE",
                dns_records=[aws.servicediscovery.ServiceDnsConfigDnsRecordArgs(type="A", ttl=args.ttl)],
            ),
            health_check_custom_config=aws.servicediscovery.ServiceHealthCheckCustomConfigArgsDict(
                failure_threshold=FAILURES
            ),
            # A namespace has each name once.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.arn = registry.arn
        self.registry_id = registry.id
        self.register_outputs({"arn": self.arn, "registryId": self.registry_id})
