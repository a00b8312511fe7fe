"""The decisions of `make setup`, without a network: which way each part is taken, and what is said when none is."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools import engine, environment, setup, state, toolchain
from tools.engine import Engine, NotThisWayError
from tools.report import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
VERSION = "3.259.0"


def fake_pulumi(folder: Path, version: str = VERSION) -> Path:
    """An executable that answers `pulumi version`."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\necho v{version}\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what set-up reads, and a user without a cache, without plugins and with an empty PATH."""
    root = tmp_path / "clone"
    (root / "tools" / "pulumi-engine").mkdir(parents=True)
    (root / "requirements.txt").write_text(f"pulumi=={VERSION}\npulumi-aws==7.51.1\npulumi-docker==5.2.0\n")
    (root / "tools" / "pulumi-engine" / "go.mod").write_text(
        f"\tgithub.com/pulumi/pulumi/pkg/v3 v{VERSION} // indirect\n"
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))
    monkeypatch.setattr(engine, "INSTALLER", "http://127.0.0.1:9/install.sh")  # nobody listens on discard
    monkeypatch.setattr(engine, "GO_FOLDERS", ())
    return root


# Which engine


def test_an_engine_on_path_of_the_sdks_version_is_taken(clone: Path, tmp_path: Path) -> None:
    program = fake_pulumi(tmp_path / "bin")
    assert engine.ensure(clone, Path(sys.executable), str(tmp_path / "bin")) == Engine(program, "path")


def test_an_engine_on_path_of_another_version_is_not_taken_and_the_error_says_so(clone: Path, tmp_path: Path) -> None:
    fake_pulumi(tmp_path / "bin", "3.200.0")
    with pytest.raises(SetupError) as raised:
        engine.ensure(clone, Path(sys.executable), str(tmp_path / "bin"))
    assert f"({tmp_path}/bin/pulumi) is version 3.200.0, the SDK is {VERSION}" in str(raised.value)


def test_an_engine_in_the_users_cache_is_taken_before_anything_is_loaded(clone: Path) -> None:
    program = fake_pulumi(engine.cache_folder(VERSION))
    assert engine.ensure(clone, Path(sys.executable), "") == Engine(program, "build")


def test_an_official_engine_in_the_cache_goes_before_a_built_one(clone: Path) -> None:
    fake_pulumi(engine.cache_folder(VERSION))
    program = fake_pulumi(engine.cache_folder(VERSION) / "official" / "bin")
    assert engine.ensure(clone, Path(sys.executable), "") == Engine(program, "installer")


def test_a_broken_engine_in_the_cache_is_not_taken(clone: Path) -> None:
    fake_pulumi(engine.cache_folder(VERSION)).write_text("#!/bin/sh\nexit 1\n")
    assert engine.cached(VERSION, engine.cache_folder(VERSION)) is None


def test_without_any_way_one_error_names_each_closed_way_and_what_to_install(clone: Path) -> None:
    with pytest.raises(SetupError) as raised:
        engine.ensure(clone, Path(sys.executable), "")
    message = str(raised.value)
    assert "\n" not in message
    for part in ("no pulumi on PATH", "installer is out of reach", "no Go", f"Install Pulumi {VERSION}", "make setup"):
        assert part in message


def test_the_build_gets_version_and_package_and_lands_in_the_cache_only_when_it_runs(
    clone: Path, tmp_path: Path
) -> None:
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(
        "#!/bin/sh\n"
        f'echo "$@" > {tmp_path}/arguments\n'
        'while [ "$1" != -o ]; do shift; done\n'
        f'printf "#!/bin/sh\\necho v{VERSION}\\n" > "$2"; chmod 755 "$2"\n'
    )
    go.chmod(0o755)
    path = f"{go.parent}{os.pathsep}{os.defpath}"
    found = engine.built(VERSION, engine.cache_folder(VERSION), clone / "tools" / "pulumi-engine", path)
    assert found == Engine(engine.cache_folder(VERSION) / "pulumi", "build")
    arguments = (tmp_path / "arguments").read_text()
    assert f"-X {engine.VERSION_VARIABLE}=v{VERSION}" in arguments
    assert arguments.strip().endswith(engine.PACKAGE)
    assert [entry.name for entry in engine.cache_folder(VERSION).iterdir()] == ["pulumi"]


