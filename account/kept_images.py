"""Marks the images of the last verified releases in ECR, so that its lifecycle policy keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from account.aws_faults import AwsFault
from account.images import Images
from release.kept_images import changes, mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from account.session import AwsSession

THERE: Final = frozenset({"ImageTagAlreadyExistsException", "ImageAlreadyExistsException"})
GONE: Final = "ImageNotFound"
"""AWS: "ImageFailure", failureCode."""


def keep(session: AwsSession, repository: str, digests: Sequence[str]) -> None:
    """Marks these images, and takes the mark off all others. An image that is gone is nobody's to mark.

    New marks come before old ones go, so that at no moment an image of a verified release is without one. A mark that
    goes is a tag alone: the image keeps its others (AWS: "BatchDeleteImage": documented). One without any other tag is
    left: its mark is all that it has. Raises `AwsFault`.
    """
    images = Images(session, repository)
    missing, gone = changes(digests, images.tags())
    for digest in missing:
        _mark(images, digest)
    for mark in gone:
        if _has_other_tags(images, mark):
            images.call("batch_delete_image", imageIds=[{"imageTag": mark}])


def _mark(images: Images, digest: str) -> None:
    try:
        manifest = images.manifest(digest)
        images.call(
            "put_image",
            imageManifest=manifest.text,
            imageManifestMediaType=manifest.media_type,
            imageTag=mark_of(digest),
            imageDigest=digest,
        )
    except AwsFault as fault:
        if fault.code not in {*THERE, GONE}:
            raise


def _has_other_tags(images: Images, mark: str) -> bool:
    answer = images.call("describe_images", imageIds=[{"imageTag": mark}])
    return any(tag != mark for one in answer["imageDetails"] for tag in one.get("imageTags", ()))
