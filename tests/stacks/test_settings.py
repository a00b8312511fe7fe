"""What the door lets through, and what it says to the rest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rollout.strategy import Shifting, Strategy
from stacks.catalogue import CATALOGUE
from stacks.profiles import PROFILES
from stacks.settings import Settings, SettingsError, parse
from stacks.stack_file import read

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "Pulumi.test.yaml"
GOOD: Mapping[str, Any] = {
    "aws": {"account": "111111111111", "region": "eu-west-1", "deployRole": "slipway-deployer"},
    "network": {"cidr": "10.0.0.0/16", "zones": 2},
    "services": {"auth-service": {"version": "1.0.0", "desiredCount": 2, "cpu": 256, "memory": 512}},
}


def with_change(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    config = copy.deepcopy(dict(GOOD))
    change(config)
    return config


def dials(**changed: object) -> dict[str, Any]:
    return with_change(lambda config: config["services"]["auth-service"].update(changed))


def part(name: str, **changed: object) -> dict[str, Any]:
    return with_change(lambda config: config.setdefault(name, {}).update(changed))


def top(**changed: object) -> dict[str, Any]:
    return with_change(lambda config: config.update(changed))


def without(key: str) -> dict[str, Any]:
    return with_change(lambda config: config.pop(key))


def refusal(config: Mapping[str, Any], environment: str = "test") -> str:
    with pytest.raises(SettingsError) as refused:
        parse(environment, config, SOURCE)
    return str(refused.value)


@pytest.mark.parametrize("environment", PROFILES)
def test_each_committed_stack_file_is_good(environment: str) -> None:
    file = ROOT / f"Pulumi.{environment}.yaml"
    settings = parse(environment, read(file), file.name)
    assert settings.environment == environment
    assert "auth-service" in settings.services


def test_settings_say_everything_about_an_environment() -> None:
    settings = parse("test", GOOD, SOURCE)
    service = settings.services["auth-service"]
    assert (service.version, service.desired_count, service.cpu, service.memory) == ("1.0.0", 2, 256, 512)
    assert service.port == 8080, "the catalogue's"
    assert settings.aws.role_arn == "arn:aws:iam::111111111111:role/slipway-deployer"
    assert settings.names.log_group("auth-service") == "/ecs/auth-service"
    assert settings.profile is PROFILES["test"]


def test_where_the_stack_file_is_silent_the_environment_and_the_catalogue_speak() -> None:
    settings = parse("prod", {"aws": GOOD["aws"], "services": {}}, "Pulumi.prod.yaml")
    service = settings.services["auth-service"]
    assert (service.version, service.desired_count, service.cpu, service.memory) == (None, 3, 256, 512)
    assert settings.network.zones == 3
    assert settings.prefix == ""


def test_settings_do_not_change() -> None:
    settings = parse("test", GOOD, SOURCE)
    with pytest.raises(ValidationError):
        settings.services["auth-service"].version = "2.0.0"
    with pytest.raises(ValidationError):
        settings.prefix = "other-"


@pytest.mark.parametrize(
    ("role", "arn"),
    [
        ("deployer", "arn:aws:iam::111111111111:role/deployer"),
        ("arn:aws:iam::111111111111:role/ci/deployer", "arn:aws:iam::111111111111:role/ci/deployer"),
        (None, ""),
    ],
)
def test_the_role_may_be_a_name_an_arn_or_absent(role: str | None, arn: str) -> None:
    aws = {"account": "111111111111", "region": "eu-west-1"} | ({"deployRole": role} if role else {})
    assert parse("test", top(aws=aws), SOURCE).aws.role_arn == arn


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_name_the_partition_of_the_region(region: str, partition: str) -> None:
    assert parse("test", part("aws", region=region), SOURCE).aws.partition == partition


MISTAKES: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    ("a misspelt dial", dials(desiredCuont=2), ("services.auth-service.desiredCuont", "'desiredCount'")),
    ("a snake-case dial", dials(desired_count=2), ("auth-service.desired_count", "'desiredCount'")),
    ("a misspelt top-level key", top(netwrok={}), ("slipway:netwrok", "'network'")),
    ("the environment as a key", top(environment="prod"), ("slipway:environment",)),
    ("a misspelt part of the network", part("network", zone=2), ("slipway:network.zone", "'zones'")),
    ("text for a number", dials(desiredCount="two"), ("auth-service.desiredCount", "'two'", "whole number")),
    ("a number in quotes", dials(cpu="256"), ("auth-service.cpu", "'256'", "without quotes")),
    ("yes for a number", dials(memory=True), ("auth-service.memory", "True")),
    ("a fraction of a task", dials(desiredCount=1.5), ("auth-service.desiredCount", "1.5")),
    ("a negative count", dials(desiredCount=-1), ("auth-service.desiredCount", "-1", "0 to 5000")),
    ("too many tasks", dials(desiredCount=5001), ("auth-service.desiredCount", "5001", "0 to 5000")),
    ("a version as a number", dials(version=1.5), ("auth-service.version", "1.5", "quotes")),
    ("latest", dials(version="latest"), ("auth-service.version", "latest", "MAJOR.MINOR.PATCH")),
    ("an address without an at", top(alerts={"emails": ["team"]}), ("slipway:alerts.emails.0", "'team'", "on-call@")),
    ("one address for a list", top(alerts={"emails": "a@example.com"}), ("slipway:alerts.emails", "list")),
    ("runbooks with a heading", top(alerts={"runbooks": "https://x/y#z"}), ("alerts.runbooks", "without a heading")),
    ("a receiver by name", top(alerts={"receivers": ["pager"]}), ("alerts.receivers.0", "'pager'", "ARN of a queue")),
    ("a bucket to hear", top(alerts={"receivers": ["arn:aws:s3:::b"]}), ("alerts.receivers.0", "an event bus")),
    ("a misspelt receiver", top(alerts={"email": []}), ("slipway:alerts.email", "'emails'")),
    ("no strategy", dials(strategy="cannary"), ("auth-service.strategy", "'cannary'", "rolling, blue_green")),
    ("a step that ECS does not take", dials(strategy="linear:1%,5m"), ("auth-service.strategy", "1%", "3% to 100%")),
    ("a bake in seconds", dials(strategy="canary:10%,30s"), ("auth-service.strategy", "30s", "whole minutes")),
    ("no CPU size", dials(cpu=300), ("auth-service.cpu", "300", "256, 512, 1024")),
    ("a pair that Fargate lacks", dials(memory=4096), ("auth-service.memory", "4096", "256", "512, 1024, 2048")),
    ("a disk too small", dials(ephemeralStorage=20), ("auth-service.ephemeralStorage", "20", "21 to 200")),
    ("a mix of nothing", dials(capacity={"onDemand": 0}), ("auth-service.capacity", "onDemand and spot are both 0")),
    ("a misspelt mix", dials(capacity={"ondemand": 0}), ("auth-service.capacity.ondemand", "'onDemand'")),
    ("a weight too high", dials(capacity={"spot": 1001}), ("auth-service.capacity", "1001", "0 to 1000")),
    ("port 0", dials(port=0), ("auth-service.port", "0", "1 to 65535")),
    ("a port too high", dials(port=65536), ("auth-service.port", "65536", "1 to 65535")),
    ("a build without a version", dials(build=".", version=None), ("auth-service.build", "version")),
    ("an empty build", dials(build=""), ("auth-service.build", "empty")),
    ("an unknown service", part("services", auth={}), ("services.auth", "auth-service")),
    ("a section that is empty", top(services={"auth-service": None}), ("services.auth-service", "mapping")),
    ("services as a list", top(services=[]), ("slipway:services", "mapping")),
    ("no account", top(aws={"region": "eu-west-1"}), ("slipway:aws.account", "missing")),
    ("nothing about AWS", without("aws"), ("slipway:aws", "missing")),
    ("an account without quotes", part("aws", account=111111111111), ("aws.account", "111111111111", "quotes")),
    ("an account too short", part("aws", account="1234"), ("aws.account", "1234", "12 digits")),
    (
        "an account in Arabic digits",
        part("aws", account="\N{ARABIC-INDIC DIGIT ONE}" * 12),
        ("aws.account", "12 digits"),
    ),
    ("no region", part("aws", region="Ireland"), ("aws.region", "Ireland", "eu-west-1")),
    ("a role with a blank", part("aws", deployRole="my role"), ("aws.deployRole", "my role")),
    ("not a network", part("network", cidr="10.0.0"), ("network.cidr", "10.0.0", "10.0.0.0/16")),
    ("host bits", part("network", cidr="10.0.0.1/16"), ("network.cidr", "10.0.0.1/16")),
    ("too wide", part("network", cidr="10.0.0.0/8"), ("network.cidr", "/16 to /23")),
    ("too narrow", part("network", cidr="10.0.0.0/24"), ("network.cidr", "/16 to /23")),
    ("one zone", part("network", zones=1), ("network.zones", "1", "2 to 3")),
    ("four zones", part("network", zones=4), ("network.zones", "4", "2 to 3")),
    (
        "a new network and one to adopt",
        part(
            "network",
            adopt={
                "vpcId": "vpc-1",
                "privateSubnetIds": ["subnet-1", "subnet-2"],
                "publicSubnetIds": ["subnet-3", "subnet-4"],
            },
        ),
        ("slipway:network", "cidr", "adopt"),
    ),
    (
        "one subnet to adopt",
        top(
            network={
                "adopt": {"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1"], "publicSubnetIds": ["x", "subnet-2"]}
            }
        ),
        ("adopt.privateSubnetIds", "2 entries", "adopt.publicSubnetIds.0", "'x'"),
    ),
    ("a prefix without its hyphen", top(prefix="stage"), ("slipway:prefix", "'stage'", "hyphen")),
    (
        "a test listener for everybody",
        top(loadBalancer={"testListener": {"cidrs": ["0.0.0.0/0"]}}),
        ("loadBalancer.testListener.cidrs", "0.0.0.0/0", "all of the internet"),
    ),
    (
        "hooks where no traffic shifts",
        dials(strategy="rolling", hooks={"pauses": [{"stages": ["POST_SCALE_UP"]}]}),
        ("auth-service.hooks", "strategy is rolling", "canary"),
    ),
    (
        "a pause where ECS cannot wait",
        dials(strategy="blue-green", hooks={"pauses": [{"stages": ["PRODUCTION_TRAFFIC_SHIFT"]}]}),
        ("auth-service.hooks.pauses.0", "PRODUCTION_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT"),
    ),
    (
        "a pause that ends otherwise",
        dials(strategy="blue-green", hooks={"pauses": [{"stages": ["POST_SCALE_UP"], "onTimeout": "wait"}]}),
        ("auth-service.hooks.pauses.0", "'wait'", "rollback, continue"),
    ),
    (
        "a function by its name",
        dials(strategy="blue-green", hooks={"functions": [{"stages": ["POST_SCALE_UP"], "arn": "smoke"}]}),
        ("auth-service.hooks.functions.0.arn", "smoke", "ARN of a Lambda function"),
    ),
    (
        "an internal load balancer for everybody",
        top(loadBalancer={"internalFor": ["0.0.0.0/0"]}),
        ("loadBalancer.internalFor", "0.0.0.0/0", "all of the internet"),
    ),
    (
        "no web ACL's ARN",
        top(loadBalancer={"webAclArn": "shop"}),
        ("loadBalancer.webAclArn", "shop", "regional web ACL"),
    ),
    ("a domain without its zone", top(loadBalancer={"domain": {"name": "a.example"}}), ("domain.zoneId", "missing")),
    (
        "a domain with capitals",
        top(loadBalancer={"domain": {"name": "A.example", "zoneId": "Z1"}}),
        ("loadBalancer.domain.name", "A.example", "in lower case"),
    ),
    (
        "a wildcard for a domain",
        top(loadBalancer={"domain": {"name": "*.a.example", "zoneId": "Z1"}}),
        ("loadBalancer.domain.name", "*.a.example", "write a name like"),
    ),
    (
        "a name twice",
        top(loadBalancer={"domain": {"name": "a.example", "zoneId": "Z1", "alternatives": ["a.example"]}}),
        ("loadBalancer.domain", "each once"),
    ),
    (
        "a zone by its name",
        top(loadBalancer={"domain": {"name": "a.example", "zoneId": "example.com"}}),
        ("loadBalancer.domain.zoneId", "example.com", "the id of a hosted zone"),
    ),
    ("no certificate's ARN", top(loadBalancer={"certificateArn": "abc"}), ("loadBalancer.certificateArn", "abc")),
)


@pytest.mark.parametrize(("config", "named"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_names_file_key_value_and_what_is_allowed(config: dict[str, Any], named: tuple[str, ...]) -> None:
    said = refusal(config)
    for name in named:
        assert name in said
    for line in said.splitlines():
        assert line.startswith(f"{SOURCE}: slipway:"), line
        assert len(line) < 300


def test_every_mistake_has_its_line() -> None:
    config = dials(cpu=300, desiredCount="two", colour="red")
    config["prefix"] = "Stage"
    config["services"]["atuh-service"] = {}
    config["token"] = {"secure": "v1:abc"}
    said = refusal(config).splitlines()
    assert len(said) == 6
    for key in ("cpu", "desiredCount", "colour", "prefix", "atuh-service", "token"):
        assert sum(f"{key}:" in line or f"{key} is" in line for line in said) == 1, key


def test_an_unknown_environment_is_named_with_the_known_ones() -> None:
    said = refusal(GOOD, "prdo")
    for name in ("'prdo'", "did you mean 'prod'", "test, stage, prod"):
        assert name in said


def test_a_long_value_is_cut_short() -> None:
    assert len(refusal(dials(version="1" * 10_000))) < 300


@pytest.mark.parametrize(
    ("environment", "version"),
    [
        ("test", "dev"),
        ("test", "dev-login"),
        ("test", "1.0.0-rc1"),
        ("stage", "1.0.0-rc1"),
        ("stage", "1.0.0"),
        ("prod", "1.0.0"),
    ],
)
def test_each_environment_takes_the_versions_of_the_sop(environment: str, version: str) -> None:
    assert parse(environment, dials(version=version), SOURCE).services["auth-service"].version == version


@pytest.mark.parametrize(
    ("environment", "version"),
    [("test", "latest"), ("stage", "dev"), ("prod", "1.0.0-rc1"), ("prod", "dev"), ("prod", "latest")],
)
def test_each_environment_refuses_the_versions_of_others(environment: str, version: str) -> None:
    assert version in refusal(dials(version=version), environment)


@pytest.mark.parametrize("environment", ["stage", "prod"])
def test_images_are_built_in_test_only(environment: str) -> None:
    assert parse("test", dials(build="examples/auth_service"), SOURCE).services["auth-service"].build
    assert "test only" in refusal(dials(build="examples/auth_service"), environment)


def test_an_adopted_network_needs_nothing_but_its_ids() -> None:
    adopt = {
        "vpcId": "vpc-1",
        "privateSubnetIds": ["subnet-1", "subnet-2"],
        "publicSubnetIds": ["subnet-3", "subnet-4"],
    }
    adopted = parse("prod", top(network={"adopt": adopt}), SOURCE).network.adopt
    assert adopted is not None
    assert adopted.private_subnet_ids == ("subnet-1", "subnet-2")


def test_an_encrypted_value_is_refused_and_not_shown() -> None:
    said = refusal(top(password={"secure": "v1:c4n4ry"}))
    assert "slipway:password" in said
    assert "c4n4ry" not in said


def test_settings_are_made_of_the_stack_file_and_the_environment_alone() -> None:
    assert set(Settings.model_fields) == {
        "aws",
        "prefix",
        "network",
        "load_balancer",
        "discovery",
        "alerts",
        "logs",
        "images",
        "services",
        "adopted",
        "releases",
        "waivers",
        "environment",
    }


@pytest.mark.parametrize("key", ["images", "alias/aws/ecr", "arn:aws:kms:eu-west-1:111111111111:key/one", "alias/"])
def test_the_key_of_images_is_one_of_the_customers_and_named_by_its_alias(key: str) -> None:
    assert parse("test", top(images={"key": "alias/images"}), SOURCE).images.key == "alias/images"
    said = refusal(top(images={"key": key}))
    assert f"slipway:images.key is {key!r}" in said
    assert "name a KMS key of yours by its alias, like alias/images" in said


def test_a_rule_of_before_is_named_by_its_arn_under_a_service_of_the_catalogue() -> None:
    said = refusal(top(adopted={"rules": {"auth-service": ["rule"]}}))
    assert "slipway:adopted.rules.auth-service.0 is 'rule'" in said
    assert "write the ARN of a listener rule" in said
    assert "slipway:adopted.rules.nope" in refusal(top(adopted={"rules": {"nope": []}}))


def test_alarms_have_their_runbook_in_the_project_unless_the_stack_file_names_another() -> None:
    assert parse("test", GOOD, SOURCE).alerts.runbooks == "docs/alarms.md"
    assert (ROOT / parse("test", GOOD, SOURCE).alerts.runbooks).is_file()
    named = top(alerts={"emails": ["on-call@example.com"], "runbooks": "https://example.com/runbooks"})
    assert parse("test", named, SOURCE).alerts.emails == ("on-call@example.com",)


@pytest.mark.parametrize(("environment", "watched"), [("test", False), ("stage", True), ("prod", True)])
def test_the_gates_ask_for_the_alarms_that_ecs_will_watch(environment: str, *, watched: bool) -> None:
    config = {**GOOD, "prefix": "own-", "services": {}}
    question = parse(environment, config, SOURCE).question("auth-service", "1.0.0", None)
    assert question.alarms == (("own-auth-service-5xx-rate", "own-auth-service-p99-latency") if watched else ())


def test_a_prefix_that_leaves_no_room_for_a_services_name_is_refused() -> None:
    longest = replace(CATALOGUE[0], name="a" * 22)
    config = {key: value for key, value in top(prefix="stage-").items() if key != "services"}
    with pytest.raises(SettingsError, match=r"slipway:prefix is 'stage-': stage-a+ has more than the 24 characters"):
        parse("test", config, SOURCE, [longest])


@pytest.mark.parametrize("environment", PROFILES)
def test_releases_roll_unless_the_stack_file_says_otherwise(environment: str) -> None:
    config = {**GOOD, "services": {}}
    assert parse(environment, config, SOURCE).services["auth-service"].shifting is None


def test_prod_keeps_a_task_out_of_spots_reach() -> None:
    prod = dials(version="1.0.0", capacity={"spot": 1})
    assert parse("test", prod, "f").services["auth-service"].capacity is not None
    with pytest.raises(SettingsError, match=r"capacity is .* here 1 must stay on Fargate; set base to 1 or more"):
        parse("prod", prod, "f")
    parse("prod", dials(version="1.0.0", capacity={"base": 1, "spot": 1}), "f")
    parse("prod", dials(version="1.0.0", capacity={}), "f")


def test_nobody_opens_a_shell_in_prod() -> None:
    assert parse("stage", dials(version="1.0.0", exec=True), "f").services["auth-service"].exec
    with pytest.raises(SettingsError, match=r"exec is True: nobody opens a shell .* remove `exec`"):
        parse("prod", dials(version="1.0.0", exec=True), "f")


def test_a_strategy_is_written_as_on_the_command_line() -> None:
    config = dials(strategy="blue-green:bake=10m")
    assert parse("test", config, SOURCE).services["auth-service"].shifting == Shifting(
        strategy=Strategy.BLUE_GREEN, bake=600
    )


def test_the_strategy_of_an_environment_holds_where_a_service_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    careful = replace(PROFILES["test"], strategy="canary:10%,5m")
    monkeypatch.setattr("stacks.settings.PROFILES", {**PROFILES, "test": careful})
    assert parse("test", GOOD, SOURCE).services["auth-service"].strategy == "canary:10%,5m"
    assert parse("test", dials(strategy="rolling"), SOURCE).services["auth-service"].shifting is None
