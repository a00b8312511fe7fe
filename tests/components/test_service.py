"""The service, and the `Rollout` that its release ends in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.migration import MigrationPlan
from components.release_hash import digest
from components.service import Service
from components.service_args import Deployment, ServiceArgs
from release.capacity import CapacityMix
from rollout.strategy_text import parse
from tests.components.builders import SERVICE, build, with_release
from tests.components.test_service_connect import CONNECT, ENDPOINT
from tests.recording_engine import DIGEST, Engine

ECS_SERVICE = "aws:ecs/service:Service"
MIGRATION = "slipway:index:Migration"
ROLLOUT = "slipway:index:Rollout"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
RULE = "aws:lb/listenerRule:ListenerRule"
RULE_ARN = f"arn:aws:{RULE}:eu-west-1:111111111111:auth"
STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": {"strategy": "ROLLING"},
    "blue-green:bake=10m": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "10"},
    "canary:12.5%,5m": {
        "strategy": "CANARY",
        "bakeTimeInMinutes": "0",
        "canaryConfiguration": {"canaryPercent": 12.5, "canaryBakeTimeInMinutes": "5"},
    },
    "linear:20%,2m,bake=1h": {
        "strategy": "LINEAR",
        "bakeTimeInMinutes": "60",
        "linearConfiguration": {"stepPercent": 20, "stepBakeTimeInMinutes": "2"},
    },
}


def service(args: ServiceArgs = SERVICE) -> Engine:
    return build(Service, args, name="auth")


def ecs(args: ServiceArgs = SERVICE) -> dict[str, Any]:
    return dict(service(args).one(ECS_SERVICE).inputs)


def with_strategy(text: str) -> ServiceArgs:
    return replace(SERVICE, deployment=replace(SERVICE.deployment, shifting=parse(text)))


def with_deployment(**changed: Any) -> ServiceArgs:
    return replace(SERVICE, deployment=replace(SERVICE.deployment, **changed))


def test_the_number_of_tasks_is_the_program_s_unless_it_is_scaled() -> None:
    fixed, scaled = service(), service(replace(SERVICE, autoscaled=True))
    assert fixed.one(ECS_SERVICE).ignore_changes == ()
    assert fixed.one(ROLLOUT).inputs["desiredCount"] == 2
    assert scaled.one(ECS_SERVICE).ignore_changes == ("desiredCount",), "and nothing more"
    assert scaled.one(ECS_SERVICE).inputs["desiredCount"] == 2, "what it begins with"
    assert "desiredCount" not in scaled.one(ROLLOUT).inputs


WORKER = replace(SERVICE, routing=None, port=None, health_check_grace_period=None)


def test_without_routing_nobody_gets_in_and_nothing_of_a_load_balancer_is_made() -> None:
    made = service(WORKER)
    assert not made.all(INGRESS)
    assert not made.all(RULE)
    assert [rule.inputs["toPort"] for rule in made.all(EGRESS)] == [443], "none of them of the load balancer's group"
    group = made.one("aws:ec2/securityGroup:SecurityGroup").inputs
    assert group["description"] == "Tasks of auth-service: no load balancer before them"


def test_without_routing_ecs_is_told_of_no_load_balancer_and_the_rollout_asks_for_no_targets() -> None:
    made = service(WORKER)
    told = made.one(ECS_SERVICE).inputs
    assert "loadBalancers" not in told
    assert "healthCheckGracePeriodSeconds" not in told
    assert told["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert made.one(ROLLOUT).inputs["targetGroupArns"] == []


def test_a_service_that_gets_or_loses_its_routing_is_another_release() -> None:
    assert released(WORKER) != released()


@pytest.mark.parametrize("strategy", [one for one in STRATEGIES if one != "rolling"])
def test_a_strategy_that_shifts_traffic_is_refused_where_there_is_none(strategy: str) -> None:
    with pytest.raises(ValueError, match=r"which shifts traffic, and routing is None: .*let its releases roll"):
        replace(WORKER, deployment=replace(WORKER.deployment, shifting=parse(strategy)))


def test_routing_needs_a_port_to_send_traffic_to() -> None:
    with pytest.raises(ValueError, match="port is None: say on which it listens"):
        replace(SERVICE, port=None)


def test_ecs_watches_no_alarm_unless_it_is_told_which() -> None:
    assert "alarms" not in ecs()


@pytest.mark.parametrize("goes_back", [True, False])
def test_ecs_goes_back_for_an_alarm_where_it_does_for_its_breaker(*, goes_back: bool) -> None:
    deployment = replace(SERVICE.deployment, alarms=["a", "b"], automatic_rollback=goes_back)
    assert ecs(replace(SERVICE, deployment=deployment))["alarms"] == {
        "alarmNames": ["a", "b"],
        "enable": True,
        "rollback": goes_back,
    }


def strategic(text: str) -> dict[str, Any]:
    return ecs(with_strategy(text))


def released(args: ServiceArgs = SERVICE) -> str:
    return str(service(args).one(ROLLOUT).inputs["releaseHash"])


def test_tasks_have_no_public_address() -> None:
    """Security Hub ECS.2."""
    assert ecs()["networkConfiguration"] == {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["auth-id"],
        "assignPublicIp": False,
    }


def test_it_runs_on_the_newest_fargate() -> None:
    """Security Hub ECS.10."""
    assert (ecs()["launchType"], ecs()["platformVersion"]) == ("FARGATE", "LATEST")


def test_a_mix_takes_the_place_of_the_launch_type_and_is_changed_in_forced_deployments() -> None:
    made = ecs(replace(SERVICE, capacity=CapacityMix(base=2, on_demand=1, spot=3)))
    assert "launchType" not in made
    assert made["capacityProviderStrategies"] == [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ]
    assert made["forceNewDeployment"] is True


def test_a_platform_version_is_one_that_has_all_it_takes() -> None:
    assert ecs(replace(SERVICE, platform_version="1.4.0"))["platformVersion"] == "1.4.0"
    with pytest.raises(ValueError, match=r"platform_version is '1.3.0'; allowed are LATEST, 1.4.0"):
        replace(SERVICE, platform_version="1.3.0")


@pytest.mark.parametrize(("asked", "told"), [(None, None), (True, "ENABLED"), (False, "DISABLED")])
def test_ecs_rebalances_zones_as_it_is_told_and_is_left_alone_otherwise(*, asked: bool | None, told: str) -> None:
    deployment = replace(SERVICE.deployment, zone_rebalancing=asked)
    assert ecs(replace(SERVICE, deployment=deployment)).get("availabilityZoneRebalancing") == told


def test_rebalancing_that_could_start_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="maximum_percent is 100; set it above 100"):
        Deployment(minimum_healthy_percent=50, maximum_percent=100, zone_rebalancing=True)


def test_a_deployment_that_fails_is_rolled_back_by_ecs() -> None:
    made = ecs()
    assert made["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (made["deploymentMinimumHealthyPercent"], made["deploymentMaximumPercent"]) == (100, 200)


def test_rollout_waits_so_that_the_service_need_not() -> None:
    made = ecs()
    assert made["waitForSteadyState"] is False
    assert "forceNewDeployment" not in made


def test_tasks_carry_the_service_s_tags() -> None:
    made = ecs()
    assert (made["propagateTags"], made["enableEcsManagedTags"]) == ("SERVICE", True)


def test_nobody_can_open_a_shell_in_a_task_by_default() -> None:
    assert ecs()["enableExecuteCommand"] is False
    assert ecs(replace(SERVICE, execute_command=True))["enableExecuteCommand"] is True, "unless it is asked for"


def test_only_the_load_balancer_gets_in() -> None:
    rule = service().one(INGRESS).inputs
    assert rule["referencedSecurityGroupId"] == "sg-balancer"
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (8080, 8080, "tcp")
    assert "cidrIpv4" not in rule


def test_the_load_balancer_gets_to_the_tasks_and_nowhere_else() -> None:
    rule = service().one(EGRESS, "auth-from-load-balancer").inputs
    assert (rule["securityGroupId"], rule["referencedSecurityGroupId"]) == ("sg-balancer", "auth-id")
    assert (rule["fromPort"], rule["toPort"]) == (8080, 8080)


def test_tasks_get_out_by_the_declared_ports_alone() -> None:
    rules = service(replace(SERVICE, egress_ports=(443, 5432))).all(EGRESS)
    out = [one.inputs for one in rules if one.inputs["securityGroupId"] == "auth-id"]
    assert {(rule["fromPort"], rule["toPort"], rule["cidrIpv4"]) for rule in out} == {
        (443, 443, "0.0.0.0/0"),
        (5432, 5432, "0.0.0.0/0"),
    }


def test_its_paths_lead_to_its_target_group() -> None:
    engine = service()
    rule = engine.one("aws:lb/listenerRule:ListenerRule").inputs
    assert rule["conditions"] == [{"pathPattern": {"values": ["/*"]}}]
    weights = [{"arn": "arn:target-group", "weight": 100}, {"arn": "arn:target-group-alternate", "weight": 0}]
    assert rule["actions"] == [{"type": "forward", "forward": {"targetGroups": weights}}]


def test_after_its_creation_where_traffic_goes_is_ecs_s_to_say() -> None:
    assert service().one(RULE).ignore_changes == ("actions",)


@pytest.mark.parametrize("text", STRATEGIES)
def test_any_strategy_may_be_used_at_any_time_for_all_it_needs_is_always_there(text: str) -> None:
    assert strategic(text)["loadBalancers"] == [
        {
            "targetGroupArn": "arn:target-group",
            "containerName": "auth-service",
            "containerPort": 8080,
            "advancedConfiguration": {
                "alternateTargetGroupArn": "arn:target-group-alternate",
                "productionListenerRule": RULE_ARN,
                "roleArn": "arn:shifting-role",
            },
        }
    ]


@pytest.mark.parametrize("text", STRATEGIES)
def test_ecs_is_told_the_strategy_as_it_was_written(text: str) -> None:
    assert strategic(text)["deploymentConfiguration"] == STRATEGIES[text]


def test_traffic_is_shifted_only_once_the_role_may_do_so() -> None:
    def program_service(name: str, args: ServiceArgs, opts: pulumi.ResourceOptions) -> None:
        policy = aws.iam.RolePolicyAttachment("may-shift", role="r", policy_arn="arn:p", opts=opts)
        Service(name, replace(args, routing=replace(args.routing, needs=[policy])), opts)

    engine = build(program_service, SERVICE, name="auth")
    needs = {urn.split("::")[-1] for urn in engine.one(ECS_SERVICE).dependencies}
    assert "may-shift" in needs


def test_it_starts_only_when_its_way_in_its_rules_and_its_permissions_are_there() -> None:
    def program_service(name: str, args: ServiceArgs, opts: pulumi.ResourceOptions) -> None:
        policy = aws.iam.RolePolicy("policy", role="r", policy="{}", opts=opts)
        Service(name, replace(args, release=replace(args.release, needs=[policy])), opts)

    engine = build(program_service, SERVICE, name="auth")
    waits_for = {urn.split("::")[-2].split("$")[-1] for urn in engine.one(ECS_SERVICE).dependencies}
    assert {
        "aws:lb/listenerRule:ListenerRule",
        INGRESS,
        EGRESS,
        "aws:iam/rolePolicy:RolePolicy",
    } <= waits_for


def test_a_service_that_must_be_replaced_makes_room_first() -> None:
    assert service().one(ECS_SERVICE).delete_before_replace, "a cluster has each service name once"


def test_rollout_follows_the_service_and_says_what_must_be_true() -> None:
    engine = service()
    rollout = engine.one(ROLLOUT)
    assert engine.one(ECS_SERVICE).urn in rollout.dependencies
    inputs = dict(rollout.inputs)
    assert len(inputs.pop("releaseHash")) == 64
    assert inputs == {
        "cluster": "microservices-cluster",
        "service": "auth-service",
        "taskDefinition": "arn:task-definition:1",
        "version": "1.0.0",
        "digest": DIGEST,
        "targetGroupArns": ["arn:target-group"],
        "desiredCount": 2,
        "attempt": 1,
        "journal": "",
        "account": "111111111111",
        "region": "eu-west-1",
        "roleArn": "arn:role",
    }


WITH_MIGRATION = replace(SERVICE, migration=MigrationPlan(command=["migrate", "up"], timeout=600, irreversible=True))


def test_a_service_without_a_migration_runs_none() -> None:
    assert service().all(MIGRATION) == []


def test_a_migration_runs_the_new_revision_where_the_service_s_own_tasks_run() -> None:
    inputs = dict(service(WITH_MIGRATION).one(MIGRATION).inputs)
    assert inputs.pop("releaseHash") == released(WITH_MIGRATION)
    assert inputs == {
        "cluster": "microservices-cluster",
        "service": "auth-service",
        "taskDefinition": "arn:task-definition:1",
        "version": "1.0.0",
        "digest": DIGEST,
        "command": ["migrate", "up"],
        "timeout": 600,
        "irreversible": True,
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["auth-id"],
        "attempt": 1,
        "journal": "",
        "account": "111111111111",
        "region": "eu-west-1",
        "roleArn": "arn:role",
    }


def test_the_service_waits_for_its_migration_which_waits_for_its_ways_out_and_permissions() -> None:
    def program_service(name: str, args: ServiceArgs, opts: pulumi.ResourceOptions) -> None:
        policy = aws.iam.RolePolicy("policy", role="r", policy="{}", opts=opts)
        Service(name, replace(args, release=replace(args.release, needs=[policy])), opts)

    engine = build(program_service, WITH_MIGRATION, name="auth")
    migration = engine.one(MIGRATION)
    assert migration.urn in engine.one(ECS_SERVICE).dependencies
    needs = {urn.split("::")[-2].split("$")[-1] for urn in migration.dependencies}
    assert {EGRESS, "aws:iam/rolePolicy:RolePolicy"} <= needs


def test_a_migration_alone_makes_no_other_release() -> None:
    assert released(WITH_MIGRATION) == released(), "what it runs is in the image"


CHANGES: dict[str, Callable[[], ServiceArgs]] = {
    "the task definition": lambda: with_release(task_definition_content='{"cpu": 512}'),
    "the subnets": lambda: replace(SERVICE, subnet_ids=["subnet-1", "subnet-3"]),
    "the target group": lambda: replace(SERVICE, routing=replace(SERVICE.routing, target_group_arn="arn:other")),
    "the other target group": lambda: replace(
        SERVICE, routing=replace(SERVICE.routing, alternate_target_group_arn="arn:other")
    ),
    "the role that shifts": lambda: replace(SERVICE, routing=replace(SERVICE.routing, shifting_role_arn="arn:other")),
    "the port": lambda: replace(SERVICE, port=9090),
    "the platform version": lambda: replace(SERVICE, platform_version="1.4.0"),
    "its place in a namespace": lambda: replace(SERVICE, connect=CONNECT),
    "how long an answer is waited for": lambda: replace(
        SERVICE, connect=replace(CONNECT, endpoint=replace(ENDPOINT, request_seconds=5))
    ),
    "where its tasks are found": lambda: replace(SERVICE, registry_arn="arn:registry"),
    "the capacity": lambda: replace(SERVICE, capacity=CapacityMix(spot=1)),
}
NO_CHANGES: dict[str, Callable[[], ServiceArgs]] = {
    "the number of tasks": lambda: replace(SERVICE, desired_count=5),
    "the revision's number": lambda: with_release(task_definition_arn="arn:task-definition:2"),
    "the path": lambda: replace(SERVICE, routing=replace(SERVICE.routing, paths=["/auth/*"])),
    "the strategy": lambda: with_strategy("canary:10%,5m"),
    "who may open a shell": lambda: replace(SERVICE, execute_command=True),
    "the zones": lambda: with_deployment(zone_rebalancing=False),
    "the grace": lambda: replace(SERVICE, health_check_grace_period=99),
    "the percentages": lambda: with_deployment(maximum_percent=150),
    "the alarms": lambda: with_deployment(alarms=["a"]),
    "the breaker": lambda: with_deployment(automatic_rollback=False),
    "who looks at it": lambda: replace(SERVICE, place=replace(SERVICE.place, role_arn="")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_release_is_another_when_what_deploys_changes(change: str) -> None:
    assert released(CHANGES[change]()) != released()


@pytest.mark.parametrize("change", NO_CHANGES)
def test_a_release_is_the_same_when_nothing_deploys(change: str) -> None:
    assert released(NO_CHANGES[change]()) == released()


IN_THE_SERVICE = ("the number of tasks", "the strategy", "who may open a shell", "the zones", "the grace")
IN_ITS_DEPLOYMENT = ("the percentages", "the alarms", "the breaker")


@pytest.mark.parametrize("change", [*IN_THE_SERVICE, *IN_ITS_DEPLOYMENT])
def test_where_there_is_a_mix_each_change_of_the_service_is_a_release(change: str) -> None:
    """The provider forces a deployment whenever it changes such a service."""
    mix = CapacityMix(base=1, spot=1)
    changed = replace(NO_CHANGES[change](), capacity=mix)
    assert released(changed) != released(replace(SERVICE, capacity=mix))


def test_what_scales_a_service_with_a_mix_makes_no_release() -> None:
    scaled = replace(SERVICE, capacity=CapacityMix(spot=1), autoscaled=True)
    assert released(replace(scaled, desired_count=5)) == released(scaled)


def test_the_sum_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"b": [1, 2]}) != digest({"b": [2, 1]})


@pytest.mark.parametrize(("least", "most"), [(100, 100), (-1, 200), (101, 200), (50, 99)])
def test_percentages_by_which_ecs_could_replace_nothing_are_refused(least: int, most: int) -> None:
    with pytest.raises(ValueError, match="minimum_healthy_percent"):
        Deployment(minimum_healthy_percent=least, maximum_percent=most)


def test_an_automatic_rollback_without_the_breaker_that_triggers_it_is_refused() -> None:
    with pytest.raises(ValueError, match="automatic_rollback needs circuit_breaker"):
        Deployment(minimum_healthy_percent=100, maximum_percent=200, circuit_breaker=False)


RULE = "aws:lb/listenerRule:ListenerRule"


def test_a_request_is_the_service_s_when_both_its_host_and_its_path_are() -> None:
    assert SERVICE.routing is not None
    routing = replace(SERVICE.routing, hosts=["shop.example.com", "*.shop.example.com"])
    conditions = build(Service, replace(SERVICE, routing=routing)).one(RULE).inputs["conditions"]
    assert conditions == [
        {"hostHeader": {"values": ["shop.example.com", "*.shop.example.com"]}},
        {"pathPattern": {"values": ["/*"]}},
    ]
    assert build(Service, SERVICE).one(RULE).inputs["conditions"] == [{"pathPattern": {"values": ["/*"]}}]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hosts": ["shop"]}, "'shop' is no host name"),
        ({"hosts": ["shop.example.com:443"]}, "without a port"),
        ({"hosts": ["10.0.0.1"]}, "'10.0.0.1' is no host name"),
        ({"hosts": [f"{'a' * 128}.com"]}, "up to 128 characters"),
        ({"paths": ["orders"]}, "'orders' is no path pattern"),
        ({"paths": ["/orders?id=1#a"]}, "without a query"),
        ({"hosts": ["a.com", "b.com", "c.com"], "paths": ["/a", "/b", "/c"]}, "3 hosts and 3 paths; a rule has 5"),
    ],
)
def test_what_no_listener_rule_takes_is_refused(changed: dict[str, Any], said: str) -> None:
    assert SERVICE.routing is not None
    with pytest.raises(ValueError, match=said):
        replace(SERVICE.routing, **changed)
