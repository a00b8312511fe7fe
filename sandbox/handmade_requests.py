"""``POST /_sandbox/image``: put a hand-made image into an environment's ECR."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rollout.behaviour import parse
from sandbox import accounts
from sandbox.aws_error import AwsError
from sandbox.registry import findings, handmade

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from sandbox.registry.registry import Registry

_NAME = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)*")
_NAME_LENGTHS = range(2, 257)  # ECR API reference: "CreateRepository", repositoryName
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)

_ALLOWED = (
    "a name has 2 to 256 lower-case letters, digits and . _ - / between them, a tag up to 128 letters, digits and . _ -"
)


def make(registry: Registry, lock: threading.RLock, body: dict[str, Any]) -> Mapping[str, Any]:
    """Make ``name:version`` that behaves as told; answers its digest, and whether its repository exists yet.

    ``findings`` are what a scan of it finds.
    """
    name, version, behaviour = body["name"], body["version"], body.get("behaviour", "")
    found = body.get("findings", "")
    if not (_NAME.fullmatch(name) and len(name) in _NAME_LENGTHS) or not _TAG.fullmatch(version):
        raise AwsError(
            "InvalidParameterException", f"{name}:{version} is not a repository's name and a tag: {_ALLOWED}"
        )
    try:
        parse(behaviour)
        findings.parse(found)
    except ValueError as error:
        raise AwsError("InvalidParameterException", str(error)) from None
    digest = handmade.make(registry.blobs, name, version, behaviour, found)
    with lock:
        exists = registry.stage(body["account"], accounts.REGION, name, digest, version)
    return {"digest": digest, "staged": not exists}
