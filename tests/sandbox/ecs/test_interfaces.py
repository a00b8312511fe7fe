"""Tasks hold an interface each, from their launch until they have stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.ecs.surroundings import ACCOUNT, REGION

if TYPE_CHECKING:
    from tests.sandbox.ecs.surroundings import Ecs

AUTH = {"cluster": "microservices-cluster", "service": "auth-service"}


def test_every_living_task_has_the_interface_that_its_attachment_names(ecs: Ecs) -> None:
    ecs.running_service(desiredCount=3)
    shown = ecs.network.interfaces
    assert len(shown) == 3
    for task in ecs.tasks():
        attachment = task["attachments"][0]
        details = {one["name"]: one["value"] for one in attachment["details"]}
        facts = shown[details["networkInterfaceId"]]
        assert facts.subnet_id == details["subnetId"]
        assert (facts.address, facts.mac) == (details["privateIPv4Address"], details["macAddress"])
        assert facts.description == f"arn:aws:ecs:{REGION}:{ACCOUNT}:attachment/{attachment['id']}"
        assert facts.security_groups == ("sg-1",)


def test_interfaces_go_with_their_tasks_in_a_release_and_with_the_service(ecs: Ecs) -> None:
    ecs.running_service()
    before = set(ecs.network.interfaces)
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push("2.0.0")))
    ecs.wait(30)
    assert len(ecs.network.interfaces) == 4
    ecs.wait(600)
    assert len(ecs.network.interfaces) == 2
    assert not before & set(ecs.network.interfaces)
    ecs("DeleteService", **AUTH, force=True)
    ecs.wait(120)
    assert ecs.network.interfaces == {}


def test_tasks_that_crash_leave_no_interface_behind(ecs: Ecs) -> None:
    ecs.running_service()
    ecs("UpdateService", **AUTH, taskDefinition=ecs.register(ecs.push("2.0.0", "crash:after=5")))
    ecs.wait(3600)
    living = {task["taskArn"] for task in ecs.tasks()}
    assert len(ecs.network.interfaces) == len(living) == 2
