"""``slipway sandbox``: started once, found again, replaced when dead, stopped without a trace, short in its words."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from sandbox import client as sandbox_client
from sandbox import process
from sandbox.cli import sandbox as group
from sandbox.environment import shell
from sandbox.lifecycle import Sandbox
from sandbox.sandbox_error import SandboxError
from sandbox.store import Store
from tests.sandbox.conftest import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result


def run(*words: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env or {}).invoke(group, list(words))


def assert_refused(result: Result, *words: str) -> None:
    """Exit code 2, one line on stderr with these words, nothing on stdout, no traceback."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def kill(box: Sandbox) -> int:
    """Kill the server as a crash would; returns the pid it had."""
    server = process.find(box.directory)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    for _ in range(500):
        found = process.find(box.directory)
        if found is not None and not found.pid:
            return server.pid
        time.sleep(0.01)
    raise AssertionError("the server did not die")


def test_a_second_up_finds_the_first(own_box: Sandbox) -> None:
    first = own_box.up(port=free_port(), stacks=False)
    second = own_box.up(stacks=False)
    assert (first.reused, second.reused) == (False, True)
    assert (first.pid, first.port) == (second.pid, second.port)


def test_two_ups_at_once_start_one_server(own_box: Sandbox) -> None:
    port = free_port()
    with ThreadPoolExecutor(2) as pool:
        started = [future.result() for future in [pool.submit(own_box.up, port=port, stacks=False) for _ in range(2)]]
    assert sorted(one.reused for one in started) == [False, True]
    assert started[0].pid == started[1].pid


def test_a_killed_server_is_replaced_on_its_port(own_box: Sandbox) -> None:
    first = own_box.up(port=free_port(), stacks=False)
    dead = kill(own_box)
    second = own_box.up(stacks=False)
    assert second.pid != dead
    assert (second.reused, second.port) == (False, first.port)


