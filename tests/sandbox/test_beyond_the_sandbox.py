"""What the sandbox does not imitate and what nobody can read: answered as AWS answers errors, never by a crash."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

BEYOND = {
    "a JSON service of the sandbox's own": (
        "ecs",
        "create_task_set",
        {"cluster": "c", "service": "s", "taskDefinition": "t"},
    ),
    "its image registry": ("ecr", "get_account_setting", {"name": "BASIC_SCAN_TYPE_VERSION"}),
    "a query service": ("elbv2", "describe_trust_stores", {}),
    "EC2": ("ec2", "describe_verified_access_groups", {}),
    "another JSON service": ("logs", "list_anomalies", {}),
    "a CBOR service": ("cloudwatch", "list_metric_streams", {}),
    "a JSON service that nobody imitates": ("apprunner", "list_services", {}),
    "a REST service, an operation that nobody imitates": ("xray", "get_groups", {}),
    "a REST service that nobody imitates": ("aiops", "list_investigation_groups", {}),
}


@pytest.mark.parametrize(("service", "operation", "parameters"), BEYOND.values(), ids=BEYOND)
def test_what_is_not_imitated_is_an_error_of_aws_s_shape_that_says_so(
    client: Callable[..., Any], service: str, operation: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="The Slipway sandbox does not imitate"):
        getattr(client(service), operation)(**parameters)


JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
ECS = "AmazonEC2ContainerServiceV20141113."
UNREADABLE = {
    "no body": ("ecs", JSON, ECS + "CreateCluster", b""),
    "no JSON": ("ecs", JSON, ECS + "CreateCluster", b"{"),
    "no object": ("ecs", JSON, ECS + "CreateCluster", b"[]"),
    "not text": ("ecs", JSON, ECS + "CreateCluster", b"\xff\xfe\x00"),
    "another type": ("ecs", JSON, ECS + "CreateCluster", b'{"clusterName": 7}'),
    "a number without end": ("ecs", JSON, ECS + "DescribeServices", b'{"services": [1e999]}'),
    "depth without end": ("ecs", JSON, ECS + "CreateCluster", b'{"clusterName": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "an operation that no one knows": ("ecs", JSON, ECS + "Frobnicate", b"{}"),
    "no operation": ("ecs", JSON, "", b"{}"),
    "an operation of no service": ("ecs", JSON, "...", b"{}"),
    "ECR, no JSON": ("ecr", JSON, "AmazonEC2ContainerRegistry_V20150921.PutImage", b"nonsense"),
    "ECR, a broken manifest": (
        "ecr",
        JSON,
        "AmazonEC2ContainerRegistry_V20150921.PutImage",
        json.dumps({"repositoryName": "none", "imageManifest": "{"}).encode(),
    ),
    "EC2, no action": ("ec2", FORM, "", b"Version=2016-11-15"),
    "EC2, an unknown action": ("ec2", FORM, "", b"Action=Frobnicate&Version=2016-11-15"),
    "ELB, no number": ("elasticloadbalancing", FORM, "", b"Action=CreateTargetGroup&Name=x&Port=eighty"),
    "ELB, a broken list": ("elasticloadbalancing", FORM, "", b"Action=DescribeLoadBalancers&Names.member.x=1"),
    "ELB, not text": ("elasticloadbalancing", FORM, "", b"Action=\xff\xfe"),
}
"""What -> service, content type, target, body."""


def post(box: Sandbox, service: str, kind: str, target: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(box.endpoint.removeprefix("http://"), timeout=20)
    scope = f"AKIAIOSFODNN7EXAMPLE/20260301/eu-west-1/{service}/aws4_request"
    signed = {
        "Content-Type": kind,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        **({"X-Amz-Target": target} if target else {}),
        **headers,
    }
    connection.request("POST", "/", body, {key: value for key, value in signed.items() if value})
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.mark.parametrize(("service", "kind", "target", "body"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_the_client_s_error(
    box: Sandbox, service: str, kind: str, target: str, body: bytes
) -> None:
    status, answer = post(box, service, kind, target, body)
    assert status < 500
    assert b"sandbox crashed" not in answer


@pytest.mark.parametrize("authorization", ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x", "Bearer x", "\xff"])
def test_a_request_without_a_proper_signature_is_no_crash(box: Sandbox, authorization: str) -> None:
    status, answer = post(box, "ecs", JSON, ECS + "ListClusters", b"{}", Authorization=authorization)
    assert status < 500
    assert b"sandbox crashed" not in answer
