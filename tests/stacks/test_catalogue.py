"""The catalogue can be deployed, and a mistake in it is named like one in a stack file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from release.container_limits import Ulimit
from release.service_alarms import AlarmBounds
from release.verification_request import SmokeCheck, Verification
from stacks import catalogue_check
from stacks.catalogue import CATALOGUE, by_name
from stacks.names import Names
from stacks.profiles import PROFILES
from stacks.service_definition import HealthCheck, MigrationDefinition, SecretReference
from stacks.settings import SettingsError, parse
from tests.stacks.test_settings import GOOD

AUTH = by_name(CATALOGUE)["auth-service"]


def smoke(**settings: Any) -> Verification:
    return Verification(smoke=(SmokeCheck(**settings),))


def errors(**settings: Any) -> AlarmBounds:
    return AlarmBounds(server_errors=replace(AlarmBounds().server_errors, **settings))


def test_the_catalogue_can_be_deployed() -> None:
    catalogue_check.check(CATALOGUE)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"name": "Auth_Service"}, ("Auth_Service.name", "lower-case")),
        ({"name": "a" * 25}, (".name", "up to 24")),
        ({"port": 70000}, ("auth-service.port", "70000", "1 to 65535")),
        ({"migration": MigrationDefinition(command=())}, ("auth-service.migration.command", "('migrate', 'up')")),
        ({"migration": MigrationDefinition(command=("x",), timeout=0)}, ("auth-service.migration.timeout", "86400")),
        ({"egress_ports": (443, 0)}, ("auth-service.egress_ports", "0")),
        ({"priority": 0}, ("auth-service.priority", "1 to 50000")),
        ({"paths": ()}, ("auth-service.paths",)),
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
        ({"calls": ("auth-service",)}, ("auth-service.calls", "other services")),
        ({"platform_version": "1.3.0"}, ("auth-service.platform_version", "1.3.0", "LATEST, 1.4.0")),
        ({"scratch": ("tmp",)}, ("auth-service.scratch", "tmp", "from the root")),
        ({"scratch": ("/a", "/a/")}, ("auth-service.scratch", "each folder once")),
        ({"ephemeral_storage": 20}, ("auth-service", "no 20 GiB", "21 to 200")),
        ({"ulimits": (Ulimit(name="nofile", soft=1, hard=1),) * 2}, ("auth-service", "nofile is set twice")),
        ({"environment": {"PORT": "1"}}, ("auth-service.environment", "PORT")),
        (
            {"environment": {"KEY": "1"}, "secrets": (SecretReference(variable="KEY", secret="a"),)},
            ("auth-service.environment", "KEY"),
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


def test_two_services_share_neither_name_nor_priority() -> None:
    with pytest.raises(SettingsError) as refused:
        catalogue_check.check([AUTH, AUTH])
    assert len(refused.value.mistakes) == 2


def test_names_are_those_of_the_sop() -> None:
    names = Names()
    assert names.cluster == "microservices-cluster"
    assert names.service("auth-service") == "auth-service"
    assert names.log_group("auth-service") == "/ecs/auth-service"


def test_a_prefix_stands_in_front_of_every_name() -> None:
    names = Names("stage-")
    assert names.cluster == "stage-microservices-cluster"
    assert names.service("auth-service") == "stage-auth-service"
    assert names.log_group("auth-service") == "/ecs/stage-auth-service"
    assert names.network.startswith("stage-")
    assert names.load_balancer.startswith("stage-")


def test_prod_is_the_careful_one() -> None:
    prod, test = PROFILES["prod"], PROFILES["test"]
    assert prod.deletion_protection
    assert prod.zones == 3
    assert prod.nat_gateway_per_zone
    assert not prod.moving_tags
    assert not prod.builds
    assert not test.nat_gateway_per_zone


def test_logs_are_kept_for_a_year_everywhere() -> None:
    assert {profile.log_retention_days for profile in PROFILES.values()} == {365}
