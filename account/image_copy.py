"""The same image into another repository, in another account too: byte for byte, without a container engine.

The order is a push's: layers, then the manifests that name them, an index last, and with it the tag. So an interrupted
copy leaves layers that nobody sees, and the next one goes on after them. AWS: "Amazon ECR API Reference",
InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload, PutImage: *documented*. That a config goes the way of a layer
is *observed*: awslabs/amazon-ecr-containerd-resolver does it with the same calls.
"""

from __future__ import annotations

import http.client
import itertools
from typing import TYPE_CHECKING, Final

from account.aws_faults import AwsFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPResponse

    from account.images import Images, Manifest

LAYERS_A_CALL: Final = 100
"""AWS: "BatchCheckLayerAvailability"."""
PATIENCE: Final = 30
"""Seconds to wait for the next bytes of a layer."""


def copy(source: Images, target: Images, digest: str, tag: str, told: Callable[[int, int], None]) -> int:
    """Copies the image, and tags it; returns how many bytes of layers had to be copied.

    `told` hears how many bytes have been copied, and of how many. Raises `AwsFault`: `ImageTagAlreadyExistsException`
    when the tag names another image.
    """
    manifests = list(_bottom_up(source, digest))
    layers = {layer: size for manifest in manifests for layer, size in manifest.layers.items()}
    missing = _missing(target, layers)
    total, done = sum(missing.values()), 0
    for layer in missing:
        for part in _copy_layer(source, target, layer):
            done += part
            told(done, total)
    for manifest in manifests:
        _put(target, manifest, tag if manifest.digest == digest else None)
    return done


def _bottom_up(source: Images, digest: str) -> Iterator[Manifest]:
    """The manifest after all that it names: ECR takes an index only when it has its images."""
    manifest = source.manifest(digest)
    for child in manifest.children:
        yield from _bottom_up(source, child)
    yield manifest


def _missing(target: Images, layers: dict[str, int]) -> dict[str, int]:
    there: set[str] = set()
    for some in _chunks(list(layers)):
        answer = target.call("batch_check_layer_availability", layerDigests=some)
        there.update(one["layerDigest"] for one in answer["layers"] if one["layerAvailability"] == "AVAILABLE")
    return {digest: size for digest, size in layers.items() if digest not in there}


def _chunks(digests: list[str]) -> Iterator[list[str]]:
    rest = iter(digests)
    while some := list(itertools.islice(rest, LAYERS_A_CALL)):
        yield some


def _copy_layer(source: Images, target: Images, digest: str) -> Iterator[int]:
    """Copies a layer in parts of the size that ECR wants, and yields the bytes of each."""
    url = source.call("get_download_url_for_layer", layerDigest=digest)["downloadUrl"]
    begun = target.call("initiate_layer_upload")
    first = 0
    for part in _parts(url, digest, begun["partSize"]):
        last = first + len(part) - 1
        target.call(
            "upload_layer_part",
            uploadId=begun["uploadId"],
            partFirstByte=first,
            partLastByte=last,
            layerPartBlob=part,
        )
        first = last + 1
        yield len(part)
    try:
        target.call("complete_layer_upload", uploadId=begun["uploadId"], layerDigests=[digest])
    except AwsFault as fault:
        if fault.code != "LayerAlreadyExistsException":  # somebody else brought it meanwhile
            raise


def _parts(url: str, digest: str, size: int) -> Iterator[bytes]:
    try:
        with _open(url) as content:
            while part := content.read(size):
                yield part
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise AwsFault(f"the layer {digest} could not be read ({reason}): try again", passing=True) from error


def _open(url: str) -> HTTPResponse:
    import urllib.request  # noqa: PLC0415 - it takes long to import

    opened: HTTPResponse = urllib.request.urlopen(url, timeout=PATIENCE)  # noqa: S310 - an address of ECR's own
    return opened


def _put(target: Images, manifest: Manifest, tag: str | None) -> None:
    tagged = {"imageTag": tag} if tag else {}
    try:
        target.call(
            "put_image",
            imageManifest=manifest.text,
            imageManifestMediaType=manifest.media_type,
            imageDigest=manifest.digest,
            **tagged,
        )
    except AwsFault as fault:
        if fault.code != "ImageAlreadyExistsException":
            raise
