"""Tables in pipes: plain lines whose cells can be counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from slipway.show import aligned, note, show_json, show_table

if TYPE_CHECKING:
    import pytest


def test_columns_begin_at_the_same_place_and_no_line_ends_in_blanks() -> None:
    lines = aligned([("service", "version"), ("auth-service", "1.0.0"), ("a", "")])
    assert lines == ["service       version", "auth-service  1.0.0", "a             -"]


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("a",), [], empty="nothing yet")
    assert capsys.readouterr().out == "nothing yet\n"


def test_a_pipe_gets_no_colour_and_no_frame(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("result",), [("failed",)], empty="")
    assert capsys.readouterr().out == "result\nfailed\n"


def test_notes_stay_out_of_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    note("asking")
    show_json([{"a": 1}])
    captured = capsys.readouterr()
    assert captured.err == "asking\n"
    assert json.loads(captured.out) == [{"a": 1}]


def test_a_terminal_gets_a_table_with_every_cell_taken_literally(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    show_table(("service", "message"), [("auth-service", "[red]not markup[/red]"), ("a", "")], empty="")
    lines = [line.rstrip() for line in click.unstyle(capsys.readouterr().out).splitlines()]
    assert [line.split() for line in lines] == [
        ["service", "message"],
        ["auth-service", "[red]not", "markup[/red]"],
        ["a", "-"],
    ]
