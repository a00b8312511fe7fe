"""The program of an environment, from its stack file to its outputs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest

from release.architecture import Architecture
from release.target_traffic import TargetTraffic
from stacks.catalogue import CATALOGUE
from stacks.profiles import PROFILES
from stacks.service_definition import HealthCheck, ParameterReference, Permission, SecretReference, ServiceDefinition
from tests.infra.program import BUCKET, IMAGE, KEY, LOOK_UPS, REPOSITORIES, ROOT, SECRET, committed, deploy, released
from tests.recording_engine import DIGEST, Engine, Registered

ROLLOUT = "slipway:index:Rollout"
ECS_SERVICE = "aws:ecs/service:Service"
REPOSITORY = "aws:ecr/repository:Repository"
PROVIDER = "pulumi:providers:aws"
AUTH = CATALOGUE[0]

NAMES = {
    "aws:ecs/cluster:Cluster": "name",
    ECS_SERVICE: "name",
    REPOSITORY: "name",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:ecs/taskDefinition:TaskDefinition": "family",
}
"""What has a physical name that we choose. Everything else has its logical name and a random end."""


def five() -> list[ServiceDefinition]:
    others = [
        ServiceDefinition(name=f"service-{letter}", port=9000, paths=(f"/{letter}/*",), priority=number)
        for number, letter in enumerate("abcd", 1)
    ]
    return [AUTH, *others]


def with_five(environment: str) -> dict[str, Any]:
    config = committed(environment)
    config["services"] = {service.name: {"version": "1.0.0"} for service in five()}
    return config


def made_by_us(engine: Engine) -> list[Registered]:
    return [one for one in engine.registered if one.custom and not one.type.startswith("pulumi:")]


@pytest.mark.parametrize("environment", PROFILES)
def test_without_a_version_there_are_the_platform_and_the_repositories(environment: str) -> None:
    engine = deploy(environment, committed(environment))
    assert engine.one(REPOSITORY).inputs["name"] == "auth-service"
    assert engine.all(ECS_SERVICE) == engine.all(ROLLOUT) == [], "nothing is released yet"
    assert engine.outputs["services"] == {}
    assert engine.outputs["cluster"] == "microservices-cluster"


@pytest.mark.parametrize("environment", PROFILES)
def test_a_version_makes_the_service_and_its_rollout(environment: str) -> None:
    engine = deploy(environment, released(environment))
    assert engine.one(ROLLOUT).inputs["version"] == "1.0.0"
    assert engine.outputs["services"] == {
        "auth-service": {
            "version": "1.0.0",
            "digest": DIGEST,
            "taskDefinition": "arn:aws:ecs:eu-west-1:111111111111:task-definition/auth-service:1",
            "repository": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/auth-service",
        }
    }


def test_outputs_name_what_rollout_verified() -> None:
    verified = {"version": "verified", "digest": "sha256:verified", "taskDefinition": "arn:verified"}
    engine = deploy("test", released("test"), computed={ROLLOUT: verified})
    service = engine.outputs["services"]["auth-service"]
    assert {key: service[key] for key in verified} == verified


def test_outputs_name_the_way_in_and_where_images_go() -> None:
    engine = deploy("test", released("test"))
    assert engine.outputs["repositories"] == {
        "auth-service": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/auth-service"
    }
    assert engine.outputs["loadBalancer"] == "microservices.elb.example"


def test_another_version_changes_the_task_definition_and_the_rollout_and_nothing_else() -> None:
    def asked(version: str, digest: str) -> dict[str, Any]:
        engine = deploy("test", released("test", version), calls={**LOOK_UPS, IMAGE: {"imageDigest": digest}})
        return {f"{one.type} {one.name}": one.inputs for one in engine.registered}

    before, after = asked("1.0.0", DIGEST), asked("1.1.0", "sha256:" + "b" * 64)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == {
        "aws:ecs/taskDefinition:TaskDefinition auth-service",
        "slipway:index:Rollout auth-service",
    }, "the service follows by the new revision's ARN"


def test_five_services_live_in_one_stack() -> None:
    engine = deploy("prod", with_five("prod"), services=five())
    names = {service.name for service in five()}
    for kind in (
        ECS_SERVICE,
        ROLLOUT,
        REPOSITORY,
        "aws:lb/listenerRule:ListenerRule",
    ):
        assert {one.name for one in engine.all(kind)} == names
    groups = {one.name for one in engine.all("aws:lb/targetGroup:TargetGroup")}
    assert groups == {name + suffix for name in names for suffix in ("", "-alternate")}
    assert set(engine.outputs["services"]) == names
    priorities = [one.inputs["priority"] for one in engine.all("aws:lb/listenerRule:ListenerRule")]
    assert len(set(priorities)) == 5
    assert len(engine.all("aws:lb/loadBalancer:LoadBalancer")) == 1


def test_a_service_without_a_version_touches_no_other() -> None:
    config = with_five("test")
    del config["services"]["service-b"]["version"]
    engine = deploy("test", config, services=five())
    assert "service-b" in {one.name for one in engine.all(REPOSITORY)}
    assert "service-b" not in {one.name for one in engine.all(ECS_SERVICE)}
    assert len(engine.all(ECS_SERVICE)) == 4


@pytest.mark.parametrize("environment", PROFILES)
def test_the_account_is_pinned_the_role_taken_and_everything_tagged(environment: str) -> None:
    """Security Hub ECS.13, ECS.14 and ECS.15: every taggable resource has the provider's tags."""
    config = released(environment)
    engine = deploy(environment, config)
    provider = engine.one(PROVIDER).inputs
    account = config["aws"]["account"]
    assert provider["allowedAccountIds"] == f'["{account}"]'
    assert provider["region"] == "eu-west-1"
    assert f"arn:aws:iam::{account}:role/slipway-deployer" in provider["assumeRoles"]
    assert f'"Environment": "{environment}"' in provider["defaultTags"]
    urn = engine.one(PROVIDER).urn
    for one in made_by_us(engine):
        if one.type.startswith("aws:"):
            assert one.provider.startswith(f"{urn}::"), one.name
    rollout = engine.one(ROLLOUT).inputs
    assert rollout["roleArn"] == f"arn:aws:iam::{account}:role/slipway-deployer"
    assert (rollout["account"], rollout["region"]) == (account, "eu-west-1")


