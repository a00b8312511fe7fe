"""`slipway push`: what docker is told, what the image says of itself, and what is refused before anything is built."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from account.aws_faults import AwsFault
from sandbox.lifecycle import Sandbox
from slipway.main import main
from slipway.working_tree import look, without_credentials
from tests.provider.fake_ecs import checked
from tests.sandbox.conftest import free_port, session
from tests.slipway.conftest import STACK_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.slipway.conftest import World

URL = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/auth-service"
PUSHED = "sha256:" + "a" * 64
PASSWORD = "correct-horse:battery"
PUSH = ("push", "-e", "test", "-s", "auth-service", "-v", "1.1.0")

DOCKER = """#!{python}
import json, os, sys, pathlib
home = pathlib.Path({home!r})
asked = {{"words": sys.argv[1:], "stdin": "" if sys.stdin.isatty() else sys.stdin.read()}}
with (home / "asked").open("a") as file:
    file.write(json.dumps(asked) + "\\n")
print("docker says", sys.argv[1])
told = json.loads((home / "script.json").read_text()).get(sys.argv[1], {{}})
sys.stderr.write(told.get("stderr", ""))
sys.exit(told.get("code", 0))
"""


class FakeDocker:
    """A `docker` on PATH that remembers what it was asked, and fails where a test says so."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        home.mkdir()
        program = home / "docker"
        program.write_text(DOCKER.format(python=sys.executable, home=str(home)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{home}{os.pathsep}{os.environ['PATH']}")
        self.fails()

    def fails(self, **commands: dict[str, Any]) -> None:
        (self.home / "script.json").write_text(json.dumps(commands))

    @property
    def asked(self) -> list[dict[str, Any]]:
        path = self.home / "asked"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def asked_to(self, command: str) -> list[dict[str, Any]]:
        return [one for one in self.asked if one["words"][0] == command]


class FakeEcr:
    """A repository with a few tags, into which the fake docker pushes."""

    def __init__(self, docker: FakeDocker) -> None:
        self.docker = docker
        self.tags = {"1.0.0": "sha256:" + "1" * 64, "dev": "sha256:" + "2" * 64}
        self.exists = True
        self.takes = True

    def call(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        return checked(service, operation, params, getattr(self, operation)(**params))

    def describe_repositories(self, *, repositoryNames: list[str]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        if not self.exists:
            raise AwsFault("no repository", code="RepositoryNotFoundException")
        assert repositoryNames == ["auth-service"]
        return {"repositories": [{"repositoryUri": URL}]}

    def describe_images(self, *, repositoryName: str, imageIds: list[Any]) -> dict[str, Any]:  # noqa: N803
        assert repositoryName == "auth-service"
        tag = imageIds[0]["imageTag"]
        if self.takes and [f"{URL}:{tag}"] in [one["words"][1:] for one in self.docker.asked_to("push")]:
            self.tags[tag] = PUSHED
        if tag not in self.tags:
            raise AwsFault("no image", code="ImageNotFoundException")
        return {"imageDetails": [{"imageDigest": self.tags[tag]}]}

    def get_authorization_token(self) -> dict[str, Any]:
        token = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
        endpoint = f"https://{URL.partition('/')[0]}"
        return {"authorizationData": [{"authorizationToken": token, "proxyEndpoint": endpoint}]}


@pytest.fixture
def docker(world: World, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    return FakeDocker(world.root.parent / "docker", monkeypatch)


@pytest.fixture
def ecr(docker: FakeDocker, monkeypatch: pytest.MonkeyPatch) -> FakeEcr:
    made = FakeEcr(docker)
    monkeypatch.setattr("slipway.project.open_aws", lambda _settings: made)
    return made


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgSign=false")
    done = subprocess.run(["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def folder(world: World) -> Path:
    """The service's folder in a repository with one commit and a remote whose address holds a token."""
    made = world.root / "examples" / "auth_service"
    made.mkdir(parents=True)
    (made / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    git(world.root, "init", "-q")
    git(world.root, "add", ".")
    git(world.root, "commit", "-q", "-m", "first")
    git(world.root, "remote", "add", "origin", "https://ada:t0ken@example.com/shop.git?private_token=t0ken")
    return made


def labels(docker: FakeDocker) -> dict[str, str]:
    (build,) = docker.asked_to("build")
    words = build["words"]
    pairs = [words[place + 1] for place, word in enumerate(words) if word == "--label"]
    return dict(pair.removeprefix("org.opencontainers.image.").split("=", 1) for pair in pairs)


def test_an_image_is_built_for_fargate_and_pushed_and_its_digest_is_printed(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    done = world.run(*PUSH)
    assert done.code == 0
    assert done.out == f"auth-service 1.1.0 is in test: {URL}@{PUSHED}\n"
    assert [one["words"][0] for one in docker.asked] == ["version", "build", "login", "push"]
    build, push = docker.asked[1]["words"], docker.asked[3]["words"]
    assert build[:3] == ["build", "--platform", "linux/amd64"]
    assert build[-3:] == ["--tag", f"{URL}:1.1.0", str(folder)]
    assert push == ["push", f"{URL}:1.1.0"]
    assert ecr.tags["1.1.0"] == PUSHED


def test_the_image_says_its_commit_its_source_without_credentials_its_version_and_its_time(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    done = world.run(*PUSH, "--json")
    said = labels(docker)
    assert before <= datetime.fromisoformat(said.pop("created")) <= datetime.now(UTC)
    commit = git(folder, "rev-parse", "HEAD")
    assert said == {"revision": commit, "source": "https://example.com/shop.git", "version": "1.1.0"}
    assert json.loads(done.out) == {
        "environment": "test",
        "service": "auth-service",
        "version": "1.1.0",
        "digest": PUSHED,
        "image": f"{URL}@{PUSHED}",
        "revision": commit,
        "source": "https://example.com/shop.git",
    }
    assert ecr.tags["1.1.0"] == PUSHED


def test_the_password_goes_by_stdin_and_is_never_seen(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    docker.fails(login={"code": 1, "stderr": f"denied: {PASSWORD}\n"})
    done = world.run(*PUSH)
    (login,) = docker.asked_to("login")
    assert login == {
        "words": ["login", "--username", "AWS", "--password-stdin", URL.partition("/")[0]],
        "stdin": PASSWORD,
    }
    assert done.code == 1
    assert "docker could not log in to 111111111111.dkr.ecr.eu-west-1.amazonaws.com: denied: ***" in done.err
    assert PASSWORD not in done.err + done.out
    assert docker.asked_to("push") == []
    assert (folder / "Dockerfile").exists()
    assert "1.1.0" not in ecr.tags


def test_changes_in_the_folder_are_warned_of_and_said_by_the_label(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "new file").touch()
    done = world.run(*PUSH)
    commit = git(folder, "rev-parse", "HEAD")
    assert done.code == 0
    assert f"warning: {folder} differs from commit {commit[:12]} (" in done.err
    assert "examples/auth_service/new file" in done.err
    assert labels(docker)["revision"] == f"{commit}-dirty"
    assert ecr.tags["1.1.0"] == PUSHED


def test_changes_elsewhere_in_the_repository_do_not_count(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    world.write("test", STACK_FILE.replace("desiredCount: 2", "desiredCount: 3"))
    assert world.run(*PUSH).code == 0
    assert labels(docker)["revision"] == git(folder, "rev-parse", "HEAD")
    assert ecr.tags["1.1.0"] == PUSHED


def test_a_folder_that_git_does_not_know_is_warned_of_and_built_without_a_commit(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    shutil.rmtree(world.root / ".git")
    done = world.run(*PUSH)
    assert done.code == 0
    assert f"warning: git knows no commit of {folder}" in done.err
    assert set(labels(docker)) == {"version", "created"}
    assert ecr.tags["1.1.0"] == PUSHED


def test_a_version_that_exists_is_refused_before_anything_is_built(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    done = world.run(*PUSH[:-1], "1.0.0")
    assert done.code == 1
    assert f"auth-service:1.0.0 of test exists already, it is {ecr.tags['1.0.0']}" in done.err
    assert [one["words"][0] for one in docker.asked] == ["version"]
    assert folder.exists()


def test_a_moving_tag_may_be_pushed_again(world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path) -> None:
    assert world.run(*PUSH[:-1], "dev").code == 0
    assert ecr.tags["dev"] == PUSHED
    assert docker.asked_to("build")[0]["words"][-1] == str(folder)


def test_an_image_built_for_a_later_environment_is_warned_of(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    done = world.run("push", "-e", "stage", "-s", "auth-service", "-v", "1.1.0-rc1")
    assert done.code == 0
    assert "warning: stage takes what was verified in test" in done.err
    assert "`slipway promote`" in done.err
    assert ecr.tags["1.1.0-rc1"] == PUSHED
    assert docker.asked_to("build")[0]["words"][-1] == str(folder)


def test_the_folder_is_what_is_said_else_the_build_dial_else_the_example(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dial", "deep/said"):
        (world.root / name).mkdir()
        (world.root / name / "Dockerfile").touch()
    monkeypatch.chdir(world.root / "deep")
    world.run(*PUSH[:-1], "dev")
    world.write("test", STACK_FILE.replace("version: 1.0.0,", "version: dev, build: ./dial,"))
    world.run(*PUSH[:-1], "dev")
    world.run(*PUSH[:-1], "dev", "--folder", "said")
    built = [one["words"][-1] for one in docker.asked_to("build")]
    assert built == [str(folder), str(world.root / "dial"), str(world.root / "deep" / "said")]
    assert ecr.tags["dev"] == PUSHED


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("-e", "prod", "-v", "1.0.0-rc1"), "-v: prod does not take it"),
        (("-e", "test", "-v", "latest"), "'latest' is never allowed"),
        (("-e", "moon", "-v", "1.1.0"), "there is no such environment"),
        (("-e", "test", "-v", "1.1.0", "--folder", "deep"), "deep (--folder deep): name the folder that has it"),
        (("-e", "test", "-v", "1.1.0", "--folder", "nowhere"), "there is no Dockerfile in "),
        (("-e", "test", "-v", "1.1.0"), "(neither `build` nor --folder says where)"),
    ],
)
def test_a_mistake_is_2_in_one_sentence_and_docker_is_not_asked(
    world: World, ecr: FakeEcr, docker: FakeDocker, words: tuple[str, ...], reason: str
) -> None:
    done = world.run("push", "-s", "auth-service", *words)
    assert done.code == 2
    assert reason in done.err
    assert len(done.err.splitlines()) == 1
    assert docker.asked == []
    assert set(ecr.tags) == {"1.0.0", "dev"}


def test_without_a_repository_nothing_is_built(world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path) -> None:
    ecr.exists = False
    done = world.run(*PUSH)
    assert done.code == 2
    assert "account 111111111111 has no ECR repository auth-service yet: `pulumi up -s test` makes it" in done.err
    assert docker.asked_to("build") == []
    assert folder.exists()


def test_without_an_engine_nothing_is_built(world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path) -> None:
    docker.fails(version={"code": 1, "stderr": "Cannot connect to the Docker daemon\nat unix:///x.\n"})
    done = world.run(*PUSH)
    assert done.code == 2
    assert "no Docker engine answers: Cannot connect to the Docker daemon at unix:///x." in done.err
    assert [one["words"][0] for one in docker.asked] == ["version"]
    assert "1.1.0" not in ecr.tags
    assert folder.exists()


def test_without_docker_the_remedy_is_said(
    world: World, ecr: FakeEcr, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(world.root))
    done = world.run(*PUSH)
    assert done.code == 2
    assert "there is no `docker` on PATH: install Docker" in done.err
    assert "1.1.0" not in ecr.tags
    assert folder.exists()


@pytest.mark.parametrize(
    ("command", "reason"),
    [("build", "docker could not build {}; why stands above. Nothing was pushed"), ("push", "docker could not push ")],
)
def test_what_docker_fails_to_do_is_1_with_dockers_own_words_above(  # noqa: PLR0917 - fixtures and a case
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path, command: str, reason: str
) -> None:
    docker.fails(**{command: {"code": 3, "stderr": "COPY failed: no such file\n"}})
    ecr.takes = False
    done = world.run(*PUSH)
    assert done.code == 1
    assert done.err.index("COPY failed") < done.err.index(reason.format(folder))
    assert done.out == ""


def test_a_push_that_ecr_does_not_show_is_no_success(
    world: World, ecr: FakeEcr, docker: FakeDocker, folder: Path
) -> None:
    ecr.takes = False
    done = world.run(*PUSH)
    assert done.code == 1
    assert "but ECR has no such tag" in done.err
    assert docker.asked_to("push")
    assert folder.exists()


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("https://ada:s3cret@example.com/a.git", "https://example.com/a.git"),
        ("https://s3cret@example.com:8443/a.git", "https://example.com:8443/a.git"),
        ("https://example.com/a.git?token=s3cret#s3cret", "https://example.com/a.git"),
        ("ssh://git:s3cret@example.com:22/a.git", "ssh://git@example.com:22/a.git"),
        ("git@example.com:ada/a.git", "git@example.com:ada/a.git"),
        ("https://example.com/a.git", "https://example.com/a.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("", ""),
    ],
)
def test_an_address_loses_its_credentials_and_nothing_else(remote: str, shown: str) -> None:
    assert without_credentials(remote) == shown


def test_names_of_changed_files_are_read_as_they_are(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").touch()
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "a").rename(tmp_path / "b -> ü")
    assert look(tmp_path).changes == ("a", "b -> ü")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    if not shutil.which("docker") or subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker engine answers")
    made = Sandbox(tmp_path_factory.mktemp("sandbox"))
    made.up(port=free_port(), stacks=False)
    yield made
    made.down()


def test_a_real_engine_builds_and_pushes_what_ecr_then_has(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    client: Callable[..., Any] = session(box).client
    ecr = client("ecr", endpoint_url=box.endpoint)
    ecr.create_repository(repositoryName="auth-service", imageTagMutability="IMMUTABLE")
    for key, value in box.variables("test").items():
        if value is None:
            monkeypatch.delenv(key, raising=False)
        elif key.startswith("AWS_"):
            monkeypatch.setenv(key, value)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
    (tmp_path / "Pulumi.test.yaml").write_text(STACK_FILE)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    code = main((*PUSH, "--folder", "source"))
    said = capfd.readouterr()
    assert code == 0, said.err
    (detail,) = ecr.describe_images(repositoryName="auth-service")["imageDetails"]
    assert detail["imageTags"] == ["1.1.0"]
    address = f"127.0.0.1:{box.port}/111111111111/eu-west-1/auth-service"
    assert said.out == f"auth-service 1.1.0 is in test: {address}@{detail['imageDigest']}\n"
    inspected = subprocess.run(
        ["docker", "inspect", "--format", "{{json .Config.Labels}}", f"{address}:1.1.0"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(inspected.stdout)
    subprocess.run(["docker", "rmi", "-f", f"{address}:1.1.0"], capture_output=True, check=False)
    assert found["org.opencontainers.image.version"] == "1.1.0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", found["org.opencontainers.image.created"])
    assert main((*PUSH, "--folder", "source")) == 1
    assert f"exists already, it is {detail['imageDigest']}" in capfd.readouterr().err
