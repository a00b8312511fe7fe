"""Service Connect: services of a namespace that call each other by short names, through a proxy in each task."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

PROTOCOLS: Final = ("http", "http2", "grpc")
"""AWS: "PortMapping" (ECS API reference), appProtocol."""
LABEL: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
"""AWS: "PortMapping", name; "ServiceConnectService", discoveryName: 64 characters."""
ALIAS: Final = re.compile(r"[a-z0-9_][a-z0-9_.-]{0,126}")
"""AWS: "ServiceConnectClientAlias", dnsName: 127 characters."""
PORTS: Final = range(1, 65536)
AUTHORITY: Final = re.compile(r"arn:aws[a-z-]*:acm-pca:[a-z0-9-]+:[0-9]{12}:certificate-authority/[0-9a-f-]+")
STREAMS: Final = "service-connect"


@dataclass(frozen=True, kw_only=True)
class NamedPort:
    """What the task definition says of the container's port, for Service Connect."""

    name: str
    """Up to 64 lower-case letters, digits, hyphens and underscores."""
    protocol: str | None = None
    """`http`, `http2` or `grpc`, of which the proxy measures requests. None: TCP. ECS lets nobody change it: the
    service is deleted and made anew (AWS: "PortMapping", *documented*)."""

    def __post_init__(self) -> None:
        if not LABEL.fullmatch(self.name):
            raise ValueError(
                f"name of the port is {self.name!r}; write up to 64 lower-case letters, digits, hyphens and "
                "underscores, the first no hyphen"
            )
        if self.protocol is not None and self.protocol not in PROTOCOLS:
            raise ValueError(f"protocol is {self.protocol!r}; allowed are {', '.join(PROTOCOLS)}, or None for TCP")

    @property
    def said(self) -> dict[str, str]:
        """As members of a port mapping."""
        return {"name": self.name, **({"appProtocol": self.protocol} if self.protocol else {})}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where the others of the namespace call the service."""

    port: NamedPort
    """The container's, as `TaskDefinitionArgs.named_port` has it."""
    dns_name: str
    """What they call it by, such as `orders`. The namespace has each name and port once."""
    client_port: int
    """By which port they call it: their own proxy listens there, and goes to the container's."""
    idle_seconds: int | None = None
    """After which a connection that is idle is closed; 0: never. None: AWS's 5 minutes, for TCP an hour."""
    request_seconds: int | None = None
    """For which an answer is waited for; 0: for ever. None: as long as AWS waits by itself. TCP has none."""

    def __post_init__(self) -> None:
        if not ALIAS.fullmatch(self.dns_name):
            raise ValueError(
                f"dns_name is {self.dns_name!r}; write up to 127 lower-case letters, digits, hyphens, underscores and "
                "periods, the first no hyphen or period"
            )
        if self.client_port not in PORTS:
            raise ValueError(f"client_port is {self.client_port}; allowed are 1 to 65535")
        for name in ("idle_seconds", "request_seconds"):
            seconds = getattr(self, name)
            if seconds is not None and seconds < 0:
                raise ValueError(f"{name} is {seconds}; allowed are 0, for no limit, and more")
        if self.request_seconds is not None and self.port.protocol is None:
            raise ValueError(
                f"request_seconds is {self.request_seconds}, and the port {self.port.name} is TCP's, which has no "
                "requests; say its protocol, or use idle_seconds"
            )
        if self.idle_seconds and self.request_seconds and self.idle_seconds < self.request_seconds:
            raise ValueError(
                f"idle_seconds is {self.idle_seconds}, below request_seconds {self.request_seconds}: the connection "
                "would close before the answer comes"
            )