def test_without_a_role_the_credentials_are_used_as_they_are() -> None:
    config = released("test")
    del config["aws"]["deployRole"]
    engine = deploy("test", config)
    assert "assumeRoles" not in engine.one(PROVIDER).inputs
    assert engine.one(ROLLOUT).inputs["roleArn"] == ""


def test_rollout_s_provider_knows_nothing_of_the_settings() -> None:
    assert deploy("test", released("test")).one("pulumi:providers:slipway").inputs == {}


def test_a_prefix_stands_in_front_of_every_name() -> None:
    config = released("test") | {"prefix": "stage-"}
    engine = deploy("test", config)
    for one in made_by_us(engine):
        assert one.name.startswith("stage-"), f"{one.type} {one.name} could meet that of another environment"
        if one.type in NAMES:
            assert "stage-" in one.inputs[NAMES[one.type]]
    logs = engine.one("aws:cloudwatch/logGroup:LogGroup", "stage-auth-service")
    assert logs.inputs["name"] == "/ecs/stage-auth-service"
    assert engine.outputs["cluster"] == "stage-microservices-cluster"


def test_names_are_the_sop_s_without_a_prefix() -> None:
    engine = deploy("test", released("test"))
    of_services = {"aws:cloudwatch/logGroup:LogGroup": "auth-service"}
    assert {kind: engine.one(kind, of_services.get(kind)).inputs[key] for kind, key in NAMES.items()} == {
        "aws:ecs/cluster:Cluster": "microservices-cluster",
        ECS_SERVICE: "auth-service",
        REPOSITORY: "auth-service",
        "aws:cloudwatch/logGroup:LogGroup": "/ecs/auth-service",
        "aws:ecs/taskDefinition:TaskDefinition": "auth-service",
    }


def test_a_repository_that_outlived_its_stack_is_taken_over() -> None:
    calls = {**LOOK_UPS, REPOSITORIES: {"names": ["auth-service", "foreign"]}}
    assert deploy("test", committed("test"), calls=calls).one(REPOSITORY).import_id == "auth-service"
    assert deploy("test", committed("test")).one(REPOSITORY).import_id == ""


def test_a_first_preview_looks_up_no_image() -> None:
    engine = deploy(
        "test", released("test"), preview=True, calls={REPOSITORIES: {"names": []}, BUCKET: LOOK_UPS[BUCKET]}
    )
    assert engine.one(ECS_SERVICE)
    assert sorted(token for token, _ in engine.answers.asked) == [REPOSITORIES, BUCKET]


