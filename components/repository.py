"""`Repository`: where a service's images are kept, each under a tag that never moves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import PULL, VERSION
from release.kept_images import MARK

MORE_THAN_ARE_MARKED: Final = 1000
"""Images that the first rule would have to select before it expired one. So many are never marked."""


@dataclass(frozen=True, kw_only=True)
class RepositoryArgs:
    """What the repository is called and what it keeps."""

    repository_name: str
    """People type it when they push."""
    moving_tags: Sequence[str] = ()
    """Tags, as ECR's wildcard filters, that may be pushed again. None: no tag moves."""
    kept_images: int
    """Images kept, newest first. Those of the last verified releases are kept whatever their age."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The customer's key that encrypts the images (ECR.5). It is decided once, when the repository is made, and counts
    for nothing afterwards: ECR changes it never, and has one repository of a name. None: AES-256, by a key of AWS's
    own."""
    readers: Sequence[str] = ()
    """Accounts whose roles may pull, where their own policies let them too. ECR decrypts for them."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""
    adopt: bool = False
    """Whether the repository exists already, so that it is taken over instead of made (see `existing_repositories`)."""


class Repository(pulumi.ComponentResource):
    """An ECR repository that outlives its stack: images are what every rollback and every audit needs."""

    repository_name: pulumi.Output[str]
    """Known once the repository is there."""
    arn: pulumi.Output[str]
    """What roles are allowed to pull from."""
    url: pulumi.Output[str]
    """What an image's name starts with: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`."""

    def __init__(self, name: str, args: RepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Repository", name, None, opts)
        repository = aws.ecr.Repository(
            name,
            name=args.repository_name,
            image_tag_mutability="IMMUTABLE_WITH_EXCLUSION" if args.moving_tags else "IMMUTABLE",
            image_tag_mutability_exclusion_filters=[
                aws.ecr.RepositoryImageTagMutabilityExclusionFilterArgs(filter=tags, filter_type="WILDCARD")
                for tags in args.moving_tags
            ]
            or None,
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="KMS" if args.kms_key_arn is not None else "AES256", kms_key=args.kms_key_arn
                )
            ],
            # Never `force_delete`: the images stay when the stack goes, and the next stack takes them over.
            opts=pulumi.ResourceOptions(
                parent=self,
                retain_on_delete=True,
                # What there is stays encrypted as it is: anything else would have the AWS plugin replace it.
                ignore_changes=["encryptionConfigurations"],
                import_=args.repository_name if args.adopt else None,
            ),
        )
        aws.ecr.LifecyclePolicy(
            name,
            repository=repository.name,
            policy=json.dumps(lifecycle_document(args.kept_images), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.readers:
            aws.ecr.RepositoryPolicy(
                name,
                repository=repository.name,
                policy=json.dumps(pull_policy(args), sort_keys=True),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.repository_name = repository.name
        self.arn = repository.arn
        self.url = repository.repository_url
        self.register_outputs({"repositoryName": self.repository_name, "arn": self.arn, "url": self.url})


def lifecycle_document(kept_images: int) -> dict[str, Any]:
    """Keeps the newest images, and all that are marked (AWS: "Examples of lifecycle policies in Amazon ECR")."""
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": "keep the images of the last verified releases",
                "selection": {
                    "tagStatus": "tagged",
                    "tagPrefixList": [MARK],
                    "countType": "imageCountMoreThan",
                    "countNumber": MORE_THAN_ARE_MARKED,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": f"keep the newest {kept_images} images",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": kept_images},
                "action": {"type": "expire"},
            },
        ]
    }


def pull_policy(args: RepositoryArgs) -> dict[str, Any]:
    """Other accounts pull, and nothing else (AWS: "Private repository policy examples in Amazon ECR"): documented."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "PulledByOtherAccounts",
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:{args.partition}:iam::{account}:root" for account in sorted(args.readers)]},
                "Action": list(PULL),
            }
        ],
    }


def existing_repositories(provider: pulumi.ProviderResource) -> frozenset[str]:
    """Names of the repositories in the account. Asked at once, for whether one is made or taken over is structure."""
    try:
        found = aws.ecr.get_repositories(opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        # The first thing that is asked of AWS: what is wrong with credentials, account or network shows here.
        raise pulumi.RunError(f"AWS did not say which image repositories there are: {error}") from None
    return frozenset(found.names)
