"""Stack files as people leave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.settings import SettingsError
from stacks.stack_file import read


def test_only_our_keys_are_read_and_without_their_namespace(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.test.yaml"
    file.write_text(
        'encryptionsalt: v1:x\nconfig:\n  slipway:prefix: "a-"\n  aws:region: x\n  another:key: {secure: v1}\n'
    )
    assert read(file) == {"prefix": "a-"}


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: v1:x\n"])
def test_a_file_without_config_says_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "Pulumi.test.yaml"
    file.write_text(text)
    assert read(file) == {}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"config:\n  slipway:services: [\n", "line 3"),
        (b"config: {a: b}}\n", "line 1"),
        (b"a: b: c\n", "line 1"),
        (b"\tconfig: {}\n", "line 1"),
        (b"- config\n", "mapping"),
        (b"config: [1]\n", "mapping"),
        (b"just words", "mapping"),
        (b"\xff\xfe", "UTF-8"),
        (b"config: \x00", "YAML"),
        (b"config: &x\n  slipway:aws: *x\n", "alias"),
        (b"config:\n  slipway:aws: {region: a, region: b}\n", "'region' stands here twice"),
        (b"config: {}\nconfig: {}\n", "line 2"),
        (b"config: !!map [1]", "YAML"),
        (b"config: " + b"[" * 5000, "nested too deep"),
        (b"a: &x [*x, !!python/object:os.system {}]", "YAML"),
    ],
)
def test_a_broken_file_is_named_in_one_line(tmp_path: Path, content: bytes, named: str) -> None:
    file = tmp_path / "Pulumi.test.yaml"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        read(file)
    said = str(refused.value)
    assert said.startswith("Pulumi.test.yaml: ")
    assert named in said
    assert "\n" not in said


def test_a_merged_mapping_may_say_a_key_again(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.test.yaml"
    file.write_text("config:\n  slipway:a: &a {x: 1, y: 2}\n  slipway:b: {<<: *a, x: 3}\n")
    assert read(file) == {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}}


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Pulumi.test.yaml: there is no such file"):
        read(tmp_path / "Pulumi.test.yaml")
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path)
