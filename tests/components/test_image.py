"""Which image a version is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.image import Image, digest_of
from release.architecture import Architecture
from tests.components.builders import IMAGE, LOOK_UPS, URL, build
from tests.recording_engine import DIGEST, Engine, run

LOOK_UP = "aws:ecr/getImage:getImage"
EXAMPLE = str(Path(__file__).resolve().parents[2] / "examples" / "auth_service")
BUILT = replace(IMAGE, build=EXAMPLE)


def made(engine: Engine) -> Any:
    return engine.completed[engine.one("slipway:components:Image").urn]


def failing(reason: str) -> dict[str, Any]:
    return {LOOK_UP: lambda _args: ({}, [("", reason)])}


def test_a_version_becomes_the_digest_that_the_repository_has() -> None:
    engine = build(Image, IMAGE)
    assert engine.answers.asked == [(LOOK_UP, {"repositoryName": "auth-service", "imageTag": "1.0.0"})]
    assert made(engine) == {"digest": DIGEST, "reference": f"{URL}@{DIGEST}"}


def test_an_image_that_is_missing_is_named_with_the_way_to_push_it() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        build(Image, IMAGE, calls=failing("ImageNotFoundException: no such tag"))
    said = str(refused.value)
    for name in ("auth-service:1.0.0", "docker push", "'auth-service'"):
        assert name in said
    assert "ImageNotFoundException" not in said


def test_a_look_up_that_fails_otherwise_keeps_its_cause() -> None:
    with pytest.raises(pulumi.RunError, match=r"auth-service:1.0.0 could not be looked up.*AccessDenied"):
        build(Image, IMAGE, calls=failing("AccessDeniedException: not yours"))


def test_nothing_is_looked_up_before_the_repository_exists() -> None:
    def program() -> None:
        repository = aws.ecr.Repository("repository", name="auth-service")
        Image("image", replace(IMAGE, repository_arn=repository.arn, repository_url=repository.repository_url))

    assert run(program, preview=True).answers.asked == []
    assert run(program, calls=LOOK_UPS).answers.asked, "once it exists, the image is looked up"


def test_a_build_is_pushed_under_its_version_and_run_by_its_digest() -> None:
    engine = build(Image, BUILT)
    image = engine.one("docker:index/image:Image")
    assert image.inputs["imageName"] == f"{URL}:1.0.0"
    assert image.inputs["build"]["context"] == EXAMPLE
    assert image.inputs["build"]["platform"] == "linux/amd64"
    assert made(engine)["reference"] == f"{URL}@{DIGEST}"
    assert engine.answers.asked == []


def test_a_build_is_for_the_processor_that_the_tasks_have() -> None:
    arm = build(Image, replace(BUILT, architecture=Architecture.ARM64)).one("docker:index/image:Image")
    assert arm.inputs["build"]["platform"] == "linux/arm64"


def test_a_folder_without_a_dockerfile_is_named() -> None:
    with pytest.raises(pulumi.RunError, match="no Dockerfile in nowhere"):
        build(Image, replace(BUILT, build="nowhere"))


def test_no_registry_password_comes_near_the_state() -> None:
    assert "registry" not in build(Image, BUILT).one("docker:index/image:Image").inputs


def test_a_push_without_a_digest_is_an_error() -> None:
    assert digest_of(f"{URL}@{DIGEST}") == DIGEST
    with pytest.raises(pulumi.RunError, match="no digest"):
        digest_of(f"{URL}:1.0.0")
