"""An image made by hand: small, valid, the same bytes for the same input, and with tasks that behave as told."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING

from sandbox.registry.blobs import digest_of
from sandbox.registry.findings import FINDINGS_LABEL
from sandbox.registry.manifests import OCI_MANIFEST

if TYPE_CHECKING:
    from sandbox.registry.blobs import Blobs

BEHAVIOUR_LABEL = "slipway.sandbox.behave"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_EPOCH = "1970-01-01T00:00:00Z"
_NOBODY = "65532:65532"


def make(blobs: Blobs, name: str, version: str, behaviour: str = "", findings: str = "") -> str:
    """Write the image of ``name:version`` to the blob store; returns the digest of its manifest."""
    content = f"{name} {version} {behaviour}\n".encode()
    tar = _tar("slipway-sandbox.txt", content)
    layer = gzip.compress(tar, mtime=0)
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": _EPOCH,
            "config": {
                "User": _NOBODY,
                "Cmd": ["/slipway-sandbox"],
                "Labels": {
                    "org.opencontainers.image.title": name,
                    "org.opencontainers.image.version": version,
                    **({BEHAVIOUR_LABEL: behaviour} if behaviour else {}),
                    **({FINDINGS_LABEL: findings} if findings else {}),
                },
            },
            "rootfs": {"type": "layers", "diff_ids": [digest_of(tar)]},
            "history": [{"created": _EPOCH, "created_by": "slipway sandbox image"}],
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _descriptor(_CONFIG, config),
        "layers": [_descriptor(_LAYER, layer)],
    }
    blobs.write(layer)
    blobs.write(config)
    return blobs.write(_json(manifest))


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _tar(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo(name)  # owner root and time 0, unless said otherwise
        entry.size = len(content)
        entry.mode = 0o444
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
