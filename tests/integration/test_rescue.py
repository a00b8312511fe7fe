"""A rescue in prod: an alarm fires, nobody has approved, the catalogue has moved on, others stay as they are."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import ROOT, Project

pytestmark = pytest.mark.integration

FIVE = """

import json
from dataclasses import replace
from pathlib import Path

from stacks.service_definition import SecretReference

_NOW = json.loads(Path(__file__).with_name("now.json").read_text())
CATALOGUE = (
    replace(
        CATALOGUE[0],
        environment=_NOW["environment"],
        secrets=tuple(SecretReference(variable="DATABASE", secret=name) for name in _NOW["secrets"]),
    ),
    *(
        replace(CATALOGUE[0], name=name, paths=(f"/{name}/*",), priority=10 + at)
        for at, name in enumerate(("billing", "orders", "search", "mail"))
    ),
)
"""


class Prod:
    """prod with a catalogue of five services, of which two are released."""

    def __init__(self, project: Project) -> None:
        shutil.copytree(ROOT / "stacks", project.folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
        catalogue = project.folder / "stacks" / "catalogue.py"
        head, _, rest = catalogue.read_text().partition("\n\n\ndef by_name")
        catalogue.write_text(f"{head}{FIVE}\n\ndef by_name{rest}")
        path = os.pathsep.join((str(project.folder), str(ROOT)))
        self.project = Project(project.folder, {**project.environment, "PYTHONPATH": path, "AWS_PROFILE": "prod"})

    def catalogue(self, level: str, *secrets: str) -> None:
        """What the catalogue says of auth-service from now on."""
        now = {"environment": {"LEVEL": level}, "secrets": secrets}
        (self.project.folder / "stacks" / "now.json").write_text(json.dumps(now))

    def release(self, **sections: dict[str, Any]) -> None:
        self.project.configure("services", {name.replace("_", "-"): dials for name, dials in sections.items()}, "prod")
        self.project.overriding("the releases before the rescue").up("prod").succeeded()

    def traffic(self, rate: int) -> None:
        self.project.run("slipway", "sandbox", "traffic", "-e", "prod", "auth-service", str(rate)).succeeded()

    def service(self, name: str) -> dict[str, Any]:
        described = self.project.answer(
            "aws", "ecs", "describe-services", "--cluster", "microservices-cluster", "--services", name
        )
        found: dict[str, Any] = described["services"][0]
        return found

    def definition(self) -> dict[str, Any]:
        """The container that auth-service runs."""
        answer = self.project.answer(
            *("aws", "ecs", "describe-task-definition", "--task-definition"),
            self.service("auth-service")["taskDefinition"],
        )
        found: dict[str, Any] = answer["taskDefinition"]["containerDefinitions"][0]
        return found


def test_a_firing_alarm_and_a_missing_yes_hold_no_rescue_and_what_the_catalogue_dropped_comes_back(
    project: Project, sandbox: Sandbox
) -> None:
    prod = Prod(project)
    prod.project.answer("aws", "secretsmanager", "create-secret", "--name", "auth/db", "--secret-string", "x")
    for image in ("1.0.0", "1.1.0"):
        behave = ("--behave", "errors:rate=50") if image == "1.1.0" else ()
        prod.project.image(image, *behave, stack="prod")
    prod.project.image("3.0.0", stack="prod", service="billing")
    small = {"desiredCount": 2, "cpu": 256, "memory": 512}
    prod.catalogue("info", "auth/db")
    prod.release(auth_service={"version": "1.0.0", **small}, billing={"version": "3.0.0", **small})
    prod.catalogue("debug")
    prod.traffic(0)  # else the alarm takes it back by itself
    prod.release(auth_service={"version": "1.1.0", **small, "memory": 1024}, billing={"version": "3.0.0", **small})
    billing = prod.service("billing")["deployments"][0]["id"]
    assert "secrets" not in prod.definition() or not prod.definition()["secrets"]

    prod.traffic(20)
    sandbox.clock.step(timedelta(minutes=10))
    done = prod.project.run("slipway", "rollback", "-e", "prod", "-s", "auth-service", "--yes")
    assert done.code == 0, done.output
    for gate in ("alarms: in ALARM already: auth-service-5xx-rate", "approval: 0 of ", "checklist: "):
        assert f"warned of, and no more: {gate}" in done.output
    assert "definition: auth-service.environment.LEVEL" in done.output
    assert "definition: auth-service.secrets.DATABASE" in done.output
    assert prod.service("auth-service")["taskDefinition"].endswith("auth-service:1")
    assert prod.definition()["secrets"][0]["name"] == "DATABASE"
    assert prod.service("billing")["deployments"][0]["id"] == billing, "one of five; the others stay"
    sections = prod.project.config("prod")["slipway:services"]
    assert sections["billing"] == {"version": "3.0.0", **small}
    assert sections["auth-service"]["memory"] == 512
    assert len(sections["auth-service"]["pin"]["secrets"]) == 1
    assert prod.project.steps("prod") == {}
