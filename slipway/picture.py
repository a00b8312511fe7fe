"""A rehearsal as a picture: tasks, traffic and health over one time axis, as SVG. Pure: strings in, a string out.

Colours are classes that the page gives a value for light and for dark; states differ by their pattern as well, so that
nothing is told by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rollout.course import TaskState
from rollout.limits import maximum_tasks, minimum_healthy_tasks
from rollout.prediction import Outcome
from rollout.story import clock
from rollout.timeline import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rollout.course import Moment
    from rollout.story import Line
    from slipway.rehearsal import Rehearsal

LEFT: Final = 46
RIGHT: Final = 14
TOP: Final = 30
TITLE: Final = 26
STRIPS: Final = (("tasks", 170), ("traffic", 90), ("healthy", 90))
HEADINGS: Final = {
    "tasks": "tasks, by version and state",
    "traffic": "who answers the requests",
    "healthy": "healthy tasks, all versions",
}
BOTTOM: Final = 26
MOST_MOMENTS: Final = 200
"""Moments that are drawn of a release that never ends."""
CLOSE: Final = 20
"""Pixels under which two markers are one."""

MARKED: Final = frozenset(
    {
        Kind.DEPLOYMENT_COMPLETED,
        Kind.DEPLOYMENT_FAILED,
        Kind.ROLLBACK_STARTED,
        Kind.ROLLBACK_COMPLETED,
        Kind.ROLLBACK_FAILED,
        Kind.BAKE_STARTED,
        Kind.PRODUCTION_TRAFFIC_SHIFTED,
        Kind.TEST_TRAFFIC_SHIFTED,
        Kind.HOOK_STARTED,
        Kind.HOOK_FAILED,
        Kind.HOOK_TIMED_OUT,
        Kind.ALARMS_IGNORED,
        Kind.BLOCKED,
        Kind.START_IMPAIRED,
    }
)
"""What a marker stands for."""

STACK: Final = (
    ("old", TaskState.HEALTHY),
    ("old", TaskState.CHECKING),
    ("old", TaskState.STARTING),
    ("new", TaskState.HEALTHY),
    ("new", TaskState.CHECKING),
    ("new", TaskState.STARTING),
    ("old", TaskState.LEAVING),
    ("new", TaskState.LEAVING),
)
"""The layers of the tasks' strip, from the bottom: those that leave, which no maximum holds, on top."""

