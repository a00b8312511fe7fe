"""docs/aws-plugin-standin.md tells what is imitated, and what is not."""

from __future__ import annotations

from pathlib import Path

from sandbox.standins.aws.tables import FUNCTIONS, TYPES

TEXT = (Path(__file__).parents[3] / "docs" / "aws-plugin-standin.md").read_text("utf-8")


def row(token: str, refused: list[str]) -> str:
    """A token and what it refuses, as the document writes them."""
    _, module, name = token.split(":")
    names = ", ".join(f"`{each}`" for each in sorted(refused))
    return f"| `{module.partition('/')[0]}.{name}` | {names or 'nothing'} |"


def test_the_document_lists_every_type_and_function_with_what_it_refuses() -> None:
    expected = [row(token, list(kind.refused)) for token, kind in sorted(TYPES.items())]
    expected += [row(token, function.not_imitated.split()) for token, function in sorted(FUNCTIONS.items())]
    assert [line for line in TEXT.splitlines() if line.startswith("| `")] == expected


def test_the_document_counts_the_types() -> None:
    assert f"imitates {len(TYPES)} types" in " ".join(TEXT.split())