def test_a_failed_build_leaves_nothing_and_tells_gos_last_words(clone: Path, tmp_path: Path) -> None:
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text('#!/bin/sh\necho "github.com/a/b" >&2\necho "dial tcp: no route to host" >&2\nexit 1\n')
    go.chmod(0o755)
    folder = engine.cache_folder(VERSION)
    with pytest.raises(NotThisWayError, match="no route to host"):
        engine.built(VERSION, folder, clone / "tools" / "pulumi-engine", str(go.parent))
    assert list(folder.iterdir()) == []


@pytest.fixture
def reachable_installer(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Something answers where the official installer would be."""
    del clone  # which puts it out of reach, and must come first

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Says nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(engine, "INSTALLER", f"http://127.0.0.1:{server.server_port}/")
        yield
        server.shutdown()


def playing_python(folder: Path, script: str) -> Path:
    """Plays `python -c ... ROOT`, which runs the official installer."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


@pytest.mark.usefixtures("reachable_installer")
def test_the_official_installer_goes_before_a_build_and_fills_the_cache(clone: Path, tmp_path: Path) -> None:
    install = (
        f'mkdir "$3/bin" && printf "#!/bin/sh\\necho v{VERSION}\\n" > "$3/bin/pulumi" && chmod 755 "$3/bin/pulumi"'
    )
    found = engine.ensure(clone, playing_python(tmp_path, install), "")
    assert found == Engine(engine.cache_folder(VERSION) / "official" / "bin" / "pulumi", "installer")
    assert engine.version_of(found.path) == VERSION
    assert [entry.name for entry in engine.cache_folder(VERSION).iterdir()] == ["official"]


@pytest.mark.usefixtures("reachable_installer")
def test_a_failing_installer_closes_only_its_own_way(clone: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"the official installer failed \(no such release\); there is no Go"):
        engine.ensure(clone, playing_python(tmp_path, "echo no such release >&2; exit 1"), "")
    assert list(engine.cache_folder(VERSION).iterdir()) == []


@pytest.mark.usefixtures("reachable_installer")
def test_an_installer_that_hangs_is_left_after_a_time(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "INSTALL_TIMEOUT", 0.2)
    with pytest.raises(SetupError, match="the official installer did not end within"):
        engine.ensure(clone, playing_python(tmp_path, "exec sleep 60"), "")


def test_an_official_engine_gets_links_to_all_its_parts(clone: Path, tmp_path: Path) -> None:
    program = fake_pulumi(tmp_path / "official" / "bin")
    host = program.with_name("pulumi-language-python")
    host.write_text("#!/bin/sh\n")
    host.chmod(0o755)
    parts = assembled(clone, Engine(program, "installer"))
    assert parts["pulumi-language-python"] == toolchain.Part(str(host), "official")
    assert (toolchain.folder_of(clone) / "pulumi").resolve() == program.resolve()
    assert (toolchain.folder_of(clone) / "pulumi-language-python").resolve() == host.resolve()


def test_an_sdk_pin_unlike_the_go_modules_is_an_error_with_the_command_that_mends_it(clone: Path) -> None:
    (clone / "requirements.txt").write_text("pulumi==3.260.0\n")
    with pytest.raises(SetupError, match=r"go get -tool .*cmd/pulumi@v3\.260\.0"):
        engine.pinned_version(clone)


def test_the_projects_own_pins_agree() -> None:
    assert engine.pinned_version(ROOT) == VERSION


# The toolchain folder


def assembled(clone: Path, chosen: Engine, path: str = "") -> dict[str, toolchain.Part]:
    return toolchain.assemble(clone, Path(sys.executable), chosen, path, "stamp")


def test_a_built_engine_gets_stand_ins_for_host_and_plugins(clone: Path, tmp_path: Path) -> None:
    parts = assembled(clone, Engine(fake_pulumi(tmp_path / "cache"), "build"))
    assert {name: part.way for name, part in parts.items()} == {
        "pulumi": "build",
        "pulumi-language-python": "stand-in",
        "pulumi-resource-aws": "stand-in",
        "pulumi-resource-docker": "stand-in",
    }
    folder = toolchain.folder_of(clone)
    assert not (folder / "pulumi").is_symlink()  # the engine looks for its host beside its real path
    for part in parts.values():
        assert os.access(part.path, os.X_OK)
    facts = json.loads((folder / "toolchain.json").read_text())
    assert facts["parts"]["pulumi"] == {"path": str(folder / "pulumi"), "way": "build"}


def test_an_engine_on_path_is_linked_and_its_host_beside_it_needs_no_stand_in(clone: Path, tmp_path: Path) -> None:
    program = fake_pulumi(tmp_path / "bin")
    host = program.with_name("pulumi-language-python")
    host.write_text("#!/bin/sh\n")
    host.chmod(0o755)
    parts = assembled(clone, Engine(program, "path"))
    assert parts["pulumi-language-python"] == toolchain.Part(str(host), "official")
    names = {entry.name for entry in toolchain.folder_of(clone).iterdir()}
    assert names == {"pulumi", "toolchain.json"}
    assert (toolchain.folder_of(clone) / "pulumi").resolve() == program.resolve()


def test_official_plugins_of_the_pinned_version_are_taken(clone: Path, tmp_path: Path) -> None:
    kept = tmp_path / "pulumi-home" / "plugins" / "resource-aws-v7.51.1"
    other = tmp_path / "pulumi-home" / "plugins" / "resource-docker-v4.0.0"
    for folder, name in ((kept, "pulumi-resource-aws"), (other, "pulumi-resource-docker")):
        folder.mkdir(parents=True)
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    parts = assembled(clone, Engine(fake_pulumi(tmp_path / "cache"), "build"))
    assert parts["pulumi-resource-aws"] == toolchain.Part(str(kept / "pulumi-resource-aws"), "official")
    assert parts["pulumi-resource-docker"].way == "stand-in"  # another version is not the SDK's


def test_a_stand_in_goes_when_the_official_part_comes(clone: Path, tmp_path: Path) -> None:
    chosen = Engine(fake_pulumi(tmp_path / "cache"), "build")
    assembled(clone, chosen)
    official = tmp_path / "bin" / "pulumi-resource-aws"
    official.parent.mkdir()
    official.write_text("#!/bin/sh\n")
    official.chmod(0o755)
    assert assembled(clone, chosen, str(official.parent))["pulumi-resource-aws"].path == str(official)
    plugins = {kept.name for kept in (toolchain.home_of(clone) / "plugins").iterdir()}
    assert plugins == {"resource-docker-v5.2.0"}


def test_stand_ins_for_plugins_are_out_of_reach_outside_a_sandboxs_shell(clone: Path, tmp_path: Path) -> None:
    parts = assembled(clone, Engine(fake_pulumi(tmp_path / "cache"), "build"))
    home = toolchain.home_of(clone) / "plugins"
    assert parts["pulumi-resource-aws"].path == str(home / "resource-aws-v7.51.1" / "pulumi-resource-aws")
    assert not list(toolchain.folder_of(clone).glob("pulumi-resource-*")), "PATH alone must not lead to a stand-in"


def test_a_sandboxs_shell_finds_the_official_plugin_beside_a_stand_in(clone: Path, tmp_path: Path) -> None:
    official = tmp_path / "pulumi-home" / "plugins" / "resource-docker-v5.2.0" / "pulumi-resource-docker"
    official.parent.mkdir(parents=True)
    official.write_text("#!/bin/sh\n")
    official.chmod(0o755)
    assembled(clone, Engine(fake_pulumi(tmp_path / "cache"), "build"))
    shown = toolchain.home_of(clone) / "plugins" / "resource-docker-v5.2.0" / "pulumi-resource-docker"
    assert shown.resolve() == official.resolve()


def test_set_up_in_a_sandboxs_shell_does_not_take_stand_ins_for_official_plugins(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Engine(fake_pulumi(tmp_path / "cache"), "build")
    assembled(clone, chosen)
    monkeypatch.setenv("PULUMI_HOME", str(toolchain.home_of(clone)))
    assert assembled(clone, chosen)["pulumi-resource-aws"].way == "stand-in"


def test_the_toolchain_is_current_until_an_input_changes_or_a_part_is_missing(clone: Path, tmp_path: Path) -> None:
    assembled(clone, Engine(fake_pulumi(tmp_path / "cache"), "build"))
    assert toolchain.is_current(clone, "stamp")
    assert not toolchain.is_current(clone, "another stamp")
    (toolchain.folder_of(clone) / "pulumi-language-python").unlink()
    assert not toolchain.is_current(clone, "stamp")


def test_an_interrupted_assembly_is_not_current_and_leaves_nothing_to_the_next(clone: Path, tmp_path: Path) -> None:
    folder = toolchain.folder_of(clone)
    folder.mkdir(parents=True)
    (folder / ".pulumi.123").write_text("half")
    (folder / "toolchain.json").write_text('{"inputs": "stamp", "par')
    assert not toolchain.is_current(clone, "stamp")
    assembled(clone, Engine(fake_pulumi(tmp_path / "cache"), "build"))
    assert not (folder / ".pulumi.123").exists()


@pytest.mark.parametrize("changed", ["requirements.txt", "tools/pulumi-engine/go.mod"])
def test_the_toolchains_inputs_include_the_pins(clone: Path, changed: str) -> None:
    before = toolchain.inputs(clone, Path(sys.executable), "")
    (clone / changed).write_text((clone / changed).read_text() + "# more\n")
    assert toolchain.inputs(clone, Path(sys.executable), "") != before


def test_the_toolchains_inputs_include_what_stands_on_path(clone: Path, tmp_path: Path) -> None:
    before = toolchain.inputs(clone, Path(sys.executable), str(tmp_path / "bin"))
    fake_pulumi(tmp_path / "bin")
    assert toolchain.inputs(clone, Path(sys.executable), str(tmp_path / "bin")) != before


def test_a_path_with_spaces_is_quoted_in_a_wrapper() -> None:
    assert "exec '/my clone/python' -P -m x.y \"$@\"" in toolchain.wrapper(Path("/my clone/python"), "x.y")


def test_toolchain_folders_on_path_do_not_count_as_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toolchain").mkdir()
    (tmp_path / "toolchain" / "toolchain.json").write_text("{}")
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "toolchain"), "/usr/bin")))
    assert toolchain.search_path() == "/usr/bin"


