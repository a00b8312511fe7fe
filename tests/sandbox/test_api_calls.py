"""The sandbox knows who called what, as CloudTrail would, and nothing that could be secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.sandbox.conftest import free_port, session


def called(box: Sandbox) -> dict[str, dict[str, Any]]:
    return {f"{one['service']}:{one['operation']}": one for one in box.calls()}


def test_a_call_is_told_by_its_caller_its_operation_and_the_names_in_it(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False)
    at = session(own_box)

    def client(service: str) -> Any:
        return at.client(service, endpoint_url=own_box.endpoint)

    client("iam").list_role_policies(RoleName="slipway-deployer")
    client("secretsmanager").create_secret(Name="door", SecretString="opens-everything")
    s3, content = client("s3"), b"x"
    s3.create_bucket(Bucket="things", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="things", Key="a/b c", Body=content)
    s3.copy_object(Bucket="things", Key="copy", CopySource={"Bucket": "things", "Key": "a/b c"})
    s3.put_bucket_versioning(Bucket="things", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.list_objects_v2(Bucket="things")
    client("route53").list_hosted_zones()
    group = client("scheduler").create_schedule_group(Name="jobs")["ScheduleGroupArn"]
    client("scheduler").list_tags_for_resource(ResourceArn=group)
    backup = client("backup")
    vault = backup.create_backup_vault(BackupVaultName="files")["BackupVaultArn"]
    backup.list_tags(ResourceArn=vault)
    sqs = client("sqs")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="letters")["QueueUrl"])

    found = called(own_box)
    role = found["iam:ListRolePolicies"]
    assert role["names"] == {"RoleName": ["slipway-deployer"]}
    assert (role["account"], role["caller"].split("/")[1]) == ("111111111111", "slipway-deployer")
    assert found["s3:PutObject"]["names"] == {"Bucket": ["things"], "Key": ["a/b c"]}
    assert found["s3:CopyObject"]["names"] == {"Bucket": ["things"], "Key": ["copy"]}
    assert found["s3:ListObjectsV2"]["times"] == 2
    assert {"s3:CreateBucket", "s3:PutBucketVersioning", "route53:ListHostedZones"} <= found.keys()
    assert found["scheduler:ListTagsForResource"]["names"] == {"ResourceArn": [group]}
    assert found["backup:ListTags"]["names"] == {"resourceArn": [vault]}
    assert found["sqs:DeleteQueue"]["names"] == {"QueueUrl": ["letters"]}
    assert found["secretsmanager:CreateSecret"]["names"] == {"Name": ["door"]}
    assert "opens-everything" not in json.dumps(own_box.calls())

    own_box.forget_calls()
    assert own_box.calls() == []


def test_a_call_that_is_refused_is_told_too(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False)
    ecs = session(own_box).client("ecs", endpoint_url=own_box.endpoint)
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.describe_services(cluster="nowhere", services=["a", "b"])
    assert called(own_box)["ecs:DescribeServices"]["names"] == {"cluster": ["nowhere"], "services": ["a", "b"]}
