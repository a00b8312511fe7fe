"""`pin` in the stack file."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stacks.settings import SettingsError, parse
from tests.stacks.test_settings import GOOD, SOURCE

PIN = {"version": "1.0.0", "revision": 7, "digest": f"sha256:{'a' * 64}"}


def config(**pin: object) -> dict[str, Any]:
    changed = copy.deepcopy(dict(GOOD))
    changed["services"]["auth-service"]["pin"] = PIN | pin
    return changed


def test_a_pin_of_the_version_that_is_asked_for_holds_it_to_a_revision_and_its_image() -> None:
    settings = parse("test", config(), SOURCE)
    pinned = settings.services["auth-service"].pinned
    assert pinned is not None
    assert (pinned.revision, pinned.digest) == (7, PIN["digest"])
    arn = "arn:aws:ecs:eu-west-1:111111111111:task-definition/auth-service:7"
    assert settings.question("auth-service", "1.0.0", None).pinned == arn


def test_under_another_version_a_pin_counts_for_nothing() -> None:
    settings = parse("test", config(version="0.9.0"), SOURCE)
    assert settings.services["auth-service"].pinned is None
    assert settings.question("auth-service", "1.0.0", None).pinned == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"revision": 0}, "pin.revision is 0: allowed are 1 to"),
        ({"digest": "sha256:1"}, "pin.digest is 'sha256:1': write the image's digest"),
        ({"secrets": ["mine"]}, "write the ARN of a secret"),
        ({"parameters": ["/mine"]}, "write the ARN of a parameter"),
        ({"revison": 3}, "revison"),
    ],
)
def test_a_pin_that_names_no_revision_is_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse("test", config(**wrong), SOURCE)
