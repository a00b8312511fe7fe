"""ECR's operations on layers: which are there, where they can be read, and how they are uploaded in parts.

Amazon ECR API Reference, version 2015-09-21: "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload",
"BatchCheckLayerAvailability", "GetDownloadUrlForLayer". The errors and the sizes are *documented* there, the words of
the messages are *assumed*.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.aws_error import AwsError
from sandbox.registry.blobs import DigestMismatchError, is_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.registry.registry import Registry
    from sandbox.registry.repository import Repository

    Params = dict[str, Any]
    Find = Callable[[Caller, Params], Repository]

PART_SIZE: Final = 10 * 1024**2
"""Bytes of a part as InitiateLayerUpload proposes it: what the example of the AWS CLI shows, *observed*."""
LEAST_PART: Final = 5 * 1024**2
"""Bytes of every part but the last ("LayerPartTooSmallException"): *documented*."""


@dataclass
class Upload:
    """A layer on its way in. A restart of the sandbox forgets it, as ECR forgets one that nobody ends."""

    repository: str
    """ARN."""
    parts: list[int] = field(default_factory=list)
    """Bytes of each part."""


class Layers:
    """Layers of a repository by their digests."""

    def __init__(self, registry: Registry, repository: Find, endpoint: Callable[[], str]) -> None:
        self._registry = registry
        self._repository = repository
        self._endpoint = endpoint
        self._uploads: dict[str, Upload] = {}

    @property
    def handlers(self) -> Mapping[str, Callable[[Caller, Params], Params]]:
        """Operation name -> handler."""
        return {
            "BatchCheckLayerAvailability": self.batch_check_layer_availability,
            "GetDownloadUrlForLayer": self.get_download_url_for_layer,
            "InitiateLayerUpload": self.initiate_layer_upload,
            "UploadLayerPart": self.upload_layer_part,
            "CompleteLayerUpload": self.complete_layer_upload,
        }

    def batch_check_layer_availability(self, caller: Caller, params: Params) -> Params:
        """Which layers are in the repository."""
        repository = self._repository(caller, params)
        layers = []
        for digest in params["layerDigests"]:
            here = digest in repository.layers
            layer = {"layerDigest": digest, "layerAvailability": "AVAILABLE" if here else "UNAVAILABLE"}
            layers.append({**layer, "layerSize": self._registry.blobs.size(digest)} if here else layer)
        return {"layers": layers, "failures": []}

    def get_download_url_for_layer(self, caller: Caller, params: Params) -> Params:
        """Where the layer can be read; only layers that an image of the repository names have an address."""
        repository, digest = self._repository(caller, params), params["layerDigest"]
        if digest not in repository.layers:
            raise AwsError(
                "LayersNotFoundException",
                f"The layer with digest '{digest}' does not exist in the repository with name '{repository.name}' in "
                f"the registry with id '{repository.account}'",
            )
        if not any(digest in image.manifest.blobs for image in repository.images.values()):
            raise AwsError(
                "LayerInaccessibleException",
                f"The layer with digest '{digest}' in the repository with name '{repository.name}' is not available "
                "because it is not associated with an image",
            )
        path = f"/v2/{repository.account}/{repository.region}/{repository.name}/blobs/{digest}"
        return {"downloadUrl": self._endpoint() + path, "layerDigest": digest}

    def initiate_layer_upload(self, caller: Caller, params: Params) -> Params:
        """Begin to upload a layer."""
        repository = self._repository(caller, params)
        upload = self._registry.blobs.start()
        self._uploads[upload] = Upload(repository.arn)
        return {"uploadId": upload, "partSize": PART_SIZE}

    def upload_layer_part(self, caller: Caller, params: Params) -> Params:
        """Take the next part; its bytes follow those of the part before."""
        repository, upload = self._upload(caller, params)
        first, last, content = params["partFirstByte"], params["partLastByte"], params["layerPartBlob"]
        received = sum(upload.parts)
        if first != received or last - first + 1 != len(content):
            raise AwsError(
                "InvalidLayerPartException",
                f"The layer part of {len(content)} bytes from byte {first} to byte {last} is not valid: the last valid "
                f"byte received is {received - 1}",
            )
        self._registry.blobs.append(params["uploadId"], io.BytesIO(content))
        upload.parts.append(len(content))
        return {**_answer(repository, params["uploadId"]), "lastByteReceived": last}

    def complete_layer_upload(self, caller: Caller, params: Params) -> Params:
        """Turn what was uploaded into a layer of the repository, if it is what its digest says."""
        repository, upload = self._upload(caller, params)
        digest, upload_id = params["layerDigests"][0], params["uploadId"]
        if not upload.parts:
            raise AwsError("EmptyUploadException", f"The upload '{upload_id}' does not contain any layer parts")
        if any(size < LEAST_PART for size in upload.parts[:-1]):
            raise AwsError("LayerPartTooSmallException", "All layer parts except the last part should be at least 5MB")
        if digest in repository.layers:
            raise AwsError(
                "LayerAlreadyExistsException",
                f"Layer with digest '{digest}' already exists in the repository with name '{repository.name}' in the "
                f"registry with id '{repository.account}'",
            )
        self._finish(upload_id, digest)
        self._registry.link(repository, digest)
        return {**_answer(repository, upload_id), "layerDigest": digest}

    def _finish(self, upload_id: str, digest: str) -> None:
        if not is_digest(digest):
            raise AwsError("InvalidLayerException", f"The layer digest '{digest}' is not one of sha256")
        del self._uploads[upload_id]
        try:
            self._registry.blobs.finish(upload_id, digest)
        except DigestMismatchError as error:
            raise AwsError("InvalidLayerException", f"The upload '{upload_id}' is refused: {error}") from error

    def _upload(self, caller: Caller, params: Params) -> tuple[Repository, Upload]:
        repository, upload = self._repository(caller, params), self._uploads.get(params["uploadId"])
        if upload is None or upload.repository != repository.arn:
            raise AwsError(
                "UploadNotFoundException",
                f"The upload '{params['uploadId']}' does not exist in the repository with name '{repository.name}' in "
                f"the registry with id '{repository.account}'",
            )
        return repository, upload


def _answer(repository: Repository, upload: str) -> Params:
    return {"registryId": repository.account, "repositoryName": repository.name, "uploadId": upload}
