"""What `.ci/run` does about Docker and skopeo, and how its output ends; they, `apt-get` and `make` are played."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: A Docker Engine that runs when it gets the flags it needs, and answers `docker version` while it runs.
DOCKERD = """#!/bin/sh
echo "dockerd $*" >> "$STAGE/calls"
case "$*" in *"$NEEDED"*) ;; *) echo "no such thing in this kernel" >&2; exit 1;; esac
trap 'rm -f "$STAGE/answers"; echo stopped >> "$STAGE/calls"; exit 0' TERM
touch "$STAGE/answers"
for _ in $(seq 600); do sleep 0.05; done
"""
PLAYED = {
    "docker": '#!/bin/sh\ntest -e "$STAGE/answers"\n',
    "id": "#!/bin/sh\necho ${PLAYED_UID:-0}\n",
    "make": '#!/bin/sh\necho "make $*" >> "$STAGE/calls"\ncase "$*" in *check) exit ${CHECK_CODE:-0};;'
    ' *test) echo "3 passed in 0.1s";'
    ' [ -z "$TESTS_FAIL" ] || { echo "make: *** Error 1" >&2; exit 2; };; esac\n',
    "skopeo": "#!/bin/sh\n",
    "apt-get": '#!/bin/sh\necho "apt-get" >> "$STAGE/calls"\nexit 1\n',
}


@dataclass(frozen=True)
class Stage:
    folder: Path

    def play(self, name: str, text: str) -> None:
        (self.folder / "bin" / name).write_text(text)
        (self.folder / "bin" / name).chmod(0o755)

    def run(self, **environment: str) -> tuple[int, list[str], list[str]]:
        """The exit code, the lines of the output and what was called."""
        done = subprocess.run(
            [shutil.which("bash") or "bash", self.folder / ".ci" / "run"],
            env={
                "PATH": f"{self.folder}/bin:{self.folder}/tools",
                "STAGE": str(self.folder),
                "NEEDED": "",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout.splitlines(), (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A checkout with `.ci/run`, in which only the played programs and a few plain ones exist."""
    (tmp_path / ".ci").mkdir()
    shutil.copy2(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    for folder in ("bin", "tools"):
        (tmp_path / folder).mkdir()
    for name in ("sh", "dirname", "mktemp", "rm", "seq", "sleep", "tail", "tee", "timeout", "touch"):
        found = shutil.which(name, path=os.defpath)
        assert found is not None
        (tmp_path / "tools" / name).symlink_to(found)
    played = Stage(tmp_path)
    for name, text in PLAYED.items():
        played.play(name, text)
    return played


def test_an_engine_that_answers_is_used_and_not_stopped(stage: Stage) -> None:
    (stage.folder / "answers").touch()
    stage.play("dockerd", DOCKERD)
    code, _, calls = stage.run()
    assert code == 0
    assert calls == ["make setup", "make check", "make --no-print-directory test"]
    assert (stage.folder / "answers").exists()


def test_dockerd_is_started_and_stopped_at_the_end(stage: Stage) -> None:
    stage.play("dockerd", DOCKERD)
    code, output, calls = stage.run()
    assert code == 0
    assert calls == ["dockerd ", "make setup", "make check", "make --no-print-directory test", "stopped"]
    assert output[-1] == "3 passed in 0.1s"


@pytest.mark.parametrize("needed", ["--bridge=none", "--storage-driver=vfs"])
def test_dockerd_is_tried_with_less_where_the_kernel_refuses_more(stage: Stage, needed: str) -> None:
    stage.play("dockerd", DOCKERD)
    code, output, calls = stage.run(NEEDED=needed)
    assert code == 0
    assert calls[-1] == "stopped"
    assert any(line.startswith("docker: dockerd started") for line in output)


def test_where_dockerd_cannot_start_the_tests_run_all_the_same(stage: Stage) -> None:
    stage.play("dockerd", DOCKERD)
    code, output, calls = stage.run(NEEDED="--never-given")
    assert code == 0
    assert "no such thing in this kernel" in output
    assert calls[-1] == "make --no-print-directory test"


def test_where_docker_cannot_be_installed_it_is_said_and_the_tests_run(stage: Stage) -> None:
    code, output, calls = stage.run()
    assert code == 0
    assert any("docker.io cannot be installed here" in line for line in output)
    assert calls[-1] == "make --no-print-directory test"


def test_who_is_not_root_installs_and_starts_nothing(stage: Stage) -> None:
    stage.play("dockerd", DOCKERD)
    code, output, calls = stage.run(PLAYED_UID="1000")
    assert code == 0
    assert any("this is not root" in line for line in output)
    assert calls == ["make setup", "make check", "make --no-print-directory test"]


def test_skopeo_is_installed_where_it_is_missing(stage: Stage) -> None:
    (stage.folder / "answers").touch()
    (stage.folder / "bin" / "skopeo").unlink()
    stage.play("apt-get", '#!/bin/sh\necho "apt-get $*" >> "$STAGE/calls"\n')
    code, _, calls = stage.run()
    assert code == 0
    assert calls[:2] == ["apt-get update -qq", "apt-get install -qq -y --no-install-recommends skopeo"]


@pytest.mark.parametrize("user", ["0", "1000"])
def test_where_skopeo_cannot_be_installed_it_is_said_and_the_tests_run(stage: Stage, user: str) -> None:
    (stage.folder / "answers").touch()
    (stage.folder / "bin" / "skopeo").unlink()
    code, output, calls = stage.run(PLAYED_UID=user)
    assert code == 0
    assert "skopeo: cannot be installed here; its tests are skipped" in output
    assert calls[-1] == "make --no-print-directory test"


def test_failed_tests_fail_the_run_whose_last_line_is_still_pytests_summary(stage: Stage) -> None:
    (stage.folder / "answers").touch()
    code, output, _ = stage.run(TESTS_FAIL="yes")
    assert code != 0
    assert output[-1] == "3 passed in 0.1s"


def test_a_failed_check_fails_the_run_after_the_tests(stage: Stage) -> None:
    (stage.folder / "answers").touch()
    code, output, calls = stage.run(CHECK_CODE="2")
    assert code == 2
    assert calls[-1] == "make --no-print-directory test"
    assert output[-1] == "3 passed in 0.1s"
