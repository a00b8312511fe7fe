"""ECR: what holds for a whole registry."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties


def _account(s: Situation, _: dict[str, Any]) -> str:
    """A registry is known by its account."""
    return s.aws.identity().account


_PUT_POLICY: Final = Call("PutRegistryPolicy", "policy")

REGISTRY_POLICY = ResourceType(
    token="aws:ecr/registryPolicy:RegistryPolicy",
    noun="ECR Registry Policy",
    service="ecr",
    create=_PUT_POLICY,
    id="registryId",
    read=Call("GetRegistryPolicy"),
    update=(Update("policy", _PUT_POLICY),),
    delete=Call("DeleteRegistryPolicy"),
    names={"policy": "policyText"},
    canonical={"policy": documents.policy},
)

_PUT_SCANNING: Final = Call("PutRegistryScanningConfiguration", "rules scanType")

SCANNING = ResourceType(
    token="aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
    noun="ECR Registry Scanning Configuration",
    service="ecr",
    create=_PUT_SCANNING,
    id=_account,
    read=Call("GetRegistryScanningConfiguration"),
    item="scanningConfiguration",
    update=(Update("rules scanType", _PUT_SCANNING),),
    delete=Call("PutRegistryScanningConfiguration", also={"scanType": "BASIC", "rules": []}),
    outputs={"registryId": _account},
)


def _put_replication(s: Situation) -> dict[str, Any]:
    asked = s.p.get("replicationConfiguration") or {"rules": []}
    return s.call("ecr", "PutReplicationConfiguration", replicationConfiguration=asked)


def _replicates(s: Situation, item: dict[str, Any]) -> Properties | None:
    del s
    found: Properties = item["replicationConfiguration"]
    return found if found["rules"] else None


REPLICATION = ResourceType(
    token="aws:ecr/replicationConfiguration:ReplicationConfiguration",
    noun="ECR Replication Configuration",
    service="ecr",
    create=_put_replication,
    id=_account,
    read=Call("DescribeRegistry"),
    update=(Update("replicationConfiguration", _put_replication),),
    delete=Call("PutReplicationConfiguration", also={"replicationConfiguration": {"rules": []}}),
    outputs={"replicationConfiguration": _replicates},
)

_BY_PREFIX: Final = {"ecrRepositoryPrefix": lambda p: p["id"]}

PULL_THROUGH_CACHE = ResourceType(
    token="aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
    noun="ECR Pull Through Cache Rule",
    service="ecr",
    create=Call(
        "CreatePullThroughCacheRule",
        "credentialArn customRoleArn ecrRepositoryPrefix upstreamRegistryUrl upstreamRepositoryPrefix",
    ),
    id="ecrRepositoryPrefix",
    read=Call("DescribePullThroughCacheRules", also={"ecrRepositoryPrefixes": lambda p: [p["id"]]}),
    item="pullThroughCacheRules[0]",
    update=(
        Update(
            "credentialArn customRoleArn", Call("UpdatePullThroughCacheRule", "credentialArn customRoleArn", _BY_PREFIX)
        ),
    ),
    delete=Call("DeletePullThroughCacheRule", also=_BY_PREFIX),
    force_new="ecrRepositoryPrefix upstreamRegistryUrl upstreamRepositoryPrefix",
    computed="upstreamRepositoryPrefix",
)

_TEMPLATE: Final = (
    "appliedFors customRoleArn description encryptionConfigurations imageTagMutability "
    "imageTagMutabilityExclusionFilters lifecyclePolicy repositoryPolicy"
)

CREATION_TEMPLATE = ResourceType(
    token="aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    noun="ECR Repository Creation Template",
    service="ecr",
    create=Call("CreateRepositoryCreationTemplate", f"{_TEMPLATE} prefix"),
    id="repositoryCreationTemplate.prefix",
    read=Call("DescribeRepositoryCreationTemplates", also={"prefixes": lambda p: [p["id"]]}),
    item="repositoryCreationTemplates[0]",
    update=(Update(_TEMPLATE, Call("UpdateRepositoryCreationTemplate", _TEMPLATE, {"prefix": lambda p: p["id"]})),),
    delete=Call("DeleteRepositoryCreationTemplate", also={"prefix": lambda p: p["id"]}),
    names={
        "appliedFors": "appliedFor",
        "encryptionConfigurations": "encryptionConfiguration",
        "encryptionConfigurations.kmsKey": "kmsKey",
    },
    outputs={"registryId": _account},
    force_new="prefix",
    computed="encryptionConfigurations encryptionConfigurations.kmsKey",
    defaults={"imageTagMutability": "MUTABLE"},
    canonical={"lifecyclePolicy": documents.json_text, "repositoryPolicy": documents.policy},
    not_imitated="resourceTags",
)

TYPES: Final = (REGISTRY_POLICY, SCANNING, REPLICATION, PULL_THROUGH_CACHE, CREATION_TEMPLATE)
