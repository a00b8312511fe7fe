"""What the life of clusters, services, roles and image repositories takes.

AWS: "Actions, resources, and condition keys for Amazon Elastic Container Service" and for the other services.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from access.need import EVERYTHING, TAGGED, Kind, Need, When, regional, worldwide

SERVICES: Final = regional("ecs", "service/{cluster}/*")
TASK_DEFINITIONS: Final = regional("ecs", "task-definition/{family}:*")
CLUSTERS: Final = regional("ecs", "cluster/{cluster}")
ROLES: Final = worldwide("iam", "role/{role}")
REPOSITORIES: Final = regional("ecr", "repository/{repository}")


def passed(service: str, why: str) -> Need:
    """The program's roles go to a service, which a call asks for."""
    why = f"no call of its own: AWS asks for it in {why}"
    return Need(actions="iam:PassRole", on=ROLES, when=When.PASSED, service=service, why=why)


def linked(service: str, path: str, why: str) -> Need:
    """A service's own role, which AWS makes where there is none yet."""
    return Need(
        actions="iam:CreateServiceLinkedRole",
        on=worldwide("iam", f"role/aws-service-role/{service}/{path}"),
        when=When.SERVICE_LINKED,
        service=service,
        why=f"no call of its own: AWS makes {why} the first time in an account",
    )


