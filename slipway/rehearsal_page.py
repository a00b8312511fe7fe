"""A rehearsal as one page that needs nothing from anywhere: the picture, and in words what it shows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from rollout.course import TaskState
from rollout.story import clock
from rollout.timeline import Kind
from slipway.picture import Frame, draw, drawn, markers, pattern_of, roles, swatch
from slipway.rehearsal import PLACES, remarks
from slipway.rehearsal_text import costs, facts, headline, phases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slipway.rehearsal import Rehearsal

WIDTHS: Final = {"wide": 1100, "narrow": 340}
"""Pictures for screens and for telephones: one that only shrank could not be read."""
MOST_MARKERS: Final = 40
MOST_LINES: Final = 200
COSTS: Final = (
    "Seconds by which every deploy would be shorter with the value it is compared with, and by which a release that "
    "never turns healthy would be given up earlier. They do not add up."
)
PAIR: Final = 2
"""Columns of a table that needs no column's name beside each cell."""


def page_of(rehearsal: Rehearsal, assumed: Sequence[str]) -> str:
    """The page. Everything that has a name from outside is escaped."""
    verdict = "good" if rehearsal.succeeds else "bad"
    word = "Would run" if rehearsal.succeeds else "Would not run"
    name = escape(f"{rehearsal.service} {rehearsal.asked.version} in {rehearsal.environment}")
    body = [
        f"<h1>{name}</h1>",
        f'<p class="verdict {verdict}"><strong>{word}.</strong> {escape(headline(rehearsal))}</p>',
        _figure(rehearsal),
        "<h2>Prediction</h2>",
        _table(("what", "how much"), facts(rehearsal)),
        "<h2>What took the time</h2>",
        _table(("phase", "takes", "why"), phases(rehearsal)),
        "<h2>Warnings</h2>",
        _warnings(rehearsal),
        "<h2>What each number costs</h2>",
        f"<p>{COSTS}</p>",
        _table(("setting", "is", "costs each deploy", "delays giving up", "compared with", "change"), costs(rehearsal)),
        "<h2>Timeline</h2>",
        _timeline(rehearsal),
        "<h2>Assumed</h2>",
        _list(assumed),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Rehearsal: {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _figure(rehearsal: Rehearsal) -> str:
    pictures = "\n".join(draw(rehearsal, width, name) for name, width in WIDTHS.items())
    keys = "".join(_key(rehearsal, name) for name in WIDTHS)
    found = "".join(_marker_list(rehearsal, width, name) for name, width in WIDTHS.items())
    _, end = drawn(rehearsal)
    cut = ""
    if end < rehearsal.prediction.duration:
        cut = f"<p>It goes on like this: only the first {clock(end)} is drawn.</p>"
    return f"<figure>{pictures}\n{cut}<figcaption>{keys}{found}</figcaption></figure>"


def _key(rehearsal: Rehearsal, name: str) -> str:
    moments, _ = drawn(rehearsal)
    role_of = roles(rehearsal)
    seen = {(role_of.get(number, "new"), state) for moment in moments for number, state in moment.tasks}
    versions = {role_of[number]: version for number, version in rehearsal.names.items()}
    items = [
        f"<li>{swatch(role, pattern_of(name, role, state))} {escape(versions.get(role, ''))} {state}</li>"
        for role in ("old", "new")
        for state in TaskState
        if (role, state) in seen
    ]
    if not all(moment.healthy for moment in moments):
        items.append(f"<li>{swatch('bad', f'{name}-nobody')} no healthy task answers</li>")
    if any(event.kind is Kind.TEST_TRAFFIC_SHIFTED for event in rehearsal.prediction.events):
        line = '<path class="test-traffic" d="M0 8H16"/>'
        items.append(
            f'<li><svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">{line}</svg> '
            f"test traffic to {escape(versions['new'])}</li>"
        )
    dashes = '<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true"><path class="limit" d="M0 8H16"/></svg>'
    items.append(f"<li>{dashes} the deployment's maximum, in which leaving tasks do not count, and its minimum</li>")
    return f'<ul class="key {name}" aria-label="Key">{"".join(items)}</ul>'


def _marker_list(rehearsal: Rehearsal, width: int, name: str) -> str:
    _, end = drawn(rehearsal)
    found = markers(rehearsal, Frame(width, end))
    items = [
        f"<li value={marker.number}>{'; '.join(f'{clock(line.at)} {escape(line.text)}' for line in marker.lines)}</li>"
        for marker in found[:MOST_MARKERS]
    ]
    if len(found) > MOST_MARKERS:
        items.append(f"<li class=more>and {len(found) - MOST_MARKERS} more</li>")
    return f'<ol class="markers {name}" aria-label="Markers">{"".join(items)}</ol>' if items else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-column="{escape(column)}">{escape(cell)}</td>' for column, cell in zip(columns, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    kind = ' class="pairs"' if len(columns) == PAIR else ""
    return f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _warnings(rehearsal: Rehearsal) -> str:
    notes = [f"note: {remark}." for remark in remarks(rehearsal)]
    found = [
        f"{finding.severity}: {finding.message}. Change {PLACES[finding.setting]}. ({finding.rule}; {finding.source})"
        for finding in rehearsal.findings
    ]
    return _list([*notes, *found]) if notes or found else "<p>None: the timings fit each other.</p>"


def _timeline(rehearsal: Rehearsal) -> str:
    lines = rehearsal.lines[:MOST_LINES]
    table = _table(
        ("time", "what happens"), [(clock(line.at), ("! " if line.tone == "bad" else "") + line.text) for line in lines]
    )
    left_out = len(rehearsal.lines) - len(lines)
    return table + (f"<p>{left_out} more lines: --json has them all.</p>" if left_out else "")


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


STYLE: Final = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1a1d21;--soft:#5b636d;--line:#d5d9de;--old:#0072b2;--new:#b85c00;
--bad:#b3261e;--good:#1b6b3a;--area:#e8ecf0}
@media(prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e9ecef;--soft:#a3acb6;--line:#363c44;--old:#5ab4ec;
--new:#f0a24a;--bad:#ff8a80;--good:#7fd6a0;--area:#262c33}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:1132px;margin:0 auto;padding:16px}
h1{font-size:1.5rem;line-height:1.25;margin:.2em 0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:1.8em 0 .4em}
.verdict{border-left:4px solid;padding:.2em .8em;margin:.8em 0;overflow-wrap:anywhere}
.verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}
.verdict.good strong{color:var(--good)}.verdict.bad strong{color:var(--bad)}
figure{margin:1em 0}
.picture{width:100%;height:auto;display:block}
.narrow{display:none!important}
.key,.markers{margin:.5em 0;padding:0}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:.2em 1.2em}
.markers{padding-left:2em;columns:26em;column-gap:3em}
.more{list-style:none}
.swatch{width:16px;height:16px;vertical-align:-3px}
.old{--c:var(--old)}.new{--c:var(--new)}.bad{--c:var(--bad)}
.solid{fill:var(--c)}
.stroke{stroke:var(--c);stroke-width:1.6;fill:none}
.edge{stroke:var(--c);stroke-width:1}
.swatch .paper{fill:var(--paper)}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
svg .heading{font-weight:600;font-size:13px;paint-order:stroke;stroke:var(--paper);stroke-width:5px}
svg .tick{fill:var(--soft)}
svg .limit-name{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--soft);stroke-width:1;fill:none}
.limit{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:5 4}
.test-traffic{stroke:var(--ink);stroke-width:2;stroke-dasharray:7 4;fill:none}
.capacity{stroke:var(--ink);stroke-width:2;fill:none}
.capacity-area{fill:var(--area)}
.marker path{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:2 3}
.marker circle{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
.marker.bad path,.marker.bad circle{stroke:var(--bad)}
svg .marker.bad text{fill:var(--bad);font-weight:700}
table{border-collapse:collapse;width:100%;font-size:.94rem}
th,td{text-align:left;padding:.3em .8em .3em 0;border-bottom:1px solid var(--line);vertical-align:top;
overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;overflow-wrap:normal}
td:not(:last-child){overflow-wrap:normal}
li{overflow-wrap:anywhere}
@media(max-width:640px){.narrow{display:block!important}.key.narrow{display:flex!important}.wide{display:none!important}
thead{position:absolute;left:-9999px}
tr{display:block;border-bottom:1px solid var(--line);padding:.4em 0}
td{display:block;border:0;padding:.05em 0}
td::before{content:attr(data-column) ": ";color:var(--soft)}
.pairs td::before{content:none}
.pairs td:first-child{color:var(--soft)}}
"""
