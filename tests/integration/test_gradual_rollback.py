"""`slipway rollback --gradual` on the real engine: traffic moves by the plan, and back where the old one is worse."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from datetime import datetime

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.integration.test_after_a_failure import begins
from tests.integration.test_rollback import SERVICE, release, rollback, runs, section
from tests.integration.test_weights import rule_of, weights

pytestmark = pytest.mark.integration

STEP, EVERY = 25, 600
GRADUAL = (
    "slipway",
    "rollback",
    *SERVICE,
    "--gradual",
    "--step",
    f"{STEP}%",
    "--every",
    f"{EVERY}s",
    "--watch",
    "--yes",
)
Sample = tuple[datetime, int]


def started(project: Project) -> subprocess.Popen[str]:
    return subprocess.Popen(
        GRADUAL,
        cwd=project.folder,
        env=dict(project.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def sampled(project: Project, sandbox: Sandbox, rule: str, coming: int, until: int) -> list[Sample]:
    """(AWS's time, percent of the group that traffic moves to), until it has so much."""
    samples: list[Sample] = []
    deadline = time.monotonic() + 120
    while not samples or samples[-1][1] < until:
        assert time.monotonic() < deadline, samples
        samples.append((sandbox.clock.show().now, weights(project, rule)[coming]))
    return samples


def said_until(process: subprocess.Popen[str], words: str) -> str:
    """What it says, up to and with the line that has these words."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def assert_within_one_step_of_the_plan(samples: list[Sample]) -> None:
    moved = next(number for number, (_, share) in enumerate(samples) if share)
    began, before = samples[moved][0], samples[moved - 1][0]
    late = (began - before).total_seconds()
    for now, share in samples[moved:]:
        planned = STEP * (1 + (now - began).total_seconds() / EVERY)
        assert abs(share - min(100, planned)) <= STEP * (1 + late / EVERY), samples


def test_traffic_goes_back_by_the_plan_also_when_killed_in_the_middle_and_halts_where_the_old_version_is_worse(
    project: Project, sandbox: Sandbox
) -> None:
    project.image("0.9.0", "--behave", "errors:rate=30")
    for version in ("1.0.0", "1.1.0"):
        project.image(version)
        release(project, version=version).succeeded()
    rule = rule_of(project)

    coming = weights(project, rule).index(0)

    process = started(project)
    samples = sampled(project, sandbox, rule, coming, STEP)
    sandbox.clock.pause()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    time.sleep(1)  # the orphaned plugins notice that the engine is gone
    again = started(project)
    said_until(again, "traffic: 1.0.0 ")
    sandbox.clock.resume()
    samples += sampled(project, sandbox, rule, coming, 100)
    assert_within_one_step_of_the_plan(samples)
    said = again.communicate(timeout=120)[0]
    assert again.returncode == 0, said
    assert runs(project) == "auth-service:1"
    assert (section(project)["version"], section(project)["pin"].keys()) == ("1.0.0", {"version", "revision", "digest"})
    assert project.steps() == {}, "the service has its usual strategy again"
    told = [(one["version"], one["purpose"], one["strategy"]) for one in begins(project)]
    assert told[2:] == [("1.0.0", "rollback", "LINEAR")], "one attempt, killed and gone on with"

    release(project, version="0.9.0").failed()  # no release: it is older
    project.overriding("to have a bad one to go back to").up().succeeded()
    release(project, version="1.1.0").succeeded()
    project.run("slipway", "sandbox", "traffic", "-e", "test", "auth-service", "20").succeeded()
    halted = project.run(*GRADUAL)
    assert halted.code == 1, halted.output
    assert "0.9.0 does worse than what it was to replace: error rate " in halted.output
    assert "all traffic is where it was" in halted.output
    assert "Traceback" not in halted.output
    assert int(runs(project).rpartition(":")[2]) > 2, "1.1.0 still runs"
    assert rollback(project, "--gradual", "--step", "1%").code == 2