TICKS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800)
"""Distances between the times on the axis, in seconds."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened, or several things close to each other."""

    number: int
    at: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where time and numbers come to stand."""

    width: int
    end: float
    """Seconds at the right end of the axis."""

    def x(self, at: float) -> float:
        """The place of a time."""
        return LEFT + (self.width - LEFT - RIGHT) * at / self.end

    def ticks(self) -> list[float]:
        """Times for the axis, as many as have room."""
        room = max(2, (self.width - LEFT - RIGHT) // 64)
        step = next((step for step in TICKS if self.end / step <= room), TICKS[-1])
        return [float(at) for at in range(0, int(self.end) + 1, step)]


def roles(rehearsal: Rehearsal) -> dict[int, str]:
    """Number of a deployment -> whether it is the old or the new one."""
    return {number: "new" if number == max(rehearsal.names) else "old" for number in rehearsal.names}


def drawn(rehearsal: Rehearsal) -> tuple[tuple[Moment, ...], float]:
    """The moments that are drawn, and where the axis ends. What happens at its very end has no width."""
    moments, end = rehearsal.moments, max(1.0, rehearsal.prediction.duration)
    if rehearsal.prediction.outcome is Outcome.ENDLESS and len(moments) > MOST_MOMENTS:
        return moments[:MOST_MOMENTS], moments[MOST_MOMENTS].at
    return tuple(moment for moment in moments if moment.at < end), end


def markers(rehearsal: Rehearsal, frame: Frame) -> list[Marker]:
    """The markers of the picture, numbered from the left."""
    found: list[Marker] = []
    for line in rehearsal.lines:
        if line.kind not in MARKED or line.at > frame.end:
            continue
        if found and frame.x(line.at) - frame.x(found[-1].at) < CLOSE:
            found[-1] = Marker(found[-1].number, found[-1].at, (*found[-1].lines, line))
        else:
            found.append(Marker(len(found) + 1, line.at, (line,)))
    return found


def draw(rehearsal: Rehearsal, width: int, name: str) -> str:
    """The picture, `width` pixels wide; `name` keeps its ids apart from those of other pictures on the page."""
    moments, end = drawn(rehearsal)
    frame = Frame(width, end)
    tops = _tops()
    height = tops["healthy"] + dict(STRIPS)["healthy"] + BOTTOM
    opening = (
        f'<svg class="picture {name}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" xmlns="http://www.w3.org/2000/svg">'
    )
    parts = [
        opening,
        f'<title id="{name}-title">{escape(_title(rehearsal))}</title>',
        f'<desc id="{name}-desc">{escape(_description(rehearsal))}</desc>',
        _patterns(name),
        *_tasks(rehearsal, moments, frame, tops["tasks"], name),
        *_traffic(rehearsal, frame, tops["traffic"], name),
        *_healthy(rehearsal, moments, frame, tops["healthy"]),
        *_axis(frame, height),
        *_marks(markers(rehearsal, frame), frame, height),
        *(_heading(text, tops[strip]) for strip, text in HEADINGS.items()),
        "</svg>",
    ]
    return "\n".join(parts)


def swatch(role: str, pattern: str) -> str:
    """A small square as the picture fills it, for the legend."""
    return (
        '<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">'
        f'<rect width="16" height="16" class="{role} paper"/>'
        f'<rect width="16" height="16" class="{role} edge" style="fill:url(#{pattern})"/></svg>'
    )


def _tops() -> dict[str, int]:
    tops, y = {}, TOP
    for strip, height in STRIPS:
        y += TITLE
        tops[strip] = y
        y += height
    return tops


def _title(rehearsal: Rehearsal) -> str:
    return f"{rehearsal.service} {rehearsal.asked.version} in {rehearsal.environment}: tasks, traffic and health"


def _description(rehearsal: Rehearsal) -> str:
    prediction = rehearsal.prediction
    return (
        f"Outcome: {prediction.outcome} after {clock(prediction.duration)}. At most {prediction.peak_tasks} tasks at "
        f"once, never fewer than {prediction.lowest_healthy} healthy. The timeline below says the same in words."
    )


def pattern_of(name: str, role: str, state: TaskState) -> str:
    """The id of what fills the tasks of a version in a state."""
    return f"{name}-{role}-{state.name.lower()}"


def _patterns(name: str) -> str:
    """Healthy is solid, checked is striped, starting is dotted, leaving is cross-hatched."""
    made = []
    for role in ("old", "new"):
        for state, drawing in _DRAWINGS.items():
            made.append(
                f'<pattern id="{pattern_of(name, role, state)}" class="{role}" width="6" height="6" '
                f'patternUnits="userSpaceOnUse">{drawing}</pattern>'
            )
    made.append(
        f'<pattern id="{name}-nobody" class="bad" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M0 6L6 0M0 0L6 6" class="stroke"/></pattern>'
    )
    return f"<defs>{''.join(made)}</defs>"


_DRAWINGS: Final = {
    TaskState.HEALTHY: '<rect width="6" height="6" class="solid"/>',
    TaskState.CHECKING: '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" class="stroke"/>',
    TaskState.STARTING: '<circle cx="3" cy="3" r="1.3" class="solid"/>',
    TaskState.LEAVING: '<path d="M0 3H6" class="stroke"/>',
}


def _heading(text: str, y: int) -> str:
    return f'<text class="heading" x="{LEFT}" y="{y - 8}">{escape(text)}</text>'


def _steps(moments: Sequence[Moment], ys: Sequence[float], until: float, frame: Frame) -> list[tuple[float, float]]:
    """The corners of a line that goes in steps: two a moment."""
    ends = [moment.at for moment in moments[1:]] + [until]
    return [
        point
        for moment, y, end in zip(moments, ys, ends, strict=True)
        for point in ((frame.x(moment.at), y), (frame.x(end), y))
    ]


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    return f"{_path([*upper, *reversed(lower)])}Z"


def _levels(frame: Frame, top: int, height: int, most: float, marks: Iterable[tuple[float, str]]) -> list[str]:
    """Horizontal lines with their numbers."""
    parts = []
    for value, label in marks:
        y = top + height - height * value / most
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{frame.width - RIGHT}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    return parts


def _limit(frame: Frame, top: int, height: int, share: float, text: str) -> list[str]:
    """A dashed line that something must not cross, with its name."""
    y = top + height - height * share
    return [
        f'<path class="limit" d="M{LEFT} {y:.1f}H{frame.width - RIGHT}"/>',
        f'<text class="limit-name" x="{frame.width - RIGHT - 2}" y="{top - 8}" text-anchor="end">{text}</text>',
    ]


def _tasks(rehearsal: Rehearsal, moments: Sequence[Moment], frame: Frame, top: int, name: str) -> list[str]:
    height, role_of = dict(STRIPS)["tasks"], roles(rehearsal)
    upper = maximum_tasks(rehearsal.settings.desired_count, rehearsal.settings.maximum_percent)
    totals = [sum(moment.tasks.values()) for moment in moments]
    most = max(1, upper, *totals) * 1.12
    parts = _levels(frame, top, height, most, _numbers(rehearsal.settings.desired_count, max(totals)))
    below = [0.0] * len(moments)
    for role, state in STACK:
        numbers = [_count(moment, role, state, role_of) for moment in moments]
        for run in _runs(numbers):
            some = [moments[index] for index in run]
            until = moments[run[-1] + 1].at if run[-1] + 1 < len(moments) else frame.end
            bases = [top + height - height * below[index] / most for index in run]
            tops = [base - height * numbers[index] / most for base, index in zip(bases, run, strict=True)]
            shape = _area(_steps(some, tops, until, frame), _steps(some, bases, until, frame))
            parts.append(
                f'<path class="{role} edge layer" data-role="{role}" data-state="{state}" d="{shape}" '
                f'style="fill:url(#{pattern_of(name, role, state)})"/>'
            )
        below = [base + number for base, number in zip(below, numbers, strict=True)]
    return parts + _limit(frame, top, height, upper / most, f"maximum {upper}")


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """The places of numbers that are not 0, those next to each other together."""
    places = groupby(range(len(numbers)), lambda index: numbers[index] > 0)
    return [list(run) for there, run in places if there]


def _numbers(desired: int, most: int) -> list[tuple[float, str]]:
    """0, the desired count, and the top where they leave room for each other."""
    marks = {0, most} | ({desired} if 0.15 * most < desired < 0.85 * most else set())
    return [(float(mark), str(mark)) for mark in sorted(marks)]


def _count(moment: Moment, role: str, state: TaskState, role_of: dict[int, str]) -> int:
    return sum(
        number
        for (deployment, its_state), number in moment.tasks.items()
        if its_state is state and role_of.get(deployment, "new") == role
    )


def _shares(rehearsal: Rehearsal, end: float) -> list[tuple[float, tuple[float, float]]]:
    """From each moment on (share of the old, share of the new version); both 0 while nobody answers."""
    prediction = rehearsal.prediction
    before = 0.0 if rehearsal.asked.running is None else 1.0
    down = prediction.down
    moments = sorted({at for at, _ in prediction.exposure if at < end} | {at for one in down for at in one if at < end})
    found = []
    for moment in moments:
        share = [share for at, share in prediction.exposure if at <= moment][-1]
        served = not any(begin <= moment < end for begin, end in down)
        found.append((moment, (before * (1 - share), share) if served else (0.0, 0.0)))
    return found


def _traffic(rehearsal: Rehearsal, frame: Frame, top: int, name: str) -> list[str]:
    height = dict(STRIPS)["traffic"]
    parts = _levels(frame, top, height, 1, ((0, "0 %"), (0.5, "50 %"), (1, "100 %")))
    shares = [(next(same)[0], who) for who, same in groupby(_shares(rehearsal, frame.end), lambda found: found[1])]
    ends = [at for at, _ in shares[1:]] + [frame.end]
    for (at, (old, new)), end in zip(shares, ends, strict=True):
        x, wide, y = frame.x(at), frame.x(end) - frame.x(at), float(top)
        layers = [
            ("new", new, pattern_of(name, "new", TaskState.HEALTHY)),
            ("old", old, pattern_of(name, "old", TaskState.HEALTHY)),
        ]
        if not old + new:
            layers = [("bad", 1.0, f"{name}-nobody")]
        for role, share, fill in layers:
            if share:
                parts.append(
                    f'<rect class="{role} share" data-role="{role}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" '
                    f'height="{height * share:.1f}" style="fill:url(#{fill})"/>'
                )
            y += height * share
    return parts + _test_traffic(rehearsal, frame, top, height)


def _test_traffic(rehearsal: Rehearsal, frame: Frame, top: int, height: int) -> list[str]:
    """The new version's share of the test traffic, as a line."""
    newest = max(rehearsal.names)
    shifts = [event for event in rehearsal.prediction.events if event.kind is Kind.TEST_TRAFFIC_SHIFTED]
    if not shifts:
        return []
    points, level = [(frame.x(0), float(top + height))], 0.0
    for event in shifts:
        share = event.percent / 100 if event.deployment == newest else 1 - event.percent / 100
        points += [(frame.x(event.at), top + height * (1 - level)), (frame.x(event.at), top + height * (1 - share))]
        level = share
    points.append((frame.x(frame.end), top + height * (1 - level)))
    return [f'<path class="test-traffic" d="{_path(points)}"/>']


