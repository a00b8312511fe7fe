"""What becomes which resource, and what would be made anew."""

from __future__ import annotations

from typing import Any

from slipway.adoption import Adopted, counted, import_file, lost

CLUSTER = "aws:ecs/cluster:Cluster"
CREATES: dict[str, Any] = {
    "resources": [
        {"type": "pulumi:providers:aws", "name": "aws", "inputs": {"region": "eu-west-1"}},
        {"type": "pulumi:providers:slipway", "name": "slipway"},
        {"type": "slipway:components:Cluster", "name": "legacy", "component": True},
        {"type": "slipway:components:Network", "name": "network", "component": True},
        {
            "type": CLUSTER,
            "name": "legacyCluster",
            "logicalName": "legacy",
            "id": "<PLACEHOLDER>",
            "parent": "legacy",
            "provider": "aws",
        },
        {"type": "aws:ec2/vpc:Vpc", "name": "vpc", "id": "<PLACEHOLDER>", "parent": "network", "provider": "aws"},
    ]
}
TAKEN = Adopted(type=CLUSTER, name="legacy", id="legacy")
URN = "urn:pulumi:test::slipway::slipway:components:Cluster$aws:ecs/cluster:Cluster::legacy"


def test_what_is_taken_over_is_imported_under_its_parent_by_its_provider_and_nothing_else_is() -> None:
    file, taken = import_file(CREATES, [TAKEN])
    assert taken == [TAKEN]
    assert [entry["name"] for entry in file["resources"]] == ["aws", "legacy", "legacyCluster"]
    assert file["resources"][-1]["id"] == "legacy"


def test_what_is_in_the_state_already_is_not_imported_again() -> None:
    assert import_file({"resources": []}, [TAKEN]) == ({"resources": []}, [])
    assert import_file({}, [TAKEN])[1] == []


def test_a_replacement_and_a_deletion_are_lost_with_what_causes_them() -> None:
    steps = [
        {"urn": URN, "op": "replace", "replaceReasons": ["name"]},
        {"urn": URN, "op": "delete-replaced"},
        {"urn": URN, "op": "delete"},
        {"urn": URN, "op": "update"},
        {"urn": URN, "op": "create"},
        {"urn": URN, "op": "same"},
    ]
    said = lost(steps)
    assert said[0] == "legacy (aws:ecs/cluster:Cluster): replace, because of name"
    assert len(said) == 3
    assert counted(steps) == {"create": 1, "update": 1}
