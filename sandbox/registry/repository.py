"""A repository of images and its rules. ECR user guide: "Preventing image tags from being overwritten"."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.registry.manifests import Manifest

_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)


@dataclass(frozen=True)
class Image:
    """An image in a repository; tags point at it from outside."""

    digest: str
    manifest: Manifest
    pushed_at: datetime


@dataclass(frozen=True)
class Mutability:
    """Whether a tag may move. ``exclusions`` are wildcard filters for which ``mode`` is the other way round."""

    mode: str = "MUTABLE"
    exclusions: tuple[str, ...] = ()

    def may_move(self, tag: str) -> bool:
        """Whether a push may point the tag at another image."""
        excluded = self.mode.endswith("_WITH_EXCLUSION") and any(fnmatch.fnmatchcase(tag, f) for f in self.exclusions)
        return self.mode.startswith("MUTABLE") != excluded


@dataclass(frozen=True)
class Preview:
    """What a lifecycle policy would do. ``priorities``: digest -> the rule that would expire the image."""

    text: str
    begun_at: datetime
    priorities: dict[str, int]


@dataclass
class Repository:
    """Images, tags and settings. ``layers`` are the blobs that were pushed to (or mounted into) this repository."""

    account: str
    region: str
    name: str
    created_at: datetime
    mutability: Mutability = field(default_factory=Mutability)
    scan_on_push: bool = False
    encryption: dict[str, str] = field(default_factory=lambda: {"encryptionType": "AES256"})
    resource_tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    lifecycle_policy: str | None = None
    images: dict[str, Image] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    layers: set[str] = field(default_factory=set)
    scans: dict[str, datetime] = field(default_factory=dict)
    """Digest -> when its last scan began."""
    preview: Preview | None = None
    evaluated_at: datetime | None = None
    """When the lifecycle policy was applied last."""

    def __setstate__(self, state: dict[str, object]) -> None:
        """Take over what an older sandbox stored, which knew neither scans nor expiry."""
        self.__dict__.update({"scans": {}, "preview": None, "evaluated_at": None} | state)

    @property
    def arn(self) -> str:
        """The repository's ARN."""
        return f"arn:aws:ecr:{self.region}:{self.account}:repository/{self.name}"

    def tags_of(self, digest: str) -> list[str]:
        """The tags that point at an image, in order."""
        return sorted(tag for tag, target in self.tags.items() if target == digest)

    def find(self, reference: str) -> Image | None:
        """The image of a tag or a digest."""
        return self.images.get(self.tags.get(reference, reference))

    def check_push(self, digest: str, manifest: Manifest, tag: str | None) -> None:
        """Raise ECR's error when this manifest may not be pushed under this tag."""
        if tag is not None:
            self._check_tag(tag, digest)
        missing = [blob for blob in manifest.blobs if blob not in self.layers]
        if missing:
            raise AwsError(
                "LayersNotFoundException",
                f"Layers with digests '{', '.join(missing)}' required for pushing image into repository with name "
                f"'{self.name}' in the registry with id '{self.account}' do not exist",
            )
        absent = [child for child in manifest.children if child not in self.images]
        if absent:
            raise AwsError(
                "ReferencedImagesNotFoundException",
                f"The manifest list is referencing an image with digest '{absent[0]}' that does not exist within the "
                f"repository with name '{self.name}' in the registry with id '{self.account}'",
            )

    def _check_tag(self, tag: str, digest: str) -> None:
        if not _TAG.fullmatch(tag):
            raise AwsError(
                "InvalidParameterException",
                "Invalid parameter at 'imageTag' failed to satisfy constraint: "
                "'must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}''",
            )
        if self.tags.get(tag, digest) != digest and not self.mutability.may_move(tag):
            raise AwsError(
                "ImageTagAlreadyExistsException",
                f"The image tag '{tag}' already exists in the '{self.name}' repository and cannot be overwritten "
                "because the tag is immutable.",
            )

    def push(self, image: Image, tag: str | None, *, scanned: bool = False) -> None:
        """Take the image in, and point the tag at it. The push has been checked.

        ``scanned`` says whether the registry has it scanned, whatever the repository's own setting is.
        """
        self.images.setdefault(image.digest, image)
        if (self.scan_on_push or scanned) and not image.manifest.children:
            self.scans.setdefault(image.digest, image.pushed_at)
        if tag is not None:
            self.tags[tag] = image.digest

    def remove(self, digest: str) -> None:
        """Delete an image, its tags and its scan."""
        del self.images[digest]
        self.scans.pop(digest, None)
        self.tags = {tag: target for tag, target in self.tags.items() if target != digest}

    def holds(self, digest: str) -> bool:
        """Whether an index of this repository names the image."""
        return any(digest in image.manifest.children for image in self.images.values())
