"""Which image a container's ``image`` names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sandbox.aws_error import AwsError
from sandbox.ecs.ports import ImageFacts
from sandbox.registry.handmade import BEHAVIOUR_LABEL

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.registry.registry import Registry
    from sandbox.registry.repository import Repository

_REFERENCE = r"(?P<name>[a-z0-9][a-z0-9._/-]*?)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
_LOCAL = re.compile(rf"(?:127\.0\.0\.1|localhost):\d+/(?P<account>\d{{12}})/(?P<region>[a-z0-9-]+)/{_REFERENCE}")
_AWS = re.compile(rf"(?P<account>\d{{12}})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/{_REFERENCE}")
_PUBLIC = re.compile(rf"public\.ecr\.aws/{_REFERENCE}")
"""AWS's public gallery."""


class RegistryImages:
    """Images of the sandbox's ECR, by its own ``repositoryUri`` (of whatever port) or by one in AWS's form."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def resolve(self, caller: Caller, image: str) -> ImageFacts | None:
        """The image, or None when the caller's account cannot pull it: not there, not allowed, or not in ECR.

        What is in AWS's public gallery is taken to be there, where it is named by its digest.
        """
        public = _PUBLIC.fullmatch(image)
        if public and public["digest"]:
            # Nobody here can ask the gallery. Assumed: it has what a digest is known of, and that runs and is well.
            return ImageFacts(public["digest"])
        match = _LOCAL.fullmatch(image) or _AWS.fullmatch(image)
        if match is None:
            return None
        try:
            repository = self._registry.repository(match["account"], match["region"], match["name"])
        except AwsError:
            return None
        found = repository.find(match["digest"] or match["tag"] or "latest")
        if found is None or not _may_pull(repository, caller.account):
            return None
        labels = self._registry.labels(repository, found)
        return ImageFacts(found.digest, labels.get(BEHAVIOUR_LABEL, ""), found.manifest.size)


def _may_pull(repository: Repository, account: str) -> bool:
    """Whether the account owns the repository, or its policy names the account."""
    if repository.account == account:
        return True
    statements = json.loads(repository.policy or "{}").get("Statement", [])
    allowed = [s.get("Principal") for s in statements if s.get("Effect") == "Allow"]
    return any(principal == "*" or account in json.dumps(principal) for principal in allowed)
