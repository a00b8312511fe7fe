"""Services that call each other through the proxies of Service Connect."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.cluster import Cluster
from components.service import Service
from components.service_connect import ConnectTls, Endpoint, NamedPort, ServiceConnect
from components.task_definition import TaskDefinition
from tests.components.builders import CLUSTER, SERVICE, TASK_DEFINITION, build

NAMESPACE_ARN = "arn:aws:servicediscovery:eu-west-1:111111111111:namespace/ns-1"
PORT = NamedPort(name="web", protocol="http")
ENDPOINT = Endpoint(port=PORT, dns_name="auth", client_port=80)
CONNECT = ServiceConnect(namespace_arn=NAMESPACE_ARN, log_group="/ecs/auth", region="eu-west-1", endpoint=ENDPOINT)


def configured(connect: ServiceConnect | None) -> dict[str, Any] | None:
    inputs = build(Service, replace(SERVICE, connect=connect), name="auth").one("aws:ecs/service:Service").inputs
    return inputs.get("serviceConnectConfiguration")


def ports(**changed: Any) -> Any:
    args = replace(TASK_DEFINITION, **changed)
    made = build(TaskDefinition, args, name="auth").one("aws:ecs/taskDefinition:TaskDefinition")
    return json.loads(made.inputs["containerDefinitions"])[0]["portMappings"]


def test_a_service_has_no_proxy_unless_it_says_so() -> None:
    assert configured(None) is None


def test_a_client_is_called_by_nobody() -> None:
    told = configured(replace(CONNECT, endpoint=None))
    assert told is not None
    assert (told["enabled"], told["namespace"]) == (True, NAMESPACE_ARN)
    assert "services" not in told


def test_a_server_is_called_by_a_short_name_and_the_client_s_port() -> None:
    told = configured(CONNECT)
    assert told is not None
    assert told["services"] == [
        {"portName": "web", "discoveryName": "auth", "clientAlias": [{"dnsName": "auth", "port": 80}]}
    ]


def test_the_proxy_logs_where_the_execution_role_may_write() -> None:
    told = configured(CONNECT)
    assert told is not None
    assert told["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/ecs/auth",
            "awslogs-region": "eu-west-1",
            "awslogs-stream-prefix": "service-connect",
        },
    }


def test_timeouts_are_aws_s_own_unless_they_are_said() -> None:
    told = configured(replace(CONNECT, endpoint=replace(ENDPOINT, idle_seconds=0, request_seconds=5)))
    assert told is not None
    assert told["services"][0]["timeout"] == {"idleTimeoutSeconds": 0, "perRequestTimeoutSeconds": 5}


AUTHORITY = "arn:aws:acm-pca:eu-west-1:111111111111:certificate-authority/0a1b2c3d-1111-2222-3333-444455556666"
TLS = ConnectTls(certificate_authority_arn=AUTHORITY, role_arn="arn:aws:iam::111111111111:role/connect-tls")


def test_calls_are_encrypted_by_an_authority_s_certificates_where_the_endpoint_says_so() -> None:
    told = configured(replace(CONNECT, tls=replace(TLS, key_arn="arn:aws:kms:eu-west-1:111111111111:key/one")))
    assert told is not None
    assert told["services"][0]["tls"] == {
        "issuerCertAuthority": {"awsPcaAuthorityArn": AUTHORITY},
        "roleArn": "arn:aws:iam::111111111111:role/connect-tls",
        "kmsKey": "arn:aws:kms:eu-west-1:111111111111:key/one",
    }
    plain = configured(CONNECT)
    assert plain is not None
    assert "tls" not in plain["services"][0]


def test_tls_is_part_of_what_deploys() -> None:
    assert replace(CONNECT, tls=TLS).content != CONNECT.content


def test_tls_without_an_endpoint_or_an_authority_is_refused() -> None:
    with pytest.raises(ValueError, match="of the calls to an endpoint, and there is none"):
        replace(CONNECT, endpoint=None, tls=TLS)
    with pytest.raises(ValueError, match="certificate_authority_arn is 'mine'; write the ARN of an authority"):
        replace(TLS, certificate_authority_arn="mine")


def test_a_port_has_a_name_and_a_protocol_only_where_they_are_asked_for() -> None:
    mapping = {"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}
    assert ports() == [mapping], "or every task would be replaced"
    assert ports(named_port=PORT) == [{**mapping, "name": "web", "appProtocol": "http"}]
    assert ports(named_port=NamedPort(name="web")) == [{**mapping, "name": "web"}], "TCP has no appProtocol"


def test_a_cluster_names_the_namespace_of_services_that_name_none() -> None:
    made = build(Cluster, replace(CLUSTER, namespace_arn=NAMESPACE_ARN)).one("aws:ecs/cluster:Cluster").inputs
    assert made["serviceConnectDefaults"] == {"namespace": NAMESPACE_ARN}
    assert "serviceConnectDefaults" not in build(Cluster, CLUSTER).one("aws:ecs/cluster:Cluster").inputs


def test_a_port_that_is_not_there_has_no_name() -> None:
    with pytest.raises(ValueError, match="named_port is 'web', and port is None"):
        replace(TASK_DEFINITION, port=None, named_port=PORT)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"name": ""}, "name of the port is ''"), ({"name": "-web"}, "first no hyphen"), ({"protocol": "tcp"}, "for TCP")],
)
def test_a_port_that_ecs_would_refuse_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(PORT, **changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dns_name": "Auth"}, "dns_name is 'Auth'"),
        ({"dns_name": "a" * 128}, "up to 127"),
        ({"dns_name": ".auth"}, "hyphen or period"),
        ({"client_port": 0}, "client_port is 0; allowed are 1 to 65535"),
        ({"idle_seconds": -1}, "idle_seconds is -1"),
        ({"request_seconds": -1}, "request_seconds is -1"),
        ({"idle_seconds": 5, "request_seconds": 10}, "would close before the answer comes"),
        ({"port": NamedPort(name="web"), "request_seconds": 5}, "which has no requests"),
    ],
)
def test_an_endpoint_that_ecs_would_refuse_or_nobody_could_use_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(ENDPOINT, **changed)
