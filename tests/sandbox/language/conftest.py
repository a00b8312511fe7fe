from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.language.project import ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose stack exists and whose program is empty."""
    path = f"{ROOT / '.slipway' / 'toolchain'}"
    if shutil.which("pulumi", path=path) is None and shutil.which("pulumi") is None:
        pytest.fail("there is no Pulumi engine here: run `make setup`")
    made = Project(tmp_path)
    made.write("__main__.py", "")
    made.init()
    return made
