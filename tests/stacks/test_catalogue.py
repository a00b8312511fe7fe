"""The catalogue can be deployed, and a mistake in it is named like one in a stack file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from release.container_limits import Limits, Ulimit
from release.container_order import Condition, Dependency
from release.container_order import HealthCheck as ContainerCheck
from release.queue_alarms import QueueBounds
from release.service_alarms import AlarmBounds, Bound
from release.target_traffic import TargetTraffic
from release.task_needs import Queue
from release.verification_request import SmokeCheck, Verification
from release.ways_out import Nat
from release.work_queue import Delivery
from stacks import catalogue_check, settings
from stacks.adopted import AdoptedDials
from stacks.catalogue import CATALOGUE, by_name
from stacks.names import Names
from stacks.profiles import PROFILES
from stacks.scheduled_command import ScheduledCommand
from stacks.service_definition import (
    HealthCheck,
    MigrationDefinition,
    ParameterReference,
    QueueDefinition,
    SecretReference,
)
from stacks.settings import SettingsError, parse
from stacks.shared_files import SharedFiles
from stacks.sidecar_definition import Beside, LogRouter, SidecarDefinition
from tests.stacks.test_settings import GOOD

AUTH = by_name(CATALOGUE)["auth-service"]


def smoke(**settings: Any) -> Verification:
    return Verification(smoke=(SmokeCheck(**settings),))


def errors(**settings: Any) -> AlarmBounds:
    return AlarmBounds(server_errors=replace(AlarmBounds().server_errors, **settings))


IMAGE = f"public.ecr.aws/team/proxy@sha256:{'0' * 64}"
OWN = SidecarDefinition(name="proxy", image=IMAGE)


def beside(*sidecars: Beside) -> dict[str, Any]:
    return {"sidecars": sidecars}


def files(*names: str, path: str = "/files") -> dict[str, Any]:
    return {"files": tuple(SharedFiles(name=name, path=path) for name in names)}


UNROUTED: dict[str, Any] = {"port": None, "paths": (), "priority": None}


def scheduled(*names: str, **settings: Any) -> dict[str, Any]:
    good = {"command": ("tidy",), "when": "rate(1 hour)"}
    return {"scheduled": tuple(ScheduledCommand(name=name, **{**good, **settings}) for name in names)}


def test_the_catalogue_can_be_deployed() -> None:
    catalogue_check.check(CATALOGUE)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"name": "Auth_Service"}, ("Auth_Service.name", "lower-case")),
        ({"name": "a" * 25}, (".name", "up to 24")),
        ({"reads": (Queue("orders"),)}, ("auth-service.reads", "orders", "what code does with a queue")),
        ({"sends": (Queue("arn:aws:sqs:x"),)}, ("auth-service.sends", "arn:aws:sqs:x", "without its ARN")),
        ({"sends": (Queue("orders", key="1a2b"),)}, ("auth-service.sends.key", "1a2b", "by its alias")),
        ({"port": 70000}, ("auth-service.port", "70000", "1 to 65535")),
        ({"migration": MigrationDefinition(command=())}, ("auth-service.migration.command", "('migrate', 'up')")),
        ({"migration": MigrationDefinition(command=("x",), timeout=0)}, ("auth-service.migration.timeout", "86400")),
        (scheduled("Nightly"), ("auth-service.scheduled", "'Nightly'", "up to 19 lower-case")),
        (scheduled("n" * 20), ("auth-service.scheduled", "up to 19")),
        (scheduled("nightly", "nightly"), ("auth-service.scheduled", "2 commands are called nightly")),
        (scheduled("nightly", command=()), ("auth-service.scheduled", "nightly", "('tidy', '--carts')")),
        (scheduled("nightly", when="0 3 * * *"), ("auth-service.scheduled", "nightly", "'0 3 * * *'", "write cron")),
        (scheduled("nightly", time_zone="Berlin"), ("auth-service.scheduled", "Berlin", "IANA")),
        (scheduled("nightly", window_minutes=1441), ("auth-service.scheduled", "1441", "0 to 1440")),
        ({"egress_ports": (443, 0)}, ("auth-service.egress_ports", "0")),
        ({"priority": 0}, ("auth-service.priority", "1 to 50000")),
        ({"paths": ()}, ("auth-service.paths", "a worker has neither paths nor a priority")),
        ({"hosts": ("shop",)}, ("auth-service.hosts", "'shop' is no host name")),
        ({"paths": ("/a b",)}, ("auth-service.paths", "'/a b' is no path pattern")),
        ({"paths": tuple(f"/{n}" for n in range(6))}, ("auth-service.hosts and paths", "0 hosts and 6 paths")),
        ({"traffic": TargetTraffic(slow_start=5)}, ("auth-service.traffic", "slow_start is 5 s")),
        ({"traffic": TargetTraffic(protocol_version="GRPC")}, ("auth-service.traffic", "it names a method")),
        ({**UNROUTED, "hosts": ("a.example",)}, ("auth-service.hosts", "a host without paths")),
        ({"priority": None}, ("auth-service.priority", "a worker has neither priority nor paths")),
        ({"port": None}, ("auth-service.port", "a worker, needs none")),
        (
            {"queue": QueueDefinition(delivery=Delivery(attempts=0, kept_days=14))},
            ("auth-service.queue.delivery", "attempts=0: allowed are 1 to 1000", "kept_days=14"),
        ),
        ({"queue": QueueDefinition(key="1-2")}, ("auth-service.queue.key", "by its alias")),
        (
            {"queue": QueueDefinition(alarms=QueueBounds(oldest=Bound(threshold=1, minutes=2, breaching=3)))},
            ("auth-service.queue.alarms", "oldest-message"),
        ),
        (
            {"queue": QueueDefinition(), "environment": {"QUEUE_URL": "x"}},
            ("auth-service.environment", "QUEUE_URL from `queue`"),
        ),
        ({**UNROUTED, "port": 0}, ("auth-service.port", "1 to 65535")),
        ({**UNROUTED, "verification": smoke(path="/")}, ("auth-service.verification.smoke", "nobody can ask a worker")),
        ({"paths": ("auth/*",)}, ("auth-service.paths", "'/'")),
        ({"cpu": 300}, ("auth-service.cpu and memory", "300")),
        ({"stop_timeout": 121}, ("auth-service.stop_timeout", "121", "120")),
        ({"user": "0:0"}, ("auth-service.user", "root")),
        ({"user": "root"}, ("auth-service.user", "root")),
        ({"user": ""}, ("auth-service.user", "root")),
        ({"health_check": HealthCheck(path="health")}, ("health_check.path", "health")),
        ({"health_check": HealthCheck(interval=5, timeout=5)}, ("health_check.timeout", "interval")),
        ({"verification": Verification(watch=119)}, ("auth-service.verification.watch", "119", "120 to 3600")),
        ({"verification": Verification(baseline=9)}, ("auth-service.verification.baseline", "9", "120 to 86400")),
        ({"verification": smoke(path="health")}, ("auth-service.verification.smoke", "health", "'/'")),
        ({"verification": smoke(path="/", timeout=61)}, ("auth-service.verification.smoke", "61", "60 seconds")),
        ({"verification": smoke(path="/", tries=0)}, ("auth-service.verification.smoke", "1 to 10")),
        ({"alarms": errors(minutes=2, breaching=3)}, ("auth-service.alarms", "5xx-rate", "1 to all of them")),
        ({"alarms": errors(minutes=1441)}, ("auth-service.alarms", "5xx-rate", "1440")),
        ({"alarms": errors(threshold=-1)}, ("auth-service.alarms", "5xx-rate", "0 or more")),
        ({"alarms": AlarmBounds(least_requests=0)}, ("auth-service.alarms.least_requests", "0")),
        ({"alarms": AlarmBounds(error_pattern=" ")}, ("auth-service.alarms.error_pattern", "every line")),
        ({"calls": ("payments",)}, ("auth-service.calls", "payments", "of the catalogue")),
        ({"calls": ("auth-service",)}, ("auth-service.calls", "other services", "take it out")),
        ({"platform_version": "1.3.0"}, ("auth-service.platform_version", "1.3.0", "LATEST, 1.4.0")),
        ({"protocol": "TCP"}, ("auth-service.protocol", "TCP", "HTTP, HTTPS")),
        ({"scratch": ("tmp",)}, ("auth-service.scratch", "tmp", "from the root")),
        ({"scratch": ("/a", "/a/")}, ("auth-service.scratch", "each folder once")),
        (beside(OWN, OWN), ("auth-service.sidecars", "'proxy' is there twice")),
        (beside(replace(OWN, name="Proxy")), ("auth-service.sidecars", "'Proxy'", "lower-case")),
        (beside(replace(OWN, image="proxy:1")), ("auth-service.sidecars", "'proxy:1'", "by its digest")),
        (beside(LogRouter(image="fluent-bit:3")), ("auth-service.sidecars", "'fluent-bit:3'", "by its digest")),
        (
            beside(replace(OWN, image=f"{{acount}}.dkr.ecr/{IMAGE}")),
            ("auth-service.sidecars", "image of sidecar 'proxy'", "nobody fills {acount}", "known are {account}"),
        ),
        (
            beside(LogRouter(image=IMAGE, options={"Name": "firehose", "region": "{regoin}"})),
            ("auth-service.sidecars", "option region of sidecar 'log-router'", "nobody fills {regoin}"),
        ),
        (beside(replace(OWN, user="0")), ("auth-service.sidecars", "does not run as root")),
        (beside(replace(OWN, stop_timeout=121)), ("auth-service.sidecars", "stop_timeout is 121")),
        (beside(replace(OWN, start_timeout=1)), ("auth-service.sidecars", "start_timeout is 1;", "2 to 120")),
        (beside(replace(OWN, scratch=("/c",))), ("auth-service.sidecars", "'/c'", "no `scratch` of the service")),
        (
            beside(replace(OWN, environment={"DB_PASSWORD": "x"})),
            ("auth-service.sidecars", "DB_PASSWORD looks like", "Secrets Manager"),
        ),
        (beside(LogRouter(image=IMAGE), LogRouter(image=IMAGE)), ("auth-service.sidecars", "two log routers")),
        (
            beside(LogRouter(image=IMAGE, options={"Name": "datadog", "apikey": "1a2b"})),
            ("auth-service.sidecars", "option apikey of the log router looks like a key", "Secrets Manager"),
        ),
        (
            beside(LogRouter(image=IMAGE, secrets=(SecretReference(variable="apikey", secret="a"),))),
            ("auth-service.sidecars", "secrets and no options", "take them out"),
        ),
        (
            {**beside(OWN), "depends_on": (Dependency(container="proxy", condition=Condition.HEALTHY),)},
            ("auth-service.sidecars", "'proxy' is healthy, which has no health check"),
        ),
        (
            beside(replace(OWN, depends_on=(Dependency(container="prxy"),))),
            ("auth-service.sidecars", "'prxy', which is no other container of its task; there is auth-service"),
        ),
        (files("Uploads"), ("auth-service.files", "'Uploads'", "up to 20 lower-case")),
        (files("a", "a"), ("auth-service.files", "2 are called a")),
        (files("a", path="data"), ("auth-service.files", "a is at 'data'", "from the root")),
        ({**files("a"), "scratch": ("/files/",)}, ("auth-service.files", "'/files' is there 2 times")),
        ({**files("a"), "user": "app"}, ("auth-service.files", "user is 'app'", "uid:gid")),
        ({"ephemeral_storage": 20}, ("auth-service", "no 20 GiB", "21 to 200")),
        ({"ulimits": (Ulimit(name="nofile", soft=1, hard=1),) * 2}, ("auth-service", "nofile is set twice")),
        ({"environment": {"PORT": "1"}}, ("auth-service.environment", "PORT")),
        (
            {"environment": {"KEY": "1"}, "secrets": (SecretReference(variable="KEY", secret="a"),)},
            ("auth-service.environment", "KEY"),
        ),
        (
            {"environment": {"KEY": "1"}, "parameters": (ParameterReference(variable="KEY", parameter="/a"),)},
            ("auth-service.environment", "KEY"),
        ),
        (
            {"environment": {"DB_PASSWORD": "hunter2"}},
            ("auth-service.environment", "'DB_PASSWORD': 'a password by its name'", "`secrets`", "`not_secret`"),
        ),
        ({"not_secret": ("DB_PASSWORD",)}, ("auth-service.not_secret", "DB_PASSWORD", "take it out")),
        (
            {"parameters": (ParameterReference(variable="KEY", parameter="a b"),)},
            ("auth-service.parameters", "a b", "/auth/url"),
        ),
        (
            {"parameters": (ParameterReference(variable="KEY", parameter="/a", key="1a2b"),)},
            ("auth-service.parameters.key", "1a2b", "by its alias"),
        ),
    ],
)
def test_a_mistake_in_the_catalogue_is_named(changed: dict[str, Any], named: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError) as refused:
        parse("test", GOOD, "Pulumi.test.yaml", [replace(AUTH, **changed)])
    said = str(refused.value)
    assert said.startswith("stacks/catalogue.py: ")
    for name in named:
        assert name in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"limits": Limits(memory_reservation=600)}, "keep 600 MiB"),
        ({"limits": Limits(cpu=200), **beside(replace(OWN, limits=Limits(cpu=100)))}, "auth-service 200 + proxy 100"),
        ({"limits": Limits(memory_reservation=500), **beside(LogRouter(image=IMAGE))}, "log-router 50"),
        (beside(replace(OWN, limits=Limits(memory=1024))), "'proxy' has 1024 MiB of memory, its task 512"),
    ],
)
def test_tasks_that_are_too_small_for_their_containers_are_named_where_their_size_is(
    changed: dict[str, Any], said: str
) -> None:
    services = [replace(AUTH, **changed)]
    parse("test", _sized(cpu=512, memory=2048), "Pulumi.test.yaml", services)
    with pytest.raises(SettingsError) as refused:
        parse("test", _sized(cpu=256, memory=512), "Pulumi.test.yaml", services)
    assert str(refused.value).startswith("Pulumi.test.yaml: slipway:services.auth-service")
    assert said in str(refused.value)


def _sized(**size: int) -> dict[str, Any]:
    return {**GOOD, "services": {**GOOD["services"], "auth-service": {**GOOD["services"]["auth-service"], **size}}}


def test_a_refusal_tells_no_value_of_what_looks_like_a_secret() -> None:
    with pytest.raises(SettingsError) as refused:
        catalogue_check.check([replace(AUTH, environment={"DB_PASSWORD": "hunter2"})])
    assert "hunter2" not in str(refused.value)


def test_a_variable_that_is_known_to_be_no_secret_is_taken() -> None:
    catalogue_check.check([replace(AUTH, environment={"PUBLIC_API_KEY": "x"}, not_secret=("PUBLIC_API_KEY",))])


def test_a_sidecar_may_wait_until_the_service_s_own_container_is_well_where_somebody_asks_it() -> None:
    waits = replace(OWN, depends_on=(Dependency(container="auth-service", condition=Condition.HEALTHY),))
    asked = replace(AUTH, **beside(waits), container_check=ContainerCheck(command=("CMD", "/healthy")))
    catalogue_check.check([asked])
    with pytest.raises(SettingsError, match="'auth-service' is healthy, which has no health check"):
        catalogue_check.check([replace(asked, container_check=None)])


def test_two_services_share_neither_name_nor_priority() -> None:
    with pytest.raises(SettingsError) as refused:
        catalogue_check.check([AUTH, AUTH])
    assert len(refused.value.mistakes) == 2


def test_workers_have_no_priority_to_share() -> None:
    catalogue_check.check([AUTH, *(replace(AUTH, name=name, **UNROUTED) for name in ("mailer", "printer"))])


@pytest.mark.parametrize(
    ("key", "dials", "words"),
    [
        ("strategy", {"strategy": "canary:10%,5m"}, "'canary:10%,5m'"),
        ("scaling.requestsPerTask", {"scaling": {"min": 1, "max": 2, "requestsPerTask": 9}}, "9.0"),
    ],
)
def test_what_a_load_balancer_would_do_is_refused_for_a_worker(key: str, dials: dict[str, Any], words: str) -> None:
    config = {**GOOD, "services": {"auth-service": {"version": "1.0.0", **dials}}}
    with pytest.raises(SettingsError) as refused:
        parse("test", config, "Pulumi.test.yaml", [replace(AUTH, **UNROUTED)])
    [mistake] = refused.value.mistakes
    assert str(mistake).startswith(
        f"Pulumi.test.yaml: slipway:services.auth-service.{key} is {words}: auth-service has "
    )


def test_who_has_no_queue_is_not_scaled_by_one_of_its_own() -> None:
    scaling = {"min": 1, "max": 2, "queue": {"messagesPerTask": 9}}
    config = {**GOOD, "services": {"auth-service": {"version": "1.0.0", "scaling": scaling}}}
    with pytest.raises(
        SettingsError, match=r"scaling\.queue: auth-service has no queue of its own in stacks/catalogue"
    ):
        parse("test", config, "Pulumi.test.yaml", [AUTH])
    parse("test", config, "Pulumi.test.yaml", [replace(AUTH, queue=QueueDefinition())])


def test_a_worker_rolls_whatever_the_environment_does() -> None:
    profiles = {**PROFILES, "test": replace(PROFILES["test"], strategy="canary:10%,5m")}
    with patch.object(settings, "PROFILES", profiles):
        routed = parse("test", GOOD, "Pulumi.test.yaml", [AUTH]).services["auth-service"]
        worker = parse("test", GOOD, "Pulumi.test.yaml", [replace(AUTH, **UNROUTED)]).services["auth-service"]
    assert (routed.strategy, worker.strategy, worker.port) == ("canary:10%,5m", "rolling", None)


def test_names_are_those_of_the_sop() -> None:
    names = Names()
    assert names.cluster == "microservices-cluster"
    assert names.service("auth-service") == "auth-service"
    assert names.log_group("auth-service") == "/ecs/auth-service"
    assert names.log_groups == ("/ecs/*", "/aws/events/microservices-cluster")


def test_a_prefix_stands_in_front_of_every_name() -> None:
    names = Names("stage-")
    assert names.cluster == "stage-microservices-cluster"
    assert names.service("auth-service") == "stage-auth-service"
    assert names.log_group("auth-service") == "/ecs/stage-auth-service"
    assert names.log_groups == ("/ecs/stage-*", "/aws/events/stage-microservices-cluster")
    adopted = Names("stage-", AdoptedDials(cluster="old", services={"auth-service": "auth"}))
    assert adopted.log_groups == ("/ecs/stage-*", "/aws/events/old", "/ecs/auth", "/ecs/old/sessions")
    assert names.network.startswith("stage-")
    assert names.load_balancer.startswith("stage-")


def test_prod_is_the_careful_one() -> None:
    prod, test = PROFILES["prod"], PROFILES["test"]
    assert prod.deletion_protection
    assert prod.zones == 3
    assert prod.nat is Nat.PER_ZONE
    assert not prod.moving_tags
    assert not prod.builds
    assert test.nat is Nat.ONE


def test_logs_are_kept_for_a_year_everywhere() -> None:
    assert {profile.log_retention_days for profile in PROFILES.values()} == {365}


def test_services_may_call_each_other() -> None:
    catalogue_check.check([replace(AUTH, calls=("mail",)), replace(AUTH, name="mail", priority=1, calls=(AUTH.name,))])


def test_each_service_is_called_by_name_once() -> None:
    mail = replace(AUTH, name="mail", priority=1)
    with pytest.raises(SettingsError, match=r"auth-service\.calls is 'mail': it is there 2 times"):
        catalogue_check.check([replace(AUTH, calls=("mail", "mail")), mail])


def test_a_name_that_nobody_has_is_told_with_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match=r"'mial'; did you mean 'mail'\?"):
        catalogue_check.check([replace(AUTH, calls=("mial",)), replace(AUTH, name="mail", priority=1)])


def test_a_service_without_a_port_cannot_be_called() -> None:
    with pytest.raises(SettingsError, match="mail has no port that it could be called by"):
        catalogue_check.check([replace(AUTH, calls=("mail",)), replace(AUTH, name="mail", priority=1, port=0)])
