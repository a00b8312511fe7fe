"""Everything that moto remembers for us survives the death of the process."""

from __future__ import annotations

import io
import os
import signal
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import process
from tests.sandbox.conftest import free_port, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

ASSUME = '{"Statement": []}'


def network(client: Callable[[str], Any]) -> dict[str, Any]:
    ec2, elb = client("ec2"), client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for i, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="d")["GroupId"]
    balancer = elb.create_load_balancer(Name="lb", Scheme="internal", Subnets=subnets, SecurityGroups=[group])[
        "LoadBalancers"
    ][0]
    target = elb.create_target_group(Name="tg", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroupArn"]}],
    )
    return {"VpcId": vpc, "LoadBalancerArn": balancer["LoadBalancerArn"], "SubnetId": subnets[0]}


# Service -> what makes something, and what reads it back; the answers before and after must be equal.
MAKERS: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {
    "iam": (
        lambda iam: (
            iam.create_role(RoleName="r", AssumeRolePolicyDocument=ASSUME)
            and iam.attach_role_policy(
                RoleName="r", PolicyArn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
            )
        ),
        lambda iam: [
            iam.get_role(RoleName="r")["Role"]["Arn"],
            iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"],
        ],
    ),
    "s3": (
        lambda s3: (
            s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            and s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
            and s3.put_object(Bucket="kept", Key="a/b", Body=b"content")
        ),
        lambda s3: [
            s3.get_object(Bucket="kept", Key="a/b")["Body"].read(),
            s3.get_bucket_versioning(Bucket="kept")["Status"],
        ],
    ),
    "kms": (
        lambda kms: kms.create_alias(
            AliasName="alias/kept",
            TargetKeyId=kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"],
        ),
        lambda kms: kms.get_public_key(KeyId="alias/kept")["PublicKey"],
    ),
    "secretsmanager": (
        lambda secrets: secrets.create_secret(Name="kept", SecretString="value"),
        lambda secrets: secrets.get_secret_value(SecretId="kept")["SecretString"],
    ),
    "logs": (
        lambda logs: (
            logs.create_log_group(logGroupName="/kept")
            and logs.put_retention_policy(logGroupName="/kept", retentionInDays=7)
        ),
        lambda logs: logs.describe_log_groups(logGroupNamePrefix="/kept")["logGroups"],
    ),
    "ssm": (
        lambda ssm: ssm.put_parameter(Name="/kept", Value="1", Type="String"),
        lambda ssm: ssm.get_parameter(Name="/kept")["Parameter"]["Value"],
    ),
    "sns": (lambda sns: sns.create_topic(Name="kept"), lambda sns: sns.list_topics()["Topics"]),
    "sqs": (lambda sqs: sqs.create_queue(QueueName="kept"), lambda sqs: sqs.list_queues()["QueueUrls"]),
    "events": (
        lambda events: events.put_rule(Name="kept", ScheduleExpression="rate(1 day)"),
        lambda events: events.describe_rule(Name="kept")["Arn"],
    ),
    "cloudwatch": (
        lambda cloudwatch: cloudwatch.put_metric_alarm(
            AlarmName="kept",
            MetricName="m",
            Namespace="n",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            Statistic="Sum",
        ),
        lambda cloudwatch: [alarm["AlarmArn"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]],
    ),
    "acm": (
        lambda acm: acm.request_certificate(DomainName="kept.example", ValidationMethod="DNS"),
        lambda acm: [
            acm.describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"]["Serial"]
            for one in acm.list_certificates()["CertificateSummaryList"]
        ],
    ),
    "route53": (
        lambda dns: dns.create_hosted_zone(Name="kept.example", CallerReference="kept"),
        lambda dns: [zone["Id"] for zone in dns.list_hosted_zones()["HostedZones"]],
    ),
    "wafv2": (
        lambda waf: waf.create_web_acl(
            Name="kept",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"},
        ),
        lambda waf: waf.list_web_acls(Scope="REGIONAL")["WebACLs"],
    ),
}

MAKERS["lambda"] = (
    lambda functions: functions.create_function(
        FunctionName="kept",
        Runtime="python3.12",
        Role="arn:aws:iam::111111111111:role/r",
        Handler="main.handler",
        Code={"ZipFile": archive()},
    ),
    lambda functions: [function["FunctionArn"] for function in functions.list_functions()["Functions"]],
)


def archive() -> bytes:
    """The smallest code that a function can have."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("main.py", "def handler(event, context): ...")
    return code.getvalue()


def restart(box: Sandbox) -> None:
    """Kill the server, as the machine's OOM killer would, and start another."""
    server = process.find(box.directory)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    while (found := process.find(box.directory)) is None or found.pid:
        time.sleep(0.01)
    box.up(stacks=False)


@pytest.fixture
def client(own_box: Sandbox) -> Callable[[str], Any]:
    own_box.up(port=free_port(), stacks=False)
    signed = session(own_box)
    return lambda service: signed.client(service, endpoint_url=own_box.endpoint)


def test_each_service_answers_the_same_after_kill_9(own_box: Sandbox, client: Callable[[str], Any]) -> None:
    for service, (make, _) in MAKERS.items():
        make(client(service))
    before = {service: read(client(service)) for service, (_, read) in MAKERS.items()}
    restart(own_box)
    assert {service: read(client(service)) for service, (_, read) in MAKERS.items()} == before


def test_a_network_is_the_same_after_kill_9_and_can_still_be_changed(
    own_box: Sandbox, client: Callable[[str], Any]
) -> None:
    ids = network(client)
    restart(own_box)
    ec2, elb = client("ec2"), client("elbv2")
    assert elb.describe_listeners(LoadBalancerArn=ids["LoadBalancerArn"])["Listeners"][0]["Port"] == 80
    ec2.create_tags(Resources=[ids["SubnetId"]], Tags=[{"Key": "Name", "Value": "n"}])
    restart(own_box)
    (subnet,) = client("ec2").describe_subnets(SubnetIds=[ids["SubnetId"]])["Subnets"]
    assert subnet["Tags"] == [{"Key": "Name", "Value": "n"}]
    with pytest.raises(client("ec2").exceptions.ClientError, match="DependencyViolation"):
        client("ec2").delete_vpc(VpcId=ids["VpcId"])


def test_credentials_that_were_issued_before_stay_good(own_box: Sandbox, client: Callable[[str], Any]) -> None:
    before = client("sts").get_caller_identity()
    restart(own_box)
    after = client("sts").get_caller_identity()
    assert (after["Account"], after["Arn"], after["UserId"]) == (before["Account"], before["Arn"], before["UserId"])
