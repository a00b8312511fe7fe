"""`slipway rollback` on the real engine: what ran comes back just as it was, and leaves its trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Done, Project, project_of
from tests.integration.test_after_a_failure import begins
from tests.integration.test_interrupted import ended, up_until

pytestmark = pytest.mark.integration

SERVICE = ("-e", "test", "-s", "auth-service")


def rollback(project: Project, *more: str) -> Done:
    return project.run("slipway", "rollback", *SERVICE, *more)


def section(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = project.config()["slipway:services"]["auth-service"]
    return found


def runs(project: Project) -> str:
    """The revision of the task definition that ECS means to run."""
    described = project.answer(
        "aws", "ecs", "describe-services", "--cluster", "microservices-cluster", "--services", "auth-service"
    )
    return str(described["services"][0]["taskDefinition"].rpartition("/")[2])


def versions_kept(project: Project) -> set[str]:
    """Versions whose images are marked."""
    images = project.answer("aws", "ecr", "describe-images", "--repository-name", "auth-service")["imageDetails"]
    marked = [image["imageTags"] for image in images if any(tag.startswith("verified-") for tag in image["imageTags"])]
    return {tag for tags in marked for tag in tags if not tag.startswith("verified-")}


def release(project: Project, **dials: object) -> Done:
    kept = {key: value for key, value in section(project).items() if key != "pin"}
    project.configure("services", {"auth-service": {**kept, **dials}})
    return project.up()


def test_what_was_verified_comes_back_at_its_own_revision_and_further_back_the_second_time(
    project: Project, sandbox: Sandbox, tmp_path: Path
) -> None:
    for version in ("1.0.0", "1.1.0", "1.1.1"):
        project.image(version)
    project.image("1.2.0", "--behave", "crash")
    release(project, version="1.0.0").succeeded()
    first = section(project)
    release(project, version="1.1.0", memory=1024).succeeded()
    good = section(project)
    for _ in range(2):  # the second one is refused: quarantine
        release(project, version="1.2.0", memory=2048, desiredCount=3).failed()
    from_git = project.stack_file().read_text()
    frozen = {"zone": "Europe/Berlin", "freezes": [{"name": "for ever", "from": "2020-01-01", "to": "2100-01-01"}]}
    project.configure("releases", frozen)

    shown = rollback(project, "--dry-run").succeeded().output
    assert "back to 1.1.0, at its revision auth-service:2" in shown
    assert "warned of, and no more: calendar: freeze: for ever" in shown
    assert section(project)["version"] == "1.2.0", "a dry run changes nothing"

    done = rollback(project, "--reason", "it crashes", "--yes").succeeded().output
    assert "auth-service 1.1.0 runs in test (auth-service:2" in done
    assert "+      version: 1.1.0" in done, "what is to be committed"
    pin = section(project)["pin"]
    assert section(project) == good | {"pin": pin}
    assert (pin["version"], pin["revision"]) == ("1.1.0", 2)
    assert runs(project) == "auth-service:2"
    assert project.outputs()["services"]["auth-service"]["version"] == "1.1.0"
    assert "pinned to auth-service:2" in project.run("slipway", "status", *SERVICE).succeeded().output
    assert project.steps() == {}

    pinned = project.stack_file().read_text()
    project.stack_file().write_text(from_git)
    again = project.up().failed().output
    assert "quarantine" in again
    assert "exited with code 1" in again, "the next run from a git that was not told fails with the recorded cause"
    assert runs(project) == "auth-service:2"
    project.stack_file().write_text(pinned)

    clone = project_of(tmp_path / "clone", sandbox)  # a fresh one, whose git was told
    clone.stack_file().write_text(pinned)
    rollback(clone, "--yes").succeeded()
    project.stack_file().write_text(clone.stack_file().read_text())
    assert runs(project) == "auth-service:1"
    assert section(project) == first | {"pin": section(project)["pin"]}

    project.run(
        "slipway", "deploy", *SERVICE, "-v", "1.1.1", "--override", "it was tried in stage", "--yes"
    ).succeeded()
    assert section(project) == first | {"version": "1.1.1"}, "the next release drops the pin"
    assert int(runs(project).rpartition(":")[2]) > 3, "and has a revision of its own"

    told = [(one["version"], one["purpose"], one["leaves"], one["reason"]) for one in begins(project)]
    assert told == [
        ("1.0.0", "release", "", ""),
        ("1.1.0", "release", "1.0.0", ""),
        ("1.2.0", "release", "1.1.0", ""),
        ("1.1.0", "rollback", "1.2.0", "it crashes"),
        ("1.0.0", "rollback", "1.1.0", ""),
        ("1.1.1", "release", "1.0.0", ""),
    ]

    assert versions_kept(project) == {"1.0.0", "1.1.0", "1.1.1"}, "what crashed is nobody's to keep"
    assert_pulumi_alone_can_do_it(project, pin)
    assert_refused_without_its_image(project, pin["digest"])


def assert_pulumi_alone_can_do_it(project: Project, pin: dict[str, Any]) -> None:
    """Line by line as docs/operations.md has it; what the lines hold is what `slipway history --json` names."""
    (found,) = [
        one
        for one in project.answer("slipway", "history", *SERVICE, "--json")
        if one["version"] == "1.1.0" and one["purpose"] == "release"
    ]
    assert (found["digest"], found["revision"]) == (pin["digest"], "auth-service:2")
    path = "slipway:services.auth-service"
    for key, value in (("version", "1.1.0"), ("pin.version", "1.1.0"), ("pin.digest", found["digest"])):
        project.run("pulumi", "config", "set", "-s", "test", "--path", f"{path}.{key}", value).succeeded()
    number = ("--path", "--type", "int", f"{path}.pin.revision", "2")
    project.run("pulumi", "config", "set", "-s", "test", *number).succeeded()
    project.up().succeeded()
    assert runs(project) == "auth-service:2"
    assert begins(project)[-1]["purpose"] == "rollback"


def assert_refused_without_its_image(project: Project, digest: str) -> None:
    project.run(
        "aws", "ecr", "batch-delete-image", "--repository-name", "auth-service", "--image-ids", f"imageDigest={digest}"
    ).succeeded()
    before = project.stack_file().read_text()
    refused = rollback(project, "--to", "1.1.0", "--yes")
    assert refused.code == 2, refused.output
    assert "image auth-service@sha256:" in refused.output
    assert "is gone. `slipway rollback -e test -s auth-service --to 1.1.1` works" in refused.output
    assert project.stack_file().read_text() == before


def test_a_deployment_in_flight_is_stopped_first_and_the_update_that_waits_for_it_says_by_whom(
    project: Project,
) -> None:
    for version in ("1.0.0", "1.1.0"):
        project.image(version)
    release(project, version="1.0.0", strategy="linear:20%,6h").succeeded()
    section_before = section(project)
    project.configure("services", {"auth-service": {**section_before, "version": "1.1.0"}})
    waiting = up_until(project, "slipway:index:Rollout")
    done = rollback(project, "--reason", "the wrong one", "--yes").succeeded().output
    told = ended(waiting)
    assert waiting.returncode != 0
    assert "auth-service 1.1.0 does not run: its deployment was stopped" in told
    assert "the wrong one" in told
    assert "auth-service 1.1.0 is in flight, and is stopped first" in done
    assert runs(project) == "auth-service:1"
    assert section(project) == section_before | {"pin": section(project)["pin"]}
    assert project.steps() == {}
