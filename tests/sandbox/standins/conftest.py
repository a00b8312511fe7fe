"""The AWS stand-in on the shared sandbox, in the test account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.lifecycle import Sandbox
from sandbox.standins.aws.provider import AwsProvider
from tests.sandbox.standins.small_engine import SmallEngine
from tests.sandbox.standins.world import World


@pytest.fixture
def aws_shell(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The environment of `slipway sandbox env -e test`, in this process."""
    for key, value in box.variables("test").items():
        if value is None:
            monkeypatch.delenv(key, raising=False)
        elif key.startswith("AWS_"):
            monkeypatch.setenv(key, value)
    return box


@pytest.fixture
def make_engine(aws_shell: Sandbox) -> Iterator[Callable[..., SmallEngine]]:
    """``make_engine(region=..., defaultTags=...)``: an engine whose AWS provider has that configuration."""

    def make(**config: Any) -> SmallEngine:
        return SmallEngine(AwsProvider(), {"region": "eu-west-1", **config})

    yield make
    assert aws_shell


@pytest.fixture
def engine(make_engine: Callable[..., SmallEngine]) -> SmallEngine:
    """An engine with default tags, as the program's provider has them."""
    return make_engine(defaultTags={"tags": {"environment": "test"}})


@pytest.fixture(scope="session")
def one_world(box: Sandbox) -> World:
    """Once a worker: its names are taken in the sandbox that the whole run shares."""
    with pytest.MonkeyPatch.context() as patch:
        for key, value in box.variables("test").items():
            if value is None:
                patch.delenv(key, raising=False)
            elif key.startswith("AWS_"):
                patch.setenv(key, value)
        config = {"region": "eu-west-1", "defaultTags": {"tags": {"environment": "test"}}}
        return World(SmallEngine(AwsProvider(), config))


@pytest.fixture
def world(one_world: World, aws_shell: Sandbox) -> World:
    """With the environment in which its provider asks AWS."""
    del aws_shell
    return one_world
