"""The dials of the load balancer before all services: its names, its certificate, who tries releases there."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from stacks.dial_rules import Dials, as_tuple, between, matching, problem

CertificateArn = Annotated[
    str, matching(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+", "write the ARN of an ACM certificate")
]
WebAclArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[\w-]+/[0-9a-f-]+",
        "write the ARN of a regional web ACL of AWS WAF",
    ),
]
_LABELS: Final = r"((?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{2,63}(?<!-)"
DomainName = Annotated[
    str, matching(rf"(?=.{{1,64}}$){_LABELS}", "write a name like shop.example.com, in lower case, up to 64 characters")
]
WildcardName = Annotated[
    str, matching(rf"(?=.{{1,253}}$)(\*\.)?{_LABELS}", "write a name like *.shop.example.com, in lower case")
]
ZoneId = Annotated[str, matching(r"[A-Z0-9]{1,32}", "write the id of a hosted zone, like Z0123456789ABCDEFGHIJ")]
MOST_NAMES: Final = 10
"""Of one certificate (AWS: "RequestCertificate", ACM API reference)."""
Url = Annotated[
    str, matching(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?", "write a URL like https://example.com, without a path")
]


def a_source(value: str) -> str:
    """Checks that the value is an IPv4 network of one's own, and not all of the internet."""
    try:
        network = IPv4Network(value)
    except ValueError as error:
        raise problem(f"not an IPv4 network ({error}); write it like 10.0.0.0/16") from error
    if network.prefixlen == 0:
        raise problem("that is all of the internet; name your own networks")
    return value


Sources = Annotated[
    tuple[Annotated[str, AfterValidator(a_source)], ...], BeforeValidator(as_tuple), Field(min_length=1)
]


class TestListenerDials(Dials):
    """Where releases that shift traffic are tried before people get them."""

    __test__ = False  # not pytest's, whatever its name

    cidrs: Sources
    """Networks that reach it."""
    port: Annotated[int, between(1, 65535)] = 8443


class DomainDials(Dials):
    """The names under which people find the load balancer, in a hosted zone of Route 53."""

    name: DomainName
    """Such as `shop.example.com`."""
    zone_id: ZoneId
    """The public hosted zone that holds it."""
    alternatives: Annotated[tuple[WildcardName, ...], BeforeValidator(as_tuple), Field(max_length=MOST_NAMES - 1)] = ()
    """More names in the same zone, such as `*.shop.example.com`."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the first one first."""
        return (self.name, *self.alternatives)

    @model_validator(mode="after")
    def _another(self) -> DomainDials:
        if len(set(self.names)) < len(self.names):
            raise problem("the name and the alternatives name each once; take out what is there twice")
        return self


class LoadBalancerDials(Dials):
    """The load balancer before all services."""

    certificate_arn: CertificateArn | None = None
    """With a certificate it speaks HTTPS and sends HTTP there; without one it speaks HTTP."""
    domain: DomainDials | None = None
    """Its names: records are made for them, and a certificate that proves itself, unless `certificate_arn` names one
    that is there already. None: people find it by its own name."""
    url: Url | None = None
    """Where people reach the services, such as https://example.com: smoke checks ask there. None: at its domain."""
    web_acl_arn: WebAclArn | None = None
    """The web ACL of AWS WAF that looks at each request first: somebody else's. None: none does."""
    internal_for: Sources | None = None
    """Networks that alone reach it: it is then in the private subnets. None: it is for the internet. Decided when the
    environment is made (docs/load-balancing.md)."""
    desync_mitigation: Literal["strictest", "defensive"] = "strictest"
    """`defensive` for clients whose requests do not keep to RFC 7230 and are harmless."""
    test_listener: TestListenerDials | None = None
    """Where releases are tried before people get them. None: nowhere."""

    @property
    def reached_at(self) -> str:
        """The URL where people reach the services; empty: nobody has said."""
        return self.url or (f"https://{self.domain.name}" if self.domain else "")
