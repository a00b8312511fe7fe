"""ACM certificates, and the wait until they are issued."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sandbox.standins.aws.aws import PROPAGATION_SECONDS, Aws, Retry
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation
from sandbox.standins.aws.values import UNKNOWN, Properties

_TOLD_LATER: Final = "notAfter notBefore pendingRenewal renewalEligibility renewalSummaries status"
"""What changes by itself once a certificate is issued: the real plugin shows it as drift in the first refresh."""


def _options(_: Situation, item: Mapping[str, Any]) -> list[Properties]:
    found = [one for one in item.get("DomainValidationOptions", ()) if one.get("ResourceRecord")]
    return [
        {
            "domainName": one["DomainName"],
            "resourceRecordName": one["ResourceRecord"]["Name"],
            "resourceRecordType": one["ResourceRecord"]["Type"],
            "resourceRecordValue": one["ResourceRecord"]["Value"],
        }
        for one in sorted(found, key=lambda one: str(one["DomainName"]))
    ]


def _method(_: Situation, item: Mapping[str, Any]) -> str | None:
    return next((one["ValidationMethod"] for one in item.get("DomainValidationOptions", ())), None)


def _by_dns(p: Properties) -> list[tuple[str, str]]:
    method = p.get("validationMethod")
    if method in ("DNS", UNKNOWN):
        return []
    return [("validationMethod", f"{method!r}: the AWS stand-in has certificates validated by DNS alone")]


_BY_ID: Final = {"CertificateArn": lambda p: p["id"]}

CERTIFICATE = ResourceType(
    token="aws:acm/certificate:Certificate",
    noun="ACM Certificate",
    service="acm",
    create=Call(
        "RequestCertificate",
        "domainName subjectAlternativeNames validationMethod",
        {"IdempotencyToken": lambda _: uuid.uuid4().hex},
    ),
    id="CertificateArn",
    read=Call("DescribeCertificate", also=_BY_ID),
    item="Certificate",
    delete=Call("DeleteCertificate", also=_BY_ID, retry=(Retry("ResourceInUseException"),)),
    names={"arn": "CertificateArn"},
    outputs={
        "domainValidationOptions": _options,
        "validationMethod": _method,
        "options": lambda _s, _item: None,
        **dict.fromkeys(_TOLD_LATER.split(), lambda _s, _item: None),
    },
    force_new="domainName subjectAlternativeNames validationMethod",
    computed="subjectAlternativeNames",
    check=_by_dns,
    tags="Tags",
    not_imitated="certificateAuthorityArn certificateBody certificateChain earlyRenewalDuration keyAlgorithm options "
    "privateKey privateKeyWo privateKeyWoVersion validationOptions",
)


def _described(s: Situation) -> dict[str, Any]:
    found: dict[str, Any] = s.call("acm", "DescribeCertificate", CertificateArn=s.p["certificateArn"])["Certificate"]
    return found


def _validate(s: Situation) -> dict[str, Any]:
    """Wait until the certificate is issued. The real plugin waits 75 minutes."""
    records = {one["resourceRecordName"].rstrip(".") for one in _options(s, _described(s))}
    named = s.p.get("validationRecordFqdns")
    if named and records - {fqdn.rstrip(".") for fqdn in named}:
        raise Fault(f"certificate needs {sorted(records)} to be set but only {sorted(named)} was passed")
    what = f"certificate {s.p['certificateArn']} to be issued: its records {sorted(records)} are in no hosted zone"
    s.aws.wait(lambda: _described(s)["Status"] == "ISSUED", PROPAGATION_SECONDS, what)
    return _described(s)


def _no_import(given: str, _aws: Aws) -> Properties:
    raise Fault(f"{given}: an ACM Certificate Validation cannot be imported")


VALIDATION = ResourceType(
    token="aws:acm/certificateValidation:CertificateValidation",
    noun="ACM Certificate Validation",
    service="acm",
    create=_validate,
    id=lambda _, answer: str(answer["IssuedAt"]),
    read=Call("DescribeCertificate", also={"CertificateArn": lambda p: p["certificateArn"]}),
    item="Certificate",
    alive=lambda item: bool(item) and item.get("Status") == "ISSUED",
    force_new="certificateArn validationRecordFqdns",
    unread="validationRecordFqdns",
    import_id=_no_import,
)

TYPES: Final = (CERTIFICATE, VALIDATION)
