"""The policy pack on the real engine: in a preview, before a resource is made, and over the whole state."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.conftest import ROOT, Done, Project

pytestmark = pytest.mark.integration

PACK = ("--policy-pack", "policy")


def waiver(rule: str, expires: str = "2999-12-31") -> Mapping[str, Any]:
    return {
        "rule": rule,
        "resource": "*",
        "reason": "the certificate comes in January",
        "owner": "platform team",
        "expires": expires,
    }


def preview(project: Project, *waivers: Mapping[str, Any]) -> Done:
    project.configure("waivers", list(waivers), "stage")
    return project.as_account("stage").preview("stage", *PACK)


@pytest.fixture
def guarded(project: Project) -> Project:
    """The project with its policy pack."""
    (project.folder / "policy").mkdir()
    for name in ("PulumiPolicy.yaml", "__main__.py"):
        shutil.copy2(ROOT / "policy" / name, project.folder / "policy" / name)
    return project


def test_rules_stop_a_preview_and_an_update_unless_somebody_answers_for_them(guarded: Project) -> None:
    stage = guarded.as_account("stage")
    refused = preview(guarded).failed()
    assert "ELB.1 (medium) microservices-http: defaultActions[0] is 'fixed-response'" in refused.output
    assert "slipway:loadBalancer" in refused.output, "it says what to do"

    stage.up("stage", *PACK).failed()
    made = {one["type"] for one in guarded.resources("stage")}
    assert "aws:ec2/vpc:Vpc" in made
    assert "aws:lb/listener:Listener" not in made, "what a rule refuses is not made"

    broken = {"ELB.1", "ELB.18"}
    waived = preview(guarded, *map(waiver, sorted(broken))).succeeded()
    assert "waiver of ELB.1 for * (platform team, until 2999-12-31: the certificate comes in January)" in waived.output
    late = preview(guarded, *map(waiver, sorted(broken - {"ELB.1"})), waiver("ELB.1", "2026-01-31")).failed()
    assert "until 2026-01-31" in late.output
    assert "has expired" in late.output
    wrong = preview(guarded, *map(waiver, sorted(broken)), waiver("ELB.99")).failed()
    assert "there is no rule 'ELB.99'" in wrong.output


def test_a_first_release_passes_in_test_and_so_does_what_then_stands_there(guarded: Project) -> None:
    guarded.image("1.0.0")
    guarded.set_version("1.0.0")
    first = guarded.preview("test", *PACK).succeeded()
    told = "not checked before the update, which tells containerDefinitions of auth-service: ECS.4, ECS.5"
    assert told in first.output
    guarded.up("test", *PACK).succeeded()
    checked = guarded.run("slipway", "policies", "-e", "test").succeeded()
    assert "test: no mandatory rule is broken" in checked.output
    listed = json.loads(guarded.run("slipway", "policies", "-e", "test", "--json").succeeded().output)
    assert listed["passed"]
    assert "ELB.1" in {one["rule"] for one in listed["violations"]}, "advised in test"
