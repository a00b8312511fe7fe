"""What the life of buckets and secrets takes. AWS: "Actions, resources, and condition keys for Amazon S3".

Of all buckets only those of access logs go with their stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import Kind, Need, buckets

BUCKETS: Final = buckets("{bucket}")


def _setting(name: str, actions: str) -> Kind:
    lower = name[0].lower() + name[1:]
    return Kind(of=f"aws:s3/{lower}:{name}", needs=(Need(actions=actions, on=BUCKETS),))


KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:s3/bucket:Bucket",
        placeholder="bucket",
        named_by="bucket",
        needs=(
            # HeadBucket asks for ListBucket.
            Need(
                actions="s3:CreateBucket s3:ListBucket s3:GetBucketTagging s3:PutBucketTagging s3:DeleteBucket "
                "s3:ListBucketVersions",
                on=BUCKETS,
            ),
            Need(
                actions="s3:GetAccelerateConfiguration s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLocation "
                "s3:GetBucketLogging s3:GetBucketObjectLockConfiguration s3:GetBucketPolicy s3:GetBucketRequestPayment "
                "s3:GetBucketVersioning s3:GetBucketWebsite s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration "
                "s3:GetReplicationConfiguration",
                on=BUCKETS,
                why="AWS plugin: reads all settings of a bucket, whatever the program sets",
            ),
        ),
    ),
    _setting(
        "BucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration s3:GetBucketObjectLockConfiguration"
    ),
    _setting("BucketPolicy", "s3:PutBucketPolicy s3:GetBucketPolicy s3:DeleteBucketPolicy"),
    _setting("BucketLifecycleConfiguration", "s3:PutLifecycleConfiguration s3:GetLifecycleConfiguration"),
    _setting("BucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock s3:GetBucketPublicAccessBlock"),
    _setting("BucketServerSideEncryptionConfiguration", "s3:PutEncryptionConfiguration s3:GetEncryptionConfiguration"),
    _setting("BucketVersioning", "s3:PutBucketVersioning s3:GetBucketVersioning"),
)
