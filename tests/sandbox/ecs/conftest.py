"""The control plane under test."""

from __future__ import annotations

import pytest

from tests.sandbox.ecs.surroundings import Ecs


@pytest.fixture
def ecs() -> Ecs:
    """An empty ECS."""
    return Ecs()
