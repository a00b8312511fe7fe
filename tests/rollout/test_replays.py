"""The model beside deployments that people published (tests/rollout/published, docs/replays.md)."""

from __future__ import annotations

import pytest

from tools.replays import PAGE, Replay, Span, predicted, published, write

REPLAYS = published()
SPANS = [(replay, span) for replay in REPLAYS for span in replay.spans]


def test_at_least_eight_published_deployments_are_replayed() -> None:
    assert len(REPLAYS) >= 8
    assert len({replay.source for replay in REPLAYS}) >= 8
    assert sum(replay.evidence == "full" for replay in REPLAYS) >= 12


@pytest.mark.parametrize("replay", REPLAYS, ids=lambda replay: replay.name)
def test_a_published_deployment_ends_in_the_model_as_it_ended_on_aws(replay: Replay) -> None:
    assert replay.predicted_outcome() == replay.outcome


@pytest.mark.parametrize(("replay", "span"), SPANS, ids=[f"{replay.name}: {span.until}" for replay, span in SPANS])
def test_the_predicted_time_is_as_near_to_the_reported_one_as_the_entry_says(replay: Replay, span: Span) -> None:
    assert abs(predicted(span, replay.events()) - span.reported) <= span.tolerance, span.why


@pytest.mark.parametrize("replay", REPLAYS, ids=lambda replay: replay.name)
def test_an_entry_names_its_source_and_what_was_stated_and_assumed(replay: Replay) -> None:
    assert replay.evidence in {"full", "partial"}
    assert replay.stated
    assert replay.assumed
    assert replay.source


def test_the_documented_table_is_what_the_model_says_today() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert write(text) == text, "run `python -m tools.replays` and see whether an error grew"
