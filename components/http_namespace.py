"""`HttpNamespace`: names of services that Cloud Map's API alone tells, which is enough for Service Connect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

NAME: Final = re.compile(r"""(?!arn:)[^\s<>"/]{1,1024}""")
"""AWS: "CreateHttpNamespace" (Cloud Map API reference), Name, less what a cluster refuses of it
("ClusterServiceConnectDefaultsRequest", ECS API reference): *documented*."""


@dataclass(frozen=True, kw_only=True)
class HttpNamespaceArgs:
    """What it is called."""

    namespace_name: str
    """Such as `test`; an account has each once in a region. Another one replaces the namespace."""

    def __post_init__(self) -> None:
        if not (self.namespace_name.isascii() and NAME.fullmatch(self.namespace_name)):
            raise ValueError(
                f"namespace_name is {self.namespace_name!r}; write 1 to 1024 characters like test, without blanks, "
                'slashes, <, > or ", and no ARN'
            )


class HttpNamespace(pulumi.ComponentResource):
    """A namespace of Cloud Map without a DNS zone. Where people and programs look names up by DNS too, use `Namespace`.

    AWS: "CreateHttpNamespace" (Cloud Map API reference).
    """

    arn: pulumi.Output[str]
    """What a `Cluster` and `ServiceConnect` are told."""
    namespace_id: pulumi.Output[str]
    """Of the namespace, for whoever asks Cloud Map."""

    def __init__(self, name: str, args: HttpNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:HttpNamespace", name, None, opts)
        namespace = aws.servicediscovery.HttpNamespace(
            name,
            name=args.namespace_name,
            description="Services that call each other by Service Connect",
            # An account has each name once.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.arn = namespace.arn
        self.namespace_id = namespace.id
        self.register_outputs({"arn": self.arn, "namespaceId": self.namespace_id})
