"""`up` never moves the weights that ECS moves, at no moment of a rollout; what somebody else moves is reported."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import timedelta

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import Project
from tests.integration.test_interrupted import ended, up_until

pytestmark = pytest.mark.integration

ALL = 100


def rule_of(project: Project) -> str:
    """ARN of the service's listener rule."""
    [arn] = [one["outputs"]["arn"] for one in project.resources() if one["type"] == "aws:lb/listenerRule:ListenerRule"]
    return str(arn)


def weights(project: Project, rule: str) -> list[int]:
    described = project.answer("aws", "elbv2", "describe-rules", "--rule-arns", rule)
    groups = described["Rules"][0]["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return [group["Weight"] for group in sorted(groups, key=lambda group: str(group["TargetGroupArn"]))]


def test_up_leaves_live_weights_alone_in_the_middle_of_a_shift_and_reports_who_moved_them(
    project: Project, sandbox: Sandbox
) -> None:
    for version in ("1.0.0", "1.1.0"):
        project.image(version)
    section = {**project.config()["slipway:services"]["auth-service"], "strategy": "linear:20%,5m,bake=5m"}
    project.configure("services", {"auth-service": {**section, "version": "1.0.0"}})
    project.up().succeeded()
    rule = rule_of(project)
    at_rest = weights(project, rule)
    assert sorted(at_rest) == [0, ALL]

    project.configure("services", {"auth-service": {**section, "version": "1.1.0"}})
    process = up_until(project, "slipway:index:Rollout")
    deadline = time.monotonic() + 60
    while sorted(weights(project, rule)) == [0, ALL] and time.monotonic() < deadline:
        time.sleep(0.1)
    sandbox.clock.pause()
    os.kill(process.pid, signal.SIGINT)
    ended(process)
    chance = random.Random(1)  # noqa: S311 - nothing is kept secret by it
    seen = set()
    for _ in range(3):
        before = weights(project, rule)
        seen.add(tuple(before))
        project.up("test", "--refresh", "--target", "**ListenerRule**").succeeded()
        assert weights(project, rule) == before, "whatever ECS has set stays"
        sandbox.clock.step(timedelta(seconds=chance.uniform(60, 400)))
    assert len(seen) > 1, "the shift went on between the updates"
    sandbox.clock.resume()
    project.up().succeeded()
    assert weights(project, rule) == at_rest[::-1], "the other group of the pair has it all now"

    groups = project.answer("aws", "elbv2", "describe-rules", "--rule-arns", rule)["Rules"][0]["Actions"][0]
    moved = [{**group, "Weight": 50} for group in groups["ForwardConfig"]["TargetGroups"]]
    project.run(
        *("aws", "elbv2", "modify-rule", "--rule-arn", rule, "--actions"),
        f'[{{"Type":"forward","ForwardConfig":{{"TargetGroups":{str(moved).replace(chr(39), chr(34))}}}}}]',
    ).succeeded()
    told = project.preview().succeeded().output
    assert "its listener rule was changed outside ECS and Pulumi" in told
    assert "aws elbv2 modify-rule --rule-arn" in told
