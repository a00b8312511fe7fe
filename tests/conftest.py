"""What all tests share: the order in which several workers take them."""

from __future__ import annotations

import os

import pytest

from tests.schedule import dealt


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = [items[at] for at in dealt([item.nodeid for item in items], workers)]
