"""The documentation's table of rules stands in the code and in the tests, and its example runs."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rollout-model.md").read_text()
ROWS = re.findall(r"^\| ([^|]+) \| `([\w.]+)` \| ([^|]+) \| ([\w, ]+) \| `(\w+)` \|$", PAGE, re.MULTILINE)
TESTS = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))


def documentation(name: str) -> str:
    """The docstrings of what a row names, and of its module, on one line."""
    module_name, _, path = name.partition(".")
    module = importlib.import_module(f"rollout.{module_name}")
    found = module
    for part in path.split("."):
        found = getattr(found, part)
    source = inspect.getsource(module) if isinstance(found, float) else inspect.getdoc(found) or ""
    return re.sub(r"\s+", " ", f"{source} {inspect.getdoc(module)}")


def test_the_table_is_there() -> None:
    assert len(ROWS) == PAGE.count("| `test_") > 15


@pytest.mark.parametrize(("where", "page", "marks"), [row[1:4] for row in ROWS], ids=[row[1] for row in ROWS])
def test_a_rule_s_docstring_names_its_page_and_its_marks(where: str, page: str, marks: str) -> None:
    text = documentation(where)
    assert page in text
    for mark in marks.split(", "):
        assert mark in text


@pytest.mark.parametrize("test", [row[4] for row in ROWS])
def test_the_test_that_proves_a_rule_exists(test: str) -> None:
    assert f"def {test}(" in TESTS


def test_the_examples_run_one_after_the_other() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 2
    exec(compile("".join(examples), "docs/rollout-model.md", "exec"), {})  # noqa: S102 - our own page
