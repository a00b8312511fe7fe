"""What ECR says of images, and what is not taken on trust."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from account.aws_faults import AwsFault
from account.image_copy import LAYERS_A_CALL, copy
from account.images import DOCKER_LIST, DOCKER_MANIFEST, OCI_MANIFEST, READABLE, Images
from tests.provider.fake_ecs import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from account.session import AwsSession


class Answers:
    """A session in which ECR answers as a test says, checked against botocore's model."""

    def __init__(self, **answers: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        self.calls.append((operation, params))
        return checked(service, operation, params, self.answers[operation](params))


def repository(answers: Answers) -> Images:
    return Images(cast("AwsSession", answers), "auth-service")


def digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def hands_out(text: str, kind: str = "") -> Answers:
    image = {"imageManifest": text} | ({"imageManifestMediaType": kind} if kind else {})
    return Answers(batch_get_image=lambda _params: {"images": [image], "failures": []})


def test_a_manifest_is_asked_for_by_digest_and_as_it_was_pushed() -> None:
    answers = hands_out("{ }\n", OCI_MANIFEST)
    assert repository(answers).manifest(digest_of("{ }\n")).text == "{ }\n"
    ((_, params),) = answers.calls
    assert params["imageIds"] == [{"imageDigest": digest_of("{ }\n")}]
    assert params["acceptedMediaTypes"] == list(READABLE)


def test_a_manifest_that_its_digest_does_not_name_is_refused() -> None:
    with pytest.raises(AwsFault, match="answered with another manifest than sha256:"):
        repository(hands_out("{}", OCI_MANIFEST)).manifest(digest_of("{ }"))


def test_a_manifest_of_a_form_without_its_own_layers_is_refused_with_the_remedy() -> None:
    old = json.dumps({"schemaVersion": 1, "mediaType": "application/vnd.docker.distribution.manifest.v1+json"})
    with pytest.raises(AwsFault, match=r"manifest\.v1\+json, which cannot be copied: build it anew"):
        repository(hands_out(old)).manifest(digest_of(old))


def test_an_image_that_is_not_handed_out_says_why() -> None:
    failure = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
    answers = Answers(batch_get_image=lambda _params: {"images": [], "failures": [failure]})
    with pytest.raises(AwsFault, match="auth-service does not hand out sha256:0: Requested image not found"):
        repository(answers).manifest("sha256:0")


def test_the_type_is_the_manifests_own_where_ecr_does_not_say_it() -> None:
    text = json.dumps({"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": [{"digest": "sha256:1"}]})
    manifest = repository(hands_out(text)).manifest(digest_of(text))
    assert (manifest.media_type, manifest.children, manifest.layers) == (DOCKER_LIST, ("sha256:1",), {})


def test_all_pages_of_tags_are_read() -> None:
    pages = {"": ["1.0.0", "dev"], "next": ["2.0.0"]}

    def page(params: dict[str, Any]) -> dict[str, Any]:
        token = params.get("nextToken", "")
        more = {} if token else {"nextToken": "next"}
        return {"imageIds": [{"imageTag": tag, "imageDigest": "sha256:1"} for tag in pages[token]], **more}

    assert repository(Answers(list_images=page)).tags() == {"1.0.0", "dev", "2.0.0"}


def test_an_image_of_many_layers_is_asked_about_in_calls_of_a_hundred() -> None:
    layers = [{"digest": f"sha256:{number:064x}", "size": 1} for number in range(LAYERS_A_CALL + 30)]
    text = json.dumps({"schemaVersion": 2, "config": layers[0], "layers": layers[1:]})

    def available(params: dict[str, Any]) -> dict[str, Any]:
        found = [{"layerDigest": digest, "layerAvailability": "AVAILABLE"} for digest in params["layerDigests"]]
        return {"layers": found, "failures": []}

    target = Answers(batch_check_layer_availability=available, put_image=lambda _params: {"image": {}})
    source = repository(hands_out(text, DOCKER_MANIFEST))
    assert copy(source, repository(target), digest_of(text), "1.0.0", lambda _done, _total: None) == 0
    assert [len(params.get("layerDigests", ())) for _, params in target.calls] == [LAYERS_A_CALL, 30, 0]
    assert target.calls[-1][1] == {
        "repositoryName": "auth-service",
        "imageManifest": text,
        "imageManifestMediaType": DOCKER_MANIFEST,
        "imageDigest": digest_of(text),
        "imageTag": "1.0.0",
    }