@dataclass(frozen=True, kw_only=True)
class ConnectTls:
    """Traffic to the endpoint is encrypted between the proxies, by certificates that ECS asks for and renews.

    AWS: "Encrypt Amazon ECS Service Connect traffic": documented. The containers go on speaking in plain to their own
    proxies.
    """

    certificate_authority_arn: str
    """Of a subordinate authority of AWS Private CA, in the region of the service; for certificates that live a week or
    less (short-lived mode) it costs least. Slipway makes none: all services of a company trust one."""
    role_arn: pulumi.Input[str]
    """What ECS asks for certificates and keeps keys by: a role that trusts `ecs.amazonaws.com` and has AWS's policy
    `service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity`."""
    key_arn: pulumi.Input[str] | None = None
    """The KMS key that encrypts the private key, which ECS keeps in Secrets Manager. None: AWS's own key does."""

    def __post_init__(self) -> None:
        if not AUTHORITY.fullmatch(self.certificate_authority_arn):
            raise ValueError(
                f"certificate_authority_arn is {self.certificate_authority_arn!r}; write the ARN of an authority of "
                "AWS Private CA, like arn:aws:acm-pca:eu-west-1:111111111111:certificate-authority/ID"
            )

    @property
    def content(self) -> dict[str, pulumi.Input[str]]:
        """What of it deploys: all."""
        key = {} if self.key_arn is None else {"key": self.key_arn}
        return {"authority": self.certificate_authority_arn, "role": self.role_arn, **key}


@dataclass(frozen=True, kw_only=True)
class ServiceConnect:
    """A service's place in a namespace. AWS: "Use Service Connect to connect Amazon ECS services with short names".

    Each task gets a proxy, for which AWS recommends 256 CPU units and 64 MiB beside what the containers need
    (*documented*). It knows the endpoints that there were when its task started: deploy who is called first, and who
    calls again after a new endpoint (*documented*). Traffic between the proxies is as the containers send it, unless
    there is `tls`.
    """

    namespace_arn: pulumi.Input[str]
    """Of a `Namespace`, or of any other of Cloud Map in this account and region."""
    log_group: pulumi.Input[str]
    """Where the proxy logs: `TaskDefinition.log_group`, to which the execution role may write."""
    region: str
    """Of the log group, such as `eu-west-1`."""
    endpoint: Endpoint | None = None
    """Where the others call it. None: it is a client alone."""
    tls: ConnectTls | None = None
    """What encrypts the calls to its endpoint. None: nothing does."""

    def __post_init__(self) -> None:
        if self.tls is not None and self.endpoint is None:
            raise ValueError(
                "tls is of the calls to an endpoint, and there is none: give it one, or take tls out; a client speaks "
                "TLS where whom it calls does"
            )

    @property
    def content(self) -> dict[str, Any]:
        """What of it deploys: all."""
        return {
            "namespace": self.namespace_arn,
            "logGroup": self.log_group,
            **({"endpoint": repr(self.endpoint)} if self.endpoint else {}),
            **({"tls": self.tls.content} if self.tls else {}),
        }

    @property
    def args(self) -> aws.ecs.ServiceServiceConnectConfigurationArgs:
        """In the words of the AWS provider."""
        options = {
            "awslogs-group": self.log_group,
            "awslogs-region": self.region,
            "awslogs-stream-prefix": STREAMS,
        }
        return aws.ecs.ServiceServiceConnectConfigurationArgs(
            enabled=True,
            namespace=self.namespace_arn,
            services=[_offered(self.endpoint, self.tls)] if self.endpoint else None,
            log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
                log_driver="awslogs", options=options
            ),
        )


def _offered(endpoint: Endpoint, tls: ConnectTls | None) -> aws.ecs.ServiceServiceConnectConfigurationServiceArgs:
    limited = endpoint.idle_seconds is not None or endpoint.request_seconds is not None
    return aws.ecs.ServiceServiceConnectConfigurationServiceArgs(
        port_name=endpoint.port.name,
        # Named as the port if it were not said, and a second service with such a port would be refused.
        discovery_name=endpoint.dns_name.replace(".", "-")[:64],
        client_alias=[
            aws.ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(
                dns_name=endpoint.dns_name, port=endpoint.client_port
            )
        ],
        timeout=aws.ecs.ServiceServiceConnectConfigurationServiceTimeoutArgs(
            idle_timeout_seconds=endpoint.idle_seconds, per_request_timeout_seconds=endpoint.request_seconds
        )
        if limited
        else None,
        tls=_encrypted(tls) if tls else None,
    )


def _encrypted(tls: ConnectTls) -> aws.ecs.ServiceServiceConnectConfigurationServiceTlsArgs:
    return aws.ecs.ServiceServiceConnectConfigurationServiceTlsArgs(
        issuer_cert_authority=aws.ecs.ServiceServiceConnectConfigurationServiceTlsIssuerCertAuthorityArgs(
            aws_pca_authority_arn=tls.certificate_authority_arn
        ),
        role_arn=tls.role_arn,
        kms_key=tls.key_arn,
    )
