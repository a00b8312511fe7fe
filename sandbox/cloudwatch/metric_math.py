"""Metric math (AWS: "Using math expressions with CloudWatch metrics"): the part that alarms on services use.

Arithmetic, comparisons, AND, OR, ABS, AVG, CEIL, FILL, FLOOR, IF, MAX, MIN, PERIOD and SUM. Everything else is refused
by name: SEARCH, SELECT, ANOMALY_DETECTION_BAND and so on.

Between two time series only the moments count at which both have a value; SUM, AVG, MIN and MAX of several series take
those that have one. Dividing by 0 gives no value. The page says so of the first alone: the others are assumed.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.cloudwatch.words import Words

_WORD = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<name>[A-Za-z]\w*)|(?P<sign>&&|\|\||[<>=!]=|[-+*/^()\[\],<>]))"
)

Series = dict[int, float]
"""Values by the moment (epoch seconds) at which their period begins."""
Value = Series | float
Many = list[Value]


class MathError(ValueError):
    """The expression cannot be computed; worded for people."""


@dataclass(frozen=True)
class Grid:
    """What an expression is computed over: the moments of all periods, their length, and the values of other ids."""

    moments: Sequence[int]
    period: int
    values: Mapping[str, Value] = field(default_factory=dict)


Compute = Callable[[Grid], "Value | Many"]


@dataclass(frozen=True)
class Expression:
    """An expression: the ids that it needs, and its value."""

    ids: tuple[str, ...]
    compute: Compute

    def series(self, grid: Grid) -> Series:
        """The value as a time series: a lone number stands at every moment."""
        value = _one(self.compute(grid))
        return value if isinstance(value, dict) else dict.fromkeys(grid.moments, value)


def parse(text: str) -> Expression:
    """The expression that the text stands for; raises MathError."""
    reader = _Reader(Words(text, _WORD, MathError))
    return Expression(tuple(dict.fromkeys(reader.ids)), reader.value)


def _quotient(left: float, right: float) -> float:
    return left / right if right else math.nan


def _power(left: float, right: float) -> float:
    try:
        value = left**right
    except (ZeroDivisionError, OverflowError):
        return math.nan
    return value if isinstance(value, float | int) else math.nan


_LEVELS: tuple[dict[str, Callable[[float, float], float]], ...] = (
    {"OR": lambda a, b: float(bool(a or b)), "||": lambda a, b: float(bool(a or b))},
    {"AND": lambda a, b: float(bool(a and b)), "&&": lambda a, b: float(bool(a and b))},
    {
        "==": lambda a, b: float(a == b),
        "!=": lambda a, b: float(a != b),
        "<=": lambda a, b: float(a <= b),
        ">=": lambda a, b: float(a >= b),
        "<": lambda a, b: float(a < b),
        ">": lambda a, b: float(a > b),
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": _quotient},
    {"^": _power},
)
"""Operators, those that bind loosest first."""


class _Reader:
    def __init__(self, words: Words) -> None:
        self._words = words
        self.ids: list[str] = []
        self.value = self._level(0)
        words.expect_end()

    def _level(self, level: int) -> Compute:
        if level == len(_LEVELS):
            return self._signed()
        left = self._level(level + 1)
        while sign := self._words.take_if(*_LEVELS[level]):
            left = _binary(_LEVELS[level][sign], left, self._level(level + 1))
        return left

    def _signed(self) -> Compute:
        if self._words.take_if("-"):
            negated = self._signed()
            return lambda grid: _each(operator.neg, _one(negated(grid)))
        return self._operand()

    def _operand(self) -> Compute:
        kind, word = self._words.take()
        if kind == "number":
            number = float(word)
            return lambda _: number
        if (kind, word) == ("sign", "("):
            inner = self._level(0)
            self._words.expect(")")
            return inner
        if (kind, word) == ("sign", "["):
            parts = self._list("]")
            return lambda grid: [_one(part(grid)) for part in parts]
        if kind == "name" and self._words.peek()[1] == "(":
            return self._call(word)
        if kind == "name" and word[0].islower():
            self.ids.append(word)
            return lambda grid: _known(grid, word)
        raise MathError(f"{word or 'the end'!r} is not expected here")

    def _call(self, name: str) -> Compute:
        if name not in _FUNCTIONS:
            raise MathError(f"the sandbox does not imitate {name}; it knows {', '.join(sorted(_FUNCTIONS))}")
        self._words.expect("(")
        if name == "FILL":
            return self._fill()
        parts = self._list(")")
        least, most, function = _FUNCTIONS[name]
        if not least <= len(parts) <= most:
            raise MathError(f"{name} takes {least if least == most else f'{least} to {most}'} values, not {len(parts)}")
        return lambda grid: function(grid, [part(grid) for part in parts])

    def _fill(self) -> Compute:
        series = self._level(0)
        self._words.expect(",")
        way = self._words.take_if("REPEAT", "LINEAR")
        value = None if way else self._level(0)
        self._words.expect(")")
        if value is None:
            return lambda grid: _FILLS[way](grid, _one(series(grid)))
        return lambda grid: _fill_with(grid, _one(series(grid)), _one(value(grid)))

    def _list(self, end: str) -> list[Compute]:
        if self._words.take_if(end):
            return []
        parts = [self._level(0)]
        while self._words.take_if(","):
            parts.append(self._level(0))
        self._words.expect(end)
        return parts


def _known(grid: Grid, name: str) -> Value:
    if name not in grid.values:
        raise MathError(f"there is no metric or expression {name!r}")
    return grid.values[name]


def _one(value: Value | Many) -> Value:
    if isinstance(value, list):
        raise MathError("an array of time series stands where one is expected")
    return value


def _each(function: Callable[[float], float], value: Value) -> Value:
    return {at: function(one) for at, one in value.items()} if isinstance(value, dict) else function(value)


def _binary(function: Callable[[float, float], float], left: Compute, right: Compute) -> Compute:
    return lambda grid: _paired(function, _one(left(grid)), _one(right(grid)))


def _paired(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if not isinstance(left, dict) and not isinstance(right, dict):
        return function(left, right)
    moments = [side.keys() for side in (left, right) if isinstance(side, dict)]
    common = moments[0] & moments[-1]
    made = {at: function(_at(left, at), _at(right, at)) for at in common}
    return {at: value for at, value in made.items() if not math.isnan(value)}


def _at(value: Value, moment: int) -> float:
    return value[moment] if isinstance(value, dict) else value


def _aggregate(function: Callable[[list[float]], float]) -> Callable[[Grid, list[Value | Many]], Value]:
    """Of an array: one series, moment by moment. Of one series: a single number."""

    def compute(_: Grid, given: list[Value | Many]) -> Value:
        values = given[0]
        if not isinstance(values, list):
            return function(list(values.values())) if isinstance(values, dict) and values else math.nan
        present: dict[int, list[float]] = {}
        for value in values:
            for at, number in value.items() if isinstance(value, dict) else ():
                present.setdefault(at, []).append(number)
        numbers = [value for value in values if not isinstance(value, dict)]
        if len(numbers) == len(values) and numbers:
            return function(numbers)
        return {at: function([*found, *numbers]) for at, found in present.items()}

    return compute


def _mapped(function: Callable[[float], float]) -> Callable[[Grid, list[Value | Many]], Value]:
    return lambda _, given: _each(function, _one(given[0]))


def _if(_: Grid, given: list[Value | Many]) -> Value:
    """``IF(condition, then)`` has no value where the condition does not hold."""
    condition, then = _one(given[0]), _one(given[1])
    otherwise = _one(given[2]) if len(given) > 2 else {}  # noqa: PLR2004 - the third is optional
    if not isinstance(condition, dict):
        return then if condition else otherwise
    chosen = {at: then if holds else otherwise for at, holds in condition.items()}
    return {at: _at(value, at) for at, value in chosen.items() if not isinstance(value, dict) or at in value}


def _fill_with(grid: Grid, series: Value, value: Value) -> Value:
    if not isinstance(series, dict):
        return series
    filling = {at: _at(value, at) for at in grid.moments if not isinstance(value, dict) or at in value}
    return filling | series


def _repeat(grid: Grid, series: Value) -> Value:
    if not isinstance(series, dict):
        return series
    filled: Series = {}
    last: float | None = None
    for at in sorted(grid.moments):
        last = series.get(at, last)
        if last is not None:
            filled[at] = last
    return filled


def _linear(grid: Grid, series: Value) -> Value:
    if not isinstance(series, dict):
        return series
    known, filled = sorted(series), dict(series)
    for at in grid.moments:
        before = [moment for moment in known if moment < at]
        after = [moment for moment in known if moment > at]
        if at not in series and before and after:
            left, right = before[-1], after[0]
            filled[at] = series[left] + (series[right] - series[left]) * (at - left) / (right - left)
    return filled


_FILLS: dict[str, Callable[[Grid, Value], Value]] = {"REPEAT": _repeat, "LINEAR": _linear}

_FUNCTIONS: dict[str, tuple[int, int, Callable[[Grid, list[Value | Many]], Value]]] = {
    "ABS": (1, 1, _mapped(abs)),
    "AVG": (1, 1, _aggregate(lambda values: sum(values) / len(values))),
    "CEIL": (1, 1, _mapped(math.ceil)),
    "FILL": (2, 2, lambda grid, given: _fill_with(grid, _one(given[0]), _one(given[1]))),
    "FLOOR": (1, 1, _mapped(math.floor)),
    "IF": (2, 3, _if),
    "MAX": (1, 1, _aggregate(max)),
    "MIN": (1, 1, _aggregate(min)),
    "PERIOD": (1, 1, lambda grid, _: float(grid.period)),
    "SUM": (1, 1, _aggregate(sum)),
}
"""Name -> fewest and most values it takes, and what it makes of them."""
