"""Every request is written down, where nobody else writes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from components.access_logs import AccessLogs
from components.load_balancer import LoadBalancer
from tests.components.builders import ACCESS_LOGS, LOAD_BALANCER, build
from tests.recording_engine import ACCOUNT, REGION

BUCKET = f"arn:aws:s3:::{ACCESS_LOGS.bucket_name}"


def test_the_bucket_is_private_encrypted_and_forgets() -> None:
    engine = build(AccessLogs, ACCESS_LOGS)
    block = engine.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert {key for key, value in block.items() if value is True} == {
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    }
    encryption = engine.one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
    assert encryption.inputs["rules"] == [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    [rule] = engine.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert (rule["status"], rule["filter"], rule["expiration"]) == ("Enabled", {"prefix": ""}, {"days": 365})
    with pytest.raises(ValueError, match="retention_days is 0"):
        replace(ACCESS_LOGS, retention_days=0)


def test_load_balancers_of_the_account_write_and_nobody_else_and_all_by_tls() -> None:
    policy = json.loads(build(AccessLogs, ACCESS_LOGS).one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"])
    deny, allow = policy["Statement"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert deny["Resource"] == [BUCKET, f"{BUCKET}/*"]
    assert allow["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert (allow["Action"], allow["Resource"]) == ("s3:PutObject", f"{BUCKET}/AWSLogs/{ACCOUNT}/*")
    assert allow["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/*"},
    }


@pytest.mark.parametrize("gone", [True, False])
def test_logs_go_with_the_bucket_only_where_somebody_says_so(gone: bool) -> None:  # noqa: FBT001 - a case
    engine = build(AccessLogs, replace(ACCESS_LOGS, deleted_with_its_logs=gone))
    assert engine.one("aws:s3/bucket:Bucket").inputs.get("forceDestroy") is gone


def test_a_load_balancer_is_told_of_its_bucket() -> None:
    """Security Hub ELB.5."""
    kind = "aws:lb/loadBalancer:LoadBalancer"
    made = build(LoadBalancer, replace(LOAD_BALANCER, access_logs_bucket="logs")).one(kind).inputs
    assert made["accessLogs"] == {"bucket": "logs", "enabled": True}
    assert "accessLogs" not in build(LoadBalancer, LOAD_BALANCER).one(kind).inputs
