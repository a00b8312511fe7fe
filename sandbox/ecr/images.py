"""ECR's operations on images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.ecr.image_ids import failure, find, required
from sandbox.ecr.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecr.scans import Scans
    from sandbox.registry.registry import Registry
    from sandbox.registry.repository import Image, Repository

    Params = dict[str, Any]
    Find = Callable[[Caller, Params], Repository]


class Images:
    """Images are found by ``imageId``: a digest, a tag, or both when they agree."""

    def __init__(self, registry: Registry, repository: Find, scans: Scans) -> None:
        self._registry = registry
        self._scans = scans
        self._repository = repository

    @property
    def handlers(self) -> Mapping[str, Callable[[Caller, Params], Params]]:
        """Operation name -> handler."""
        return {
            "DescribeImages": self.describe_images,
            "ListImages": self.list_images,
            "BatchGetImage": self.batch_get_image,
            "BatchDeleteImage": self.batch_delete_image,
            "PutImage": self.put_image,
        }

    def describe_images(self, caller: Caller, params: Params) -> Params:
        """What is known of images, of all or of those asked for; one that is missing is an error."""
        repository = self._repository(caller, params)
        if "imageIds" in params:
            found = [required(repository, image_id) for image_id in params["imageIds"]]
        else:
            status = params.get("filter", {}).get("tagStatus", "ANY")
            found = [image for image in repository.images.values() if _has_status(repository, image, status)]
        shown, token = page(found, params)
        return {"imageDetails": [self._detail(repository, image) for image in shown], "nextToken": token}

    def list_images(self, caller: Caller, params: Params) -> Params:
        """The ids of images: one for each tag, and one for each image without tags."""
        repository = self._repository(caller, params)
        status = params.get("filter", {}).get("tagStatus", "ANY")
        ids = [
            {"imageDigest": image.digest, "imageTag": tag}
            for image in repository.images.values()
            if _has_status(repository, image, status)
            for tag in _tags_or_none(repository, image)
        ]
        shown, token = page(ids, params)
        return {"imageIds": shown, "nextToken": token}

    def batch_get_image(self, caller: Caller, params: Params) -> Params:
        """Manifests; one that is missing is a failure in the answer, not an error."""
        repository = self._repository(caller, params)
        images, failures = [], []
        for image_id in params["imageIds"]:
            image, missing = find(repository, image_id)
            if image is None:
                failures.append(missing)
            else:
                images.append(self._view(repository, image, image_id.get("imageTag")))
        return {"images": images, "failures": failures}

    def batch_delete_image(self, caller: Caller, params: Params) -> Params:
        """Delete images by digest, or take tags off them; the last tag takes the image with it."""
        repository = self._repository(caller, params)
        deleted, failures = [], []
        for image_id in params["imageIds"]:
            image, missing = find(repository, image_id)
            if image is None:
                failures.append(missing)
            elif repository.holds(image.digest) and repository.tags_of(image.digest) in (
                [],
                [image_id.get("imageTag")],
            ):
                failures.append(
                    failure(image_id, "ImageReferencedByManifestList", "Requested image referenced by manifest list")
                )
            else:
                deleted.extend(_delete(repository, image, image_id))
        self._registry.save(repository)
        return {"imageIds": deleted, "failures": failures}

    def put_image(self, caller: Caller, params: Params) -> Params:
        """Push a manifest whose layers have been uploaded."""
        repository = self._repository(caller, params)
        content, tag = params["imageManifest"].encode(), params.get("imageTag")
        known = len(repository.images), repository.tags.get(tag or "")
        image = self._registry.push(
            repository, content, params.get("imageManifestMediaType", ""), tag, digest=params.get("imageDigest")
        )
        if known == (len(repository.images), image.digest if tag else None):
            raise AwsError(
                "ImageAlreadyExistsException",
                f"Image with digest '{image.digest}' and tag '{tag}' already exists in the repository with name "
                f"'{repository.name}' in registry with id '{repository.account}'",
            )
        return {"image": self._view(repository, image, tag)}

    def _detail(self, repository: Repository, image: Image) -> Params:
        return {**_detail(repository, image), **self._scans.summary(repository, image)}

    def _view(self, repository: Repository, image: Image, tag: str | None) -> Params:
        return {
            "registryId": repository.account,
            "repositoryName": repository.name,
            "imageId": {"imageDigest": image.digest, "imageTag": tag},
            "imageManifest": self._registry.blobs.read(image.digest).decode(),
            "imageManifestMediaType": image.manifest.media_type,
        }


def _delete(repository: Repository, image: Image, image_id: dict[str, str]) -> list[dict[str, str | None]]:
    if "imageDigest" in image_id:
        gone = _tags_or_none(repository, image)
        repository.remove(image.digest)
        return [{"imageDigest": image.digest, "imageTag": tag} for tag in gone]
    del repository.tags[image_id["imageTag"]]
    if not repository.tags_of(image.digest):
        repository.remove(image.digest)
    return [{"imageDigest": image.digest, "imageTag": image_id["imageTag"]}]


def _detail(repository: Repository, image: Image) -> Params:
    return {
        "registryId": repository.account,
        "repositoryName": repository.name,
        "imageDigest": image.digest,
        "imageTags": repository.tags_of(image.digest) or None,
        "imageSizeInBytes": image.manifest.size,
        "imagePushedAt": image.pushed_at,
        "imageManifestMediaType": image.manifest.media_type,
        "artifactMediaType": image.manifest.config_media_type or None,
        "imageStatus": "ACTIVE",
    }


def _tags_or_none(repository: Repository, image: Image) -> list[str | None]:
    """The image's tags; a single None for an untagged one."""
    return [*repository.tags_of(image.digest)] or [None]


def _has_status(repository: Repository, image: Image, status: str) -> bool:
    return status == "ANY" or (status == "TAGGED") == bool(repository.tags_of(image.digest))
