"""The rooms of the house import each other in one direction only."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "infra": frozenset({"components", "environment", "stacks"}),
    "environment": frozenset({"account", "components", "release", "rollout", "stacks"}),
    "stacks": frozenset({"release", "rollout"}),
    "account": frozenset({"release"}),
    "components": frozenset({"account", "release", "rollout"}),
    "provider": frozenset({"account", "release", "rollout"}),
    "slipway": frozenset({"access", "account", "policy", "release", "rollout", "stacks", "provider"}),
    "sandbox": frozenset({"release", "rollout"}),
    "policy": frozenset({"release", "rollout", "stacks"}),
    "access": frozenset(),
    "release": frozenset(),
    "rollout": frozenset(),
}
"""Room -> the other rooms it may import. `tools` and `tests` see everything."""

PURE: Final = ("access", "release", "rollout", "stacks")
"""Rooms that know neither Pulumi nor AWS."""

OUTSIDE: Final = frozenset({"pulumi", "pulumi_aws", "pulumi_docker", "pulumi_policy", "boto3", "botocore"})


def imports(file: Path) -> Iterator[str]:
    """The first names of everything the file imports, inside functions too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def imported(room: str) -> dict[str, set[str]]:
    """File -> what it imports."""
    return {str(file.relative_to(ROOT)): set(imports(file)) for file in (ROOT / room).rglob("*.py")}


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    files = imported(room)
    assert files, f"{room}/ is empty"
    forbidden = ALLOWED.keys() - ALLOWED[room] - {room}
    assert {file: found & forbidden for file, found in files.items() if found & forbidden} == {}


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_knows_neither_pulumi_nor_aws(room: str) -> None:
    assert {file: found & OUTSIDE for file, found in imported(room).items() if found & OUTSIDE} == {}


def test_an_arrow_in_the_wrong_direction_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("def f():\n    from sandbox.store import Store\n    import slipway.main as m\n")
    assert set(imports(file)) == {"sandbox", "slipway"}


def test_only_the_sandbox_and_what_tests_or_starts_it_know_that_it_exists() -> None:
    rooms = ALLOWED.keys() - {"sandbox"}
    for room in rooms:
        for file, found in imported(room).items():
            assert "sandbox" not in found, file
            assert 'import_module("sandbox' not in (ROOT / file).read_text(encoding="utf-8"), file
