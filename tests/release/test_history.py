"""Reading releases out of Pulumi's stack history, and choosing what to go back to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.history import HistoryError, good_versions, read_history, rollback_target, update_with

START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(minute: int, version: str, result: str = "succeeded", kind: str = "update", **section: Any) -> dict[str, Any]:
    """As Pulumi 3.259 prints it."""
    services = {"auth-service": {"version": version, "desiredCount": 2} | section, "other": {"version": "9.9.9"}}
    return {
        "version": 0,
        "kind": kind,
        "startTime": (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "message": f"release {version}",
        "environment": {"git.author": "Ada"},
        "config": {
            "slipway:prefix": {"value": "", "secret": False},
            "slipway:services": {"value": "{}", "objectValue": services, "secret": False},
        },
        "result": result,
        "endTime": (START + timedelta(minutes=minute + 1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }


def history(*tries: tuple[str, str] | str) -> Any:
    pairs = [(one, "succeeded") if isinstance(one, str) else one for one in tries]
    return read_history([entry(minute, *pair) for minute, pair in enumerate(pairs)])


def test_an_entry_becomes_an_update_with_times_result_message_author_and_services() -> None:
    (update,) = read_history([entry(0, "1.0.0")])
    assert (update.kind, update.result, update.message, update.author) == (
        "update",
        "succeeded",
        "release 1.0.0",
        "Ada",
    )
    assert update.started == START
    assert update.ended == START + timedelta(minutes=1)
    assert update.services["auth-service"] == {"version": "1.0.0", "desiredCount": 2}
    assert update.version("other") == "9.9.9"
    assert update.version("unknown") == ""


def test_an_update_under_way_has_no_end() -> None:
    bare = entry(0, "1.0.0", "in-progress")
    del bare["endTime"]
    assert read_history([bare])[0].ended is None


@pytest.mark.parametrize(
    "config",
    [None, {}, {"slipway:services": {"value": "x"}}, {"slipway:services": {"objectValue": []}}],
    ids=["none", "empty", "not an object", "a list"],
)
def test_an_entry_without_services_is_still_an_update(config: Any) -> None:
    assert read_history([entry(0, "1.0.0") | {"config": config}])[0].services == {}


GOING_BACK = {
    "after a good release, to the one before": (["1.0.0", "1.1.0"], "", "1.0.0"),
    "a good release applied twice counts once": (["1.0.0", "1.1.0", "1.1.0"], "", "1.0.0"),
    "after a failed release, to the last good one": (["1.0.0", "1.1.0", ("1.2.0", "failed")], "", "1.1.0"),
    "after a release that failed twice": (["1.1.0", ("1.2.0", "failed"), ("1.2.0", "failed")], "", "1.1.0"),
    "after two that failed": (["1.1.0", ("1.2.0", "failed"), ("1.2.1", "failed")], "", "1.1.0"),
    "failed releases in between are passed over": (["1.0.0", ("1.1.0", "failed"), "1.2.0"], "", "1.0.0"),
    "after a rollback, to what was rolled back from": (["1.0.0", "1.1.0", "1.0.0"], "", "1.1.0"),
    "what was verified wins over the result of the whole update": (
        ["1.0.0", ("1.1.0", "failed"), ("1.2.0", "failed")],
        "1.1.0",
        "1.1.0",
    ),
    "what was tried last is verified": (["1.0.0", "1.1.0"], "1.1.0", "1.0.0"),
    "what was verified is not in the history": (["1.0.0", "1.1.0"], "unknown (sha256:1)", "1.0.0"),
    "an unfinished try": (["1.0.0", ("1.1.0", "in-progress")], "1.0.0", "1.0.0"),
}


@pytest.mark.parametrize(("tries", "verified", "target"), GOING_BACK.values(), ids=GOING_BACK)
def test_a_rollback_goes_to_what_ran_before_what_was_tried_last(tries: Any, verified: str, target: str) -> None:
    assert rollback_target(history(*tries), "auth-service", verified=verified).version("auth-service") == target


def test_the_settings_come_back_with_the_version() -> None:
    updates = read_history([entry(0, "1.0.0", memory=512), entry(1, "1.0.0", memory=1024), entry(2, "1.1.0")])
    assert rollback_target(updates, "auth-service").services["auth-service"]["memory"] == 1024


def test_only_updates_count_as_tries() -> None:
    updates = read_history(
        [entry(0, "1.0.0"), entry(1, "1.1.0"), entry(2, "1.1.0", kind="refresh"), entry(3, "1.1.0", kind="destroy")]
    )
    assert rollback_target(updates, "auth-service").version("auth-service") == "1.0.0"


NOWHERE = {
    "no history": ([], "was never released here"),
    "a single release": (["1.0.0"], "is the only release of it that succeeded here"),
    "only failures": ([("1.0.0", "failed")], "is the only release of it"),
}


@pytest.mark.parametrize(("tries", "words"), NOWHERE.values(), ids=NOWHERE)
def test_where_there_is_nothing_to_go_back_to_the_error_says_so(tries: Any, words: str) -> None:
    with pytest.raises(HistoryError, match=words):
        rollback_target(history(*tries), "auth-service")


def test_a_version_can_be_named_when_it_once_succeeded() -> None:
    updates = history("1.0.0", "1.1.0", ("1.2.0", "failed"))
    assert update_with(updates, "auth-service", "1.0.0").started == START
    with pytest.raises(HistoryError, match=r"1\.2\.0 was never released successfully here; .*: 1\.1\.0, 1\.0\.0"):
        update_with(updates, "auth-service", "1.2.0")
    with pytest.raises(HistoryError, match=r"3\.0\.0 was never released here"):
        update_with(updates, "auth-service", "3.0.0")


tries = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["succeeded", "failed", "in-progress"])), max_size=9
)


@given(tries, st.randoms())
def test_the_order_of_the_entries_does_not_matter(made: Any, random: Any) -> None:
    entries = [entry(minute, *one) for minute, one in enumerate(made)]
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert read_history(shuffled) == read_history(entries)
    assert list(read_history(entries)) == sorted(read_history(entries), key=lambda one: one.started, reverse=True)


@given(tries)
def test_a_target_always_succeeded_once_and_is_never_what_was_tried_last(made: Any) -> None:
    updates = history(*made)
    try:
        target = rollback_target(updates, "auth-service")
    except HistoryError:
        assert len(set(good_versions(updates, "auth-service")) - {made[-1][0] if made else ""}) == 0
        return
    assert target.succeeded
    assert target.version("auth-service") != made[-1][0]
    assert target.version("auth-service") in good_versions(updates, "auth-service")
