"""What moto answers otherwise than AWS is set right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_rule_that_names_a_group_tells_its_description(client: Callable[..., Any]) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="described", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    pairs = [{"GroupId": group, "Description": "from its like"}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**permission, "UserIdGroupPairs": pairs}])
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "from addresses"}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**permission, "IpRanges": ranges}])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    told = {rule.get("Description") for rule in rules if not rule["IsEgress"]}
    assert told == {"from its like", "from addresses"}


def test_a_certificate_is_issued_once_its_records_are_in_a_public_zone_and_not_before(
    client: Callable[..., Any],
) -> None:
    acm, dns = client("acm"), client("route53", "prod")
    arn = acm.request_certificate(
        DomainName="repaired.example", SubjectAlternativeNames=["*.repaired.example"], ValidationMethod="DNS"
    )["CertificateArn"]

    def told() -> dict[str, Any]:
        found: dict[str, Any] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        return found

    records = {one["ResourceRecord"]["Name"]: one["ResourceRecord"] for one in told()["DomainValidationOptions"]}
    assert len(records) == 1, "a name and the wildcard before it are proved by one record"
    [record] = records.values()

    def publish(value: str, private: bool) -> None:  # noqa: FBT001 - a zone is either
        vpc = {"VPC": {"VPCRegion": "eu-west-1", "VPCId": "vpc-1"}} if private else {}
        zone = dns.create_hosted_zone(
            Name="repaired.example",
            CallerReference=f"{value}{private}",
            HostedZoneConfig={"PrivateZone": private},
            **vpc,
        )["HostedZone"]["Id"]
        published = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": value}]}
        change = {"Action": "CREATE", "ResourceRecordSet": published}
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})

    assert told()["Status"] == "PENDING_VALIDATION"
    publish("somebody-elses.example.", private=False)
    publish(record["Value"], private=True)
    assert told()["Status"] == "PENDING_VALIDATION"
    publish(record["Value"], private=False)
    assert told()["Status"] == "ISSUED"


def test_a_bucket_policy_denies_where_its_condition_is_met_and_there_alone(client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="written-once", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def deny(action: str, **condition: dict[str, str]) -> dict[str, Any]:
        statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "arn:aws:s3:::written-once/*"}
        return {**statement, "Condition": condition} if condition else statement

    statements = [
        deny("s3:*", Bool={"aws:SecureTransport": "false"}),
        deny("s3:PutObject", Null={"s3:if-none-match": "true"}),
        deny("s3:DeleteObject"),
    ]
    s3.put_bucket_policy(Bucket="written-once", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    s3.put_object(Bucket="written-once", Key="a", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket="written-once", Key="a", Body=b"second")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="written-once", Key="a", Body=b"second", IfNoneMatch="*")
    with pytest.raises(ClientError, match="403"):
        s3.delete_object(Bucket="written-once", Key="a")
    assert s3.get_object(Bucket="written-once", Key="a")["Body"].read() == b"first"


def test_a_schedule_group_that_is_gone_is_refused_by_name(client: Callable[..., Any]) -> None:
    scheduler = client("scheduler")
    scheduler.create_schedule_group(Name="jobs")
    scheduler.delete_schedule_group(Name="jobs")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        scheduler.delete_schedule_group(Name="jobs")


def test_a_change_of_a_queue_leaves_its_policy_and_tells_who_may_redrive(client: Callable[..., Any]) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="kept-policy")["QueueUrl"]
    assert "RedriveAllowPolicy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    allow = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sqs:SendMessage", "Resource": "*"}
    policy, allowed = json.dumps({"Version": "2012-10-17", "Statement": [allow]}), '{"redrivePermission": "denyAll"}'
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5", "RedriveAllowPolicy": allowed})
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(told["Policy"]) == json.loads(policy)
    assert (told["DelaySeconds"], json.loads(told["RedriveAllowPolicy"])) == ("5", json.loads(allowed))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_the_default_retention_of_a_bucket_with_objects_can_be_changed(client: Callable[..., Any]) -> None:
    s3 = client("s3")
    s3.create_bucket(
        Bucket="kept-long",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
        ObjectLockEnabledForBucket=True,
    )
    s3.put_object(Bucket="kept-long", Key="a", Body=b"x")
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 9}}
    s3.put_object_lock_configuration(
        Bucket="kept-long", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    found = s3.get_object_lock_configuration(Bucket="kept-long")["ObjectLockConfiguration"]
    assert found["Rule"]["DefaultRetention"]["Days"] == 9


def test_a_rule_of_a_network_acl_tells_which_icmp_it_lets_through(client: Callable[..., Any]) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    rule = {"RuleNumber": 100, "Protocol": "1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    ec2.create_network_acl_entry(NetworkAclId=acl, IcmpTypeCode={"Type": 3, "Code": 4}, **rule)
    entries = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    assert [entry.get("IcmpTypeCode") for entry in entries] == [{"Type": 3, "Code": 4}]


def test_a_flow_log_finds_its_log_group_by_arn(client: Callable[..., Any]) -> None:
    ec2, logs = client("ec2"), client("logs")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    logs.create_log_group(logGroupName="/flows")

    def status(group: str) -> tuple[str, str]:
        made = ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogDestination=f"arn:aws:logs:eu-west-1:111111111111:log-group:{group}",
            DeliverLogsPermissionArn="arn:aws:iam::111111111111:role/flows",
        )
        told = ec2.describe_flow_logs(FlowLogIds=made["FlowLogIds"])["FlowLogs"][0]
        return told["LogGroupName"], told["DeliverLogsStatus"]

    assert status("/flows") == ("/flows", "SUCCESS")
    assert status("/nowhere") == ("/nowhere", "FAILED")


def test_a_key_of_which_nothing_is_said_encrypts_and_decrypts(client: Callable[..., Any]) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    told = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (told["KeyUsage"], told["KeySpec"]) == ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT")