def _healthy(rehearsal: Rehearsal, moments: Sequence[Moment], frame: Frame, top: int) -> list[str]:
    height, settings = dict(STRIPS)["healthy"], rehearsal.settings
    least = minimum_healthy_tasks(settings.desired_count, settings.minimum_healthy_percent)
    top_number = max(1, least, *(moment.healthy for moment in moments))
    most = top_number * 1.12
    ys = [top + height - height * moment.healthy / most for moment in moments]
    line = _steps(moments, ys, frame.end, frame)
    base = [(x, float(top + height)) for x, _ in line]
    return [
        *_levels(frame, top, height, most, _numbers(settings.desired_count, top_number)),
        f'<path class="capacity-area" d="{_area(line, base)}"/>',
        f'<path class="capacity" d="{_path(line)}"/>',
        *_limit(frame, top, height, least / most, f"minimum {least}"),
    ]


def _axis(frame: Frame, height: int) -> list[str]:
    y = height - BOTTOM
    parts = [f'<path class="axis" d="M{LEFT} {y}H{frame.width - RIGHT}" data-end="{frame.end:g}"/>']
    for at in frame.ticks():
        x = frame.x(at)
        anchor = "end" if x > frame.width - RIGHT - 18 else "middle"
        parts.append(f'<path class="axis" d="M{x:.1f} {y}v5"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{y + 19}" text-anchor="{anchor}">{clock(at)}</text>')
    return parts


def _marks(found: Sequence[Marker], frame: Frame, height: int) -> list[str]:
    parts = []
    for marker in found:
        x = frame.x(marker.at)
        bad = " bad" if any(line.tone == "bad" for line in marker.lines) else ""
        parts.append(
            f'<g class="marker{bad}"><path d="M{x:.1f} {TOP - 6}V{height - BOTTOM}"/>'
            f'<circle cx="{x:.1f}" cy="{TOP - 15}" r="9"/>'
            f'<text x="{x:.1f}" y="{TOP - 11}" text-anchor="middle">{marker.number}</text></g>'
        )
    return parts