def test_a_deaf_server_is_replaced(own_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_STOP_SECONDS", 0.5)
    first = own_box.up(port=free_port(), stacks=False)
    os.kill(first.pid, signal.SIGSTOP)
    monkeypatch.setattr(process, "_HEALTH_SECONDS", 0.2)
    second = own_box.up(stacks=False)
    assert second.pid != first.pid
    assert f"replaced process {first.pid}, which did not answer" in second.remarks


def test_a_deaf_server_is_told_from_none(own_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    started = own_box.up(port=free_port(), stacks=False)
    monkeypatch.setattr(sandbox_client.ask, "__defaults__", (None, 0.2))
    os.kill(started.pid, signal.SIGSTOP)
    try:
        said = run("status", "--dir", str(own_box.directory))
    finally:
        os.kill(started.pid, signal.SIGCONT)
    assert_refused(said, f"the sandbox on port {started.port} does not answer", "run `slipway sandbox up`")


def test_another_process_with_the_recorded_pid_is_not_taken_for_the_server(own_box: Sandbox) -> None:
    own_box.directory.mkdir()
    (own_box.directory / "server.lock").touch()
    (own_box.directory / "server.json").write_text(json.dumps({"pid": os.getpid(), "port": free_port()}))
    assert own_box.down() is False
    with pytest.raises(SandboxError, match="no sandbox runs in"):
        own_box.status()


def test_a_taken_port_is_left_to_the_stranger_and_that_is_said(own_box: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        started = own_box.up(port=taken, stacks=False)
    assert started.port != taken
    assert started.remarks == (f"port {taken} is taken by another program: using {started.port}",)


def test_the_port_is_remembered_over_down_and_up(own_box: Sandbox) -> None:
    port = free_port()
    own_box.up(port=port, stacks=False)
    own_box.down()
    assert own_box.up(stacks=False).port == port


def test_only_loopback_is_listened_on(own_box: Sandbox) -> None:
    port = own_box.up(port=free_port(), stacks=False).port
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)} - {"127.0.0.1"}
    for address in others:
        with pytest.raises(ConnectionError), socket.create_connection((str(address), port), timeout=1):
            pass
    table = subprocess.run(["cat", "/proc/net/tcp"], capture_output=True, text=True, check=False).stdout
    listening = [line.split()[1] for line in table.splitlines()[1:] if line.split()[3] == "0A"]
    if table:
        assert [place for place in listening if place.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_down_ends_exactly_our_process_and_says_when_there_was_none(own_box: Sandbox) -> None:
    pid = own_box.up(port=free_port(), stacks=False).pid
    words = ("--dir", str(own_box.directory))
    assert run("down", *words).stdout == "the sandbox is stopped\n"
    os.waitpid(pid, 0)  # it was our child: it has ended
    again = run("down", *words)
    assert (again.exit_code, again.stdout) == (0, f"no sandbox runs in {own_box.directory}\n")


def test_the_server_outlives_its_starters_terminal(own_box: Sandbox) -> None:
    pid = own_box.up(port=free_port(), stacks=False).pid
    assert os.getsid(pid) == pid != os.getsid(0)


def test_a_server_that_dies_at_the_start_shows_the_end_of_its_log(own_box: Sandbox) -> None:
    own_box.directory.mkdir()
    store = Store(own_box.directory / "state.sqlite")
    store.put_pickled({"clock": b"no pickle"})
    store.close()
    with pytest.raises(SandboxError, match=r"(?s)did not start; the end of .*server.log says:.*UnpicklingError"):
        own_box.up(port=free_port(), stacks=False)
    (own_box.directory / "server.log").unlink()


@pytest.mark.parametrize("spoil", [lambda path: path.write_text("no database " * 100), lambda path: path.mkdir()])
def test_spoilt_state_is_one_line_with_the_remedy(own_box: Sandbox, spoil: Callable[[Path], object]) -> None:
    own_box.directory.mkdir()
    spoil(own_box.directory / "state.sqlite")
    refused = run("up", "--dir", str(own_box.directory), "--port", str(free_port()))
    assert_refused(refused, "state.sqlite", "cannot be used", "remove the folder")
    assert refused.stderr.splitlines()[-1].startswith("Error: ")


def test_a_spoilt_record_does_not_hide_the_living_server(own_box: Sandbox) -> None:
    first = own_box.up(port=free_port(), stacks=False)
    (own_box.directory / "server.json").write_text("{")
    again = own_box.up(stacks=False)
    assert (again.pid, again.port, again.reused) == (first.pid, first.port, True)
    assert own_box.down()


def test_what_was_answered_before_kill_9_is_there_afterwards(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False, speed=600)
    own_box.image("kept", "1.0.0")
    words = "aws ecr create-repository --repository-name kept --query repository.repositoryName --output text"
    made = subprocess.run(
        shlex.split(words), env=own_box.environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (made.stdout, made.stderr) == ("kept\n", "")
    now = own_box.status()["now"]
    kill(own_box)
    own_box.up(stacks=False)
    status = own_box.status()
    assert status["environments"]["test"]["images"] == [{"repository": "kept", "tags": ["1.0.0"]}]
    assert status["now"] >= now
    again = subprocess.run(
        shlex.split("aws ecr list-images --repository-name kept --query imageIds[].imageTag --output text"),
        env=own_box.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert again.stdout == "1.0.0\n"


def test_env_is_only_words_for_a_shell_and_they_hold_for_any_folder(tmp_path: Path) -> None:
    box = Sandbox(tmp_path / 'it\'s a "box" $HOME')
    try:
        box.up(port=free_port(), stacks=False)
        printed = run("env", "-e", "prod", "--dir", str(box.directory), env={"AWS_ACCESS_KEY_ID": "stale"})
        assert printed.stderr == ""
        script = 'eval "$1"; printf "%s|%s|%s" "$AWS_PROFILE" "$SLIPWAY_SANDBOX_DIR" "${AWS_ACCESS_KEY_ID-unset}"'
        done = subprocess.run(
            ["sh", "-c", script, "sh", printed.stdout], capture_output=True, text=True, timeout=20, check=True
        )
        assert done.stdout == f"prod|{box.directory}|unset"
    finally:
        box.down()


def test_env_keeps_proxies_away_from_the_sandbox(box: Sandbox) -> None:
    printed = json.loads(run("env", "--json", "--dir", str(box.directory), env={"no_proxy": "a.b, localhost"}).stdout)
    assert printed["NO_PROXY"] == printed["no_proxy"] == "a.b,localhost,127.0.0.1"


def test_env_as_json_has_the_same_values(box: Sandbox) -> None:
    printed = json.loads(run("env", "--json", "--dir", str(box.directory)).stdout)
    assert printed == box.variables("test")
    assert printed["AWS_ENDPOINT_URL"] == box.endpoint
    assert printed["AWS_SESSION_TOKEN"] is None
    assert "unset AWS_SESSION_TOKEN" in shell(printed)


def test_status_says_what_runs(box: Sandbox) -> None:
    said = run("status", "--dir", str(box.directory))
    assert said.exit_code == 0
    assert f"runs on {box.endpoint}" in said.stdout
    assert "stage (222222222222)" in said.stdout
    found = json.loads(run("status", "--json", "--dir", str(box.directory)).stdout)
    assert found["pid"] == sandbox_client.ask(box.port, "/_sandbox/health")["pid"]


def test_up_changes_the_speed_of_a_running_sandbox(own_box: Sandbox) -> None:
    own_box.up(port=free_port(), stacks=False)
    own_box.up(speed=5, stacks=False)
    assert own_box.status()["speed"] == 5


@pytest.mark.parametrize("verb", ["env", "status", "image auth-service:1.0.0"])
def test_without_a_sandbox_each_verb_says_how_to_start_one(tmp_path: Path, verb: str) -> None:
    assert_refused(
        run(*verb.split(), "--dir", str(tmp_path)), f"no sandbox runs in {tmp_path}: run `slipway sandbox up`"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("up --port 0", "--port must be between 1 and 65535, got 0"),
        ("up --port 65536", "--port must be between 1 and 65535, got 65536"),
        ("up --port web", "'web' is not a valid integer"),
        ("up --speed 0", "--speed must be above 0 and at most 100000, got 0"),
        ("up --speed=-2", "--speed must be above 0 and at most 100000, got -2"),
        ("up --speed nan", "--speed must be above 0 and at most 100000, got nan"),
        ("up --speed inf", "--speed must be above 0 and at most 100000, got inf"),
        ("env -e live", "'live' is not one of 'test', 'stage', 'prod'"),
        ("image auth-service", "'auth-service' is not NAME:VERSION, such as auth-service:1.0.0"),
        ("image :1.0.0", "':1.0.0' is not NAME:VERSION"),
        ("image auth-service:", "'auth-service:' is not NAME:VERSION"),
    ],
)
def test_bad_words_are_refused_before_anything_happens(tmp_path: Path, words: str, said: str) -> None:
    folder = tmp_path / "box"
    assert_refused(run(*words.split(), "--dir", str(folder)), said)
    assert not folder.exists()


@pytest.mark.parametrize("verb", ["up", "down", "status", "env", "image a:1"])
def test_an_empty_dir_is_not_taken_for_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(run(*verb.split(), "--dir", ""), "--dir", "must not be empty")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Auth:1.0.0", "Auth:1.0.0 is not a repository's name and a tag"),
        ("Auth:1.0.0", "2 to 256 lower-case letters"),
        ("a" * 300 + ":1.0.0", "2 to 256 lower-case letters"),
        ("auth:" + "1" * 200, "up to 128 letters"),
        ("auth:1.0/0", "auth:1.0/0 is not a repository's name and a tag"),
        ("auth:1.0.0 --behave sulk", "behaviour 'sulk' is unknown; choose one of healthy, crash,"),
        ("auth:1.0.0 --behave crash:code=x", "behaviour crash: code must be a whole number, got 'x'"),
    ],
)
def test_a_bad_image_is_refused_by_the_sandbox(box: Sandbox, words: str, said: str) -> None:
    assert_refused(run("image", *words.split(), "--dir", str(box.directory)), said)


def test_an_image_for_an_immutable_tag_is_refused_in_ecrs_words(box: Sandbox) -> None:
    words = "aws ecr create-repository --repository-name fixed --image-tag-mutability IMMUTABLE"
    subprocess.run(shlex.split(words), env=box.environment(), capture_output=True, timeout=60, check=True)
    place = ("--dir", str(box.directory))
    assert run("image", "fixed:1.0.0", *place).exit_code == 0
    assert_refused(run("image", "fixed:1.0.0", "--behave", "crash", *place), "cannot be overwritten because the tag is")


@pytest.mark.parametrize("folder", ["/dev/null/box", "/proc/box"])
def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(folder: str) -> None:
    assert_refused(
        run("up", "--dir", folder), f"state folder {folder} cannot be written", "--dir or SLIPWAY_SANDBOX_DIR"
    )


def test_the_cli_loads_nothing_that_takes_long() -> None:
    slow = ("moto", "boto3", "botocore", "werkzeug", "pulumi")
    script = f"import sys, sandbox.cli; print([module for module in {slow} if module in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
