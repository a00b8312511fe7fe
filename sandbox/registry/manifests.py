"""Image manifests: what one says, and what it needs to be there before it is accepted.

OCI Image Format Specification: "Image Manifest", "Image Index"; and Docker's manifests of version 2, schema 2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_SCHEMA = 2
_SINGLE = (OCI_MANIFEST, DOCKER_MANIFEST)
_MANY = (OCI_INDEX, DOCKER_LIST)


class InvalidManifestError(Exception):
    """The bytes are not a manifest that a registry may take."""


@dataclass(frozen=True)
class Manifest:
    """A manifest: of one image (``config`` and ``layers``) or an index (``children``, the first fitting one first).

    ``size`` is the sum of the compressed layers, in bytes.
    """

    media_type: str
    config: str = ""
    config_media_type: str = ""
    layers: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    subject: str = ""
    size: int = 0

    @property
    def blobs(self) -> tuple[str, ...]:
        """The blobs that must be in the repository first."""
        return ((self.config,) if self.config else ()) + self.layers


def parse(content: bytes, media_type: str = "") -> Manifest:
    """Read a manifest; ``media_type`` is the client's word, which the manifest's own must not contradict."""
    try:
        document = json.loads(content)
        if document.get("schemaVersion") != _SCHEMA:
            raise InvalidManifestError(f"schemaVersion must be {_SCHEMA}, got {document.get('schemaVersion')!r}")
        own = document.get("mediaType", "")
        kind = own or media_type or (OCI_INDEX if "manifests" in document else OCI_MANIFEST)
        if own and media_type in _SINGLE + _MANY and own != media_type:
            raise InvalidManifestError(f"mediaType {own} differs from the Content-Type {media_type}")
        if kind in _MANY:
            return Manifest(media_type=kind, children=tuple(_children(document["manifests"])))
        if kind in _SINGLE:
            return _single(kind, document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidManifestError(f"not a manifest: {error!r}") from error
    raise InvalidManifestError(f"media type {kind} is not supported")


def _single(kind: str, document: dict[str, Any]) -> Manifest:
    return Manifest(
        media_type=kind,
        config=document["config"]["digest"],
        config_media_type=document["config"].get("mediaType", ""),
        # Layers with urls ("foreign layers") are fetched elsewhere and never pushed.
        layers=tuple(layer["digest"] for layer in document["layers"] if not layer.get("urls")),
        subject=(document.get("subject") or {}).get("digest", ""),
        size=sum(int(layer.get("size", 0)) for layer in document["layers"]),
    )


def _children(entries: list[dict[str, Any]]) -> list[str]:
    """The children's digests; that for linux/amd64, which Fargate runs unless told otherwise, comes first."""

    def fits(entry: dict[str, Any]) -> bool:
        platform = entry.get("platform") or {}
        return (platform.get("os"), platform.get("architecture")) == ("linux", "amd64")

    return [entry["digest"] for entry in sorted(entries, key=lambda entry: not fits(entry))]
