"""What tasks run and what they may do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.containers import Container, ContainerSecret, Logs
from components.execute_command import Sessions
from components.permissions import Permission, trust_in_ecs, trust_in_tasks
from components.task_definition import PinnedRevision, TaskDefinition, TaskDefinitionArgs
from components.volumes import Volume
from release.architecture import Architecture
from release.container_limits import LimitError, Limits
from release.fargate_size import SizeError
from release.task_needs import Bucket, NeedError, Queue
from tests.components.builders import SECRET_ARN, TASK_DEFINITION, URL, build
from tests.recording_engine import ACCOUNT, DIGEST, REGION, Engine, run

DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"


def definition(args: TaskDefinitionArgs = TASK_DEFINITION) -> dict[str, Any]:
    return dict(build(TaskDefinition, args).one(DEFINITION).inputs)


def container(args: TaskDefinitionArgs = TASK_DEFINITION) -> dict[str, Any]:
    (only,) = json.loads(definition(args)["containerDefinitions"])
    return dict(only)


def policies(engine: Engine) -> dict[str, Any]:
    """Policy -> its statement."""
    found = {}
    for one in engine.all(POLICY):
        (statement,) = json.loads(one.inputs["policy"])["Statement"]
        found[one.name.removeprefix("thing-")] = (statement["Action"], statement["Resource"])
    return found


def test_the_family_is_stable_and_old_revisions_stay() -> None:
    made = definition()
    assert made["family"] == "auth-service"
    assert made["skipDestroy"] is True
    assert definition(replace(TASK_DEFINITION, cpu=512, memory=1024))["family"] == "auth-service"


def test_it_is_a_fargate_task_of_its_size() -> None:
    made = definition()
    assert (made["cpu"], made["memory"]) == ("256", "512")
    assert made["requiresCompatibilities"] == ["FARGATE"]
    assert made["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}


def test_the_host_is_out_of_reach() -> None:
    """Security Hub ECS.3, ECS.4 and ECS.17."""
    made = definition()
    assert made["networkMode"] == "awsvpc"
    assert not {"pidMode", "ipcMode"} & made.keys()
    assert container()["privileged"] is False


def test_the_image_is_named_by_its_digest() -> None:
    assert container()["image"] == f"{URL}@{DIGEST}"


def test_the_file_system_is_read_only() -> None:
    """Security Hub ECS.5."""
    assert container()["readonlyRootFilesystem"] is True


def test_it_does_not_run_as_root() -> None:
    """Security Hub ECS.20."""
    assert container()["user"] == "65532:65532"


@pytest.mark.parametrize("user", ["", "0", "root", "0:0", "root:root"])
def test_root_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match=f"user is {user!r}"):
        Container(
            name="a",
            image="b",
            port=1,
            user=user,
            environment={},
            secrets=[],
            stop_timeout=30,
            logs=Logs(group="c", region=REGION),
        )


def test_what_it_says_goes_to_its_log_group() -> None:
    """Security Hub ECS.9 and CloudWatch.16."""
    assert container()["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/ecs/auth-service",
            "awslogs-region": REGION,
            "awslogs-stream-prefix": "ecs",
        },
    }
    logs = build(TaskDefinition, TASK_DEFINITION).one("aws:cloudwatch/logGroup:LogGroup")
    assert (logs.inputs["name"], logs.inputs["retentionInDays"]) == ("/ecs/auth-service", 365)


def test_secrets_are_references_and_plain_variables_are_plain() -> None:
    """Security Hub ECS.8."""
    secrets = [
        ContainerSecret(variable="Z_KEY", arn=SECRET_ARN, json_key="password"),
        ContainerSecret(variable="A_KEY", arn=SECRET_ARN),
    ]
    made = container(replace(TASK_DEFINITION, secrets=secrets))
    assert made["secrets"] == [
        {"name": "A_KEY", "valueFrom": SECRET_ARN},
        {"name": "Z_KEY", "valueFrom": f"{SECRET_ARN}:password::"},
    ]
    assert made["environment"] == [{"name": "MODE", "value": "fast"}, {"name": "PORT", "value": "8080"}]


def test_the_same_content_is_the_same_text() -> None:
    one = replace(TASK_DEFINITION, environment={"A": "1", "B": "2"})
    other = replace(TASK_DEFINITION, environment={"B": "2", "A": "1"})
    assert definition(one)["containerDefinitions"] == definition(other)["containerDefinitions"]


def content(args: TaskDefinitionArgs = TASK_DEFINITION) -> dict[str, Any]:
    return dict(json.loads(build(TaskDefinitionInHand, args).outputs["content"]))


class TaskDefinitionInHand:
    """Exports the content, which is no output of the component."""

    def __init__(self, name: str, args: TaskDefinitionArgs, opts: pulumi.ResourceOptions) -> None:
        pulumi.export("content", TaskDefinition(name, args, opts).content)


def test_it_runs_on_graviton_where_it_is_told_to() -> None:
    arm = definition(replace(TASK_DEFINITION, architecture=Architecture.ARM64))
    assert arm["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}


def test_it_has_the_disk_that_it_asks_for() -> None:
    assert "ephemeralStorage" not in definition()
    assert definition(replace(TASK_DEFINITION, ephemeral_storage=50))["ephemeralStorage"] == {"sizeInGib": 50}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ephemeral_storage": 20}, "no 20 GiB"),
        ({"stop_timeout": 121}, "stop_timeout is 121"),
        ({"limits": Limits(cpu=512)}, "keep 512 CPU units"),
        ({"limits": Limits(memory=1024)}, "has 1024 MiB of memory, its task 512"),
    ],
)
def test_what_no_task_can_have_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(LimitError, match=said):
        replace(TASK_DEFINITION, **changed)


def test_the_content_of_a_plain_task_is_the_same_as_ever() -> None:
    assert content().keys() == {"family", "cpu", "memory", "executionRole", "taskRole", "containers"}


@pytest.mark.parametrize(
    "changed",
    [
        {"architecture": Architecture.ARM64},
        {"ephemeral_storage": 50},
        {"init": True},
        {"volumes": [Volume(name="tmp")]},
        {"sessions": Sessions(log_group_arn="arn:group")},
    ],
)
def test_what_makes_another_revision_makes_another_content(changed: dict[str, Any]) -> None:
    assert content(replace(TASK_DEFINITION, **changed)) != content()


def test_an_illegal_size_is_refused() -> None:
    with pytest.raises(SizeError, match="4096"):
        replace(TASK_DEFINITION, memory=4096)


def test_each_need_is_a_policy_of_its_own_and_asks_for_no_more() -> None:
    assert policies(build(TaskDefinition, TASK_DEFINITION)) == {
        "execution-log-in-to-ecr": (["ecr:GetAuthorizationToken"], ["*"]),
        "execution-pull-images": (
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [TASK_DEFINITION.repository_arn],
        ),
        "execution-write-logs": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:aws:aws:cloudwatch/logGroup:LogGroup:{REGION}:{ACCOUNT}:/ecs/auth-service:*"],
        ),
        "execution-read-secret-api-key": (["secretsmanager:GetSecretValue"], [SECRET_ARN]),
        "task-read-avatars": (["s3:GetObject"], ["arn:aws:s3:::avatars/a"]),
    }


def test_no_action_has_a_wildcard() -> None:
    """Security Hub IAM.1 and IAM.21."""
    for actions, resources in policies(build(TaskDefinition, TASK_DEFINITION)).values():
        assert not any("*" in action for action in actions)
        if resources == ["*"]:
            assert actions == ["ecr:GetAuthorizationToken"], "AWS lets nobody limit this one"


def test_no_policy_of_amazon_is_attached() -> None:
    engine = build(TaskDefinition, TASK_DEFINITION)
    assert engine.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment") == []
    assert not any("managedPolicyArns" in role.inputs for role in engine.all(ROLE))


def test_the_code_and_ecs_have_a_role_each() -> None:
    engine = build(TaskDefinition, TASK_DEFINITION, name="auth")
    assert {role.name for role in engine.all(ROLE)} == {"auth-execution", "auth-task"}
    trusted = {role.name: json.loads(role.inputs["assumeRolePolicy"]) for role in engine.all(ROLE)}
    assert trusted == {"auth-execution": trust_in_ecs(), "auth-task": trust_in_tasks(ACCOUNT, REGION, "aws")}
    made = engine.one(DEFINITION)
    assert made.inputs["executionRoleArn"].endswith("auth-execution")
    assert made.inputs["taskRoleArn"].endswith("auth-task")


def test_only_tasks_of_this_account_and_region_may_take_the_code_s_role() -> None:
    (statement,) = trust_in_tasks("111111111111", "cn-north-1", "aws-cn")["Statement"]
    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": "arn:aws-cn:ecs:cn-north-1:111111111111:*"},
    }


@pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get*"])
def test_a_wildcard_among_actions_is_refused(action: str) -> None:
    with pytest.raises(ValueError, match="wildcard"):
        Permission(name="wide", actions=[action], resources=["arn:aws:s3:::a"])


def test_every_resource_at_once_is_refused_where_aws_can_name_them() -> None:
    with pytest.raises(ValueError, match="s3:GetObject on every resource"):
        Permission(name="wide", actions=["s3:GetObject", "ecr:GetAuthorizationToken"], resources=["*"])


def test_a_pinned_service_runs_the_revision_that_was_and_no_new_one_is_made() -> None:
    arns: list[str] = []

    def program() -> None:
        made = TaskDefinition("thing", replace(TASK_DEFINITION, pinned=PinnedRevision(revision=7)))
        made.arn.apply(arns.append)

    engine = run(program)
    assert arns == [f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/auth-service:7"]
    described = {"containerDefinitions", "cpu", "memory", "ephemeralStorage", "runtimePlatform", "volumes"}
    assert set(engine.one(DEFINITION).ignore_changes) == described, "whatever would make a revision"


def test_what_a_pinned_revision_reads_beside_the_declared_secrets_it_may_read() -> None:
    pinned = PinnedRevision(revision=7, secrets=(SECRET_ARN,))
    made = policies(build(TaskDefinition, replace(TASK_DEFINITION, pinned=pinned)))
    (name,) = [name for name in made if "pinned" in name]
    assert made[name] == (["secretsmanager:GetSecretValue"], [SECRET_ARN])


def test_a_pinned_revision_s_keys_and_parameters_are_needs_of_their_own() -> None:
    key, parameter = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1-2", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/auth/url"
    pinned = PinnedRevision(revision=7, secrets=(SECRET_ARN,), secret_keys=(key,), parameters=(parameter,))
    made = policies(build(TaskDefinition, replace(TASK_DEFINITION, pinned=pinned)))
    assert made["execution-decrypt-pinned-1-2"] == (["kms:Decrypt"], [key])
    assert made["execution-read-parameter-pinned-parameter-auth-url"] == (["ssm:GetParameters"], [parameter])


def test_logs_are_encrypted_by_the_key_that_is_named_and_by_cloudwatch_s_own_without_one() -> None:
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert "kmsKeyId" not in build(TaskDefinition, TASK_DEFINITION).one(group).inputs
    named = build(TaskDefinition, replace(TASK_DEFINITION, log_key_arn="arn:key")).one(group)
    assert named.inputs["kmsKeyId"] == "arn:key"


def test_a_secret_in_a_plain_variable_is_refused_with_the_way_out_and_without_its_value() -> None:
    with pytest.raises(ValueError, match="DB_PASSWORD looks like a password by its name; hand it over by") as refused:
        replace(TASK_DEFINITION, environment={"DB_PASSWORD": "hunter2"})
    assert "hunter2" not in str(refused.value)
    replace(TASK_DEFINITION, environment={"DB_PASSWORD": "hunter2"}, not_secret=["DB_PASSWORD"])


def test_another_revision_is_another_release_and_the_same_one_is_the_same() -> None:
    contents: list[str] = []

    def program() -> None:
        for number, revision in enumerate((7, 7, 8)):
            args = replace(TASK_DEFINITION, cpu=256 * 2**number, memory=2048, pinned=PinnedRevision(revision=revision))
            TaskDefinition(f"thing{number}", args).content.apply(contents.append)

    run(program)
    assert len(contents) == 3
    assert len(set(contents)) == 2


def test_what_its_code_reads_and_sends_to_is_a_policy_of_its_own_each() -> None:
    engine = build(TaskDefinition, replace(TASK_DEFINITION, permissions=(), reads=[Bucket("avatars")]))
    more = build(
        TaskDefinition, replace(TASK_DEFINITION, permissions=(), reads=[Bucket("avatars")], sends=[Queue("orders")])
    )
    added = {one.name for one in more.all(POLICY)} - {one.name for one in engine.all(POLICY)}
    assert added == {"thing-task-sends-queue-orders"}
    policy = next(one for one in more.all(POLICY) if one.name == "thing-task-sends-queue-orders")
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement["Resource"] == [f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"]


def test_a_need_that_aws_has_no_rights_for_is_refused_at_once() -> None:
    with pytest.raises(NeedError, match="what code does with a queue"):
        replace(TASK_DEFINITION, reads=[Queue("orders")])
