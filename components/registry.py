"""`Registry`: what holds for all image repositories of an account in one region."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION
from components.repository import lifecycle_document

UPSTREAMS: Final[Mapping[str, str]] = {
    "ecr-public": "public.ecr.aws",
    "quay": "quay.io",
    "k8s": "registry.k8s.io",
    "docker-hub": "registry-1.docker.io",
    "github": "ghcr.io",
    "gitlab": "registry.gitlab.com",
}
"""Registries that are cached -> their address (AWS: "Creating a pull through cache rule in Amazon ECR"): documented."""
WITH_CREDENTIALS: Final = frozenset({"docker-hub", "github", "gitlab"})
"""Those that ask who pulls: documented (same page)."""
CREDENTIALS: Final = "ecr-pullthroughcache/"
"""How the name of a secret with credentials begins (same page): documented."""
EVERYTHING: Final = "*"
ANY_PREFIX: Final = "ROOT"
"""The prefix of a template for repositories that no other template is for (AWS: "Templates to control repositories
created during a pull through cache, create on push, or replication action"): documented."""
MOST_DESTINATIONS: Final = 25
"""AWS: "Amazon ECR service quotas", destinations of a replication configuration's rules: documented."""


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A registry that gets every image that is pushed here from now on."""

    account: str
    """Twelve digits. Another account's registry must let this one in: `replicas_from` there."""
    region: str
    """Its region."""


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """A registry of somebody else's, whose images are pulled through this one and kept in it."""

    prefix: str
    """How the repositories of its images begin here, 2 to 30 characters, such as `ecr-public`."""
    registry: str
    """Which it is: `ecr-public`, `quay`, `k8s`, `docker-hub`, `github` or `gitlab`."""
    credentials: pulumi.Input[str] | None = None
    """ARN of the secret with user name and token, whose name begins with `ecr-pullthroughcache/`. The last three want
    one."""
    pulled_by: Sequence[pulumi.Input[str]] = ()
    """ARNs of roles of this account that may have images fetched, and repositories made for them: execution roles of
    tasks. What is in the cache already is pulled by their own policies."""

    def __post_init__(self) -> None:
        if self.registry not in UPSTREAMS:
            raise ValueError(f"registry is {self.registry!r}; allowed are {', '.join(UPSTREAMS)}")
        if not re.fullmatch(r"(?=.{2,30}$)[a-z0-9]+([._/-]+[a-z0-9]+)*", self.prefix):
            raise ValueError(
                f"prefix is {self.prefix!r}; allowed are 2 to 30 lower-case letters, digits, '.', '_', '-', '/'"
            )
        if self.registry in WITH_CREDENTIALS and self.credentials is None:
            raise ValueError(
                f"{self.registry} asks who pulls; name in `credentials` a secret that begins with {CREDENTIALS}"
            )
        if isinstance(self.credentials, str) and f":secret:{CREDENTIALS}" not in self.credentials:
            raise ValueError(
                f"credentials are {self.credentials!r}; ECR takes secrets alone whose name begins with {CREDENTIALS}"
            )


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """What is scanned, what is copied where, and whose images are cached."""

    account: str
    """The AWS account, twelve digits."""
    region: str
    """Its region, such as `eu-west-1`."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""
    enhanced_scanning: bool = False
    """Whether Amazon Inspector scans, again and again, programming languages too; it costs by image, and who deploys
    must be allowed to use Inspector besides (AWS: "IAM permissions required for enhanced scanning in Amazon ECR").
    False: ECR scans the operating system when an image is pushed."""
    scanned: Sequence[str] = (EVERYTHING,)
    """Repositories that are scanned, with `*` for anything."""
    replicas: Sequence[Replica] = ()
    """Registries that get what is pushed here."""
    replicated_prefixes: Sequence[str] = ()
    """How the repositories begin that are replicated. None: all are."""
    replicas_from: Sequence[str] = ()
    """Accounts that may replicate into this registry."""
    upstreams: Sequence[Upstream] = ()
    """Registries that are cached."""
    kept_images: int = 100
    """Images kept, newest first, in each repository that a cache or a replication makes here."""

    def __post_init__(self) -> None:
        if Replica(account=self.account, region=self.region) in self.replicas:
            raise ValueError(f"replicas name this registry itself, {self.account} in {self.region}; take it out")
        if len(self.replicas) > MOST_DESTINATIONS:
            raise ValueError(f"{len(self.replicas)} replicas; ECR takes {MOST_DESTINATIONS}")
        if self.replicated_prefixes and not self.replicas:
            raise ValueError("replicated_prefixes say what is replicated, and no replicas say where to; name some")
        prefixes = [one.prefix for one in self.upstreams]
        doubled = sorted({prefix for prefix in prefixes if prefixes.count(prefix) > 1})
        if doubled:
            raise ValueError(f"two upstreams have the prefix {doubled[0]!r}; give each its own")


class Registry(pulumi.ComponentResource):
    """The settings of an account's ECR registry in one region, of which there is one: make it once.

    AWS: "Private registry settings in Amazon ECR". Images that are there already are not replicated, and what a cache
    has made is not deleted with it: documented.
    """

    registry_id: pulumi.Output[str]
    """What the registry is known by: the account's number."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        scanning = aws.ecr.RegistryScanningConfiguration(
            name,
            scan_type="ENHANCED" if args.enhanced_scanning else "BASIC",
            rules=[
                aws.ecr.RegistryScanningConfigurationRuleArgs(
                    scan_frequency="CONTINUOUS_SCAN" if args.enhanced_scanning else "SCAN_ON_PUSH",
                    repository_filters=[
                        aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                            filter=pattern, filter_type="WILDCARD"
                        )
                        for pattern in args.scanned
                    ],
                )
            ]
            if args.scanned
            else [],
            opts=child,
        )
        if args.replicas:
            aws.ecr.ReplicationConfiguration(name, replication_configuration=_replication(args), opts=child)
        if args.replicas_from or any(one.pulled_by for one in args.upstreams):
            policy = pulumi.Output.json_dumps(registry_policy(args), sort_keys=True)
            aws.ecr.RegistryPolicy(name, policy=policy, opts=child)
        self._templates(name, args)
        for one in args.upstreams:
            aws.ecr.PullThroughCacheRule(
                f"{name}-{one.prefix}",
                ecr_repository_prefix=one.prefix,
                upstream_registry_url=UPSTREAMS[one.registry],
                credential_arn=one.credentials,
                opts=child,
            )
        self.registry_id = scanning.id
        self.register_outputs({"registryId": self.registry_id})

    def _templates(self, name: str, args: RegistryArgs) -> None:
        """What the repositories are like that ECR makes by itself. Without a template nothing in them ever expires."""
        newest = {"rules": [{**lifecycle_document(args.kept_images)["rules"][-1], "rulePriority": 1}]}
        # A tag of the upstream that moves could not be fetched again into a repository whose tags are immutable:
        # assumed, from AWS's "Image tag mutability".
        made = {one.prefix: ("PULL_THROUGH_CACHE", "MUTABLE", newest) for one in args.upstreams}
        if args.replicas_from:
            made[ANY_PREFIX] = ("REPLICATION", "IMMUTABLE", lifecycle_document(args.kept_images))
        for prefix, (feature, mutability, lifecycle) in made.items():
            aws.ecr.RepositoryCreationTemplate(
                f"{name}-{prefix}",
                prefix=prefix,
                applied_fors=[feature],
                description=f"What {feature.lower().replace('_', ' ')} makes",
                image_tag_mutability=mutability,
                encryption_configurations=[
                    aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(encryption_type="AES256")
                ],
                lifecycle_policy=json.dumps(lifecycle, sort_keys=True),
                opts=pulumi.ResourceOptions(parent=self),
            )


