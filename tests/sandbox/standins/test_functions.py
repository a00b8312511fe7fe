"""The functions that are imitated."""

from __future__ import annotations

import json

import pytest
from pulumi.provider.experimental.provider import InvokeRequest

from sandbox.lifecycle import Sandbox
from sandbox.standins.aws.faults import Fault
from tests.sandbox.standins.small_engine import SmallEngine, run


def test_the_caller_the_region_and_the_zones_are_told(engine: SmallEngine) -> None:
    assert engine.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "111111111111"
    assert engine.invoke("aws:index/getRegion:getRegion", {})["region"] == "eu-west-1"
    assert engine.invoke("aws:index/getPartition:getPartition", {})["dnsSuffix"] == "amazonaws.com"
    zones = engine.invoke(
        "aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available", "excludeNames": ["eu-west-1b"]}
    )
    assert zones["names"] == ["eu-west-1a", "eu-west-1c"]


def test_networks_are_found_by_id_and_by_filter(engine: SmallEngine) -> None:
    vpc = engine.create("aws:ec2/vpc:Vpc", "found", {"cidrBlock": "10.9.0.0/16", "tags": {"Name": "found"}})
    subnet = engine.create("aws:ec2/subnet:Subnet", "found", {"vpcId": vpc.id, "cidrBlock": "10.9.1.0/24"})
    by_tag = engine.invoke("aws:ec2/getVpc:getVpc", {"tags": {"Name": "found"}})
    assert (by_tag["id"], by_tag["cidrBlock"], by_tag["enableDnsSupport"]) == (vpc.id, "10.9.0.0/16", True)
    assert engine.invoke("aws:ec2/getSubnet:getSubnet", {"id": subnet.id})["cidrBlock"] == "10.9.1.0/24"
    filters = [{"name": "vpc-id", "values": [vpc.id]}]
    assert engine.invoke("aws:ec2/getSubnets:getSubnets", {"filters": filters})["ids"] == [subnet.id]
    with pytest.raises(Fault, match="no matching EC2 VPC found"):
        engine.invoke("aws:ec2/getVpc:getVpc", {"tags": {"Name": "nobody"}})


def test_an_image_is_found_by_its_tag_and_a_missing_one_is_an_error(engine: SmallEngine, aws_shell: Sandbox) -> None:
    repository = engine.create("aws:ecr/repository:Repository", "images", {"name": "functions/web"})
    with pytest.raises(Fault, match="ImageNotFoundException"):
        engine.invoke("aws:ecr/getImage:getImage", {"repositoryName": repository.id, "imageTag": "1.0.0"})
    aws_shell.image(repository.id, "1.0.0")
    found = engine.invoke("aws:ecr/getImage:getImage", {"repositoryName": repository.id, "imageTag": "1.0.0"})
    assert found["imageDigest"].startswith("sha256:")
    assert found["imageUri"] == f"{repository.outputs['repositoryUrl']}@{found['imageDigest']}"
    assert found["imageTags"] == ["1.0.0"]


def test_the_registrys_password_is_told_as_a_secret(engine: SmallEngine) -> None:
    token = "aws:ecr/getAuthorizationToken:getAuthorizationToken"
    answer = run(engine.provider.invoke(InvokeRequest(token, {}))).return_value
    assert answer["userName"].value == "AWS"
    assert answer["password"].is_secret
    assert answer["authorizationToken"].is_secret


def test_a_secret_is_described_but_never_opened(engine: SmallEngine) -> None:
    secret = engine.create("aws:secretsmanager/secret:Secret", "told", {"name": "functions/db", "description": "d"})
    engine.create(
        "aws:secretsmanager/secretVersion:SecretVersion", "told", {"secretId": secret.id, "secretString": "hunter2"}
    )
    found = engine.invoke("aws:secretsmanager/getSecret:getSecret", {"name": "functions/db"})
    assert (found["arn"], found["description"]) == (secret.id, "d")
    assert "hunter2" not in json.dumps(found)


def test_a_key_is_found_by_its_alias(engine: SmallEngine) -> None:
    key = engine.create("aws:kms/key:Key", "found", {"description": "d"})
    engine.create("aws:kms/alias:Alias", "found", {"name": "alias/functions/found", "targetKeyId": key.id})
    for name in ("alias/functions/found", key.id, key.outputs["arn"]):
        found = engine.invoke("aws:kms/getKey:getKey", {"keyId": name})
        assert (found["arn"], found["id"], found["description"]) == (key.outputs["arn"], key.id, "d")
    with pytest.raises(Fault, match="NotFound"):
        engine.invoke("aws:kms/getKey:getKey", {"keyId": "alias/functions/nobodys"})


def test_a_bucket_is_found_by_its_name_and_one_that_is_not_there_is_an_error(engine: SmallEngine) -> None:
    made = engine.create("aws:s3/bucket:Bucket", "found", {"bucket": "there-it-is"})
    assert engine.invoke("aws:s3/getBucket:getBucket", {"bucket": "there-it-is"})["arn"] == made.outputs["arn"]
    with pytest.raises(Exception, match="404"):
        engine.invoke("aws:s3/getBucket:getBucket", {"bucket": "it-is-not"})


def test_a_policy_document_is_made_of_statements_sources_and_overrides(engine: SmallEngine) -> None:
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject"],
        "resources": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
        "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
        "conditions": [{"test": "StringLike", "variable": "aws:username", "values": ["&{aws:username}"]}],
    }
    override = {"Statement": [{"Sid": "Read", "Effect": "Deny", "Action": "*", "Resource": "*"}]}
    token = "aws:iam/getPolicyDocument:getPolicyDocument"
    made = json.loads(engine.invoke(token, {"statements": [statement]})["json"])
    assert made == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"],
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Condition": {"StringLike": {"aws:username": "${aws:username}"}},
            }
        ],
    }
    args = {"statements": [statement], "overridePolicyDocuments": [json.dumps(override)]}
    assert json.loads(engine.invoke(token, args)["json"])["Statement"] == override["Statement"]
