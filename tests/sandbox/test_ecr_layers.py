"""Layers go into ECR by its API, part by part, under the rules of its documentation."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sandbox.ecr.layers import LEAST_PART
from sandbox.registry.blobs import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = {"repositoryName": "layers"}
CONFIG = b'{"architecture": "amd64", "os": "linux"}'


@pytest.fixture
def ecr(client: Callable[..., Any]) -> Iterator[Any]:
    made = client("ecr")
    made.create_repository(**NAME)
    yield made
    made.delete_repository(**NAME, force=True)


def begin(ecr: Any) -> dict[str, Any]:
    return {**NAME, "uploadId": ecr.initiate_layer_upload(**NAME)["uploadId"]}


def send(ecr: Any, upload: dict[str, Any], content: bytes, first: int = 0) -> dict[str, Any]:
    last = first + len(content) - 1
    answer: dict[str, Any] = ecr.upload_layer_part(
        **upload, partFirstByte=first, partLastByte=last, layerPartBlob=content
    )
    return answer


def end(ecr: Any, upload: dict[str, Any], digest: str) -> dict[str, Any]:
    answer: dict[str, Any] = ecr.complete_layer_upload(**upload, layerDigests=[digest])
    return answer


def availability(ecr: Any, digest: str) -> str:
    (layer,) = ecr.batch_check_layer_availability(**NAME, layerDigests=[digest])["layers"]
    return str(layer["layerAvailability"])


def test_an_image_goes_in_by_the_api_alone_and_its_layer_can_be_read_again(ecr: Any) -> None:
    layer = b"x" * LEAST_PART + b"the last part may be small"
    digests = []
    for content in (layer, CONFIG):
        upload = begin(ecr)
        assert send(ecr, upload, content[:LEAST_PART])["lastByteReceived"] == min(len(content), LEAST_PART) - 1
        if content[LEAST_PART:]:
            send(ecr, upload, content[LEAST_PART:], LEAST_PART)
        assert availability(ecr, digest_of(content)) == "UNAVAILABLE"
        digests.append(end(ecr, upload, digest_of(content))["layerDigest"])
        assert availability(ecr, digest_of(content)) == "AVAILABLE"
    described = [{"mediaType": "x/y", "digest": digest, "size": 1} for digest in digests]
    manifest = json.dumps({"schemaVersion": 2, "config": described[1], "layers": described[:1]})
    with pytest.raises(ClientError, match="LayerInaccessibleException"):
        ecr.get_download_url_for_layer(**NAME, layerDigest=digests[0])
    put = ecr.put_image(
        **NAME,
        imageManifest=manifest,
        imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
        imageTag="1.0.0",
    )
    assert put["image"]["imageId"]["imageDigest"] == digest_of(manifest.encode())
    url = ecr.get_download_url_for_layer(**NAME, layerDigest=digests[0])["downloadUrl"]
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - the sandbox's own address
        assert answer.read() == layer


def test_parts_but_the_last_have_five_mebibytes_at_least(ecr: Any) -> None:
    upload = begin(ecr)
    send(ecr, upload, b"small")
    send(ecr, upload, b"last", 5)
    with pytest.raises(ClientError, match="LayerPartTooSmallException"):
        end(ecr, upload, digest_of(b"smalllast"))


def test_parts_follow_each_other_without_a_hole(ecr: Any) -> None:
    upload = begin(ecr)
    send(ecr, upload, b"first")
    for first in (0, 4, 6):
        with pytest.raises(ClientError, match=r"InvalidLayerPartException.*last valid byte received is 4"):
            send(ecr, upload, b"second", first)
    with pytest.raises(ClientError, match="InvalidLayerPartException"):
        ecr.upload_layer_part(**upload, partFirstByte=5, partLastByte=99, layerPartBlob=b"short")


def test_content_that_its_digest_does_not_name_is_refused_and_forgotten(ecr: Any) -> None:
    upload = begin(ecr)
    send(ecr, upload, b"content")
    with pytest.raises(ClientError, match="InvalidLayerException"):
        end(ecr, upload, digest_of(b"other"))
    assert availability(ecr, digest_of(b"content")) == "UNAVAILABLE"
    with pytest.raises(ClientError, match="UploadNotFoundException"):
        end(ecr, upload, digest_of(b"content"))


def test_an_upload_needs_a_part_and_a_layer_comes_once(ecr: Any) -> None:
    upload = begin(ecr)
    with pytest.raises(ClientError, match="EmptyUploadException"):
        end(ecr, upload, digest_of(b""))
    for refusal in (None, "LayerAlreadyExistsException"):
        upload = begin(ecr)
        send(ecr, upload, b"once")
        if refusal is None:
            end(ecr, upload, digest_of(b"once"))
        else:
            with pytest.raises(ClientError, match=refusal):
                end(ecr, upload, digest_of(b"once"))


def test_an_upload_belongs_to_its_repository(ecr: Any) -> None:
    upload = begin(ecr)
    ecr.create_repository(repositoryName="other-layers")
    with pytest.raises(ClientError, match="UploadNotFoundException"):
        send(ecr, upload | {"repositoryName": "other-layers"}, b"content")
