"""The README's commands work as they stand, in order, for somebody who types them."""

from __future__ import annotations

import re

import pytest

from tests.integration.conftest import ROOT, Project

pytestmark = pytest.mark.integration

BLOCK = re.compile(r"<!-- tested: [\w/.]+(?P<fails>, fails)? -->\n```bash\n(?P<script>.*?)```", re.DOTALL)


def test_the_commands_of_the_readme_do_what_it_says(project: Project) -> None:
    blocks = list(BLOCK.finditer((ROOT / "README.md").read_text()))
    assert len(blocks) == 4
    for block in blocks:
        done = project.run("bash", "-euo", "pipefail", "-c", block["script"])
        assert (done.code != 0) == bool(block["fails"]), done.output
        assert "Traceback" not in done.output


def test_every_file_the_readme_names_exists() -> None:
    for link in re.findall(r"\]\(([\w./-]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / link).exists(), link
