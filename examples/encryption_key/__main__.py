"""A key of one's own, and the log group that it encrypts."""

import pulumi
import pulumi_aws as aws

from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.key_policy import used_for_log_groups

ACCOUNT, REGION, LOG_GROUP = "111111111111", "eu-west-1", "/jobs/nightly"

key = EncryptionKey(
    "nightly",
    EncryptionKeyArgs(
        alias_name="logs/nightly",
        description=f"Log group {LOG_GROUP}",
        account=ACCOUNT,
        uses=[used_for_log_groups("LogsOfTheJob", REGION, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{LOG_GROUP}")],
    ),
)
aws.cloudwatch.LogGroup("nightly", name=LOG_GROUP, retention_in_days=365, kms_key_id=key.arn)
pulumi.export("key", key.alias_name)
