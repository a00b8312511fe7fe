"""docs/aws-plugin-standin.md tells what is imitated, and what is not."""

from __future__ import annotations

import re

from sandbox.standins.aws.document import DOCUMENT, renewed
from sandbox.standins.aws.tables import FUNCTIONS, TYPES

TEXT = DOCUMENT.read_text("utf-8")


def test_the_document_lists_every_type_and_function_with_what_it_refuses() -> None:
    assert renewed(TEXT) == TEXT, "python -m sandbox.standins.aws.document writes it"


def test_an_empty_document_table_gets_a_row_for_each_type_and_function_and_the_text_its_count() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]
    assert len(rows) == len(TYPES) + len(FUNCTIONS)
    assert "| `ecs.Cluster` | nothing |" in rows
    emptied = re.sub(r"^\| `.*\n", "", TEXT, flags=re.MULTILINE).replace(
        f"imitates {len(TYPES)} types", "imitates 0 types"
    )
    assert emptied != TEXT
    assert renewed(emptied) == TEXT
