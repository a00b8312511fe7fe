"""Names, and what proves them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.alias_records import AliasRecords
from components.certificate import Certificate
from components.load_balancer import LoadBalancer
from tests.components.builders import ALIAS_RECORDS, CERTIFICATE, LOAD_BALANCER, build

REQUESTED = "aws:acm/certificate:Certificate"
VALIDATED = "aws:acm/certificateValidation:CertificateValidation"
RECORD = "aws:route53/record:Record"


def test_a_certificate_is_validated_by_dns_so_that_acm_renews_it() -> None:
    """Security Hub ACM.1."""
    requested = build(Certificate, CERTIFICATE).one(REQUESTED).inputs
    assert requested["validationMethod"] == "DNS"
    assert requested["domainName"] == "shop.example.com"
    assert requested["subjectAlternativeNames"] == ["shop.example.com", "*.shop.example.com", "example.com"]
    alone = build(Certificate, replace(CERTIFICATE, alternatives=[])).one(REQUESTED).inputs
    assert "subjectAlternativeNames" not in alone


def test_a_name_and_the_wildcard_before_it_are_proved_by_one_record() -> None:
    engine = build(Certificate, CERTIFICATE, name="tls")
    records = {one.name: one.inputs for one in engine.all(RECORD)}
    assert set(records) == {"tls-validation-shop.example.com", "tls-validation-example.com"}
    assert records["tls-validation-example.com"] == {
        "zoneId": "Z0123456789",
        "name": "_proof.example.com.",
        "type": "CNAME",
        "records": ["_proof.acm-validations.aws."],
        "ttl": 300,
        "allowOverwrite": True,
    }


def test_whoever_waits_for_the_certificate_waits_until_it_is_issued() -> None:
    engine = build(Certificate, CERTIFICATE, name="tls")
    issued = engine.one(VALIDATED)
    assert issued.inputs["certificateArn"].endswith(":tls")
    assert len(issued.inputs["validationRecordFqdns"]) == 2
    assert {one.urn for one in engine.all(RECORD)} < issued.dependencies

    def behind_it(name: str, args: Any, opts: Any) -> None:
        certificate = Certificate(name, CERTIFICATE, opts)
        LoadBalancer(name, replace(args, certificate_arn=certificate.arn), opts)

    engine = build(behind_it, LOAD_BALANCER, name="tls")
    listener = engine.one("aws:lb/listener:Listener", "tls-https")
    assert engine.one(VALIDATED).urn in listener.dependencies
    assert listener.inputs["certificateArn"].endswith(":tls")
    [action] = engine.one("aws:lb/listener:Listener", "tls-http").inputs["defaultActions"]
    assert action["type"] == "redirect"


def test_a_name_stands_for_the_load_balancer_whatever_the_health_of_its_emptiest_target_group() -> None:
    engine = build(AliasRecords, ALIAS_RECORDS, name="shop")
    assert {one.name for one in engine.all(RECORD)} == {"shop-shop.example.com", "shop-*.shop.example.com"}
    assert engine.one(RECORD, "shop-shop.example.com").inputs == {
        "zoneId": "Z0123456789",
        "name": "shop.example.com",
        "type": "A",
        "aliases": [
            {
                "name": "shop-1.eu-west-1.elb.amazonaws.com",
                "zoneId": "Z32O12XQLNTSW2",
                "evaluateTargetHealth": False,
            }
        ],
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"domain": ""}, "domain has ''"),
        ({"domain": "Shop.example.com"}, "in lower case"),
        ({"domain": "shop"}, "domain has 'shop'"),
        ({"domain": "shop.*.com"}, r"domain has 'shop\.\*\.com'"),
        ({"domain": "-shop.example.com"}, "domain has '-shop"),
        ({"domain": f"{'a' * 60}.example.com"}, "up to 64 characters"),
        ({"alternatives": ["https://example.com"]}, "alternatives has 'https://example.com'"),
        ({"alternatives": ["shop.example.com"]}, "name each but shop.example.com once"),
        ({"alternatives": [f"{number}.example.com" for number in range(10)]}, "10 names at most"),
    ],
)
def test_names_that_acm_would_refuse_are_refused_before_it_is_asked(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(CERTIFICATE, **changed)


@pytest.mark.parametrize("domains", [[], ["Shop.example.com"], ["shop.example.com", "shop.example.com"]])
def test_records_have_names_and_each_once(domains: list[str]) -> None:
    with pytest.raises(ValueError, match="domains"):
        replace(ALIAS_RECORDS, domains=domains)
