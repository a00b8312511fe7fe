"""What a network without a way to the internet cannot do without."""

from __future__ import annotations

import pytest

from release.ways_out import TO_START, Nat, check_endpoints, default_endpoints, endpoint_service


@pytest.mark.parametrize("nat", Nat)
def test_the_endpoints_that_nobody_chose_let_tasks_start(nat: Nat) -> None:
    check_endpoints(nat, default_endpoints(nat))


def test_with_a_nat_gateway_nobody_pays_for_endpoints_unasked() -> None:
    assert default_endpoints(Nat.PER_ZONE) == default_endpoints(Nat.ONE) == ()


@pytest.mark.parametrize("missing", TO_START)
def test_without_a_nat_gateway_each_of_what_tasks_need_to_start_is_asked_for(missing: str) -> None:
    others = [name for name in TO_START if name != missing]
    with pytest.raises(ValueError, match=f"no task starts without endpoints of {missing}: .*Add them"):
        check_endpoints(Nat.NONE, others)
    check_endpoints(Nat.ONE, others)


def test_secrets_and_sessions_work_too_where_nobody_chose() -> None:
    assert {"secretsmanager", "ssm", "ssmmessages", "kms"} <= set(default_endpoints(Nat.NONE))


@pytest.mark.parametrize(
    ("name", "words"),
    [("ECR API", "'ECR API' is no service"), ("s3:", "'s3:' is no service"), ("", "'' is no service")],
)
def test_what_is_no_name_of_a_service_is_refused(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_endpoints(Nat.ONE, [name])


def test_an_endpoint_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'logs' is there twice; once is enough"):
        check_endpoints(Nat.ONE, ["logs", "ssm", "logs"])


@pytest.mark.parametrize(
    ("region", "service", "name"),
    [
        ("eu-west-1", "ecr.api", "com.amazonaws.eu-west-1.ecr.api"),
        ("us-gov-west-1", "ecr.api", "com.amazonaws.us-gov-west-1.ecr.api"),
        ("cn-north-1", "ecr.api", "cn.com.amazonaws.cn-north-1.ecr.api"),
        ("cn-north-1", "s3", "com.amazonaws.cn-north-1.s3"),
        ("cn-north-1", "cn.com.amazonaws.cn-north-1.sqs", "cn.com.amazonaws.cn-north-1.sqs"),
        ("eu-west-1", "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b", "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"),
    ],
)
def test_services_are_named_as_endpoints_ask_for_them(region: str, service: str, name: str) -> None:
    assert endpoint_service(region, service) == name
