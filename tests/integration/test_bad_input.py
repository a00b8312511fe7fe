"""A mistake gets one short message with the key, the value and the remedy, exit code 2, and changes nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.integration.conftest import Project

if TYPE_CHECKING:
    from sandbox.lifecycle import Sandbox

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Mistake:
    """A change of the stack file's `auth-service` section or of its text, and what the message must name."""

    sentence: str
    named: tuple[str, ...]
    dials: dict[str, object] = field(default_factory=dict)
    text: str = ""


MISTAKES = (
    Mistake("an unknown key", ("auth-service.desiredCuont", "Pulumi.test.yaml"), {"desiredCuont": 2}),
    Mistake("a wrong type", ("auth-service.desiredCount", "two"), {"desiredCount": "two"}),
    Mistake("an illegal Fargate size", ("auth-service", "256", "4096"), {"cpu": 256, "memory": 4096}),
    Mistake("a version that is not text", ("auth-service.version", "1.5"), {"version": 1.5}),
    Mistake("a version that breaks the rules", ("auth-service.version", "latest"), {"version": "latest"}),
    Mistake("a port out of range", ("auth-service.port", "70000"), {"port": 70000}),
    Mistake("a negative count", ("auth-service.desiredCount", "-1"), {"desiredCount": -1}),
    Mistake("a broken YAML file", ("Pulumi.test.yaml",), text="config:\n  slipway:services: [\n"),
)


def with_mistake(project: Project, mistake: Mistake) -> None:
    if mistake.text:
        project.stack_file().write_text(mistake.text)
        return
    document = yaml.safe_load(project.stack_file().read_text())
    services = document["config"].setdefault("slipway:services", {}) or {}
    document["config"]["slipway:services"] = services
    section = services.get("auth-service") or {}
    services["auth-service"] = section | mistake.dials
    project.stack_file().write_text(yaml.safe_dump(document))


def lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.strip()]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.sentence)
def test_a_mistake_in_the_stack_file_is_named_and_changes_nothing(refused_project: Project, mistake: Mistake) -> None:
    project = refused_project
    with_mistake(project, mistake)
    before = project.stack_file().read_bytes()
    by_slipway = project.run("slipway", "deploy", "-e", "test", "-s", "auth-service", "-v", "1.0.0", "--yes")
    assert by_slipway.code == 2, by_slipway.output
    assert project.stack_file().read_bytes() == before
    by_pulumi = project.up()
    assert by_pulumi.code != 0
    # A file that is no YAML never reaches the program: the engine's own words name the line, not the file.
    for output in (by_slipway.output,) if mistake.text else (by_slipway.output, by_pulumi.output):
        for name in mistake.named:
            assert name in output
    assert "Traceback" not in by_slipway.output + by_pulumi.output
    assert len(lines(by_slipway.output)) <= 4, by_slipway.output
    assert project.answer("aws", "ec2", "describe-vpcs", "--query", "Vpcs[?!IsDefault]") == []


@pytest.mark.parametrize(
    ("sentence", "arguments", "named"),
    [
        (
            "an unknown service",
            ("deploy", "-e", "test", "-s", "auth-sevrice", "-v", "1.0.0", "--yes"),
            ("auth-sevrice", "auth-service"),
        ),
        (
            "an unknown environment",
            ("deploy", "-e", "qa", "-s", "auth-service", "-v", "1.0.0", "--yes"),
            ("qa", "test", "stage", "prod"),
        ),
        (
            "a version for another environment",
            ("deploy", "-e", "prod", "-s", "auth-service", "-v", "1.0.0-rc1", "--yes"),
            ("1.0.0-rc1", "MAJOR.MINOR.PATCH"),
        ),
        ("no --yes without a terminal", ("deploy", "-e", "test", "-s", "auth-service", "-v", "1.0.0"), ("--yes",)),
        ("rollback with no history", ("rollback", "-e", "test", "-s", "auth-service", "--yes"), ("auth-service",)),
        ("a flag that does not exist", ("deploy", "--envrionment", "test"), ("--envrionment",)),
        ("a bad image name", ("sandbox", "image", "auth-service"), ("auth-service", "NAME:VERSION")),
        (
            "an unknown behaviour",
            ("sandbox", "image", "auth-service:1.0.0", "--behave", "explode"),
            ("explode", "crash"),
        ),
        ("a speed of nothing", ("sandbox", "up", "--speed", "0"), ("0",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_on_the_command_line_is_named(
    refused_project: Project, sentence: str, arguments: tuple[str, ...], named: tuple[str, ...]
) -> None:
    project = refused_project
    before = {stack: project.stack_file(stack).read_bytes() for stack in ("test", "stage", "prod")}
    refused = project.run("slipway", *arguments)
    assert refused.code == 2, f"{sentence}: {refused.output}"
    assert "Traceback" not in refused.output
    for name in named:
        assert name in refused.output
    assert before == {stack: project.stack_file(stack).read_bytes() for stack in ("test", "stage", "prod")}


def test_a_missing_image_is_refused_with_the_way_to_push_it(project: Project) -> None:
    project.up().succeeded()
    before = project.stack_file().read_bytes()
    refused = project.run("slipway", "deploy", "-e", "test", "-s", "auth-service", "-v", "3.2.1", "--yes")
    assert refused.code == 2, refused.output
    assert "3.2.1" in refused.output
    assert "push" in refused.output
    assert "Traceback" not in refused.output
    assert project.stack_file().read_bytes() == before
    project.set_version("3.2.1")
    preview = project.preview().failed()
    assert "3.2.1" in preview.output
    assert "Traceback" not in preview.output


def test_a_sandbox_that_does_not_run_is_named_with_the_command_that_starts_it(
    project: Project, sandbox: Sandbox
) -> None:
    sandbox.down()
    for arguments in (("sandbox", "env"), ("sandbox", "image", "auth-service:1.0.0")):
        refused = project.run("slipway", *arguments)
        assert refused.code == 2, refused.output
        assert "slipway sandbox up" in refused.output
        assert "Traceback" not in refused.output
    before = project.stack_file().read_bytes()
    refused = project.run("slipway", "deploy", "-e", "test", "-s", "auth-service", "-v", "1.0.0", "--yes")
    assert refused.code == 2, refused.output
    assert "slipway sandbox up" in refused.output
    assert "Traceback" not in refused.output
    assert len(lines(refused.output)) <= 4, refused.output
    assert project.stack_file().read_bytes() == before


def test_a_state_folder_that_cannot_be_written_is_named(refused_project: Project, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    refused = refused_project.run("slipway", "sandbox", "up", "--dir", str(blocked / "state"))
    assert refused.code == 2, refused.output
    assert str(blocked) in refused.output
    assert "Traceback" not in refused.output
    assert len(lines(refused.output)) <= 3


def test_help_says_what_each_command_does(refused_project: Project) -> None:
    shown = refused_project.run("slipway", "--help").succeeded().output
    for verb in ("deploy", "rollback", "status", "history", "sandbox"):
        assert re.search(rf"^\s+{verb}\s+\S", shown, re.MULTILINE), verb
    assert os.linesep in shown
