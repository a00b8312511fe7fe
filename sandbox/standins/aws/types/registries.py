"""ECR repositories and their policies."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Update

_MUTABILITY: Final = "imageTagMutability imageTagMutabilityExclusionFilters"

REPOSITORY = ResourceType(
    token="aws:ecr/repository:Repository",
    noun="ECR Repository",
    service="ecr",
    create=Call("CreateRepository", f"encryptionConfigurations imageScanningConfiguration {_MUTABILITY} name"),
    id="repository.repositoryName",
    read=Call("DescribeRepositories", also={"repositoryNames": lambda p: [p["id"]]}),
    item="repositories[0]",
    update=(
        Update(_MUTABILITY, Call("PutImageTagMutability", _MUTABILITY, {"repositoryName": lambda p: p["id"]})),
        Update(
            "imageScanningConfiguration",
            Call(
                "PutImageScanningConfiguration",
                also={
                    "repositoryName": lambda p: p["id"],
                    "imageScanningConfiguration": lambda p: (
                        p.get("imageScanningConfiguration") or {"scanOnPush": False}
                    ),
                },
            ),
        ),
    ),
    delete=Call(
        "DeleteRepository", also={"repositoryName": lambda p: p["id"], "force": lambda p: bool(p.get("forceDelete"))}
    ),
    names={
        "name": "repositoryName",
        "arn": "repositoryArn",
        "repositoryUrl": "repositoryUri",
        "encryptionConfigurations": "encryptionConfiguration",
        "encryptionConfigurations.kmsKey": "kmsKey",
    },
    force_new="encryptionConfigurations name",
    computed="encryptionConfigurations encryptionConfigurations.kmsKey",
    defaults={"imageTagMutability": "MUTABLE"},
    unread="forceDelete",
    naming=Naming(256, lower_case=True),
    tags="tags",
)


def _policy(token: str, noun: str, verb: str, text: str, *, replaced: bool, canonical: Any) -> ResourceType:  # noqa: ANN401
    """Both kinds of policy of a repository are read, written and deleted alike."""
    kind = "LifecyclePolicy" if replaced else "RepositoryPolicy"
    names = {"policy": text, "repository": "repositoryName"}
    write = Call(f"{verb}{kind}", "policy repository")
    where = {"repositoryName": lambda p: p["id"]}
    return ResourceType(
        token=token,
        noun=noun,
        service="ecr",
        create=write,
        id="repositoryName",
        read=Call(f"Get{kind}", also=where),
        update=() if replaced else (Update("policy", write),),
        delete=Call(f"Delete{kind}", also=where),
        names=names,
        force_new="policy repository" if replaced else "repository",
        # Deleting the old one last would delete the new one: a repository has only one.
        delete_first=replaced,
        canonical={"policy": canonical},
    )


LIFECYCLE_POLICY = _policy(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "ECR Lifecycle Policy",
    "Put",
    "lifecyclePolicyText",
    replaced=True,
    canonical=documents.json_text,
)
REPOSITORY_POLICY = _policy(
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "ECR Repository Policy",
    "Set",
    "policyText",
    replaced=False,
    canonical=documents.policy,
)

TYPES: Final = (REPOSITORY, LIFECYCLE_POLICY, REPOSITORY_POLICY)
