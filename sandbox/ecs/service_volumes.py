"""Volumes and VPC Lattice target groups of a service: stored and shown, but nothing is attached to its tasks.

AWS: "ServiceVolumeConfiguration", "ServiceManagedEBSVolumeConfiguration", "VpcLatticeConfiguration" (ECS API
reference): documented; the wording of the refusals is assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ecs import refusals, service_connect

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_ECS = "ecs.amazonaws.com"


def check(world: World, caller: Caller, config: Json, definition: Json) -> None:
    """Refuse what the task definition has no place for, and infrastructure roles that ECS may not assume."""
    _check_volumes(world, caller, config.get("volumeConfigurations") or [], definition)
    for lattice in config.get("vpcLatticeConfigurations") or []:
        if service_connect.port_of(definition, lattice["portName"]) is None:
            raise refusals.invalid(
                f"The portName {lattice['portName']} of vpcLatticeConfigurations does not refer to a named port "
                "mapping of the task definition."
            )
        _check_role(world, caller, lattice["roleArn"])


def _check_volumes(world: World, caller: Caller, volumes: list[Json], definition: Json) -> None:
    expected = {volume["name"] for volume in definition["volumes"] if volume.get("configuredAtLaunch")}
    names = [volume["name"] for volume in volumes]
    if len(set(names)) < len(names) or set(names) != expected:
        raise refusals.invalid(
            f"volumeConfigurations must name the volume that the task definition configures at launch: it has "
            f"{', '.join(sorted(expected)) or 'none'}, got {', '.join(names) or 'none'}."
        )
    for volume in volumes:
        managed = volume.get("managedEBSVolume")
        if not managed:
            raise refusals.invalid(f"The volume {volume['name']} needs a managedEBSVolume.")
        if not managed.get("sizeInGiB") and not managed.get("snapshotId"):
            raise refusals.invalid(f"The volume {volume['name']} needs a sizeInGiB or a snapshotId.")
        _check_role(world, caller, managed["roleArn"])


def _check_role(world: World, caller: Caller, arn: str) -> None:
    if not world.roles.role_trusts(caller, arn, _ECS):
        raise refusals.invalid(f"ECS was unable to assume the infrastructure role '{arn}'.")
