"""`Certificate`: a certificate of ACM for names of a hosted zone, proved by DNS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

NAME: Final = re.compile(r"(\*\.)?(?!-)([a-z0-9-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{2,63}(?<!-)")
"""AWS: "RequestCertificate" (ACM API reference), DomainName. Lower case: DNS knows no other."""
LONGEST_DOMAIN: Final = 64
LONGEST_ALTERNATIVE: Final = 253
MOST_NAMES: Final = 10
"""On one certificate, unless AWS has raised the quota. The same page, SubjectAlternativeNames: *documented*."""
WILDCARD: Final = "*."
TTL: Final = 300
"""Seconds."""


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """Which names it is for, and where they are proved."""

    domain: str
    """The name that it is for, such as `shop.example.com`, in lower case; `*.example.com` stands for all that are one
    step below `example.com`. Another one replaces the certificate."""
    zone_id: pulumi.Input[str]
    """The public hosted zone of Route 53 that holds these names, such as `Z0123456789ABCDEFGHIJ`."""
    alternatives: Sequence[str] = ()
    """More names that it is for, in the same zone: ten with `domain` at most."""

    def __post_init__(self) -> None:
        for field, name, longest in (
            ("domain", self.domain, LONGEST_DOMAIN),
            *(("alternatives", one, LONGEST_ALTERNATIVE) for one in self.alternatives),
        ):
            if len(name) > longest or not NAME.fullmatch(name):
                raise ValueError(
                    f"{field} has {name!r}; write a name of up to {longest} characters like shop.example.com or "
                    "*.example.com, in lower case"
                )
        names = [self.domain, *self.alternatives]
        if len(set(names)) < len(names):
            raise ValueError(f"alternatives are {list(self.alternatives)}; name each but {self.domain} once")
        if len(names) > MOST_NAMES:
            raise ValueError(f"alternatives are {len(self.alternatives)}; a certificate has {MOST_NAMES} names at most")


class Certificate(pulumi.ComponentResource):
    """A certificate that proves itself: its CNAME records are put into the zone, and whoever waits for `arn` waits
    until ACM has issued it. As long as they stay there, ACM renews it without anybody's doing.

    A name and the wildcard before it are proved by the same record. AWS: "AWS Certificate Manager DNS validation",
    "Managed certificate renewal".
    """

    arn: pulumi.Output[str]
    """ARN of the certificate, known once it has been issued: a listener takes no other."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Certificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name,
            domain_name=args.domain,
            # ACM counts the domain among them.
            subject_alternative_names=[args.domain, *args.alternatives] if args.alternatives else None,
            validation_method="DNS",
            # A listener holds on to the one that it has.
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(delete_before_replace=False)),
        )
        records = [
            self._record(name, proved, certificate, args.zone_id)
            for proved in dict.fromkeys(one.removeprefix(WILDCARD) for one in (args.domain, *args.alternatives))
        ]
        issued = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=child,
        )
        self.arn = issued.certificate_arn
        self.register_outputs({"arn": self.arn})

    def _record(
        self, name: str, proved: str, certificate: aws.acm.Certificate, zone_id: pulumi.Input[str]
    ) -> aws.route53.Record:
        option = certificate.domain_validation_options.apply(lambda options: _option_of(proved, options))
        return aws.route53.Record(
            f"{name}-validation-{proved}",
            zone_id=zone_id,
            name=option.apply(lambda one: one["name"]),
            type=option.apply(lambda one: one["type"]),
            records=[option.apply(lambda one: one["value"])],
            ttl=TTL,
            # The record of a name is the same for each certificate of an account: one that replaces another finds it.
            allow_overwrite=True,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _option_of(proved: str, options: Sequence[Any]) -> Mapping[str, str]:
    """The record that proves a name, as ACM asks for it."""
    found = next(one for one in options if one.domain_name.removeprefix(WILDCARD) == proved)
    return {
        "name": found.resource_record_name,
        "type": found.resource_record_type,
        "value": found.resource_record_value,
    }
