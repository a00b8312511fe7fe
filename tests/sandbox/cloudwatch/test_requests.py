"""How the requests of users are spread over tasks, and how these answer."""

from __future__ import annotations

from rollout.behaviour import parse
from sandbox.caller import Caller
from sandbox.cloudwatch.metric import Metric
from sandbox.cloudwatch.requests import traffic
from sandbox.cloudwatch.service_levels import added, levels
from sandbox.ecs.measured import ServiceFacts, TaskFacts
from sandbox.ecs.ports import RouteFacts

LB = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/lb/1"
BLUE, GREEN = (f"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{name}/1" for name in ("blue", "green"))


def task(name: str, state: str, group: str = BLUE, behave: str = "") -> TaskFacts:
    return TaskFacts(name, "RUNNING", parse(behave), 256, 512, ((group, state),))


def service(*tasks: TaskFacts, production: str = "") -> ServiceFacts:
    owner = Caller("1", "eu-west-1", "arn")
    groups, rules = frozenset({BLUE, GREEN}), frozenset({production} - {""})
    return ServiceFacts(owner, "c", False, "s", 2, 1, tasks, groups, rules)  # noqa: FBT003 - a field


def test_only_healthy_targets_get_requests_as_long_as_there_is_one() -> None:
    met = traffic(service(task("a", "healthy"), task("b", "unhealthy")), [RouteFacts("r", LB, {BLUE: 1})], 10)
    assert {name: served.rate for name, served in met.by_task.items()} == {"a": 10}


def test_without_a_healthy_target_the_unhealthy_ones_get_all_and_fail() -> None:
    met = traffic(service(task("a", "initial"), task("b", "unhealthy")), [RouteFacts("r", LB, {BLUE: 1})], 10)
    assert {name: (served.rate, served.failing) for name, served in met.by_task.items()} == {"b": (10, 10)}


def test_a_test_rule_gets_no_traffic_of_users() -> None:
    routes = [RouteFacts("production", LB, {BLUE: 9, GREEN: 1}), RouteFacts("test", LB, {GREEN: 1})]
    both = service(task("a", "healthy"), task("b", "healthy", GREEN), production="production")
    assert {name: served.rate for name, served in traffic(both, routes, 10).by_task.items()} == {"a": 9, "b": 1}


def test_response_times_are_those_of_the_images() -> None:
    mixed = service(task("a", "healthy"), task("b", "healthy", behave="errors:rate=20,latency=800ms"))
    met = traffic(mixed, [RouteFacts("r", LB, {BLUE: 1})], 10)
    found = added(levels(mixed, met))
    times = found[Metric.of("AWS/ApplicationELB", "TargetResponseTime", {"LoadBalancer": "app/lb/1"})]
    errors = found[Metric.of("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", {"LoadBalancer": "app/lb/1"})]
    assert (times, errors) == (((0.05, 5), (0.8, 5)), ((1, 1),))
