"""What an environment took over instead of making it, as `Pulumi.<env>.yaml` writes it: `slipway:adopted`."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from stacks.dial_rules import Dials, as_tuple, matching

BY_SERVICE: Final = ("services", "repositories", "rules")
"""The keys of `slipway:adopted` under which services of the catalogue stand."""

ClusterName = Annotated[str, matching(r"[A-Za-z0-9_-]{1,255}", "write the name of an ECS cluster")]
ServiceName = Annotated[str, matching(r"[A-Za-z0-9_-]{1,255}", "write the name of an ECS service")]
LoadBalancerName = Annotated[str, matching(r"[A-Za-z0-9-]{1,32}", "write the name of an application load balancer")]
RepositoryName = Annotated[
    str, matching(r"[a-z0-9]+([._/-]+[a-z0-9]+)*", "write the name of an ECR repository, like team/service")
]
RuleArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener-rule/app(/[^/\s]+){4}",
        "write the ARN of a listener rule",
    ),
]


class AdoptedDials(Dials):
    """Names, in AWS, of what was there before. They stay as they are; `slipway adopt` writes them."""

    cluster: ClusterName | None = None
    load_balancer: LoadBalancerName | None = None
    services: dict[str, ServiceName] = Field(default_factory=dict)
    """Service of the catalogue -> name of the ECS service, which becomes that of all that is made for it."""
    repositories: dict[str, RepositoryName] = Field(default_factory=dict)
    """Service of the catalogue -> name of the ECR repository."""
    rules: dict[str, Annotated[tuple[RuleArn, ...], BeforeValidator(as_tuple)]] = Field(default_factory=dict)
    """Service of the catalogue -> ARNs of the listener rules that forwarded to it before, and to nothing else. The
    update from which they are left out deletes them."""

    @property
    def anything(self) -> bool:
        """Whether anything was taken over."""
        return bool(self.cluster or self.load_balancer or self.services or self.repositories)
