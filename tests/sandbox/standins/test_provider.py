"""What the AWS stand-in does beside the life of its types: checks, names, tags, drift, faults, accounts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from pulumi.provider.experimental.provider import CreateRequest, PropertyDiffKind

from sandbox.lifecycle import Sandbox
from sandbox.standins.aws.faults import Fault, PartialFault
from sandbox.standins.aws.settings import SettingsError
from sandbox.standins.aws.values import UNKNOWN, wrapped
from tests.sandbox.standins.small_engine import RefusedError, SmallEngine, urn_of
from tests.sandbox.standins.world import TRUST, World, definition

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
CLUSTER = "aws:ecs/cluster:Cluster"
SERVICE = "aws:ecs/service:Service"
DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"


def refused(engine: SmallEngine, token: str, inputs: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(RefusedError) as caught:
        engine.check(token, "it", inputs)
    return dict(caught.value.failures)


def test_an_unknown_property_is_refused_with_the_one_that_was_meant(engine: SmallEngine) -> None:
    assert "did you mean `cidrBlock`?" in refused(engine, VPC, {"cidrBlok": "10.0.0.0/16"})["cidrBlok"]


def test_an_unknown_property_of_a_block_is_refused_at_its_path(engine: SmallEngine) -> None:
    inputs = {"networkConfiguration": {"subnet": ["subnet-1"]}}
    assert refused(engine, SERVICE, inputs)["networkConfiguration.subnet"].startswith("no such property")


def test_a_property_that_is_not_imitated_is_refused_by_type_and_name(engine: SmallEngine) -> None:
    reason = refused(engine, SERVICE, {"volumeConfiguration": {"name": "v"}})["volumeConfiguration"]
    assert "aws:ecs/service:Service" in reason
    assert "does not imitate `volumeConfiguration`" in reason


def test_a_value_of_the_wrong_kind_is_refused_at_its_path(engine: SmallEngine) -> None:
    assert refused(engine, SERVICE, {"desiredCount": "two"}) == {"desiredCount": "is to be a number, not 'two'"}
    inputs = {"loadBalancers": [{"containerName": "web", "containerPort": [80]}]}
    assert list(refused(engine, SERVICE, inputs)) == ["loadBalancers[0].containerPort"]


def test_a_missing_property_is_refused(engine: SmallEngine) -> None:
    assert set(refused(engine, DEFINITION, {"family": "web"})) == {"containerDefinitions"}


def test_containers_that_are_no_json_are_refused_before_anything_is_made(engine: SmallEngine) -> None:
    inputs = {**definition("web"), "containerDefinitions": "[{"}
    assert "containerDefinitions" in refused(engine, DEFINITION, inputs)


def test_a_type_that_is_not_imitated_is_an_error_that_names_it(engine: SmallEngine) -> None:
    with pytest.raises(Fault, match=r"aws:rds/instance:Instance: the AWS stand-in does not imitate this type"):
        engine.check("aws:rds/instance:Instance", "db", {})


def test_a_function_that_is_not_imitated_is_an_error_that_names_it(engine: SmallEngine) -> None:
    with pytest.raises(Fault, match="aws:ec2/getAmi:getAmi"):
        engine.invoke("aws:ec2/getAmi:getAmi", {})


def test_an_argument_that_a_function_does_not_know_is_refused(engine: SmallEngine) -> None:
    with pytest.raises(RefusedError):
        engine.invoke("aws:ec2/getVpc:getVpc", {"vpcId": "vpc-1"})


def test_a_generated_name_is_the_resources_name_and_seven_digits_and_stays(engine: SmallEngine) -> None:
    first = engine.check(CLUSTER, "web", {})
    assert first["name"].startswith("web-")
    assert len(first["name"]) == len("web-") + 7
    assert engine.check(CLUSTER, "web", {}) == first
    renamed = {**first, "name": "web-0000000"}
    assert engine.check(CLUSTER, "web", {}, renamed)["name"] == "web-0000000"


def test_a_name_given_before_is_not_kept_when_it_is_taken_out(engine: SmallEngine) -> None:
    old = engine.check(CLUSTER, "web", {"name": "mine"})
    assert engine.check(CLUSTER, "web", {}, old)["name"] != "mine"


@pytest.mark.parametrize(
    ("token", "inputs", "limit"),
    [
        ("aws:lb/targetGroup:TargetGroup", {"port": 80}, 32),
        ("aws:iam/role:Role", {"assumeRolePolicy": "{}"}, 64),
    ],
)
def test_a_generated_name_that_is_too_long_is_refused(
    engine: SmallEngine, token: str, inputs: dict[str, Any], limit: int
) -> None:
    engine.check(token, "n" * (limit - 8), inputs)
    with pytest.raises(RefusedError, match=f"longer than {limit}"):
        engine.check(token, "n" * (limit - 7), inputs)


def test_buckets_and_repositories_get_names_in_lower_case(engine: SmallEngine) -> None:
    assert engine.check("aws:s3/bucket:Bucket", "Journal", {})["bucket"].startswith("journal-")
    assert engine.check("aws:ecr/repository:Repository", "Web", {})["name"].startswith("web-")


def test_default_tags_are_sent_and_a_resources_own_tags_win(make_engine: Callable[..., SmallEngine]) -> None:
    engine = make_engine(defaultTags={"tags": {"environment": "test", "owner": "platform"}})
    made = engine.create(LOG_GROUP, "tagged", {"tags": {"owner": "web"}})
    assert made.outputs["tagsAll"] == {"environment": "test", "owner": "web"}
    assert made.outputs["tags"] == {"owner": "web"}
    assert not engine.diff(made, {"tags": {"owner": "web"}}).changes


def test_a_changed_default_tag_changes_every_resource(make_engine: Callable[..., SmallEngine]) -> None:
    made = make_engine(defaultTags={"tags": {"owner": "a"}}).create(LOG_GROUP, "moved", {})
    engine = make_engine(defaultTags={"tags": {"owner": "b"}})
    assert set(engine.diff(made, {}).detailed_diff) == {"tagsAll.owner"}
    assert engine.update(made, {}).outputs["tagsAll"] == {"owner": "b"}


def test_ignored_tags_are_not_seen(make_engine: Callable[..., SmallEngine], client: Callable[..., Any]) -> None:
    engine = make_engine(ignoreTags={"keyPrefixes": ["cost:"]})
    made = engine.create(LOG_GROUP, "ignored", {})
    client("logs").tag_resource(resourceArn=made.outputs["arn"], tags={"cost:center": "7", "seen": "yes"})
    refreshed = engine.refresh(made)
    assert refreshed is not None
    assert refreshed.outputs["tagsAll"] == {"seen": "yes"}


def test_drift_shows_after_a_refresh_and_is_put_right_by_an_update(
    engine: SmallEngine, client: Callable[..., Any]
) -> None:
    made = engine.create(LOG_GROUP, "drifts", {"retentionInDays": 30})
    client("logs").put_retention_policy(logGroupName=made.id, retentionInDays=7)
    assert not engine.diff(made, {"retentionInDays": 30}).changes
    refreshed = engine.refresh(made)
    assert refreshed is not None
    assert (refreshed.inputs["retentionInDays"], refreshed.outputs["retentionInDays"]) == (7, 7)
    diff = engine.diff(refreshed, {"retentionInDays": 30})
    assert {path: change.kind for path, change in diff.detailed_diff.items()} == {
        "retentionInDays": PropertyDiffKind.UPDATE
    }
    assert engine.update(refreshed, {"retentionInDays": 30}).outputs["retentionInDays"] == 30


def test_what_was_deleted_behind_pulumis_back_is_gone_after_a_refresh(
    engine: SmallEngine, client: Callable[..., Any]
) -> None:
    made = engine.create(LOG_GROUP, "vanishes", {})
    client("logs").delete_log_group(logGroupName=made.id)
    assert engine.refresh(made) is None
    engine.delete(made)


def test_a_replacement_deletes_first_only_where_a_fixed_name_stands_in_the_way(engine: SmallEngine) -> None:
    group = "aws:lb/targetGroup:TargetGroup"
    network = engine.create(VPC, "names", {"cidrBlock": "10.5.0.0/16"}).id
    inputs = {"port": 80, "protocol": "HTTP", "targetType": "ip", "vpcId": network}
    fixed = engine.create(group, "fixed", {**inputs, "name": "fixed"})
    assert engine.diff(fixed, {**inputs, "name": "fixed", "port": 81}).delete_before_replace
    renamed = engine.diff(fixed, {**inputs, "name": "other", "port": 81})
    assert renamed.replaces
    assert not renamed.delete_before_replace
    named = engine.create(group, "named", inputs)
    assert not engine.diff(named, {**inputs, "port": 81}).delete_before_replace


def test_a_lifecycle_policy_is_deleted_before_its_replacement_since_a_repository_has_only_one(
    engine: SmallEngine,
) -> None:
    repository = engine.create("aws:ecr/repository:Repository", "expiring", {"name": "standin/expiring"})

    def inputs(count: int) -> dict[str, Any]:
        selection = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": count}
        rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
        return {"repository": repository.id, "policy": json.dumps({"rules": [rule]})}

    made = engine.create("aws:ecr/lifecyclePolicy:LifecyclePolicy", "expiring", inputs(10))
    diff = engine.diff(made, inputs(20))
    assert diff.replaces == ["policy"]
    assert diff.delete_before_replace


def test_what_only_up_will_know_stays_unknown_in_a_preview(engine: SmallEngine) -> None:
    previewed = engine.preview(SUBNET, "later", {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/24"})
    assert previewed["vpcId"] is UNKNOWN
    assert previewed["arn"] is UNKNOWN
    assert previewed["cidrBlock"] == "10.0.0.0/24"
    assert previewed["tagsAll"] == {"environment": "test"}
    assert "outpostArn" not in previewed, "what nobody asks for is not unknown but absent"


def test_an_unknown_value_may_replace_the_resource(engine: SmallEngine) -> None:
    made = engine.create(VPC, "known", {"cidrBlock": "10.3.0.0/16"})
    diff = engine.diff(made, {"cidrBlock": UNKNOWN})
    assert diff.replaces == ["cidrBlock"]
    assert engine.diff(made, {"cidrBlock": "10.3.0.0/16", "enableDnsHostnames": UNKNOWN}).replaces == []


def test_order_and_form_are_no_difference(engine: SmallEngine) -> None:
    made = engine.create(DEFINITION, "formed", {**definition("formed"), "requiresCompatibilities": ["FARGATE"]})
    text = made.inputs["containerDefinitions"].replace(": ", " :  ")
    assert text != made.inputs["containerDefinitions"]
    assert not engine.diff(made, {**definition("formed"), "containerDefinitions": text}).changes


def test_an_error_says_what_was_done_to_what_and_what_aws_said(engine: SmallEngine) -> None:
    with pytest.raises(Fault) as caught:
        engine.create(CLUSTER, "bad", {"name": "bad name"})
    assert str(caught.value).startswith("creating ECS Cluster (bad name): operation error ECS: CreateCluster, ")
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_resource_that_was_made_but_not_finished_is_kept_with_its_state(engine: SmallEngine) -> None:
    with pytest.raises(PartialFault) as caught:
        engine.create("aws:ec2/internetGateway:InternetGateway", "half", {"vpcId": "vpc-00000000"})
    assert caught.value.resource_id.startswith("igw-")
    assert caught.value.state["arn"].endswith(caught.value.resource_id)
    assert "vpcId" not in caught.value.state, "the next update sees what is still to be done"
    assert str(caught.value).startswith(
        "creating EC2 Internet Gateway (half): operation error EC2: AttachInternetGateway"
    )


def test_what_exists_already_may_be_taken_over(engine: SmallEngine) -> None:
    engine.create(LOG_GROUP, "twice", {"name": "/standin/twice"})
    with pytest.raises(
        Fault, match=r"ResourceAlreadyExistsException.*pulumi import aws:cloudwatch/logGroup:LogGroup twice"
    ):
        engine.create(LOG_GROUP, "twice", {"name": "/standin/twice"})


def test_a_bucket_that_is_ours_already_may_be_taken_over(engine: SmallEngine) -> None:
    bucket = {"bucket": "standin-made-by-a-dead-run"}
    engine.create("aws:s3/bucket:Bucket", "orphan", bucket)
    with pytest.raises(Fault, match=r"BucketAlreadyOwnedByYou.*pulumi import aws:s3/bucket:Bucket orphan"):
        engine.create("aws:s3/bucket:Bucket", "orphan", bucket)


def test_ignored_changes_are_ignored_and_no_others(engine: SmallEngine) -> None:
    inputs = {"cidrBlock": "10.6.0.0/16", "tags": {"a": "1", "b": "1"}}
    made = engine.create(VPC, "ignores", inputs)
    changed = {**inputs, "tags": {"a": "2", "b": "2"}}
    assert set(engine.diff(made, changed, ["tags.a", "tagsAll"]).detailed_diff) == {"tags.b"}
    assert not engine.diff(made, changed, ["tags", "tagsAll"]).changes


def test_an_update_leaves_an_ignored_property_as_aws_has_it_not_as_the_program_said_long_ago(
    world: World, client: Callable[..., Any]
) -> None:
    engine = world.engine

    def forward(*weights: int) -> list[dict[str, Any]]:
        groups = [{"arn": arn, "weight": weight} for arn, weight in zip(world.targets, weights, strict=True)]
        return [{"type": "forward", "forward": {"targetGroups": groups}}]

    def weights() -> list[int]:
        (rule,) = client("elbv2").describe_rules(RuleArns=[made.id])["Rules"]
        return [group["Weight"] for group in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]

    inputs = {
        "listenerArn": world.listener,
        "conditions": [{"pathPattern": {"values": ["/a"]}}],
        "actions": forward(100, 0),
    }
    made = engine.create("aws:lb/listenerRule:ListenerRule", "owned", inputs)
    moved = [
        {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [
                    {"TargetGroupArn": arn, "Weight": weight}
                    for arn, weight in zip(world.targets, (30, 70), strict=True)
                ]
            },
        }
    ]
    client("elbv2").modify_rule(RuleArn=made.id, Actions=moved)
    for path in ("/b", "/c"):  # the first update reads the moved weights into the state, the second meets them there
        made = engine.update(made, {**inputs, "conditions": [{"pathPattern": {"values": [path]}}]}, ["actions"])
        assert weights() == [30, 70]
    assert not engine.diff(made, {**inputs, "conditions": [{"pathPattern": {"values": ["/c"]}}]}, ["actions"]).changes


def test_an_account_that_is_not_allowed_ends_everything_before_it_begins(
    make_engine: Callable[..., SmallEngine],
) -> None:
    with pytest.raises(Fault, match=r"AWS account ID not allowed: 111111111111 \(allowed: 222222222222\)"):
        make_engine(allowedAccountIds=["222222222222"])
    make_engine(allowedAccountIds=["111111111111"])


def test_a_role_is_taken_with_its_session_name(make_engine: Callable[..., SmallEngine]) -> None:
    role = {"roleArn": "arn:aws:iam::222222222222:role/slipway-deployer", "sessionName": "release-7"}
    engine = make_engine(profile="engineer", assumeRoles=[role], allowedAccountIds=["222222222222"])
    found = engine.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert found["accountId"] == "222222222222"
    assert found["arn"] == "arn:aws:sts::222222222222:assumed-role/slipway-deployer/release-7"


def test_a_role_is_taken_with_its_policies_and_tags(
    make_engine: Callable[..., SmallEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    call, asked = BaseClient._make_api_call, []

    def recorded(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        asked.append((operation, dict(parameters)))
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
    role = {
        "roleArn": "arn:aws:iam::222222222222:role/slipway-deployer",
        "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "tags": {"team": "web"},
        "transitiveTagKeys": ["team"],
    }
    make_engine(profile="engineer", assumeRoles=[role], allowedAccountIds=["222222222222"])
    sent = next(parameters for operation, parameters in asked if operation == "AssumeRole")
    assert sent["PolicyArns"] == [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
    assert sent["Tags"] == [{"Key": "team", "Value": "web"}]
    assert sent["TransitiveTagKeys"] == ["team"]


def test_files_of_the_configuration_are_used(
    make_engine: Callable[..., SmallEngine], aws_shell: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = aws_shell.variables("test")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE"):
        monkeypatch.delenv(name)
    files = {
        "sharedConfigFiles": [shell["AWS_CONFIG_FILE"]],
        "sharedCredentialsFiles": [shell["AWS_SHARED_CREDENTIALS_FILE"]],
    }
    found = make_engine(profile="prod", **files).invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert found["accountId"] == "333333333333"


def test_settings_may_come_as_json_text_as_the_sdk_sends_them(make_engine: Callable[..., SmallEngine]) -> None:
    engine = make_engine(
        allowedAccountIds='["111111111111"]', defaultTags='{"tags":{"a":"b"}}', skipRegionValidation="true"
    )
    assert engine.create(LOG_GROUP, "texts", {}).outputs["tagsAll"] == {"a": "b"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"httpProxy": "http://proxy"}, "aws:httpProxy: the AWS stand-in does not imitate this setting"),
        ({"regoin": "eu-west-1"}, "aws:regoin: no such setting"),
        ({"defaultTags": "{"}, "aws:defaultTags: '{' is no JSON"),
        ({"allowedAccountIds": {"a": "b"}}, "aws:allowedAccountIds: is to be a list"),
        ({"assumeRoles": ["role"]}, "aws:assumeRoles: is to hold maps, not 'role'"),
        ({"assumeRoles": [{"duration": "1h"}]}, "aws:assumeRoles: the AWS stand-in knows no `duration` here"),
        ({"defaultTags": {"tags": "x"}}, "aws:defaultTags: `tags` is to be a map, not 'x'"),
        ({"maxRetries": "many"}, "aws:maxRetries: is to be a whole number, not 'many'"),
    ],
)
def test_a_wrong_setting_is_refused(
    make_engine: Callable[..., SmallEngine], config: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message.replace("(", r"\(").replace("{", r"\{")):
        make_engine(**config)


def test_an_endpoint_of_the_configuration_is_used(make_engine: Callable[..., SmallEngine]) -> None:
    engine = make_engine(endpoints=[{"logs": "http://127.0.0.1:9"}])
    with pytest.raises(Fault, match=r"127\.0\.0\.1:9"):
        engine.create(LOG_GROUP, "elsewhere", {})


def test_a_service_is_drained_before_it_is_deleted(engine: SmallEngine, client: Callable[..., Any]) -> None:
    network = engine.create(VPC, "drain", {"cidrBlock": "10.4.0.0/16"})
    subnet = engine.create(SUBNET, "drain", {"vpcId": network.id, "cidrBlock": "10.4.0.0/24"})
    cluster = engine.create(CLUSTER, "drain", {})
    revision = engine.create(DEFINITION, "drain", definition("drain"))
    inputs = {
        "cluster": cluster.id,
        "taskDefinition": revision.outputs["arn"],
        "launchType": "FARGATE",
        "desiredCount": 1,
        "networkConfiguration": {"subnets": [subnet.id]},
    }
    service = engine.create(SERVICE, "drain", inputs)
    engine.delete(service)
    found = client("ecs").describe_services(cluster=cluster.id, services=[service.outputs["name"]])["services"]
    assert [each["status"] for each in found] == ["INACTIVE"]
    engine.delete(cluster)


@pytest.fixture
def service_of(engine: SmallEngine, aws_shell: Sandbox) -> Callable[..., dict[str, Any]]:
    """``service_of("steady", "crash")``: inputs of a service whose image behaves like that, which is waited for."""

    def make(name: str, behaviour: str = "") -> dict[str, Any]:
        network = engine.create(VPC, name, {"cidrBlock": "10.7.0.0/16"})
        subnet = engine.create(SUBNET, name, {"vpcId": network.id, "cidrBlock": "10.7.0.0/24"})
        repository = engine.create("aws:ecr/repository:Repository", name, {"name": name})
        aws_shell.image(name, "1.0.0", behaviour=behaviour)
        trust = {"assumeRolePolicy": json.dumps(TRUST)}
        role = engine.create("aws:iam/role:Role", name, trust).outputs["arn"]
        image = f"{repository.outputs['repositoryUrl']}:1.0.0"
        revision = engine.create(DEFINITION, name, {**definition(name, image=image), "executionRoleArn": role})
        return {
            "cluster": engine.create(CLUSTER, name, {}).id,
            "taskDefinition": revision.outputs["arn"],
            "launchType": "FARGATE",
            "desiredCount": 1,
            "networkConfiguration": {"subnets": [subnet.id], "assignPublicIp": True},
            "deploymentCircuitBreaker": {"enable": True, "rollback": False},
            "waitForSteadyState": True,
        }

    return make


def test_a_service_may_be_waited_for_until_it_is_steady(
    engine: SmallEngine, client: Callable[..., Any], service_of: Callable[..., dict[str, Any]]
) -> None:
    service = engine.create(SERVICE, "steady", service_of("steady"))
    found = client("ecs").describe_services(cluster=service.outputs["cluster"], services=[service.id])["services"][0]
    assert (found["runningCount"], found["deployments"][0]["rolloutState"]) == (1, "COMPLETED")
    engine.delete(service)


def test_a_service_that_does_not_get_steady_is_an_error_and_kept(
    engine: SmallEngine, service_of: Callable[..., dict[str, Any]]
) -> None:
    with pytest.raises(PartialFault, match="service deployment failed") as caught:
        engine.create(SERVICE, "unsteady", service_of("unsteady", "crash"))
    assert caught.value.state["name"].startswith("unsteady-")


def test_cancelling_ends_what_waits_and_keeps_what_was_made(
    engine: SmallEngine, service_of: Callable[..., dict[str, Any]]
) -> None:
    inputs = engine.check(SERVICE, "cancelled", service_of("cancelled", "slow"))
    request = CreateRequest(urn_of(SERVICE, "cancelled"), wrapped(inputs), 0, preview=False)

    async def interrupted() -> None:
        creating = asyncio.create_task(engine.provider.create(request))
        await asyncio.sleep(0.3)
        await engine.provider.cancel()
        await asyncio.wait_for(creating, timeout=5)

    with pytest.raises(PartialFault, match=r"creating ECS Service .*: cancelled") as caught:
        asyncio.run(interrupted())
    assert caught.value.resource_id.startswith("arn:aws:ecs:")


def test_a_task_definition_with_skip_destroy_stays_active(engine: SmallEngine, client: Callable[..., Any]) -> None:
    kept = engine.create(DEFINITION, "kept", {**definition("kept"), "skipDestroy": True})
    engine.delete(kept)
    dropped = engine.create(DEFINITION, "dropped", definition("dropped"))
    engine.delete(dropped)

    def status(arn: str) -> str:
        return str(client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]["status"])

    assert status(kept.outputs["arn"]) == "ACTIVE"
    assert status(dropped.outputs["arn"]) == "INACTIVE"


def test_an_import_with_an_id_of_the_wrong_form_says_the_right_one(engine: SmallEngine) -> None:
    with pytest.raises(Fault, match="use: 'cluster-name/service-name'"):
        engine.import_(SERVICE, "web", "web")
    assert engine.import_(VPC, "none", "vpc-00000000") is None