KINDS: Final[Sequence[Kind]] = (
    Kind(
        of="aws:ecs/cluster:Cluster",
        placeholder="cluster",
        needs=(
            # A resource of CreateCluster is the cluster that is to be.
            Need(actions="ecs:CreateCluster ecs:DeleteCluster ecs:DescribeClusters", on=CLUSTERS),
            Need(actions="ecs:UpdateCluster", on=CLUSTERS, why="AWS plugin: when the cluster's settings change"),
            Need(
                actions="ecs:TagResource ecs:UntagResource ecs:ListTagsForResource",
                on=CLUSTERS,
                why=TAGGED,
            ),
            linked("ecs.amazonaws.com", "AWSServiceRoleForECS", "ECS's own role"),
        ),
    ),
    Kind(
        of="aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        needs=(Need(actions="ecs:PutClusterCapacityProviders ecs:DescribeClusters", on=CLUSTERS),),
    ),
    Kind(
        of="aws:ecs/taskDefinition:TaskDefinition",
        placeholder="family",
        named_by="family",
        needs=(
            Need(actions="ecs:RegisterTaskDefinition", on=TASK_DEFINITIONS),
            Need(actions="ecs:DescribeTaskDefinition"),
            Need(
                actions="ecs:DeregisterTaskDefinition",
                why="AWS plugin: where a task definition is not kept (Slipway keeps all, for rollbacks)",
            ),
            Need(
                actions="ecs:TagResource ecs:UntagResource ecs:ListTagsForResource",
                on=TASK_DEFINITIONS,
                why=TAGGED,
            ),
            passed("ecs-tasks.amazonaws.com", "RegisterTaskDefinition for the task's roles"),
        ),
    ),
    Kind(
        of="aws:ecs/service:Service",
        placeholder="service",
        needs=(
            Need(
                actions="ecs:CreateService ecs:UpdateService ecs:DeleteService ecs:DescribeServices",
                on=SERVICES,
            ),
            Need(
                actions="ecs:TagResource ecs:UntagResource ecs:ListTagsForResource",
                on=SERVICES,
                why=TAGGED,
            ),
            passed("ecs.amazonaws.com", "CreateService and UpdateService for the role that shifts traffic"),
        ),
    ),
    Kind(
        of="aws:iam/role:Role",
        placeholder="role",
        needs=(
            Need(actions="iam:CreateRole", on=ROLES, when=When.BOUNDED),
            Need(actions="iam:GetRole iam:DeleteRole", on=ROLES),
            Need(
                actions="iam:UpdateAssumeRolePolicy iam:UpdateRole iam:TagRole iam:UntagRole",
                on=ROLES,
                why="AWS plugin: when trust, description or tags of a role change",
            ),
            Need(
                actions="iam:PutRolePermissionsBoundary",
                on=ROLES,
                when=When.BOUNDED,
                why="AWS plugin: when a boundary is switched on",
            ),
            Need(
                actions="iam:ListRolePolicies iam:ListAttachedRolePolicies iam:ListInstanceProfilesForRole",
                on=ROLES,
                why="AWS plugin: reads what hangs on a role, and before it deletes one",
            ),
        ),
    ),
    Kind(
        of="aws:iam/rolePolicy:RolePolicy",
        needs=(
            Need(actions="iam:PutRolePolicy", on=ROLES, when=When.BOUNDED),
            Need(actions="iam:GetRolePolicy iam:DeleteRolePolicy", on=ROLES),
        ),
    ),
    Kind(
        of="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        placeholder="attached",
        named_by="policyArn",
        needs=(
            Need(actions="iam:AttachRolePolicy", on=ROLES, when=When.ATTACHED),
            Need(actions="iam:DetachRolePolicy iam:ListAttachedRolePolicies", on=ROLES),
        ),
    ),
    Kind(
        of="aws:ecr/repository:Repository",
        placeholder="repository",
        needs=(
            Need(actions="ecr:CreateRepository ecr:ListTagsForResource", on=REPOSITORIES),
            # Which there are in the account decides whether one is made or taken over.
            Need(actions="ecr:DescribeRepositories", on=regional("ecr", "repository/*")),
            Need(
                actions="ecr:PutImageTagMutability ecr:PutImageScanningConfiguration ecr:TagResource ecr:UntagResource",
                on=REPOSITORIES,
                why="AWS plugin: when mutability, scanning or tags change; TagResource also when tags are given",
            ),
            # AWS: "Encryption at rest" of ECR, required IAM permissions.
            Need(
                actions="kms:CreateGrant kms:DescribeKey kms:RetireGrant",
                on=regional("kms", "key/*"),
                when=When.OWNED,
                why="no call of its own: AWS asks for them when a repository is made with a key",
            ),
            Need(
                actions="kms:CreateGrant kms:RetireGrant",
                on=regional("kms", "key/*"),
                when=When.NAMED,
                why="no call of its own: AWS asks for them when a repository is made with a key",
            ),
        ),
    ),
    Kind(
        of="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        needs=(
            Need(
                actions="ecr:PutLifecyclePolicy ecr:GetLifecyclePolicy ecr:DeleteLifecyclePolicy",
                on=REPOSITORIES,
            ),
        ),
    ),
    Kind(
        of="docker:index/image:Image",
        needs=(
            Need(
                actions="ecr:GetAuthorizationToken",
                on=(EVERYTHING,),
                why="Docker's log-in to the registry, where images are built here",
            ),
            Need(
                actions="ecr:BatchCheckLayerAvailability ecr:InitiateLayerUpload ecr:UploadLayerPart "
                "ecr:CompleteLayerUpload ecr:PutImage ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
                on=REPOSITORIES,
                why="Docker's push: the registry asks for them, by its own protocol",
            ),
        ),
    ),
    Kind(
        of="aws:appautoscaling/target:Target",
        needs=(
            Need(
                actions="application-autoscaling:RegisterScalableTarget "
                "application-autoscaling:DeregisterScalableTarget",
                on=regional("application-autoscaling", "scalable-target/*"),
                when=When.SCALES_ECS,
            ),
            Need(actions="application-autoscaling:DescribeScalableTargets"),
            Need(
                actions="application-autoscaling:ListTagsForResource",
                on=regional("application-autoscaling", "scalable-target/*"),
            ),
            Need(
                actions="application-autoscaling:TagResource application-autoscaling:UntagResource",
                on=regional("application-autoscaling", "scalable-target/*"),
                why="AWS plugin: when tags are given or change",
            ),
            linked(
                "ecs.application-autoscaling.amazonaws.com",
                "AWSServiceRoleForApplicationAutoScaling_ECSService",
                "the role of Application Auto Scaling",
            ),
        ),
    ),
    Kind(
        of="aws:appautoscaling/policy:Policy",
        needs=(
            Need(
                actions="application-autoscaling:PutScalingPolicy application-autoscaling:DeleteScalingPolicy",
                on=regional("application-autoscaling", "scalable-target/*"),
                when=When.SCALES_ECS,
            ),
            Need(actions="application-autoscaling:DescribeScalingPolicies"),
        ),
    ),
    Kind(
        of="aws:appautoscaling/scheduledAction:ScheduledAction",
        needs=(
            Need(
                actions="application-autoscaling:PutScheduledAction application-autoscaling:DeleteScheduledAction",
                on=regional("application-autoscaling", "scalable-target/*"),
                when=When.SCALES_ECS,
            ),
            Need(actions="application-autoscaling:DescribeScheduledActions"),
        ),
    ),
)
