"""AWS Certificate Manager (AWS Security Hub: "Security Hub controls for ACM")."""

from __future__ import annotations

from typing import Final

from policy.requirements import none_of, one_of, requires
from policy.rule import ResourceRule, Rule, Severity

CERTIFICATE: Final = "aws:acm/certificate:Certificate"

RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="ACM.1",
        sentence="Certificates renew themselves in time",
        severity=Severity.MEDIUM,
        types=(CERTIFICATE,),
        check=requires(one_of("validationMethod", "DNS")),
        fix="Have it validated by DNS: ACM renews such certificates by itself, imported and mailed ones it does not",
    ),
    ResourceRule(
        id="ACM.2",
        sentence="RSA certificates have keys of 2,048 bits at least",
        severity=Severity.HIGH,
        types=(CERTIFICATE,),
        check=requires(none_of("keyAlgorithm", "RSA_1024")),
        fix="Set keyAlgorithm to RSA_2048 or to an elliptic curve",
    ),
)
