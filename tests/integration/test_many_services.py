"""A stack of fifty services previews, and each service costs as many resources as any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.lifecycle import Sandbox
from tools import stack_size

pytestmark = pytest.mark.integration

MANY = 50


def test_fifty_services_preview_with_the_same_resources_for_each(tmp_path: Path, empty_sandbox: Sandbox) -> None:
    environment = empty_sandbox.environment("test")
    stack_size.make_stack(tmp_path, environment)
    none, one, many = (stack_size.preview(tmp_path, environment, services) for services in (0, 1, MANY))
    assert one.resources > none.resources
    assert many.resources - none.resources == MANY * (one.resources - none.resources)
