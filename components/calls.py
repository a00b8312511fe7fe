"""Who may call whom: a pair of security group rules for each port of each service that is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

PORTS: Final = range(1, 65536)


@dataclass(frozen=True, kw_only=True)
class Callee:
    """A service that is called, and where its tasks are met.

    Two services may call each other: hand over the other one's group by `pulumi.deferred_output()`.
    """

    service_name: str
    """Its name, for people."""
    security_group_id: pulumi.Input[str]
    """Of its tasks: `Service.security_group_id`."""
    ports: Sequence[int]
    """TCP ports of its tasks that may be called."""

    def __post_init__(self) -> None:
        if not self.ports:
            raise ValueError(f"{self.service_name} is called by no port; name one in `ports`, or call it not")
        for port in self.ports:
            if port not in PORTS:
                raise ValueError(f"{self.service_name} is called by port {port}; allowed are 1 to 65535")
        if len(set(self.ports)) < len(self.ports):
            raise ValueError(f"{self.service_name} is called by ports {list(self.ports)}; name each once")


def check_callees(service_name: str, callees: Sequence[Callee]) -> None:
    """Raises `ValueError` for a service that calls itself, or one service twice."""
    names = [callee.service_name for callee in callees]
    if service_name in names:
        raise ValueError(f"calls names {service_name} itself; a task reaches itself by localhost: take it out")
    for called in names:
        if names.count(called) > 1:
            raise ValueError(f"calls names {called} twice; write it once, with all ports")


def call_rules(
    name: str,
    caller: str,
    security_group_id: pulumi.Input[str],
    callees: Sequence[Callee],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Out of the caller's group and into the callee's, by each port; `caller` is the service's name.

    Each rule is a resource of its own that names the other group, never addresses, so that nothing else gets in
    (AWS: "Security group rules", security groups as sources: documented).
    """
    made: list[pulumi.Resource] = []
    for callee in callees:
        for port in callee.ports:
            # Names of services have single hyphens: no other rule of a service can be called this.
            rule = f"{name}--{callee.service_name}-{port}"
            made += [
                aws.vpc.SecurityGroupEgressRule(
                    rule,
                    security_group_id=security_group_id,
                    description=f"To {callee.service_name}, which it calls",
                    referenced_security_group_id=callee.security_group_id,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=opts,
                ),
                aws.vpc.SecurityGroupIngressRule(
                    rule,
                    security_group_id=callee.security_group_id,
                    description=f"From {caller}, which calls it",
                    referenced_security_group_id=security_group_id,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=opts,
                ),
            ]
    return made