# The environment


@pytest.mark.parametrize("changed", environment.INPUTS)
def test_the_environment_is_current_until_what_it_was_made_from_changes(tmp_path: Path, changed: str) -> None:
    python = environment.python_of(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.touch()
    assert not environment.is_current(tmp_path)
    (tmp_path / ".venv" / "slipway-stamp").write_text(environment.wanted_stamp(tmp_path))
    assert environment.is_current(tmp_path)
    (tmp_path / changed).write_text("more")
    assert not environment.is_current(tmp_path)


def test_an_unfinished_environment_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=60)
    (venv / "half-installed").touch()
    environment._make(venv)
    assert (venv / "half-installed").exists()  # of the same Python and finished: kept
    (venv / "slipway-unfinished").touch()
    environment._make(venv)
    assert not (venv / "half-installed").exists()


def test_a_failure_of_pip_becomes_one_sentence_with_its_error() -> None:
    script = "print('ERROR: No matching distribution found for x'); print('hint: try again'); raise SystemExit(1)"
    with pytest.raises(SetupError) as raised:
        environment._run([sys.executable, "-c", script], "pip could not install the requirements")
    assert str(raised.value) == ("pip could not install the requirements: ERROR: No matching distribution found for x")


# Files, locks and the whole


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "file"
    state.write_whole(target, "one")
    with pytest.raises(UnicodeEncodeError):
        state.write_whole(target, "\ud800")
    assert target.read_text() == "one"
    assert [entry.name for entry in target.parent.iterdir()] == ["file"]


def test_two_at_once_work_one_after_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []

    def second() -> None:
        with state.locked(tmp_path / "lock", "set-up"):
            order.append("second")

    with state.locked(tmp_path / "lock", "set-up"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert "for another set-up" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_gives_one_short_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".slipway").write_text("a file where the folder should be")
    monkeypatch.setattr(setup, "__file__", str(tmp_path / "tools" / "setup.py"))
    assert setup.main() == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert f"cannot write or read {tmp_path / '.slipway'}" in errors
    assert "make setup" in errors


def test_a_python_that_is_too_old_hands_over_to_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[str] = []
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/opt/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(setup.os, "execv", lambda program, _arguments: handed.append(program) or sys.exit(0))
    with pytest.raises(SystemExit):
        setup.with_a_fitting_python()
    assert handed == ["/opt/python3.12"]


def test_a_python_that_is_too_old_and_alone_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(setup.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        setup.with_a_fitting_python()
