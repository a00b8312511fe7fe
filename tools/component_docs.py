"""Writes docs/components.md from the components themselves: `python -m tools.component_docs`.

What stands there is their docstrings, their arguments' and outputs', and for each the smallest example that makes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from tools.shapes import ROOT, Field, Shape, fields_of, find, modules_of, read_module

PAGE: Final = ROOT / "docs" / "components.md"
EXAMPLES: Final = ROOT / "examples"
ROOM: Final = "components"
COMPONENT: Final = "ComponentResource"
RESOURCE: Final = "CustomResource"

INTRODUCTION: Final = """# Components

Each takes a name, its arguments and Pulumi's options: `Network("network", NetworkArgs(...), opts)`. Arguments have
names and do not change; a default is what is safe. Whatever a component makes hangs from it and uses the provider that
it was given, so tags are the provider's `default_tags`, and protection and aliases are the options'. An `Input[...]`
may be another resource's output. A name has up to 24 characters: with what is put behind it, it then fits into every
name in AWS. A component that gets another name, with the old one as its alias, replaces nothing.

Environments are composed of them (`environment/`), from a stack file; a program of your own can use each by itself, as
in the examples, which the tests make, make again without a change, and destroy. This page is written by
`python -m tools.component_docs` from the docstrings and the examples.
"""
OWN_RESOURCES: Final = """
## Resources of Slipway's own plugin

`Service` makes them. They follow what AWS does to its end (`provider/`), in place of an argument of an ECS service that
says to wait.
"""
SHAPES: Final = """
## What arguments are made of
"""


def page() -> str:
    """The page's text."""
    shown: set[str] = set()
    parts = [INTRODUCTION, _contents()]
    for component in components():
        example = example_of(component)
        parts.append(_component(component, example, again=example in shown))
        shown.add(example)
    parts.append(OWN_RESOURCES)
    parts += [_section(one, level=3) for one in resources()]
    parts.append(SHAPES)
    parts += [_values(shape) for shape in shapes()]
    return "".join(parts)


def components() -> Sequence[Shape]:
    """All components, by name."""
    return _built_on(COMPONENT)


def resources() -> Sequence[Shape]:
    """The resources of our own plugin, by name."""
    return _built_on(RESOURCE)


def args_of(component: Shape) -> Shape:
    """What a component or resource is told."""
    args = find(component.module, f"{component.name}Args")
    if args is None:
        raise LookupError(f"{component.module}: {component.name} has no {component.name}Args")
    return args


def shapes() -> Sequence[Shape]:
    """What the arguments of all are made of, however deep, by name."""
    found: dict[str, Shape] = {}
    waiting = [args_of(one) for one in (*components(), *resources())]
    while waiting:
        for shape in _inside(waiting.pop()):
            known = found.get(shape.name)
            if known is None:
                found[shape.name] = shape
                waiting.append(shape)
            elif known.module != shape.module:
                raise LookupError(f"{shape.name} is a name in {known.module} and in {shape.module}; rename one")
    return sorted(found.values(), key=lambda shape: shape.name)


def example_of(component: Shape) -> str:
    """The example with the shortest text that makes the component itself; empty where there is none."""
    makes = [(len(text), name) for name, text in _examples().items() if component.name in made_in(text)]
    return min(makes)[1] if makes else ""


def made_in(text: str) -> frozenset[str]:
    """What a program calls by name."""
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return frozenset(call.id for call in calls if isinstance(call, ast.Name))


@cache
def _examples() -> Mapping[str, str]:
    """Name -> text of its program."""
    return {file.parent.name: file.read_text(encoding="utf-8") for file in sorted(EXAMPLES.glob("*/__main__.py"))}


def _built_on(base: str) -> Sequence[Shape]:
    modules = [read_module(name) for name in modules_of(ROOM)]
    found = [shape for module in modules if module for shape in module.shapes.values() if base in shape.bases]
    return sorted(found, key=lambda shape: shape.name)


def _inside(shape: Shape) -> Iterator[Shape]:
    """The data that its fields are made of."""
    for field in fields_of(shape):
        for name in field.names:
            meant = find(shape.module, name)
            if meant is not None and meant.is_data:
                yield meant


def _contents() -> str:
    rows = [f"| [{one.name}](#{one.name.lower()}) | {_first_paragraph(one.meaning)} |\n" for one in components()]
    return f"\n| component | what it is |\n|---|---|\n{''.join(rows)}"


def _component(component: Shape, example: str, *, again: bool) -> str:
    shown = f"The smallest use that works, [`examples/{example}`](../examples/{example}/__main__.py)"
    text = f"{shown}, stands above.\n" if again else f"{shown}:\n\n```python\n{_examples()[example].strip()}\n```\n"
    return f"{_section(component, level=2, between=text)}"


def _section(component: Shape, *, level: int, between: str = "") -> str:
    args = args_of(component)
    imports = f"`from {component.module} import {component.name}, {args.name}`"
    told = f"`{args.name}`: {args.meaning}\n\n{_table(args)}"
    outputs = "".join(
        f"| `{one.name}` | {_type(component, one)} | {_cell(one.meaning)} |\n" for one in component.fields
    )
    tells = f"\n| output | type | meaning |\n|---|---|---|\n{outputs}" if outputs else ""
    head = f"\n{'#' * level} {component.name}\n\n{component.meaning}\n\n{imports}\n\n"
    return head + (f"{between}\n" if between else "") + told + tells


def _values(shape: Shape) -> str:
    imports = f"`from {shape.module} import {shape.name}`"
    head = f"\n### {shape.name}\n\n{shape.meaning}\n\n{imports}\n\n"
    return head + (_table(shape) if "dataclass" in shape.decorators else _choices(shape))


def _table(args: Shape) -> str:
    rows = [
        f"| `{one.name}` | {_type(args, one)} | {_default(one)} | {_cell(one.meaning)} |\n" for one in fields_of(args)
    ]
    return f"| argument | type | default | meaning |\n|---|---|---|---|\n{''.join(rows)}"


def _choices(shape: Shape) -> str:
    rows = [f"| `{shape.name}.{one.name}` | {_cell(one.meaning) or f'`{one.default}`'} |\n" for one in shape.fields]
    return f"| one of | meaning |\n|---|---|\n{''.join(rows)}"


def _type(shape: Shape, field: Field) -> str:
    """The type, each alternative linked to what it is made of."""
    alternatives = []
    for written in field.type.split(" | "):
        meant = [find(shape.module, name) for name in field.names if name in written]
        linked = [one.name for one in meant if one is not None and one.is_data]
        alternatives.append(f"[`{written}`](#{linked[0].lower()})" if linked else f"`{written}`")
    return " or ".join(alternatives)


def _default(field: Field) -> str:
    return f"`{_cell(field.default)}`" if field.default else "must be given"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _first_paragraph(meaning: str) -> str:
    paragraph = " ".join(meaning.split("\n\n", maxsplit=1)[0].split())
    return _cell(paragraph)


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(components())} components, {len(shapes())} kinds of values")


if __name__ == "__main__":
    main()
