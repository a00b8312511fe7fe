"""Which images a lifecycle policy expires.

ECR user guide: "Automate the cleanup of images by using lifecycle policies in Amazon ECR" (lifecycle policy evaluation
rules) and "Examples of lifecycle policies in Amazon ECR": documented, but where it says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


@dataclass(frozen=True)
class Rule:
    """One rule of a policy. Exactly one of ``most_images`` and ``oldest_days`` is not 0."""

    priority: int
    """1 is applied first."""
    tag_status: str
    """``tagged``, ``untagged`` or ``any``."""
    patterns: tuple[str, ...] = ()
    """Every one must fit one of the image's tags; ``*`` stands for any text. A prefix is a pattern that ends in it."""
    most_images: int = 0
    oldest_days: int = 0

    def selects(self, tags: Sequence[str]) -> bool:
        """Whether an image with these tags meets the rule's tagging requirements."""
        if self.tag_status == "untagged":
            return not tags
        return all(any(_fits(pattern, tag) for tag in tags) for pattern in self.patterns)


@dataclass(frozen=True)
class Candidate:
    """An image that may expire. ``held``: an index of the repository names it, so that it cannot be deleted."""

    digest: str
    tags: tuple[str, ...]
    pushed_at: datetime
    held: bool = False


def expiring(rules: Iterable[Rule], images: Sequence[Candidate], now: datetime) -> dict[str, int]:
    """The digests of the images to expire, oldest first, each with the priority of the one rule that expires it.

    All rules are evaluated on all images. An image that meets the tagging requirements of a rule cannot be expired by
    a rule of lower priority, though that still counts it. An image that a manifest list names cannot expire before the
    list has gone.
    """
    by_priority = sorted(rules, key=lambda rule: rule.priority)
    found: dict[str, int] = {}
    for image in sorted(images, key=lambda image: (image.pushed_at, image.digest)):
        first = next((rule for rule in by_priority if rule.selects(image.tags)), None)
        if first and not image.held and image in _marked(first, images, now):
            found[image.digest] = first.priority
    return found


def _marked(rule: Rule, images: Sequence[Candidate], now: datetime) -> Sequence[Candidate]:
    """What the rule alone would expire."""
    selected = [image for image in images if rule.selects(image.tags)]
    if rule.oldest_days:
        return [image for image in selected if now - image.pushed_at > timedelta(days=rule.oldest_days)]
    # Of images pushed in the same moment, which is younger is not said: assumed, by their digests.
    selected.sort(key=lambda image: (image.pushed_at, image.digest), reverse=True)
    return selected[rule.most_images :]


def _fits(pattern: str, tag: str) -> bool:
    return bool(re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), tag))
