"""``slipway sandbox clock``: shows, pauses, steps and sets the time of a sandbox, and moto follows it."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from account.aws_time import time_of
from sandbox import process
from sandbox.cli import sandbox as group
from tests.sandbox.conftest import free_port, session

if TYPE_CHECKING:
    from click.testing import Result

    from sandbox.lifecycle import Sandbox


def clock(box: Sandbox, *words: str) -> Result:
    return CliRunner().invoke(group, ["clock", "--dir", str(box.directory), *words])


def shown(box: Sandbox, *words: str) -> dict[str, Any]:
    result = clock(box, *words, "--json")
    assert result.exit_code == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_the_clock_is_shown_paused_stepped_and_resumed_over_a_kill(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False, speed=60)
    assert clock(own_box).stdout.endswith(", 60 times as fast as real time\n")
    paused = shown(own_box, "--pause")
    assert (paused["paused"], paused["speed"]) == (True, 60)
    stepped = shown(own_box, "--step", "1h30m")
    assert datetime.fromisoformat(stepped["now"]) - datetime.fromisoformat(paused["now"]) == timedelta(minutes=90)

    server = process.find(own_box.directory)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    while (found := process.find(own_box.directory)) is None or found.pid:
        time.sleep(0.01)
    again = own_box.up(stacks=False)
    assert any("its clock is paused" in remark for remark in again.remarks)
    assert shown(own_box) == stepped
    status = CliRunner().invoke(group, ["status", "--dir", str(own_box.directory)]).stdout
    assert f"sandbox time {stepped['now']}, paused; 60 times as fast as real time when it is resumed" in status

    later = (datetime.fromisoformat(stepped["now"]) + timedelta(days=2)).replace(tzinfo=None)
    assert datetime.fromisoformat(shown(own_box, "--set", later.isoformat())["now"]) == later.replace(tzinfo=UTC)
    resumed = shown(own_box, "--speed", "5", "--resume")
    assert (resumed["paused"], resumed["speed"]) == (False, 5)


def test_what_moto_writes_carries_sandbox_time_but_credentials_real_time(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False)
    own_box.clock.pause()
    now = own_box.clock.step(timedelta(days=30)).now
    signed = session(own_box)

    def client(service: str) -> Any:
        return signed.client(service, endpoint_url=own_box.endpoint)

    logs = client("logs")
    logs.create_log_group(logGroupName="g")
    made = datetime.fromtimestamp(logs.describe_log_groups()["logGroups"][0]["creationTime"] / 1000, UTC)
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    role = client("iam").get_role(RoleName="r")["Role"]["CreateDate"]
    client("secretsmanager").create_secret(Name="s", SecretString="x")
    secret = client("secretsmanager").describe_secret(SecretId="s")["CreatedDate"]
    for moment in (made, role, secret):
        assert abs(moment - now) < timedelta(seconds=2)
    # A client compares this with its own clock: in sandbox time it could have ended before it was issued.
    expiration = client("sts").assume_role(
        RoleArn="arn:aws:iam::111111111111:role/slipway-deployer", RoleSessionName="someone"
    )["Credentials"]["Expiration"]
    assert timedelta(minutes=50) < expiration - datetime.now(UTC) < timedelta(minutes=70)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--pause", "--resume"), "--pause and --resume contradict each other"),
        (("--step", "1h", "--set", "2030-01-01"), "--step and --set both say how far to go"),
        (("--step", "soon"), "--step must be a duration such as 90s, 30m, 1h30m or 2d, got 'soon'"),
        (("--step", "5m1h"), "--step must be a duration"),
        (("--step", "1m1m"), "--step must be a duration"),
        (("--step", ""), "--step must be a duration"),
        (("--step=-5m",), "--step must be a duration"),
        (("--step", "9" * 30), "--step is longer than any sandbox lives"),
        (("--step", "400d"), "a step must be from 0 to 366 days, got 34560000 seconds"),
        (("--set", "noon"), "--set must be a time such as 2026-11-24T08:00"),
        (("--set", "2001-01-01"), "2001-01-01T00:00:00+00:00 has passed: sandbox time is 2"),
        (("--speed", "0"), "--speed must be above 0 and at most 100000, got 0"),
    ],
)
def test_a_wrong_clock_command_is_one_line(box: Sandbox, words: tuple[str, ...], message: str) -> None:
    result = clock(box, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_sandbox_the_command_names_the_one_that_starts_it(own_box: Sandbox) -> None:
    result = clock(own_box)
    assert result.exit_code == 2
    assert "run `slipway sandbox up`" in result.stderr


def test_the_head_of_an_answer_has_the_sandboxs_time_for_it_is_awss_clock(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False)
    paused = shown(own_box, "--pause")
    stepped = datetime.fromisoformat(shown(own_box, "--step", "90m")["now"])
    assert stepped > datetime.fromisoformat(paused["now"])
    for service, operation in (
        ("ecs", "list_clusters"),
        ("elbv2", "describe_load_balancers"),
        ("sts", "get_caller_identity"),
    ):
        answer = getattr(session(own_box).client(service, endpoint_url=own_box.endpoint), operation)()
        assert time_of(answer) == stepped.replace(microsecond=0)
