"""Marks of kept images on the sandbox's ECR, where tags never move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from account.kept_images import keep
from account.session import attempt
from release.kept_images import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lifecycle import Sandbox

REPOSITORY = "kept-images"


class Ecr:
    """A session for ECR alone."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def call(self, _service: str, operation: str, /, **params: object) -> dict[str, Any]:
        answer: dict[str, Any] = attempt(lambda: getattr(self.client, operation)(**params))
        return answer

    def tags(self) -> dict[str, set[str]]:
        """Digest -> its tags."""
        answer = self.client.describe_images(repositoryName=REPOSITORY)
        return {one["imageDigest"]: set(one.get("imageTags", ())) for one in answer["imageDetails"]}


@pytest.fixture(scope="session")
def ecr(box: Sandbox, client: Callable[..., Any]) -> Ecr:
    made = client("ecr")
    made.create_repository(repositoryName=REPOSITORY, imageTagMutability="IMMUTABLE")
    return Ecr(made)


def test_marks_follow_the_last_verified_images_and_take_no_image_with_them(ecr: Ecr, box: Sandbox) -> None:
    first, second, third = (str(box.image(REPOSITORY, f"1.{number}.0")["digest"]) for number in range(3))
    session: Any = ecr
    keep(session, REPOSITORY, [first])
    keep(session, REPOSITORY, [second, first])
    assert ecr.tags() == {first: {"1.0.0", mark_of(first)}, second: {"1.1.0", mark_of(second)}, third: {"1.2.0"}}
    keep(session, REPOSITORY, [third, second])
    keep(session, REPOSITORY, [third, second])
    assert ecr.tags() == {first: {"1.0.0"}, second: {"1.1.0", mark_of(second)}, third: {"1.2.0", mark_of(third)}}
    keep(session, REPOSITORY, [first, third])
    assert ecr.tags()[first] == {"1.0.0", mark_of(first)}, "a rollback marks it again"

    keep(session, REPOSITORY, [third, f"sha256:{'0' * 64}", second])
    assert mark_of(second) in ecr.tags()[second], "an image that is gone keeps none of the others from its mark"
    assert ecr.tags()[first] == {"1.0.0"}

    ecr.client.batch_delete_image(repositoryName=REPOSITORY, imageIds=[{"imageTag": "1.2.0"}])
    keep(session, REPOSITORY, [first])
    assert third in ecr.tags(), "a mark that is its image's only tag stays"
