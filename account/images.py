"""Images in ECR: what a tag names, which tags there are, and an image's manifest as it was pushed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault

if TYPE_CHECKING:
    from account.session import AwsSession

DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
INDEXES: Final = (DOCKER_LIST, OCI_INDEX)
READABLE: Final = (DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX)


@dataclass(frozen=True)
class Manifest:
    """A manifest, byte for byte."""

    digest: str
    media_type: str
    text: str

    @property
    def children(self) -> tuple[str, ...]:
        """Digests of the manifests that an index names; none of any other manifest."""
        return tuple(entry["digest"] for entry in self._document["manifests"]) if self._is_index else ()

    @property
    def layers(self) -> dict[str, int]:
        """Digest -> bytes of all that must be in a repository before the manifest: the config and the layers.

        Layers with `urls` are fetched elsewhere and never pushed (OCI Image Format Specification: "Image Manifest").
        """
        if self._is_index:
            return {}
        pushed = [layer for layer in self._document["layers"] if not layer.get("urls")]
        return {entry["digest"]: int(entry["size"]) for entry in (self._document["config"], *pushed)}

    @property
    def _is_index(self) -> bool:
        return self.media_type in INDEXES

    @property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.text)
        return document


@dataclass(frozen=True)
class Images:
    """One repository. Every method raises `AwsFault` for what ECR refuses, `RepositoryNotFoundException` included."""

    session: AwsSession
    repository: str

    def url(self) -> str:
        """What an image's name starts with: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`."""
        answer = self.session.call("ecr", "describe_repositories", repositoryNames=[self.repository])
        return str(answer["repositories"][0]["repositoryUri"])

    def digest(self, tag: str) -> str | None:
        """The digest that the tag names now; None when there is no such tag."""
        try:
            answer = self.call("describe_images", imageIds=[{"imageTag": tag}])
        except AwsFault as fault:
            if fault.code == "ImageNotFoundException":
                return None
            raise
        return str(answer["imageDetails"][0]["imageDigest"])

    def tags(self) -> frozenset[str]:
        """All tags."""
        found: set[str] = set()
        asked: dict[str, Any] = {"filter": {"tagStatus": "TAGGED"}}
        while True:
            page = self.call("list_images", **asked)
            found.update(image["imageTag"] for image in page["imageIds"] if "imageTag" in image)
            if not page.get("nextToken"):
                return frozenset(found)
            asked["nextToken"] = page["nextToken"]

    def manifest(self, digest: str) -> Manifest:
        """The manifest of that digest. Asked by tag, ECR may convert it into another format with another digest.

        AWS: "Container image manifest format support in Amazon ECR": *documented*.
        """
        answer = self.call("batch_get_image", imageIds=[{"imageDigest": digest}], acceptedMediaTypes=list(READABLE))
        if not answer["images"]:
            why = "; ".join(failure.get("failureReason", "") for failure in answer.get("failures", ()))
            code = next((str(failure.get("failureCode", "")) for failure in answer.get("failures", ())), "")
            text = f"ECR repository {self.repository} does not hand out {digest}: {why or 'no reason given'}"
            raise AwsFault(text, code=code)
        text = answer["images"][0]["imageManifest"]
        if digest != f"sha256:{hashlib.sha256(text.encode()).hexdigest()}":
            raise AwsFault(f"ECR repository {self.repository} answered with another manifest than {digest}")
        return Manifest(digest, _media_type(digest, answer["images"][0]), text)

    def call(self, operation: str, **params: object) -> dict[str, Any]:
        """An operation on this repository."""
        return self.session.call("ecr", operation, repositoryName=self.repository, **params)


def _media_type(digest: str, image: dict[str, Any]) -> str:
    kind = str(image.get("imageManifestMediaType") or json.loads(image["imageManifest"]).get("mediaType", ""))
    if kind not in READABLE:
        raise AwsFault(
            f"{digest} is of the type {kind or '(none)'}, which cannot be copied: build it anew, and push it"
        )
    return kind
