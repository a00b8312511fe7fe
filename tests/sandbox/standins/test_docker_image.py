"""`docker.Image`: what decides on a build, and real builds and pushes where a Docker engine answers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pulumi_docker
import pytest
from docker.errors import DockerException
from pulumi import _types

from sandbox.lifecycle import Sandbox
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.values import UNKNOWN
from sandbox.standins.docker import provider as plugin
from sandbox.standins.docker.provider import IMAGE, DockerProvider
from tests.sandbox.standins.small_engine import RefusedError, SmallEngine


@pytest.fixture
def engine() -> SmallEngine:
    return SmallEngine(DockerProvider(), {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A context that needs no base image."""
    (tmp_path / "Dockerfile").write_text(
        "FROM scratch AS web\nARG VERSION=none\nLABEL version=$VERSION\nCOPY page /page\n"
    )
    (tmp_path / "page").write_text("hello")
    (tmp_path / ".dockerignore").write_text("# notes\nnotes\n")
    return tmp_path


def inputs(folder: Path, **build: Any) -> dict[str, Any]:
    return {"imageName": "registry.example/web:1", "build": {"context": str(folder), **build}}


def refused(engine: SmallEngine, given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(RefusedError) as caught:
        engine.check(IMAGE, "web", given)
    return dict(caught.value.failures)


def test_every_input_of_the_sdk_is_imitated_or_named_as_not_imitated() -> None:
    def names(args: type) -> set[str]:
        return set(_types.input_type_py_to_pulumi_names(args).values())

    top = {name for name in plugin.NOT_IMITATED if "." not in name}
    nested = {name.removeprefix("build.") for name in plugin.NOT_IMITATED if name.startswith("build.")}
    assert names(pulumi_docker.ImageArgs) == plugin.INPUTS | top
    assert names(pulumi_docker.DockerBuildArgs) == plugin.BUILD | nested
    assert names(pulumi_docker.RegistryArgs) == set(plugin.REGISTRY)


def test_a_change_of_a_file_is_a_change_of_the_image_and_an_ignored_one_is_not(
    engine: SmallEngine, folder: Path
) -> None:
    first = engine.check(IMAGE, "web", inputs(folder))
    (folder / "notes").write_text("not sent")
    assert engine.check(IMAGE, "web", inputs(folder)) == first
    (folder / "page").write_text("changed")
    assert engine.check(IMAGE, "web", inputs(folder)) != first


def test_a_file_that_becomes_executable_is_a_change(engine: SmallEngine, folder: Path) -> None:
    first = engine.check(IMAGE, "web", inputs(folder))
    (folder / "page").chmod(0o755)
    assert engine.check(IMAGE, "web", inputs(folder)) != first


def test_what_is_wrong_is_refused_at_its_path(engine: SmallEngine, folder: Path) -> None:
    assert "imageName" in refused(engine, {"build": {"context": str(folder)}})
    assert "names no registry" in refused(engine, {**inputs(folder), "imageName": "web:1"})["imageName"]
    assert "could not open" in refused(engine, inputs(folder, dockerfile="nowhere"))["build.dockerfile"]
    assert "build.contxt" in refused(engine, {"imageName": "registry.example/web:1", "build": {"contxt": "."}})
    assert "does not imitate" in refused(engine, {**inputs(folder), "buildOnPreview": True})["buildOnPreview"]


def test_another_type_is_an_error_that_names_it(engine: SmallEngine) -> None:
    with pytest.raises(Fault, match="docker:index/container:Container"):
        engine.check("docker:index/container:Container", "web", {})


def test_a_preview_builds_nothing_and_lets_the_name_be_unknown(engine: SmallEngine, folder: Path) -> None:
    previewed = engine.preview(IMAGE, "web", {**inputs(folder), "imageName": UNKNOWN})
    assert previewed["imageName"] is UNKNOWN
    assert previewed["repoDigest"] is UNKNOWN


def test_where_no_engine_answers_the_error_says_what_to_do(
    engine: SmallEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    with pytest.raises(Fault, match="no Docker engine answers: start one"):
        engine.create(IMAGE, "web", inputs(folder))


@pytest.fixture
def dockerd() -> Iterator[docker.DockerClient]:
    """A Docker engine, which keeps no image of these tests."""
    try:
        client = docker.from_env()
        client.ping()
    except DockerException as error:
        pytest.skip(f"no Docker engine answers: {error}")
    yield client
    for image in client.images.list():
        if any("standin" in tag for tag in image.tags):
            client.images.remove(image.id, force=True)


@pytest.mark.usefixtures("dockerd")
def test_an_image_is_built_and_pushed_and_its_digest_is_the_registrys(
    engine: SmallEngine, folder: Path, box: Sandbox, client: Any
) -> None:
    url = client("ecr").create_repository(repositoryName="standin/web")["repository"]["repositoryUri"]
    given = {**inputs(folder, args={"VERSION": "1"}, target="web"), "imageName": f"{url}:1.0.0"}
    token = client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    password = base64.b64decode(token).decode().removeprefix("AWS:")
    given["registry"] = {"server": url.partition("/")[0], "username": "AWS", "password": password}
    made = engine.create(IMAGE, "web", given)
    found = client("ecr").describe_images(repositoryName="standin/web")["imageDetails"]
    assert [(each["imageTags"], each["imageDigest"]) for each in found] == [
        (["1.0.0"], made.outputs["repoDigest"].partition("@")[2])
    ]
    assert made.outputs["repoDigest"].startswith(f"{url}@sha256:")
    assert made.outputs["imageName"] == made.outputs["baseImageName"] == f"{url}:1.0.0"
    assert password not in str(made.outputs), "log-ins do not belong in a state"

    assert not engine.diff(made, given).changes
    other = {**given, "registry": {**given["registry"], "password": "renewed"}}
    assert not engine.diff(made, other).changes
    refreshed = engine.refresh(made)
    assert refreshed is not None
    assert refreshed.outputs == made.outputs

    (folder / "page").write_text("changed")
    assert set(engine.diff(made, given).detailed_diff) == {"build"}
    again = engine.update(made, {**given, "imageName": f"{url}:1.1.0"})
    assert again.outputs["repoDigest"] != made.outputs["repoDigest"]
    assert box


@pytest.mark.usefixtures("dockerd")
def test_a_build_that_fails_says_where_and_an_image_may_stay_here(engine: SmallEngine, folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY nothing /page\n")
    with pytest.raises(Fault) as caught:
        engine.create(IMAGE, "web", inputs(folder))
    assert str(caught.value).startswith("building registry.example/web:1: ")
    assert "Step 2/2 : COPY nothing /page" in str(caught.value)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY page /page\n")
    kept = engine.create(IMAGE, "web", {**inputs(folder), "imageName": "slipway-standin-test:1", "skipPush": True})
    assert "sha256:" in kept.outputs["repoDigest"]
