"""Files of a service of the catalogue, in every environment."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from environment.platform_reference import PlatformReference
from environment.shared_files import files_of
from stacks.catalogue import CATALOGUE
from stacks.names import Names
from stacks.profiles import PROFILES
from stacks.scheduled_command import ScheduledCommand
from stacks.shared_files import SharedFiles
from tests.infra.program import deploy, released
from tests.recording_engine import Engine

[AUTH] = CATALOGUE
UPLOADS = SharedFiles(name="uploads", path="/uploads")
FILES = "aws:efs/fileSystem:FileSystem"


def deployed(environment: str, **changed: Any) -> Engine:
    return deploy(environment, released(environment), services=[replace(AUTH, files=(UPLOADS,), **changed)])


@pytest.mark.parametrize("environment", PROFILES)
def test_a_service_has_its_files_where_its_entry_says_over_an_encrypted_way(environment: str) -> None:
    engine = deployed(environment)
    assert engine.one(FILES).inputs["encrypted"] is True
    definition = engine.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    [volume] = definition["volumes"]
    assert volume["name"] == "files-uploads"
    assert volume["efsVolumeConfiguration"]["transitEncryption"] == "ENABLED"
    assert volume["efsVolumeConfiguration"]["authorizationConfig"]["iam"] == "ENABLED"
    [container] = json.loads(definition["containerDefinitions"])
    assert container["mountPoints"] == [
        {"sourceVolume": "files-uploads", "containerPath": "/uploads", "readOnly": False}
    ]
    door = engine.one("aws:efs/accessPoint:AccessPoint").inputs
    assert door["posixUser"] == {"uid": 65532, "gid": 65532}, "the container's user"


@pytest.mark.parametrize("environment", PROFILES)
def test_each_zone_of_the_tasks_has_a_mount_target(environment: str) -> None:
    engine = deployed(environment)
    targets = engine.all("aws:efs/mountTarget:MountTarget")
    assert len(targets) == PROFILES[environment].zones


def test_the_services_tasks_reach_them_and_nobody_else() -> None:
    rules = deployed("test").all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    [rule] = [one for one in rules if one.inputs.get("fromPort") == 2049]
    assert rule.inputs["referencedSecurityGroupId"]
    assert "cidrIpv4" not in rule.inputs


def test_what_the_service_runs_by_the_clock_reaches_them_too() -> None:
    tidy = ScheduledCommand(name="tidy", command=("tidy",), when="rate(1 hour)")
    engine = deployed("test", scheduled=(tidy,))
    target = engine.one("aws:scheduler/schedule:Schedule").inputs["target"]
    assert len(target["ecsParameters"]["networkConfiguration"]["securityGroups"]) == 2


@pytest.mark.parametrize("environment", PROFILES)
def test_files_outlive_the_stack_where_the_environment_protects(environment: str) -> None:
    assert bool(deployed(environment).one(FILES).retain_on_delete) is PROFILES[environment].deletion_protection


def test_a_service_on_somebody_elses_platform_is_told_to_make_its_file_system_itself() -> None:
    platform = object.__new__(PlatformReference)
    platform.settings = cast("Any", SimpleNamespace(names=Names(), profile=PROFILES["test"]))
    platform.network = cast("Any", SimpleNamespace(vpc_id="vpc-1", private_subnet_ids=None))
    with pytest.raises(ValueError, match="make a FileSystem in your program"):
        files_of(platform, replace(AUTH, files=(UPLOADS,)))
