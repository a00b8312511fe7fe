"""Published deployments, replayed on the rollout model; ``python -m tools.replays`` writes docs/replays.md's table.

The deployments are data (tests/rollout/published/*.toml): settings, what the tasks did, the times that were reported,
where, what was stated and what had to be assumed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from rollout.behaviour import Behaviour
from rollout.behaviour import Kind as Does
from rollout.prediction import Prediction, predict
from rollout.reactions import PUBLISHED
from rollout.revision import ContainerCheck, Revision, TargetCheck, Timings
from rollout.settings import Breaker, Settings
from rollout.strategy import Hook, Shifting, Stage, Strategy
from rollout.timeline import Event, Kind

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT / "tests" / "rollout" / "published"
PAGE: Final = ROOT / "docs" / "replays.md"
_HEAD: Final = (
    "| deployment | evidence | settings | from - until | reported | predicted | error |\n"
    "|---|---|---|---|---:|---:|---:|\n"
)
_PLACE: Final = re.compile(r"(<!-- the table of replays[^>]*-->\n)(.*?)(<!-- its end -->)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of a timeline, from the first event of one kind to the first of another, in seconds."""

    since: Kind
    until: Kind
    reported: float
    tolerance: float
    """By how much the prediction may differ from what was reported."""
    why: str
    """Why by so much."""


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One published deployment."""

    name: str
    title: str
    source: str
    evidence: str
    """"full": every setting that matters was stated; "partial": what was assumed matters."""
    stated: str
    assumed: str
    creates: bool
    """Whether it is the first deployment of a new service."""
    settings: Settings
    old: Revision
    new: Revision
    outcome: str
    spans: tuple[Span, ...]

    def events(self) -> tuple[Event, ...]:
        """What the model says happens, in seconds from the deployment's begin."""
        return self._prediction().events

    def predicted_outcome(self) -> str:
        """How the model says the deployment ends."""
        return str(self._prediction().outcome)

    def _prediction(self) -> Prediction:
        return predict(self.settings, None if self.creates else self.old, self.new)


def predicted(span: Span, events: tuple[Event, ...]) -> float:
    """How long the model says a span lasts. Raises LookupError when one of its ends never happens."""
    begin = next((event.at for event in events if event.kind is span.since), None)
    end = next((event.at for event in events if event.kind is span.until and event.at >= (begin or 0.0)), None)
    if begin is None or end is None:
        raise LookupError(f"the model's timeline has no {span.since if begin is None else span.until}")
    return end - begin


def published() -> list[Replay]:
    """All published deployments, by name."""
    return [_read(file) for file in sorted(DATA.glob("*.toml"))]


def table(replays: list[Replay]) -> str:
    """The table of docs/replays.md."""
    return _HEAD + "".join(_row(replay, span) for replay in replays for span in replay.spans)


def summary(replays: list[Replay]) -> str:
    """How large the errors are, in one sentence."""
    errors = sorted(
        abs(predicted(span, replay.events()) - span.reported) / span.reported
        for replay in replays
        for span in replay.spans
    )
    near, fair = (sum(error <= limit for error in errors) for limit in (0.2, 0.5))
    return (
        f"Of {len(errors)} stretches of {len(replays)} deployments {near} are predicted within 20 % "
        f"and {fair} within 50 %; the median error is {median(errors):.0%}.\n"
    )


def entries(replays: list[Replay]) -> str:
    """What stands below the table: each deployment's source, what it stated and what had to be assumed."""
    return "\n".join(_entry(replay) for replay in replays)


def write(text: str) -> str:
    """The page with the table and the entries of today in it. Raises LookupError when it has no place for them."""
    if not _PLACE.search(text):
        raise LookupError(f"{PAGE} has no place for the table")
    replays = published()
    return _PLACE.sub(
        lambda found: f"{found[1]}\n{table(replays)}\n{summary(replays)}\n{entries(replays)}\n{found[3]}", text
    )


def _read(file: Path) -> Replay:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    old, new = data.pop("old", {}), data.pop("new", {})
    common = {"target": data.pop("target", None), "container": data.pop("container", None)}
    settings = data.pop("settings")
    settings["breaker"] = Breaker(**settings.pop("breaker", {}))
    settings["shifting"] = _shifting(settings.pop("shifting")) if "shifting" in settings else None
    return Replay(
        name=file.stem,
        creates=data.pop("creates", False),
        settings=Settings(**settings, reactions=PUBLISHED),
        old=_revision("old", common | old),
        new=_revision("new", common | new),
        spans=tuple(
            Span(since=Kind(span.pop("since")), until=Kind(span.pop("until")), **span) for span in data.pop("span")
        ),
        **{name: " ".join(text.split()) for name, text in data.items()},
    )


def _revision(name: str, data: dict[str, Any]) -> Revision:
    target, container = data.pop("target"), data.pop("container")
    return Revision(
        name=name,
        behaviour=_behaviour(data.pop("behave", {})),
        target=None if target is None else TargetCheck(**target),
        container=None if container is None else ContainerCheck(**container),
        timings=Timings(**data.pop("timings", {})),
        **data,
    )


def _shifting(data: dict[str, Any]) -> Shifting:
    hooks = [Hook(**hook | {"stages": frozenset(map(Stage, hook["stages"]))}) for hook in data.pop("hooks", [])]
    return Shifting(**data | {"strategy": Strategy(data["strategy"]), "hooks": tuple(hooks)})


def _behaviour(data: dict[str, Any]) -> Behaviour:
    return Behaviour(**data | {"kind": Does(data.get("kind", "healthy"))})


def _row(replay: Replay, span: Span) -> str:
    seconds = predicted(span, replay.events())
    error = seconds - span.reported
    ends = f"{span.since} - {span.until}"
    return (
        f"| [{replay.title}](#{replay.name}) | {replay.evidence} | {_settings(replay)} | {ends} | "
        f"{span.reported:.0f} s | {seconds:.0f} s | {error:+.0f} s, {error / span.reported:+.0%} |\n"
    )


def _entry(replay: Replay) -> str:
    lines = [
        f'<a id="{replay.name}"></a>**{replay.title}** ({replay.evidence} evidence). {replay.source}.',
        f"Stated: {replay.stated} Assumed: {replay.assumed}",
    ]
    lines += [
        f"Allowed error of *{span.since} - {span.until}*: {span.tolerance:.0f} s. {span.why}" for span in replay.spans
    ]
    return "\n".join(lines) + "\n"


def _settings(replay: Replay) -> str:
    settings, new = replay.settings, replay.new
    parts = [
        f"{settings.desired_count} x, {settings.minimum_healthy_percent}/{settings.maximum_percent} %",
        f"target {new.target.interval:g} s x {new.target.healthy_threshold}, "
        f"drains {new.target.deregistration_delay:g} s"
        if new.target
        else "no load balancer",
    ]
    if settings.shifting:
        parts.insert(0, f"{settings.shifting.strategy}, bake {settings.shifting.bake:g} s")
    if new.container:
        parts.append(f"container check {new.container.interval:g} s x {new.container.retries}")
    if settings.grace_period:
        parts.append(f"grace {settings.grace_period:g} s")
    if settings.breaker.enabled:
        parts.append("breaker")
    if new.behaviour.kind != "healthy":
        parts.append(str(new.behaviour.kind))
    return "; ".join(parts)


if __name__ == "__main__":
    PAGE.write_text(write(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
