"""Reads classes as their files have them: what each is, and every field with type, default and meaning.

Nothing is imported: a field's meaning is the string below it, which Python itself throws away.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIRED: Final = ""
"""Default of a field that has none."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One annotated name of a class, or one member of an enumeration."""

    name: str
    type: str
    """As it is written. Empty for a member."""
    default: str
    """As it is written, `REQUIRED` without one. The value of a member."""
    meaning: str
    """In one line."""
    names: tuple[str, ...]
    """Names in its type."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A class that is there to be filled in or read."""

    name: str
    module: str
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    meaning: str
    """The docstring, without its indentation."""
    fields: tuple[Field, ...]
    """The public ones, in the order of the file."""

    @property
    def is_data(self) -> bool:
        """Whether people fill it in or choose from it: a dataclass or an enumeration."""
        return "dataclass" in self.decorators or bool({"Enum", "StrEnum", "IntEnum"} & set(self.bases))


@dataclass(frozen=True, kw_only=True)
class Module:
    """What one file has, and whence its other names come."""

    shapes: Mapping[str, Shape]
    imported: Mapping[str, tuple[str, str]]
    """Name -> module and name there."""


def find(module: str, name: str) -> Shape | None:
    """The class that `name` means in `module`; None where it is none of this project's."""
    read = read_module(module)
    if read is None or name in read.shapes:
        return read.shapes[name] if read else None
    return find(*read.imported[name]) if name in read.imported else None


def fields_of(shape: Shape) -> Iterator[Field]:
    """Its fields and those of the classes it is built on, these first."""
    for base in shape.bases:
        below = find(shape.module, base)
        if below is not None:
            yield from fields_of(below)
    yield from shape.fields


@cache
def read_module(name: str) -> Module | None:
    """The file of a module of this project; None where it is not one."""
    file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    if not file.is_file():
        return None
    tree = ast.parse(file.read_text(encoding="utf-8"))
    shapes = [_shape(name, node) for node in tree.body if isinstance(node, ast.ClassDef)]
    imported = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    return Module(shapes={shape.name: shape for shape in shapes}, imported=imported)


def modules_of(room: str) -> Sequence[str]:
    """Names of a room's modules."""
    files = sorted((ROOT / room).rglob("*.py"))
    return [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files if file.stem != "__init__"]


def _shape(module: str, node: ast.ClassDef) -> Shape:
    bases = tuple(_last_name(base) for base in node.bases)
    return Shape(
        name=node.name,
        module=module,
        bases=bases,
        decorators=tuple(_last_name(one) for one in node.decorator_list),
        meaning=inspect.cleandoc(ast.get_docstring(node) or ""),
        fields=tuple(field for field in _fields(node.body) if not field.name.startswith("_")),
    )


def _fields(body: Sequence[ast.stmt]) -> Iterator[Field]:
    for node, after in zip(body, [*body[1:], None], strict=True):
        meaning = _text(after)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield Field(
                name=node.target.id,
                type=ast.unparse(node.annotation).replace("pulumi.", ""),
                default=ast.unparse(node.value) if node.value else REQUIRED,
                meaning=meaning,
                names=tuple(one.id for one in ast.walk(node.annotation) if isinstance(one, ast.Name)),
            )
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield Field(name=node.targets[0].id, type="", default=ast.unparse(node.value), meaning=meaning, names=())


def _text(node: ast.stmt | None) -> str:
    """A string that stands by itself, in one line."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def _last_name(node: ast.expr) -> str:
    """`dataclass` of `@dataclasses.dataclass(frozen=True)`."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)
