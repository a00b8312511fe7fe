"""A release that waits for a person is not out, goes on when somebody says so, and a rollback waits for nobody."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Project

pytestmark = pytest.mark.integration

PAUSES = {"pauses": [{"stages": ["POST_TEST_TRAFFIC_SHIFT"], "minutes": 240}]}
CONTINUE = ("slipway", "continue", "-e", "test", "-s", "auth-service", "--yes")


def test_a_release_waits_to_be_tried_goes_on_by_a_persons_word_and_its_rollback_does_not_wait(
    project: Project,
) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        project.image(version)
    project.configure("loadBalancer", {"testListener": {"cidrs": ["10.0.0.0/8"]}})
    section = {**project.config()["slipway:services"]["auth-service"], "strategy": "blue-green"}
    project.configure("services", {"auth-service": {**section, "version": "1.0.0"}})
    project.up().succeeded()
    nothing = project.run(*CONTINUE)
    assert nothing.code == 2, nothing.output
    assert "no release of auth-service waits for a person in test" in nothing.output

    project.configure("services", {"auth-service": {**section, "version": "1.1.0", "hooks": PAUSES}})
    waits = project.up().failed()
    assert "waits for a person" in waits.output
    assert "slipway continue" in waits.output
    assert "Traceback" not in waits.output

    on = project.run(*CONTINUE).succeeded()
    assert "auth-service 1.1.0 goes on from POST_TEST_TRAFFIC_SHIFT in test" in on.output
    project.up().succeeded()
    assert project.outputs()["services"]["auth-service"]["version"] == "1.1.0"

    project.set_version("1.2.0")
    project.up().failed()
    project.run(*CONTINUE).succeeded()
    project.up().succeeded()
    back = project.run("slipway", "rollback", "-e", "test", "-s", "auth-service", "--reason", "a pause", "--yes")
    assert "1.1.0 runs" in back.succeeded().output
