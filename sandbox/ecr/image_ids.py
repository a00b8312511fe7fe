"""Which image an ``imageId`` names: a digest, a tag, or both when they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.registry.blobs import is_digest

if TYPE_CHECKING:
    from sandbox.registry.repository import Image, Repository

    Params = dict[str, Any]


def find(repository: Repository, image_id: dict[str, str]) -> tuple[Image | None, Params]:
    """The image of an id, or why there is none."""
    digest, tag = image_id.get("imageDigest"), image_id.get("imageTag")
    if not digest and not tag:
        return None, failure(
            image_id, "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"
        )
    if digest and not is_digest(digest):
        return None, failure(
            image_id,
            "InvalidImageDigest",
            "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        )
    image = repository.find(digest or tag or "")
    if image and tag and repository.tags.get(tag) != image.digest:
        return None, failure(image_id, "ImageTagDoesNotMatchDigest", "Image tag does not match the digest")
    return image, failure(image_id, "ImageNotFound", "Requested image not found")


def required(repository: Repository, image_id: dict[str, str]) -> Image:
    """The image of an id; raises ECR's error when there is none."""
    image, _ = find(repository, image_id)
    if image is None:
        digest, tag = (image_id.get(key) for key in ("imageDigest", "imageTag"))
        asked = f"{{imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'}}"
        raise AwsError(
            "ImageNotFoundException",
            f"The image with imageId {asked} does not exist within the repository with name '{repository.name}' "
            f"in the registry with id '{repository.account}'",
        )
    return image


def failure(image_id: dict[str, str], code: str, reason: str) -> Params:
    """An entry of ``failures``."""
    return {"imageId": image_id, "failureCode": code, "failureReason": reason}
