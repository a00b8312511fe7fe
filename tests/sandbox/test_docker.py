"""A plain ``docker push`` works, and the digest is the content's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.lifecycle import Sandbox


def docker(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *words], input=stdin, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def image(tmp_path: Path, box: Sandbox, client: Callable[..., Any]) -> Iterator[str]:
    """An image built from nothing, named for a repository of its own."""
    if not shutil.which("docker") or docker("version").returncode:
        pytest.skip("no docker engine answers")
    name = f"127.0.0.1:{box.port}/111111111111/eu-west-1/pushed"
    ecr = client("ecr")
    ecr.create_repository(repositoryName="pushed", imageTagMutability="IMMUTABLE")
    (tmp_path / "file").write_bytes(tmp_path.name.encode())
    (tmp_path / "Dockerfile").write_text(
        'FROM scratch\nCOPY file /file\nLABEL slipway.sandbox.behave="crash:after=3"\n'
    )
    built = docker("build", "-t", f"{name}:1.0.0", str(tmp_path))
    assert built.returncode == 0, built.stderr
    yield name
    docker("rmi", "-f", f"{name}:1.0.0", f"{name}:1.1.0")
    ecr.delete_repository(repositoryName="pushed", force=True)


def test_docker_pushes_what_ecr_shows_and_pulls_it_again(
    image: str, client: Callable[..., Any], tmp_path: Path
) -> None:
    pushed = docker("push", f"{image}:1.0.0")
    assert pushed.returncode == 0, pushed.stderr
    (detail,) = client("ecr").describe_images(repositoryName="pushed")["imageDetails"]
    assert f"1.0.0: digest: {detail['imageDigest']}" in pushed.stdout
    docker("rmi", "-f", f"{image}:1.0.0")
    pulled = docker("pull", f"{image}@{detail['imageDigest']}")
    assert pulled.returncode == 0, pulled.stderr

    (tmp_path / "file").write_text("other content")
    docker("build", "-t", f"{image}:1.0.0", str(tmp_path))
    refused = docker("push", f"{image}:1.0.0")
    assert refused.returncode != 0
    assert "cannot be overwritten because the tag is immutable" in refused.stderr


def test_docker_pushes_after_a_login_with_ecrs_password(
    image: str, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    aws = str(Path(sys.executable).parent / "aws")
    asked = subprocess.run(
        [aws, "ecr", "get-login-password"], env=box.environment(), capture_output=True, text=True, check=True
    )
    signed_in = docker("login", "--username", "AWS", "--password-stdin", f"127.0.0.1:{box.port}", stdin=asked.stdout)
    assert signed_in.returncode == 0, signed_in.stderr
    assert "Login Succeeded" in signed_in.stdout
    pushed = docker("push", f"{image}:1.0.0")
    assert pushed.returncode == 0, pushed.stderr
