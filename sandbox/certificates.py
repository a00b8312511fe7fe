"""When a certificate of ACM is issued: as soon as its records are in a public hosted zone, and not before.

AWS: "AWS Certificate Manager DNS validation": documented. moto 5.2.5 issues every certificate after a minute, whoever
the name belongs to. Whose zone it is does not matter, as in DNS: any account of this sandbox may have it. Nor does
delegation: a zone counts as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from moto.acm.models import CertBundle
from moto.route53.models import route53_backends

_PENDING: Final = "PENDING_VALIDATION"
_check: Final = CertBundle.check


def _issue(certificate: CertBundle) -> None:
    if certificate.type == "AMAZON_ISSUED" and certificate.status == _PENDING:
        options = certificate.describe()["Certificate"]["DomainValidationOptions"]
        known = set(_public_records())
        if all(_record(one["ResourceRecord"]) in known for one in options):
            certificate.status = "ISSUED"
        else:
            return  # moto's own check would count seconds
    _check(certificate)


def _record(wanted: dict[str, str]) -> tuple[str, str, str]:
    return _plain(wanted["Name"]), wanted["Type"], _plain(wanted["Value"])


def _public_records() -> Iterator[tuple[str, str, str]]:
    for backends in list(route53_backends.values()):
        for backend in list(backends.values()):
            for zone in list(backend.zones.values()):
                yield from () if zone.private_zone else _records_of(zone)


def _records_of(zone: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 - moto is untyped here
    for record in list(zone.rrsets):
        for value in record.records or ():
            # moto keeps the records that it makes itself, with a zone, as it is asked for others.
            yield _plain(record.name), str(record.type), _plain(value["Value"] if isinstance(value, dict) else value)


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def apply() -> None:
    """Teach moto, once, before it serves."""
    setattr(CertBundle, "check", _issue)  # noqa: B010 - moto is untyped here
