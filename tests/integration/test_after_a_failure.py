"""What the verbs leave behind when a release fails, on the real engine: a stack file that says what runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import Done, Project

pytestmark = pytest.mark.integration

BUCKET = "slipway-journal-111111111111-eu-west-1"
SERVICE = ("-e", "test", "-s", "auth-service")


def slipway(project: Project, verb: str, *more: str) -> Done:
    return project.run("slipway", verb, *SERVICE, *more, "--yes")


def section(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = project.config()["slipway:services"]["auth-service"]
    return found


def begins(project: Project) -> list[dict[str, Any]]:
    """What the journal says of each attempt before it began, oldest first."""
    listed = project.answer("aws", "s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", "attempts/auth-service/")
    keys = sorted(one["Key"] for one in listed["Contents"] if one["Key"].endswith("begun.json"))
    texts = [project.run("aws", "s3", "cp", f"s3://{BUCKET}/{key}", "-").succeeded().output for key in keys]
    return [json.loads(text) for text in texts]


def test_a_failed_release_is_put_back_tried_again_with_a_reason_and_followed_by_another(project: Project) -> None:
    project.image("1.0.0")
    project.image("1.1.0", "--behave", "crash")
    project.image("1.1.1")
    slipway(project, "deploy", "-v", "1.0.0", "--reason", "the first one").succeeded()
    good = section(project)

    frozen = {"zone": "Europe/Berlin", "freezes": [{"name": "for ever", "from": "2020-01-01", "to": "2100-01-01"}]}
    project.configure("releases", frozen)
    refused = slipway(project, "deploy", "-v", "1.1.0")
    assert refused.code == 1, refused.output
    assert "calendar: freeze: for ever" in refused.output
    assert section(project) == good, "a refused release is not left for the next person's update"

    failed = slipway(project, "deploy", "-v", "1.1.0", "--override", "an outage", "--reason", "mends it")
    assert failed.code == 1, failed.output
    assert "Pulumi.test.yaml is put back to auth-service 1.0.0, which runs" in failed.output
    assert section(project) == good
    back = project.up()
    assert back.code == 0, back.output

    project.configure("releases", {"zone": "Europe/Berlin"})
    again = slipway(project, "retry", "-v", "1.1.0", "--reason", "perhaps now")
    assert again.code == 1, again.output
    assert "quarantine" not in again.output
    assert section(project) == good
    slipway(project, "deploy", "-v", "1.1.1").succeeded()
    assert section(project) == good | {"version": "1.1.1"}

    told = [(one["version"], one["attempt"], one["purpose"], one["reason"]) for one in begins(project)]
    assert told == [
        ("1.0.0", 1, "release", "the first one"),
        ("1.1.0", 1, "release", "mends it"),
        ("1.0.0", 1, "rollback", ""),
        ("1.1.0", 2, "retry", "perhaps now"),
        ("1.1.1", 1, "release", ""),
    ]
    (override,) = begins(project)[1]["overrides"]
    assert (override["gate"], override["reason"]) == ("calendar", "an outage")
