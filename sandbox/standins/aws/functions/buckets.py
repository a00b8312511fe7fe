"""S3 buckets that exist already."""

from __future__ import annotations

from typing import Final

from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties


def _bucket(s: Situation) -> Properties:
    name = s.p["bucket"]
    s.call("s3", "HeadBucket", Bucket=name)
    return {
        "id": name,
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": s.region,
        "bucketRegionalDomainName": f"{name}.s3.{s.region}.amazonaws.com",
    }


FUNCTIONS: Final = (
    Function(
        token="aws:s3/getBucket:getBucket", ask=_bucket, not_imitated="hostedZoneId tags websiteDomain websiteEndpoint"
    ),
)
