"""Pulumi's errors, in the words of Pulumi 3.259, told apart and given a remedy."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from slipway.pulumi_words import Trouble, explain, last_error, process_lives

LOCK = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  file:///x/locks/organization/slipway/test/ab.json: "
    "created by ada@{host} (pid 4242) at 2026-11-23T02:29:40Z"
)

WORDS = {
    "no stack": ("error: no stack named 'test' found", Trouble.NO_STACK, "`pulumi stack init test`"),
    "logged out": (
        "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
        Trouble.LOGGED_OUT,
        "run `pulumi login`, or set PULUMI_BACKEND_URL",
    ),
    "no passphrase": (
        "error: getting stack configuration: get stack secrets manager: passphrase must be set with PULUMI_CONFIG_P...",
        Trouble.PASSPHRASE,
        "set PULUMI_CONFIG_PASSPHRASE_FILE",
    ),
    "wrong passphrase": (
        "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
        Trouble.PASSPHRASE,
        "incorrect passphrase",
    ),
    "no folder": (
        'error: unable to open state directory "file:///nope": stat /nope: no such file or directory',
        Trouble.BACKEND,
        "correct PULUMI_BACKEND_URL",
    ),
    "a key twice": (
        'error: yaml: unmarshal errors:\n  line 17: mapping key "desiredCount" already defined at line 16',
        Trouble.CONFIG,
        'line 17: mapping key "desiredCount" already defined at line 16',
    ),
    "a salt that is none": (
        "error: getting stack configuration: get stack secrets manager: malformed state value",
        Trouble.CONFIG,
        "malformed state value): mend the file",
    ),
    "a backend's file that is half written": (
        "error: failed to load checkpoint: EOF",
        Trouble.HALF_WRITTEN,
        "delete the empty file `test.json.attrs`",
    ),
    "anything else": ("warning: x\nerror: something odd.\n", Trouble.OTHER, "something odd"),
    "nothing": ("", Trouble.OTHER, "it gave no reason"),
}


@pytest.mark.parametrize(("stderr", "trouble", "words"), WORDS.values(), ids=WORDS)
def test_an_error_is_told_apart_and_has_a_remedy(stderr: str, trouble: Trouble, words: str) -> None:
    error = explain(stderr, "test")
    assert error.trouble is trouble
    assert words in error.sentence
    assert "\n" not in error.sentence


@pytest.mark.parametrize(
    ("host", "alive", "trouble", "words"),
    [
        ("elsewhere", False, Trouble.LOCKED, "wait for it to end"),
        (socket.gethostname(), True, Trouble.LOCKED, "wait for it to end"),
        (socket.gethostname(), False, Trouble.DEAD_LOCK, "run `pulumi cancel --yes test`"),
    ],
    ids=["another host's", "a living process's", "a dead process's of this host"],
)
def test_only_a_dead_lock_of_this_host_may_be_cancelled(
    host: str,
    alive: bool,  # noqa: FBT001 - a column of the table
    trouble: Trouble,
    words: str,
) -> None:
    error = explain(LOCK.format(host=host), "test", lambda pid: alive and pid == 4242)
    assert error.trouble is trouble
    assert words in error.sentence
    assert f"ada@{host}, process 4242" in error.sentence
    assert ("cancel" in error.sentence) == (trouble is Trouble.DEAD_LOCK)


def test_a_living_process_is_told_from_a_dead_one() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert process_lives(os.getpid())
    assert not process_lives(done.pid)


def test_the_last_error_counts() -> None:
    assert last_error("error: first\nmore\nerror: second.\nDuration: 1s") == "second"
