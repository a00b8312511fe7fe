"""Elastic Load Balancing (AWS Security Hub: "Security Hub controls for Elastic Load Balancing")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policy.checked_resource import CheckedResource, refers_to
from policy.requirements import one_of, requires, said
from policy.rule import IN_PROD, NOT_IN_TEST, TOLD, ResourceRule, Rule, Severity, StackRule


def _tokens(noun: str) -> tuple[str, ...]:
    """Pulumi has each of these types in several modules, which are the same."""
    kind = noun[0].upper() + noun[1:]
    return tuple(f"aws:{module}/{noun}:{kind}" for module in ("lb", "alb", "elasticloadbalancingv2"))


LOAD_BALANCER: Final = _tokens("loadBalancer")
LISTENER: Final = _tokens("listener")
TARGET_GROUP: Final = _tokens("targetGroup")
WEB_ACL: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
ENCRYPTED: Final = ("HTTPS", "TLS", "QUIC", "TCP_QUIC")
RECOMMENDED: Final = (
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
)
"""TLS 1.2 with forward secrecy, or newer (AWS: "Security policies for your Application Load Balancer")."""
MANY_ZONES: Final = 2


def _is_application(resource: CheckedResource) -> bool:
    return resource.root.at("loadBalancerType") in (None, "application")


def _redirects(resource: CheckedResource) -> Iterator[str]:
    root = resource.root
    if root.at("protocol") != "HTTP":
        return
    for action in root.parts("defaultActions"):
        if action.at("type") != "redirect" or action.at("redirect.protocol") != "HTTPS":
            yield f"{action.path} is {action.at('type')!r}, wanted is a redirect to HTTPS"


def _drops_invalid_headers(resource: CheckedResource) -> Iterator[str]:
    if _is_application(resource):
        yield from one_of("dropInvalidHeaderFields", True)(resource.root)


def _desync(resource: CheckedResource) -> Iterator[str]:
    if _is_application(resource):
        yield from one_of("desyncMitigationMode", "defensive", "strictest")(resource.root)


def _several_zones(resource: CheckedResource) -> Iterator[str]:
    root = resource.root
    zones = len(root.at("subnets") or root.at("subnetMappings") or ())
    if zones < MANY_ZONES:
        yield f"subnets has {zones} elements, wanted are {MANY_ZONES} at least"


def _has_web_acl(balancer: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    if _is_application(balancer) and not any(
        one.type == WEB_ACL and refers_to(one, "resourceArn", balancer) for one in stack
    ):
        yield "no web ACL is associated with it"


def _recommended_policy(resource: CheckedResource) -> Iterator[str]:
    if resource.root.at("protocol") in ENCRYPTED:
        policy = resource.root.at("sslPolicy")
        if policy not in RECOMMENDED:
            yield said(resource.root, "sslPolicy", policy, f"a recommended policy, such as {RECOMMENDED[1]}")


def _encrypted_or_redirecting(resource: CheckedResource) -> Iterator[str]:
    protocol = resource.root.at("protocol")
    actions = [action.at("type") for action in resource.root.parts("defaultActions")]
    if protocol not in ENCRYPTED and not (protocol == "HTTP" and actions == ["redirect"]):
        yield said(resource.root, "protocol", protocol, "HTTPS or TLS, or a redirect there")


def _encrypted_checks(resource: CheckedResource) -> Iterator[str]:
    protocol = resource.root.at("healthCheck.protocol") or resource.root.at("protocol")
    if protocol not in ("HTTPS", "TLS"):
        yield said(resource.root, "healthCheck.protocol", protocol, "HTTPS")


RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="ELB.1",
        sentence="Listeners for HTTP send callers to HTTPS",
        severity=Severity.MEDIUM,
        types=LISTENER,
        check=_redirects,
        fix="Give the load balancer a certificate: slipway:loadBalancer in the stack file",
        levels=NOT_IN_TEST,
    ),
    ResourceRule(
        id="ELB.4",
        sentence="Application load balancers drop invalid headers",
        severity=Severity.MEDIUM,
        types=LOAD_BALANCER,
        check=_drops_invalid_headers,
        fix="Set dropInvalidHeaderFields to true",
    ),
    ResourceRule(
        id="ELB.5",
        sentence="Load balancers log their requests",
        severity=Severity.MEDIUM,
        types=LOAD_BALANCER,
        check=requires(one_of("accessLogs.enabled", True)),
        fix="Set accessLogs to a bucket",
        levels=NOT_IN_TEST,
    ),
    ResourceRule(
        id="ELB.6",
        sentence="Load balancers are not deleted by accident",
        severity=Severity.MEDIUM,
        types=LOAD_BALANCER,
        check=requires(one_of("enableDeletionProtection", True)),
        fix="Set enableDeletionProtection to true",
        levels=IN_PROD,
    ),
    ResourceRule(
        id="ELB.12",
        sentence="Application load balancers refuse requests that could be read in two ways",
        severity=Severity.MEDIUM,
        types=LOAD_BALANCER,
        check=_desync,
        fix="Set desyncMitigationMode to strictest",
    ),
    ResourceRule(
        id="ELB.13",
        sentence="Load balancers are in several availability zones",
        severity=Severity.MEDIUM,
        types=LOAD_BALANCER,
        check=_several_zones,
        fix="Give it subnets of two zones at least",
    ),
    StackRule(
        id="ELB.16",
        sentence="Application load balancers have a web ACL before them",
        severity=Severity.MEDIUM,
        types=LOAD_BALANCER,
        check=_has_web_acl,
        fix="Name a web ACL of AWS WAF: webAclArn of slipway:loadBalancer in the stack file",
        levels=TOLD,
    ),
    ResourceRule(
        id="ELB.17",
        sentence="Encrypted listeners use a recommended security policy",
        severity=Severity.MEDIUM,
        types=LISTENER,
        check=_recommended_policy,
        fix=f"Set sslPolicy to {RECOMMENDED[1]}",
    ),
    ResourceRule(
        id="ELB.18",
        sentence="Listeners are encrypted, or send callers to one that is",
        severity=Severity.MEDIUM,
        types=LISTENER,
        check=_encrypted_or_redirecting,
        fix="Give the load balancer a certificate: slipway:loadBalancer in the stack file",
        levels=NOT_IN_TEST,
    ),
    ResourceRule(
        id="ELB.21",
        sentence="Health checks are encrypted",
        severity=Severity.MEDIUM,
        types=TARGET_GROUP,
        check=_encrypted_checks,
        fix="Let the containers speak TLS, and set healthCheck.protocol to HTTPS",
        levels=TOLD,
    ),
    ResourceRule(
        id="ELB.22",
        sentence="Load balancers speak to targets encrypted",
        severity=Severity.MEDIUM,
        types=TARGET_GROUP,
        check=requires(one_of("protocol", "HTTPS", "TLS", "QUIC", "TCP_QUIC")),
        fix="Let the containers speak TLS, and set protocol to HTTPS",
        levels=TOLD,
    ),
)
