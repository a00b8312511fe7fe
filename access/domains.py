"""What the life of certificates and DNS records takes.

AWS: "Actions, resources, and condition keys for AWS Certificate Manager", "... Amazon Route 53".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import EVERYTHING, TAGGED, Kind, Need, When, regional

CERTIFICATES: Final = regional("acm", "certificate/*")
ZONES: Final = ("arn:{partition}:route53:::hostedzone/{zone}",)
CHANGES: Final = ("arn:{partition}:route53:::change/*",)

KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:acm/certificate:Certificate",
        needs=(
            # AWS lets nobody limit it to a resource: there is none yet.
            Need(actions="acm:RequestCertificate", on=(EVERYTHING,), when=When.MADE),
            Need(
                actions="acm:DescribeCertificate acm:ListTagsForCertificate acm:DeleteCertificate",
                on=CERTIFICATES,
                when=When.OWNED,
            ),
            Need(actions="acm:AddTagsToCertificate", on=CERTIFICATES, when=When.MADE, why=TAGGED),
            Need(actions="acm:RemoveTagsFromCertificate", on=CERTIFICATES, when=When.OWNED, why=TAGGED),
        ),
    ),
    Kind(
        of="aws:acm/certificateValidation:CertificateValidation",
        needs=(Need(actions="acm:DescribeCertificate", on=CERTIFICATES, when=When.OWNED),),
    ),
    Kind(
        of="aws:route53/record:Record",
        placeholder="zone",
        named_by="zoneId",
        needs=(
            Need(actions="route53:ChangeResourceRecordSets route53:ListResourceRecordSets", on=ZONES),
            Need(actions="route53:GetHostedZone", on=ZONES, why="AWS plugin: reads the name of the zone"),
            Need(actions="route53:GetChange", on=CHANGES),
        ),
    ),
)