def registry_policy(args: RegistryArgs) -> dict[str, Any]:
    """Who may replicate into the registry, and who may have images fetched into its caches.

    AWS: "Private registry permissions in Amazon ECR", "IAM permissions required to sync an upstream registry with an
    Amazon ECR private registry": documented.
    """
    repositories = f"arn:{args.partition}:ecr:{args.region}:{args.account}:repository"
    others = [f"arn:{args.partition}:iam::{account}:root" for account in sorted(args.replicas_from)]
    replicated = {
        "Sid": "ReplicatedFromOtherAccounts",
        "Effect": "Allow",
        "Principal": {"AWS": others},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": f"{repositories}/*",
    }
    cached = [
        {
            "Sid": f"PulledThroughCache{number}",
            "Effect": "Allow",
            "Principal": {"AWS": list(one.pulled_by)},
            "Action": ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
            "Resource": f"{repositories}/{one.prefix}/*",
        }
        for number, one in enumerate(args.upstreams, start=1)
        if one.pulled_by
    ]
    return {"Version": VERSION, "Statement": [*([replicated] if others else []), *cached]}


def _replication(args: RegistryArgs) -> aws.ecr.ReplicationConfigurationReplicationConfigurationArgs:
    return aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
        rules=[
            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                destinations=[
                    aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                        region=one.region, registry_id=one.account
                    )
                    for one in args.replicas
                ],
                repository_filters=[
                    aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                        filter=prefix, filter_type="PREFIX_MATCH"
                    )
                    for prefix in args.replicated_prefixes
                ]
                or None,
            )
        ]
    )
