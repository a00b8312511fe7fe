"""KMS keys of the sandbox, as AWS would make them."""

from __future__ import annotations

import boto3
from moto import mock_aws

from sandbox import moto_repairs


@mock_aws
def test_a_key_that_is_made_without_a_word_of_its_usage_encrypts_and_decrypts() -> None:
    """AWS: "CreateKey", KeyUsage."""
    moto_repairs.apply()
    kms = boto3.client("kms", region_name="eu-west-1")
    made = kms.create_key()["KeyMetadata"]
    signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]
    assert (made["KeyUsage"], signing["KeyUsage"]) == ("ENCRYPT_DECRYPT", "SIGN_VERIFY")
