"""A call is allowed where a policy names its action and what it is about, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.access.evaluation import allowed

POLICY = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ecs:UpdateService"],
            "Resource": ["arn:aws:ecs:eu-west-1:111111111111:service/apps/*"],
        },
        {"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "arn:aws:ec2:eu-west-1:111111111111:vpc/*"},
        {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::111111111111:role/orders-*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::journal"},
        {
            "Effect": "Allow",
            "Action": "secretsmanager:DescribeSecret",
            "Resource": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop/database-*",
        },
        {
            "Effect": "Allow",
            "Action": "backup:CreateBackupPlan",
            "Resource": "arn:aws:backup:eu-west-1:111111111111:backup-plan:*",
        },
    ]
}


def call(service: str, operation: str, /, **names: str) -> dict[str, Any]:
    return {"service": service, "operation": operation, "names": {key: [value] for key, value in names.items()}}


@pytest.mark.parametrize(
    ("made", "passes"),
    [
        (call("ecs", "UpdateService", service="arn:aws:ecs:eu-west-1:111111111111:service/apps/orders"), True),
        (call("ecs", "UpdateService", service="arn:aws:ecs:eu-west-1:111111111111:service/other/orders"), False),
        (call("ecs", "DeleteService", service="arn:aws:ecs:eu-west-1:111111111111:service/apps/orders"), False),
        (call("ec2", "CreateVpc"), True),
        (call("iam", "GetRole", RoleName="orders-execution"), True),
        (call("iam", "GetRole", RoleName="admin"), False),
        (call("s3", "HeadBucket", Bucket="journal"), True),
        (call("s3", "HeadBucket", Bucket="other"), False),
        (call("sts", "GetCallerIdentity"), True),
        (call("secretsmanager", "DescribeSecret", SecretId="shop/database"), True),
        (call("secretsmanager", "DescribeSecret", SecretId="shop/other"), False),
        (call("backup", "CreateBackupPlan"), True),
    ],
)
def test_a_call_is_allowed_by_its_action_and_by_what_it_is_about(made: dict[str, Any], passes: bool) -> None:  # noqa: FBT001 - a case
    assert allowed(made, [POLICY]) is passes
