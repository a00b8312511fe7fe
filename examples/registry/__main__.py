"""What holds for all image repositories of an account, and one of them that another account pulls from."""

import pulumi

from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.registry import Registry, RegistryArgs, Replica, Upstream
from components.repository import Repository, RepositoryArgs

ACCOUNT, REGION = "111111111111", "eu-west-1"

Registry(
    "images",
    RegistryArgs(
        account=ACCOUNT,
        region=REGION,
        replicas=[Replica(account=ACCOUNT, region="eu-central-1")],
        replicated_prefixes=["shared/"],
        upstreams=[Upstream(prefix="ecr-public", registry="ecr-public")],
    ),
)
key = EncryptionKey("images", EncryptionKeyArgs(alias_name="ecr/shared", description="Shared images", account=ACCOUNT))
base = Repository(
    "base",
    RepositoryArgs(repository_name="shared/base", kept_images=50, kms_key_arn=key.arn, readers=["222222222222"]),
)
pulumi.export("repository", base.url)