def test_a_missing_image_fails_the_program_in_a_sentence() -> None:
    calls = {**LOOK_UPS, IMAGE: lambda _args: ({}, [("", "ImageNotFoundException")])}
    with pytest.raises(pulumi.RunError, match=r"auth-service:9\.9\.9"):
        deploy("test", released("test", "9.9.9"), calls=calls)


def test_a_build_takes_the_place_of_the_look_up() -> None:
    config = released("test", "dev")
    config["services"]["auth-service"]["build"] = "examples/auth_service"
    engine = deploy("test", config, calls={REPOSITORIES: {"names": []}, BUCKET: LOOK_UPS[BUCKET]})
    image = engine.one("docker:index/image:Image").inputs
    assert image["imageName"].endswith("/auth-service:dev")
    assert Path(image["build"]["context"]).resolve() == ROOT / "examples" / "auth_service"
    assert not Path(image["build"]["context"]).is_absolute(), "the same on every machine"


def test_no_docker_engine_is_wanted_where_nothing_is_built() -> None:
    assert deploy("test", released("test")).all("pulumi:providers:docker") == []


def test_a_mistake_ends_the_program_before_anything_is_registered() -> None:
    config = released("test") | {"colour": "red"}
    with pytest.raises(pulumi.RunError) as refused:
        deploy("test", config)
    assert str(refused.value).startswith("Pulumi.test.yaml: slipway:colour is 'red'")


def test_an_unknown_stack_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="no environment 'qa'"):
        deploy("qa", released("test"))


def test_a_decrypted_secret_shows_in_no_message() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy("test", released("test") | {"password": "c4n4ry"}, secret_keys=["password"])
    assert "slipway:password" in str(refused.value)
    assert "c4n4ry" not in str(refused.value)


def test_an_adopted_network_takes_the_place_of_a_new_one() -> None:
    config = released("prod")
    config["network"] = {
        "adopt": {
            "vpcId": "vpc-1",
            "privateSubnetIds": ["subnet-1", "subnet-2"],
            "publicSubnetIds": ["subnet-3", "subnet-4"],
        }
    }
    engine = deploy("prod", config)
    assert engine.all("aws:ec2/vpc:Vpc") == []
    assert engine.one(ECS_SERVICE).inputs["networkConfiguration"]["subnets"] == ["subnet-1", "subnet-2"]
    assert engine.one("aws:lb/loadBalancer:LoadBalancer").inputs["subnets"] == ["subnet-3", "subnet-4"]


def test_a_rule_of_before_stays_as_it_is_behind_the_programs_own() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener-rule/app/microservices/1a/2b/3c"
    engine = deploy("test", {**released("test"), "adopted": {"rules": {"auth-service": [arn]}}})
    rules = {rule.name: rule for rule in engine.all("aws:lb/listenerRule:ListenerRule")}
    before = rules.pop("auth-service-before-1")
    assert set(rules) == {"auth-service"}
    assert set(before.inputs) <= set(before.ignore_changes), "all that is said here is what AWS says already"
    assert before.inputs["listenerArn"] == arn.removesuffix("/3c").replace("listener-rule", "listener")
    assert any("TargetGroup::auth-service" in urn for urn in before.dependencies), "it goes before its group"


def test_what_a_service_declares_reaches_its_tasks_and_secrets_stay_references() -> None:
    service = replace(
        AUTH,
        environment={"MODE": "fast"},
        secrets=(SecretReference(variable="API_KEY", secret="auth-service/key"),),
        permissions=(
            Permission(name="read-avatars", actions=("s3:GetObject",), resources=("arn:aws:s3:::avatars/a",)),
        ),
    )
    engine = deploy("test", released("test"), services=[service])
    containers = engine.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    assert '"name": "API_KEY", "valueFrom": "arn:aws:secretsmanager:' in containers
    assert '"name": "MODE", "value": "fast"' in containers
    policies = {one.name for one in engine.all("aws:iam/rolePolicy:RolePolicy")}
    assert {"auth-service-execution-read-secret-api-key", "auth-service-task-read-avatars"} <= policies


