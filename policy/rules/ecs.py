"""Amazon ECS (AWS Security Hub: "Amazon ECS controls")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policy.checked_resource import CheckedResource, Part
from policy.requirements import document, each, none_of, one_of, present, requires, said, tagged
from policy.rule import ResourceRule, Rule, Severity

SERVICE: Final = "aws:ecs/service:Service"
TASK_SET: Final = "aws:ecs/taskSet:TaskSet"
TASK_DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER: Final = "aws:ecs/cluster:Cluster"
CAPACITY_PROVIDER: Final = "aws:ecs/capacityProvider:CapacityProvider"

CONTAINERS: Final = "containerDefinitions"
CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA")
"""The names that ECS.8 looks for."""
ROOT_USERS: Final = ("root", "0")


def _no_credentials(container: Part) -> Iterator[str]:
    for variable in container.parts("environment"):
        if variable.at("name") in CREDENTIALS:
            yield f"{variable.path} gives the container {variable.at('name')} in plain"


def _not_root(container: Part) -> Iterator[str]:
    user = container.at("user")
    if user is None or str(user).partition(":")[0] in ROOT_USERS:
        yield said(container, "user", user, "a user that is not root")


def _insights(resource: CheckedResource) -> Iterator[str]:
    settings = {one.at("name"): one.at("value") for one in resource.root.parts("settings")}
    if settings.get("containerInsights") not in ("enabled", "enhanced"):
        yield said(
            resource.root, "settings.containerInsights", settings.get("containerInsights"), "enabled or enhanced"
        )


def _encrypted_volumes(resource: CheckedResource) -> Iterator[str]:
    encrypted = one_of("transitEncryption", "ENABLED")
    for volume in resource.root.parts("volumes"):
        for configuration in volume.parts("efsVolumeConfiguration"):
            yield from encrypted(configuration)


RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="ECS.2",
        sentence="Services give their tasks no public IP address",
        severity=Severity.HIGH,
        types=(SERVICE,),
        check=requires(one_of("networkConfiguration.assignPublicIp", False)),
        fix="Set networkConfiguration.assignPublicIp to false and run the tasks in private subnets",
    ),
    ResourceRule(
        id="ECS.3",
        sentence="Task definitions do not share the host's process namespace",
        severity=Severity.HIGH,
        types=(TASK_DEFINITION,),
        check=requires(none_of("pidMode", "host")),
        fix="Remove pidMode, or set it to task",
    ),
    ResourceRule(
        id="ECS.4",
        sentence="Containers run without privileges on their host",
        severity=Severity.HIGH,
        types=(TASK_DEFINITION,),
        check=requires(document(CONTAINERS, each("", none_of("privileged", True), least=1))),
        fix="Remove privileged from the container",
    ),
    ResourceRule(
        id="ECS.5",
        sentence="Containers cannot write to their root file system",
        severity=Severity.HIGH,
        types=(TASK_DEFINITION,),
        check=requires(document(CONTAINERS, each("", one_of("readonlyRootFilesystem", True), least=1))),
        fix="Set readonlyRootFilesystem to true, and mount a volume where the container writes",
    ),
    ResourceRule(
        id="ECS.8",
        sentence="No credentials of AWS stand in environment variables",
        severity=Severity.HIGH,
        types=(TASK_DEFINITION,),
        check=requires(document(CONTAINERS, each("", _no_credentials, least=1))),
        fix="Give the task role the permission, or hand the value over as a secret by reference",
        waivable=False,
    ),
    ResourceRule(
        id="ECS.9",
        sentence="Containers log somewhere",
        severity=Severity.HIGH,
        types=(TASK_DEFINITION,),
        check=requires(document(CONTAINERS, each("", present("logConfiguration.logDriver", "a log driver"), least=1))),
        fix="Set logConfiguration, such as awslogs into a log group",
    ),
    ResourceRule(
        id="ECS.10",
        sentence="Services run on Fargate's latest platform version",
        severity=Severity.MEDIUM,
        types=(SERVICE,),
        check=requires(one_of("platformVersion", "LATEST")),
        fix="Set platformVersion to LATEST",
    ),
    ResourceRule(
        id="ECS.12",
        sentence="Clusters use Container Insights",
        severity=Severity.MEDIUM,
        types=(CLUSTER,),
        check=_insights,
        fix="Set containerInsights in the cluster's settings to enhanced or enabled",
    ),
    *(
        ResourceRule(
            id=control,
            sentence=f"{noun} carry tags",
            severity=Severity.LOW,
            types=(kind,),
            check=tagged,
            fix="Tag it, or set defaultTags on the provider",
        )
        for control, noun, kind in (
            ("ECS.13", "Services", SERVICE),
            ("ECS.14", "Clusters", CLUSTER),
            ("ECS.15", "Task definitions", TASK_DEFINITION),
        )
    ),
    ResourceRule(
        id="ECS.16",
        sentence="Task sets give their tasks no public IP address",
        severity=Severity.HIGH,
        types=(TASK_SET,),
        check=requires(one_of("networkConfiguration.assignPublicIp", False)),
        fix="Set networkConfiguration.assignPublicIp to false",
    ),
    ResourceRule(
        id="ECS.17",
        sentence="Tasks have a network interface of their own",
        severity=Severity.MEDIUM,
        types=(TASK_DEFINITION,),
        check=requires(one_of("networkMode", "awsvpc")),
        fix="Set networkMode to awsvpc",
    ),
    ResourceRule(
        id="ECS.18",
        sentence="EFS volumes are encrypted on their way",
        severity=Severity.MEDIUM,
        types=(TASK_DEFINITION,),
        check=_encrypted_volumes,
        fix="Set efsVolumeConfiguration.transitEncryption to ENABLED",
    ),
    ResourceRule(
        id="ECS.19",
        sentence="Capacity providers protect instances with tasks from scaling in",
        severity=Severity.MEDIUM,
        types=(CAPACITY_PROVIDER,),
        check=requires(one_of("autoScalingGroupProvider.managedTerminationProtection", "ENABLED")),
        fix="Set managedTerminationProtection to ENABLED, or use Fargate",
    ),
    ResourceRule(
        id="ECS.20",
        sentence="Containers do not run as root",
        severity=Severity.MEDIUM,
        types=(TASK_DEFINITION,),
        check=requires(document(CONTAINERS, each("", _not_root, least=1))),
        fix="Set user to one that is not root, such as 65532:65532",
    ),
)
