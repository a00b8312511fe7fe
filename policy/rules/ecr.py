"""Amazon ECR (AWS Security Hub: "Security Hub controls for Amazon ECR")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policy.checked_resource import CheckedResource, refers_to
from policy.requirements import each, one_of, present, requires, tagged
from policy.rule import NOT_IN_TEST, TOLD, ResourceRule, Rule, Severity, StackRule

REPOSITORY: Final = "aws:ecr/repository:Repository"
LIFECYCLE_POLICY: Final = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
PUBLIC_REPOSITORY: Final = "aws:ecrpublic/repository:Repository"


def _has_lifecycle_policy(repository: CheckedResource, stack: Sequence[CheckedResource]) -> Iterator[str]:
    if not any(one.type == LIFECYCLE_POLICY and refers_to(one, "repository", repository) for one in stack):
        yield "no lifecycle policy belongs to it"


RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="ECR.1",
        sentence="Images are scanned when they are pushed",
        severity=Severity.HIGH,
        types=(REPOSITORY,),
        check=requires(one_of("imageScanningConfiguration.scanOnPush", True)),
        fix="Set imageScanningConfiguration.scanOnPush to true",
    ),
    ResourceRule(
        id="ECR.2",
        sentence="A tag that was pushed stays what it is",
        severity=Severity.MEDIUM,
        types=(REPOSITORY,),
        check=requires(one_of("imageTagMutability", "IMMUTABLE")),
        fix="Set imageTagMutability to IMMUTABLE",
        levels=NOT_IN_TEST,
    ),
    StackRule(
        id="ECR.3",
        sentence="Every repository has a lifecycle policy",
        severity=Severity.MEDIUM,
        types=(REPOSITORY,),
        check=_has_lifecycle_policy,
        fix="Add an aws.ecr.LifecyclePolicy",
    ),
    ResourceRule(
        id="ECR.4",
        sentence="Public repositories carry tags",
        severity=Severity.LOW,
        types=(PUBLIC_REPOSITORY,),
        check=tagged,
        fix="Tag it, or set defaultTags on the provider",
    ),
    ResourceRule(
        id="ECR.5",
        sentence="Repositories are encrypted with a key of the customer's",
        severity=Severity.MEDIUM,
        types=(REPOSITORY,),
        check=requires(
            each("encryptionConfigurations", one_of("encryptionType", "KMS"), present("kmsKey", "a key's ARN"), least=1)
        ),
        fix="Name a key in slipway:images of the stack file; it is decided once, when the repository is made",
        levels=TOLD,
    ),
)