def test_what_encrypts_a_service_s_secrets_and_parameters_may_be_used_to_start_its_tasks() -> None:
    key = "arn:aws:kms:eu-west-1:111111111111:key/1-2"
    service = replace(
        AUTH,
        secrets=(SecretReference(variable="API_KEY", secret="auth-service/key"),),
        parameters=(ParameterReference(variable="DATABASE_URL", parameter="/auth/url", key="alias/parameters"),),
    )
    arn = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:auth-service/key-AbCdEf"
    calls = {**LOOK_UPS, SECRET: {"arn": arn, "kmsKeyId": "1-2"}, KEY: {"arn": key}}
    engine = deploy("test", released("test"), services=[service], calls=calls)
    policies = {one.name: one.inputs["policy"] for one in engine.all("aws:iam/rolePolicy:RolePolicy")}
    for variable in ("api-key", "database-url"):
        [allowed] = json.loads(policies[f"auth-service-execution-decrypt-{variable}"])["Statement"]
        assert (allowed["Action"], allowed["Resource"]) == (["kms:Decrypt"], [key])
    containers = json.loads(engine.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"])
    assert {one["name"]: one["valueFrom"] for one in containers[0]["secrets"]} == {
        "API_KEY": arn,
        "DATABASE_URL": "arn:aws:ssm:eu-west-1:111111111111:parameter/auth/url",
    }


def test_prod_encrypts_what_services_log_with_a_key_that_covers_every_service_of_the_environment() -> None:
    engine = deploy("prod", released("prod"))
    key = engine.one("aws:kms/key:Key", "logs")
    for group in ("auth-service", "events"):
        assert engine.one("aws:cloudwatch/logGroup:LogGroup", group).inputs["kmsKeyId"].endswith(":logs")
    assert key.inputs["deletionWindowInDays"] == 30
    [_, use] = json.loads(key.inputs["policy"])["Statement"]
    ours = "arn:aws:logs:eu-west-1:333333333333:log-group:"
    groups = [f"{ours}/ecs/*", f"{ours}/aws/events/microservices-cluster"]
    assert use["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}


def test_shells_are_encrypted_where_logs_are() -> None:
    config = released("stage") | {"logs": {"encrypted": True}}
    config["services"]["auth-service"]["exec"] = True
    engine = deploy("stage", config)
    assert engine.one("aws:cloudwatch/logGroup:LogGroup", "microservices-cluster-sessions").inputs["kmsKeyId"]
    assert "auth-service-task-decrypt-exec-sessions" in {
        one.name for one in engine.all("aws:iam/rolePolicy:RolePolicy")
    }


def test_a_shell_is_logged_as_soon_as_one_service_lets_people_open_one() -> None:
    config = released("stage")
    assert "configuration" not in deploy("stage", config).one("aws:ecs/cluster:Cluster").inputs
    config["services"]["auth-service"]["exec"] = True
    engine = deploy("stage", config)
    assert engine.one(ECS_SERVICE).inputs["enableExecuteCommand"] is True
    assert engine.one("aws:cloudwatch/logGroup:LogGroup", "microservices-cluster-sessions").inputs["name"] == (
        "/ecs/microservices-cluster/sessions"
    )


def test_what_the_catalogue_and_the_stack_file_say_of_tasks_reaches_ecs() -> None:
    config = released("stage")
    config["services"]["auth-service"] |= {
        "ephemeralStorage": 40,
        "capacity": {"base": 1, "onDemand": 1, "spot": 3},
        "zoneRebalancing": False,
    }
    arm = replace(AUTH, architecture=Architecture.ARM64, scratch=("/tmp",), platform_version="1.4.0", init=True)  # noqa: S108
    engine = deploy("stage", config, services=[arm])
    definition = engine.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    assert definition["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert definition["ephemeralStorage"] == {"sizeInGib": 40}
    assert definition["volumes"] == [{"name": "scratch-tmp"}]
    service = engine.one(ECS_SERVICE).inputs
    assert [one["weight"] for one in service["capacityProviderStrategies"]] == [1, 3]
    assert (service["platformVersion"], service["availabilityZoneRebalancing"]) == ("1.4.0", "DISABLED")


def test_what_speaks_grpc_is_refused_where_the_load_balancer_speaks_plain_http() -> None:
    grpc = replace(
        CATALOGUE[0],
        traffic=TargetTraffic(protocol_version="GRPC"),
        health_check=HealthCheck(path="/grpc.health.v1.Health/Check"),
    )
    with pytest.raises(pulumi.RunError, match=r"auth-service has protocol_version 'GRPC'.*Pulumi\.test\.yaml"):
        deploy("test", released("test"), services=[grpc])
    config = {**released("test"), "loadBalancer": {"domain": {"name": "shop.example.com", "zoneId": "Z0123456789"}}}
    made = deploy("test", config, services=[grpc]).one("aws:lb/targetGroup:TargetGroup", "auth-service").inputs
    assert (made["protocolVersion"], made["healthCheck"]["matcher"]) == ("GRPC", "0")
