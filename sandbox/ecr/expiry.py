"""Lifecycle policies: kept, previewed, and applied when their time has come.

ECR user guide: "Automate the cleanup of images by using lifecycle policies in Amazon ECR": an image expires within 24
hours after it meets the criteria: documented. The sandbox applies every policy at midnight, UTC: a choice that keeps
to this and can be foreseen.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.ecr import lifecycle_policy
from sandbox.ecr.image_ids import find
from sandbox.ecr.lifecycle import Candidate, expiring
from sandbox.ecr.pages import page
from sandbox.registry.repository import Preview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.caller import Caller
    from sandbox.clock import Clock
    from sandbox.registry.registry import Registry
    from sandbox.registry.repository import Repository

    Params = dict[str, Any]

_PREVIEW_TAKES = timedelta(seconds=5)
"""Assumed."""


class Expiry:
    """The operations on lifecycle policies, and the passing of time for images."""

    def __init__(self, registry: Registry, clock: Clock, repository: Callable[[Caller, Params], Repository]) -> None:
        self._registry = registry
        self._clock = clock
        self._repository = repository

    @property
    def handlers(self) -> Mapping[str, Callable[[Caller, Params], Params]]:
        """Operation name -> handler."""
        return {
            "PutLifecyclePolicy": self.put,
            "GetLifecyclePolicy": self.get,
            "DeleteLifecyclePolicy": self.delete,
            "StartLifecyclePolicyPreview": self.start_preview,
            "GetLifecyclePolicyPreview": self.get_preview,
        }

    # Time

    def next_event_at(self) -> datetime | None:
        """When policies are applied next; None when there is none."""
        moments = [self._due(repository) for repository in self._with_policy()]
        return min(moments, default=None)

    def advance(self, now: datetime) -> None:
        """Apply the policies whose time has come."""
        for repository in self._with_policy():
            if self._due(repository) <= now:
                for digest in _expiring(repository, repository.lifecycle_policy or "", now):
                    repository.remove(digest)
                repository.evaluated_at = now
                self._registry.save(repository)

    def _with_policy(self) -> Iterator[Repository]:
        for account, region in self._registry.shelves():
            for repository in self._registry.repositories(account, region):
                if repository.lifecycle_policy is not None and repository.evaluated_at is not None:
                    yield repository

    def _due(self, repository: Repository) -> datetime:
        """The midnight after the last evaluation, or after the policy was put."""
        last = repository.evaluated_at or self._clock.now()
        return datetime.combine(last.date() + timedelta(days=1), time(tzinfo=last.tzinfo))

    # Operations

    def put(self, caller: Caller, params: Params) -> Params:
        """Set the repository's policy."""
        repository = self._repository(caller, params)
        text = params["lifecyclePolicyText"]
        lifecycle_policy.parse(text)
        repository.lifecycle_policy, repository.evaluated_at = text, self._clock.now()
        self._registry.save(repository)
        return {**_name(repository), "lifecyclePolicyText": text}

    def get(self, caller: Caller, params: Params) -> Params:
        """The repository's policy."""
        repository = self._repository(caller, params)
        if repository.lifecycle_policy is None:
            raise AwsError(
                "LifecyclePolicyNotFoundException",
                f"Lifecycle policy does not exist for the repository with name '{repository.name}' in the registry "
                f"with id '{repository.account}'",
            )
        return {
            **_name(repository),
            "lifecyclePolicyText": repository.lifecycle_policy,
            "lastEvaluatedAt": repository.evaluated_at,
        }

    def delete(self, caller: Caller, params: Params) -> Params:
        """Forget the policy; returns it."""
        answer = self.get(caller, params)
        repository = self._repository(caller, params)
        repository.lifecycle_policy = repository.evaluated_at = None
        self._registry.save(repository)
        return answer

    def start_preview(self, caller: Caller, params: Params) -> Params:
        """Find out what a policy, or the repository's own, would do now."""
        repository = self._repository(caller, params)
        text = params.get("lifecyclePolicyText") or self.get(caller, params)["lifecyclePolicyText"]
        now = self._clock.now()
        if repository.preview and now < repository.preview.begun_at + _PREVIEW_TAKES:
            raise AwsError(
                "LifecyclePolicyPreviewInProgressException",
                f"Lifecycle policy preview is in progress for the repository with name '{repository.name}' in the "
                f"registry with id '{repository.account}'",
            )
        repository.preview = Preview(text, now, _expiring(repository, text, now))
        self._registry.save(repository)
        return {**_name(repository), "lifecyclePolicyText": text, "status": "IN_PROGRESS"}

    def get_preview(self, caller: Caller, params: Params) -> Params:
        """What the last preview found: the images that would expire, oldest first."""
        repository = self._repository(caller, params)
        preview = repository.preview
        if preview is None:
            raise AwsError(
                "LifecyclePolicyPreviewNotFoundException",
                f"Lifecycle policy preview does not exist for the repository with name '{repository.name}' in the "
                f"registry with id '{repository.account}'",
            )
        answer = {**_name(repository), "lifecyclePolicyText": preview.text}
        if self._clock.now() < preview.begun_at + _PREVIEW_TAKES:
            return {**answer, "status": "IN_PROGRESS"}
        found = [_result(repository, digest, priority) for digest, priority in preview.priorities.items()]
        shown, token = page([one for one in found if one and _is_asked_for(repository, one, params)], params)
        return {
            **answer,
            "status": "COMPLETE",
            "previewResults": shown,
            "nextToken": token,
            "summary": {"expiringImageTotalCount": len(preview.priorities)},
        }


def _expiring(repository: Repository, text: str, now: datetime) -> dict[str, int]:
    candidates = [
        Candidate(
            image.digest, tuple(repository.tags_of(image.digest)), image.pushed_at, repository.holds(image.digest)
        )
        for image in repository.images.values()
    ]
    return expiring(lifecycle_policy.parse(text), candidates, now)


def _result(repository: Repository, digest: str, priority: int) -> Params | None:
    """None when the image has been deleted since."""
    image = repository.images.get(digest)
    if image is None:
        return None
    return {
        "imageTags": repository.tags_of(digest),
        "imageDigest": digest,
        "imagePushedAt": image.pushed_at,
        "action": {"type": "EXPIRE"},
        "appliedRulePriority": priority,
    }


def _is_asked_for(repository: Repository, result: Params, params: Params) -> bool:
    status = params.get("filter", {}).get("tagStatus", "ANY")
    if status != "ANY" and (status == "TAGGED") != bool(result["imageTags"]):
        return False
    if "imageIds" not in params:
        return True
    named = [find(repository, image_id)[0] for image_id in params["imageIds"]]
    return any(image is not None and image.digest == result["imageDigest"] for image in named)


def _name(repository: Repository) -> Params:
    return {"registryId": repository.account, "repositoryName": repository.name}
