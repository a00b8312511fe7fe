"""What the ECS control plane is told of images, networks, load balancers, roles and logs."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import default_user_config

from sandbox.caller import Caller
from sandbox.clock import Clock
from sandbox.ecs.ports import ImageFacts, SecretFacts
from sandbox.ports.functions import MotoFunctions
from sandbox.ports.images import RegistryImages
from sandbox.ports.load_balancers import MotoLoadBalancers
from sandbox.ports.logs import MotoLogs
from sandbox.ports.networks import MotoNetworks
from sandbox.ports.roles import MotoRoles
from sandbox.ports.secrets import MotoSecrets
from sandbox.ports.service_registries import MotoServiceRegistries
from sandbox.registry import handmade
from sandbox.registry.blobs import Blobs
from sandbox.registry.registry import Registry
from sandbox.registry.repository import Repository
from sandbox.store import Store

CALLER = Caller("123456789012", "eu-west-1", "arn:aws:iam::123456789012:root")
OTHER = Caller("222222222222", "eu-west-1", "arn:aws:iam::222222222222:root")
ALLOW = {"Effect": "Allow", "Action": "sts:AssumeRole"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield lambda service: boto3.client(service, region_name="eu-west-1")


@dataclass
class Shelf:
    registry: Registry
    digest: str


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    store = Store(tmp_path / "s")
    clock = Clock(store)
    registry = Registry(store, Blobs(tmp_path / "r"), clock)
    registry.create(Repository(CALLER.account, CALLER.region, "team/auth", clock.now()))
    digest = handmade.make(registry.blobs, "team/auth", "1.0.0", "crash:after=5")
    registry.stage(CALLER.account, CALLER.region, "team/auth", digest, "1.0.0")
    return Shelf(registry, digest)


@pytest.mark.parametrize(
    "image",
    [
        "127.0.0.1:4577/123456789012/eu-west-1/team/auth:1.0.0",
        "127.0.0.1:9/123456789012/eu-west-1/team/auth@{digest}",
        "localhost:4577/123456789012/eu-west-1/team/auth:1.0.0@{digest}",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/auth:1.0.0",
    ],
)
def test_an_image_is_resolved_with_its_digest_and_behaviour(shelf: Shelf, image: str) -> None:
    facts = RegistryImages(shelf.registry).resolve(CALLER, image.format(digest=shelf.digest))
    assert facts is not None
    assert (facts.digest, facts.behaviour) == (shelf.digest, "crash:after=5")
    assert facts.size > 0


@pytest.mark.parametrize(
    "image",
    [
        "127.0.0.1:4577/123456789012/eu-west-1/team/auth:2.0.0",
        "127.0.0.1:4577/123456789012/eu-west-1/team/auth",
        "127.0.0.1:4577/123456789012/eu-west-1/other:1.0.0",
        "127.0.0.1:4577/123456789012/us-east-1/team/auth:1.0.0",
        "nginx:latest",
    ],
)
def test_an_image_that_is_not_there_is_none(shelf: Shelf, image: str) -> None:
    assert RegistryImages(shelf.registry).resolve(CALLER, image) is None


def test_another_account_pulls_only_by_the_repositorys_policy(shelf: Shelf) -> None:
    images = RegistryImages(shelf.registry)
    name = f"127.0.0.1:4577/123456789012/eu-west-1/team/auth@{shelf.digest}"
    assert images.resolve(OTHER, name) is None
    repository = shelf.registry.repository(CALLER.account, CALLER.region, "team/auth")
    principal = {"AWS": f"arn:aws:iam::{OTHER.account}:root"}
    repository.policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": principal}]})
    assert images.resolve(OTHER, name) is not None


def test_the_registry_is_the_same_after_a_restart(shelf: Shelf, tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    again = Registry(store, Blobs(tmp_path / "r"), Clock(store))
    repository = again.repository(CALLER.account, CALLER.region, "team/auth")
    assert again.labels(repository, repository.images[shelf.digest])["slipway.sandbox.behave"] == "crash:after=5"


def test_networks_are_those_of_ec2(aws: Any) -> None:
    ec2, networks = aws("ec2"), MotoNetworks()
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1b")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="d")["GroupId"]
    found = networks.subnet(CALLER, subnet)
    assert found is not None
    assert (found.vpc_id, found.zone, found.cidr) == (vpc, "eu-west-1b", "10.0.1.0/24")
    security_group = networks.security_group(CALLER, group)
    assert security_group is not None
    assert security_group.vpc_id == vpc
    assert networks.subnet(CALLER, "subnet-0") is None
    assert networks.security_group(CALLER, "sg-0") is None
    assert networks.subnet(OTHER, subnet) is None


def test_a_target_group_comes_with_its_timing_and_its_load_balancers(aws: Any) -> None:
    ec2, elb = aws("ec2"), aws("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{z}")["Subnet"]["SubnetId"]
        for n, z in enumerate("ab")
    ]
    arn = elb.create_target_group(
        Name="t",
        Protocol="HTTP",
        Port=8080,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=15,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}]
    )
    balancers = MotoLoadBalancers()
    alone = balancers.target_group(CALLER, arn)
    assert alone is not None
    assert (alone.port, alone.health_check_path, alone.target_type) == (8080, "/health", "ip")
    assert (alone.health_check_interval, alone.healthy_threshold, alone.deregistration_delay) == (15, 2, 20)
    assert alone.load_balancer_arns == ()

    balancer = elb.create_load_balancer(Name="x", Scheme="internal", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    reply = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[reply])
    elb.create_rule(
        ListenerArn=listener["Listeners"][0]["ListenerArn"],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    behind = balancers.target_group(CALLER, arn)
    assert behind is not None
    assert behind.load_balancer_arns == (balancer,)
    assert balancers.target_group(CALLER, arn[:-1]) is None


@pytest.mark.parametrize(
    ("principal", "trusts"),
    [
        ({"Service": "ecs-tasks.amazonaws.com"}, True),
        ({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}, True),
        ({"Service": "ec2.amazonaws.com"}, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, False),
    ],
)
def test_a_role_trusts_whom_its_document_allows(aws: Any, principal: dict[str, Any], trusts: bool) -> None:  # noqa: FBT001 - a table's column
    document = json.dumps({"Statement": [{**ALLOW, "Principal": principal}]})
    arn = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    assert MotoRoles().role_trusts(CALLER, arn, "ecs-tasks.amazonaws.com") is trusts
    assert MotoRoles().role_trusts(CALLER, arn + "x", "ecs-tasks.amazonaws.com") is None


def test_a_namespace_is_found_by_name_and_by_arn_and_made_as_one_for_api_calls(aws: Any) -> None:
    port = MotoServiceRegistries()
    assert port.namespace(CALLER, "shop") is None
    arn = port.make_namespace(CALLER, "shop")
    assert (port.namespace(CALLER, "shop"), port.namespace(CALLER, arn), port.written) == (arn, arn, True)
    shown = aws("servicediscovery").list_namespaces()["Namespaces"][0]
    assert (shown["Arn"], shown["Name"], shown["Type"]) == (arn, "shop", "HTTP")


def test_a_secret_is_found_by_its_arn_at_its_version_until_it_is_deleted(aws: Any) -> None:
    manager, port = aws("secretsmanager"), MotoSecrets()
    first = manager.create_secret(Name="auth/key", SecretString="old")
    manager.put_secret_value(SecretId="auth/key", SecretString="new")
    arn = first["ARN"]
    read = [
        port.secret(CALLER, arn, *at) for at in (("", ""), ("AWSPREVIOUS", ""), ("", first["VersionId"]), ("x", ""))
    ]
    assert read == [SecretFacts("new"), SecretFacts("old"), SecretFacts("old"), SecretFacts(None)]
    assert port.secret(OTHER, arn, "", "") == SecretFacts("new")
    assert port.secret(CALLER, arn.replace("key", "other"), "", "") is None
    manager.delete_secret(SecretId="auth/key")
    found = port.secret(CALLER, arn, "", "")
    assert found is not None
    assert found.deleted


def test_a_secret_without_a_value_is_one_all_the_same(aws: Any) -> None:
    arn = aws("secretsmanager").create_secret(Name="empty")["ARN"]
    assert MotoSecrets().secret(CALLER, arn, "", "") == SecretFacts(None)


def test_a_parameter_is_found_by_name_or_arn(aws: Any) -> None:
    aws("ssm").put_parameter(Name="/auth/key", Value="x", Type="SecureString")
    arn = f"arn:aws:ssm:eu-west-1:{CALLER.account}:parameter/auth/key"
    port = MotoSecrets()
    assert [port.has_parameter(CALLER, name) for name in ("/auth/key", arn, "/auth/other", "auth/key:9")] == [
        True,
        True,
        False,
        False,
    ]
    assert not port.has_parameter(OTHER, "/auth/key")


def test_log_lines_keep_their_sandbox_time_however_far_ahead(aws: Any) -> None:
    logs, port = aws("logs"), MotoLogs()
    ahead = datetime.now(UTC) + timedelta(days=3)
    port.write(CALLER, "/ecs/none", "s", [(ahead, "lost")])
    assert port.written is False
    port.create_group(CALLER, "/ecs/auth")
    port.create_group(CALLER, "/ecs/auth")
    port.write(CALLER, "/ecs/auth", "auth/auth/1", [(ahead, "one"), (ahead, "two")])
    assert port.written is True
    events = logs.filter_log_events(logGroupName="/ecs/auth")["events"]
    assert [(event["message"], event["timestamp"]) for event in events] == [
        ("one", int(ahead.timestamp() * 1000)),
        ("two", int(ahead.timestamp() * 1000)),
    ]


@pytest.mark.parametrize(
    ("check", "first", "later"),
    [({"HealthCheckCustomConfig": {"FailureThreshold": 1}}, "UNHEALTHY", "HEALTHY"), ({}, "UNKNOWN", "UNKNOWN")],
)
def test_an_instance_in_cloud_map_is_seen_with_its_health_until_it_is_taken_out(
    aws: Any, check: dict[str, Any], first: str, later: str
) -> None:
    zone, registries = aws("servicediscovery"), MotoServiceRegistries()
    zone.create_http_namespace(Name="local")
    namespace = zone.list_namespaces()["Namespaces"][0]["Id"]
    service = zone.create_service(Name="auth", NamespaceId=namespace, **check)["Service"]
    arn = service["Arn"]

    def seen() -> list[tuple[str, str, str]]:
        found = zone.discover_instances(NamespaceName="local", ServiceName="auth")["Instances"]
        return [(one["InstanceId"], one["Attributes"]["AWS_INSTANCE_IPV4"], one["HealthStatus"]) for one in found]

    attributes = {"AWS_INSTANCE_IPV4": "10.0.0.9", "AWS_INIT_HEALTH_STATUS": "UNHEALTHY"}
    for _ in range(2):
        registries.register(CALLER, arn, "task", attributes)
    assert seen() == [("task", "10.0.0.9", first)]
    registries.set_health(CALLER, arn, "task", "HEALTHY")
    assert seen() == [("task", "10.0.0.9", later)]
    assert registries.written is True
    registries.deregister(CALLER, arn, "task")
    registries.deregister(CALLER, arn, "task")
    assert seen() == []


def test_cloud_map_tells_what_a_registry_needs(aws: Any) -> None:
    zone, registries = aws("servicediscovery"), MotoServiceRegistries()
    zone.create_private_dns_namespace(Name="local", Vpc="vpc-1")
    namespace = zone.list_namespaces()["Namespaces"][0]["Id"]
    dns = {"NamespaceId": namespace, "DnsRecords": [{"Type": "SRV", "TTL": 10}]}
    arn = zone.create_service(Name="auth", NamespaceId=namespace, DnsConfig=dns)["Service"]["Arn"]
    facts = registries.registry(CALLER, arn)
    assert facts is not None
    assert (facts.record_types, facts.custom_health) == (("SRV",), False)
    assert registries.registry(CALLER, arn + "x") is None
    registries.register(CALLER, arn + "x", "task", {})
    assert registries.written is False


def balanced(aws: Any) -> dict[str, str]:
    """A load balancer with a rule that forwards to one of two target groups; the ARNs."""
    ec2, elb = aws("ec2"), aws("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{z}")["Subnet"]["SubnetId"]
        for n, z in enumerate("ab")
    ]
    groups = [
        elb.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")["TargetGroups"][0]
        for name in ("blue", "green")
    ]
    blue, green = (group["TargetGroupArn"] for group in groups)
    balancer = elb.create_load_balancer(Name="x", Scheme="internal", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    forward = [{"Type": "forward", "TargetGroupArn": blue}]
    made = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    listener = made["Listeners"][0]["ListenerArn"]
    condition = [{"Field": "path-pattern", "Values": ["/*"]}]
    rule = elb.create_rule(ListenerArn=listener, Priority=1, Conditions=condition, Actions=forward)["Rules"][0]
    return {"blue": blue, "green": green, "listener": listener, "rule": rule["RuleArn"]}


def weights_of(actions: list[dict[str, Any]]) -> dict[str, int]:
    (action,) = actions
    return {group["TargetGroupArn"]: group["Weight"] for group in action["ForwardConfig"]["TargetGroups"]}


def test_the_weights_of_a_rule_are_read_and_moved_and_the_api_shows_them(aws: Any) -> None:
    made, balancers, elb = balanced(aws), MotoLoadBalancers(), aws("elbv2")
    before = balancers.forwarding(CALLER, made["rule"])
    assert before is not None
    assert (before.serving, before.mixed) == ((made["blue"],), False)
    balancers.forward(CALLER, made["rule"], {made["blue"]: 90, made["green"]: 10})
    assert balancers.written is True
    (rule,) = elb.describe_rules(RuleArns=[made["rule"]])["Rules"]
    assert weights_of(rule["Actions"]) == {made["blue"]: 90, made["green"]: 10}
    assert "TargetGroupArn" not in rule["Actions"][0]
    after = balancers.forwarding(CALLER, made["rule"])
    assert after is not None
    assert after.serving == (made["blue"], made["green"])
    assert balancers.forwarding(CALLER, made["rule"] + "0") is None


def test_a_listeners_default_action_can_be_moved_too(aws: Any) -> None:
    made, balancers, elb = balanced(aws), MotoLoadBalancers(), aws("elbv2")
    balancers.forward(CALLER, made["listener"], {made["blue"]: 0, made["green"]: 100})
    (listener,) = elb.describe_listeners(ListenerArns=[made["listener"]])["Listeners"]
    assert weights_of(listener["DefaultActions"]) == {made["blue"]: 0, made["green"]: 100}
    (default,) = [rule for rule in elb.describe_rules(ListenerArn=made["listener"])["Rules"] if rule["IsDefault"]]
    assert weights_of(default["Actions"]) == {made["blue"]: 0, made["green"]: 100}
    facts = balancers.forwarding(CALLER, default["RuleArn"])
    assert facts is not None
    assert facts.serving == (made["green"],)


@pytest.mark.parametrize(
    ("tag", "answer"),
    [
        (None, ("SUCCEEDED", 0, "")),
        ("FAILED", ("FAILED", 0, "")),
        ("IN_PROGRESS", ("IN_PROGRESS", 0, "")),
        ("SUCCEEDED:after=90s", ("SUCCEEDED", 90, "")),
        (
            "perhaps",
            ("FAILED", 0, "ECS was unable to parse the response from {arn} due to HookStatus must not be null"),
        ),
    ],
)
@pytest.mark.parametrize("runs", [True, False], ids=["moto's own", "the sandbox's, which runs no code"])
def test_a_function_answers_as_its_tag_says(
    aws: Any, tag: str | None, answer: tuple[str, float, str], *, runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": runs})
    role = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    function = aws("lambda").create_function(
        FunctionName="check",
        Runtime="python3.12",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
        Tags={"slipway.sandbox.hook": tag} if tag else {},
    )
    arn = function["FunctionArn"]
    said = MotoFunctions().hook_answer(CALLER, arn)
    assert (said.status, said.after, said.problem) == (answer[0], answer[1], answer[2].format(arn=arn))


def test_a_function_that_is_not_there_cannot_be_invoked(aws: Any) -> None:
    del aws
    said = MotoFunctions().hook_answer(CALLER, "arn:aws:lambda:eu-west-1:123456789012:function:none")
    assert said.status == "FAILED"
    assert "ECS was unable to invoke hook target arn:aws:lambda" in said.problem


def test_an_image_of_the_public_gallery_is_taken_to_be_there_when_it_is_named_by_its_digest(shelf: Shelf) -> None:
    images, public = RegistryImages(shelf.registry), "public.ecr.aws/aws-observability/aws-for-fluent-bit"
    digest = f"sha256:{'1' * 64}"
    assert images.resolve(CALLER, f"{public}@{digest}") == ImageFacts(digest)
    assert images.resolve(CALLER, f"{public}:3.0.0") is None
    assert images.resolve(CALLER, f"docker.io/{public}@{digest}") is None
