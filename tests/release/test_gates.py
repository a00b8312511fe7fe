"""Each gate: who may pass, who may not, and what an override or a rollback makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from release import checklist
from release.approval import Approval
from release.calendar import Calendar, Weekday, Window
from release.changelog import tells_of
from release.gates import GATES, NEVER_OVERRIDDEN, Candidate, Demands, Verdict, When, judge, order
from release.journal import Attempt, Begun, Ended, Outcome, Purpose

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
"""A Monday."""
ADA, BOB = (f"arn:aws:sts::333333333333:assumed-role/engineer/{name}" for name in ("ada", "bob"))
DIGEST = "sha256:" + "1" * 64


def attempt(version: str, digest: str = DIGEST, outcome: Outcome = Outcome.SUCCEEDED) -> Attempt:
    begun = Begun(
        service="auth-service", version=version, digest=digest, release_hash=version, config={}, at=NOW, who=ADA
    )
    return Attempt(begun=begun, ended=Ended(outcome=outcome, at=NOW))


def approval(by: str = BOB, **known: object) -> Approval:
    facts = {
        "version": "1.2.0",
        "digest": DIGEST,
        "at": NOW - timedelta(hours=1),
        "expires": NOW + timedelta(days=7),
        **known,
    }
    return Approval(service="auth-service", by=by, **facts)  # type: ignore[arg-type]


GOOD = Candidate(
    environment="prod",
    service="auth-service",
    version="1.2.0",
    digest=DIGEST,
    purpose=Purpose.RELEASE,
    now=NOW,
    releaser=ADA,
    history=(attempt("1.1.0"),),
    history_before=(attempt("1.2.0-rc1"),),
    approvals=(approval(),),
    changelog="# Changes\n\n## [1.2.0] - 2026-11-20\n\n- better\n",
    findings=(("LOW", 3),),
    attested=tuple(item.name for item in checklist.PROD),
)
WORKDAYS = Calendar(
    zone=ZoneInfo("Europe/Berlin"),
    windows=(Window(days=frozenset({Weekday.MON}), start=time(9), end=time(16)),),
)
STRICT = Demands(
    promotes_from="stage",
    approvals=1,
    releaser_may_approve=False,
    changelog=True,
    worst_finding="HIGH",
    calendar=WORKDAYS,
    checklist=checklist.PROD,
    journal=True,
)

REFUSED = {
    "image": ({"digest": ""}, "there is no image auth-service:1.2.0 in prod"),
    "journal": ({"journal_trouble": "no bucket"}, "the journal cannot be read: no bucket"),
    "newer": ({"history": (attempt("1.3.0"),)}, "1.2.0 is older than 1.3.0, which was verified here last"),
    "promotion": (
        {"history_before": (attempt("1.2.0", "sha256:another"),)},
        "stage never verified the image sha256:111111111111 of 1.2.0",
    ),
    "changelog": ({"changelog": "## 1.1.0"}, "the changelog does not tell of 1.2.0"),
    "scan": ({"findings": (("CRITICAL", 1), ("HIGH", 2), ("LOW", 3))}, "the image's scan found 1 CRITICAL, 2 HIGH"),
    "calendar": ({"now": NOW + timedelta(days=1)}, "outside the release windows: Mon 09:00 to 16:00 (Europe/Berlin)"),
    "approval": ({"approvals": ()}, "0 of 1 approvals of 1.2.0 at this digest, of others than the releaser"),
    "checklist": ({"attested": ("staging-verified",)}, "not ticked: Required approvals obtained, "),
    "alarms": ({"alarming": ("auth-5xx",)}, "in ALARM already: auth-5xx"),
    "alone": ({"other_deployment": "auth-service 1.1.5"}, "auth-service 1.1.5 is being deployed"),
    "room": ({"room": (4, 3)}, "its tasks need 4 addresses beside those that run, and its subnets have 3"),
}
"""Gate -> what makes it refuse, and how it says so."""
MOMENTARY = {name for name, when, _ in GATES if when is When.MOMENT}


def refused(verdict: Verdict) -> set[str]:
    return {finding.gate for finding in verdict.refused}


def bad(gate: str) -> Candidate:
    return replace(GOOD, **REFUSED[gate][0])


def test_every_gate_is_in_the_table_of_this_test() -> None:
    assert [name for name, _, _ in GATES] == list(REFUSED)


@pytest.mark.parametrize("preview", [True, False])
def test_a_good_release_passes_every_gate(preview: bool) -> None:  # noqa: FBT001
    assert judge(GOOD, STRICT, preview=preview) == Verdict()


@pytest.mark.parametrize("gate", list(REFUSED))
def test_each_gate_refuses_and_says_what_would_satisfy_it(gate: str) -> None:
    verdict = judge(bad(gate), STRICT, preview=False)
    told = next(finding for finding in verdict.refused if finding.gate == gate)
    assert told.refusal.startswith(REFUSED[gate][1])
    assert told.remedy
    assert f"- {gate}: {REFUSED[gate][1]}" in verdict.text


@pytest.mark.parametrize("gate", list(REFUSED))
def test_a_preview_warns_of_what_depends_on_the_moment_and_refuses_the_rest(gate: str) -> None:
    verdict = judge(bad(gate), STRICT, preview=True)
    assert (gate in refused(verdict)) is (gate not in MOMENTARY)
    assert (gate in {finding.gate for finding in verdict.warned}) is (gate in MOMENTARY)


@pytest.mark.parametrize("gate", sorted(MOMENTARY))
def test_a_rollback_is_only_warned_by_what_depends_on_the_moment(gate: str) -> None:
    verdict = judge(replace(bad(gate), purpose=Purpose.ROLLBACK), STRICT, preview=False)
    assert refused(verdict) == set()
    assert gate in {finding.gate for finding in verdict.warned}


def test_a_rollback_may_go_to_an_older_version_that_stage_has_never_seen() -> None:
    back = replace(GOOD, purpose=Purpose.ROLLBACK, history=(attempt("1.3.0"),), history_before=())
    assert judge(back, STRICT, preview=False).refused == ()


@pytest.mark.parametrize("gate", list(REFUSED))
def test_a_person_with_a_reason_goes_through_every_gate_but_those_of_image_and_journal(gate: str) -> None:
    verdict = judge(bad(gate), STRICT, preview=False, override="outage")
    assert (gate in {finding.gate for finding in verdict.overridden}) is (gate not in NEVER_OVERRIDDEN)
    assert (gate in refused(verdict)) is (gate in NEVER_OVERRIDDEN)


def test_every_refusal_is_named_at_once() -> None:
    worst = GOOD
    for change, _ in REFUSED.values():
        worst = replace(worst, **change)
    # Without an image nothing can be said of its digest.
    assert refused(judge(worst, STRICT, preview=False)) == set(REFUSED) - {"promotion", "scan"}


def test_an_environment_that_demands_nothing_takes_what_has_an_image() -> None:
    bare = Candidate(
        environment="test", service="auth-service", version="dev", digest=DIGEST, purpose=Purpose.RELEASE, now=NOW,
        releaser=ADA,
    )  # fmt: skip
    assert judge(bare, Demands(), preview=False) == Verdict()


def test_a_hotfix_of_what_runs_is_no_downgrade_after_a_newer_release_has_failed() -> None:
    history = (attempt("1.2.0", outcome=Outcome.BREAKER_ROLLED_BACK), attempt("1.1.0"))
    hotfix = replace(GOOD, version="1.1.1", history=history)
    assert "newer" not in refused(judge(hotfix, STRICT, preview=False))


def test_any_earlier_digest_that_was_verified_before_will_do() -> None:
    moved_on = (attempt("1.3.0-rc1", "sha256:newer"), attempt("1.2.0-rc1"))
    assert judge(replace(GOOD, history_before=moved_on), STRICT, preview=False).refused == ()


def test_a_journal_before_that_cannot_be_read_says_why_nothing_is_promoted() -> None:
    (told,) = judge(replace(GOOD, history_before=(), trouble_before="denied"), STRICT, preview=False).refused
    assert (told.gate, told.refusal) == ("promotion", "stage does not say what it verified: denied")


def test_an_attempt_that_failed_before_verified_nothing() -> None:
    failed = (attempt("1.2.0-rc1", outcome=Outcome.FAILED),)
    assert refused(judge(replace(GOOD, history_before=failed), STRICT, preview=False)) == {"promotion"}


@pytest.mark.parametrize(
    "given",
    [
        approval(ADA),
        approval(digest="sha256:another"),
        approval(version="1.2.1"),
        approval(expires=NOW),
        approval(at=NOW + timedelta(minutes=1)),
    ],
    ids=["of the releaser", "of another digest", "of another version", "expired", "from the future"],
)
def test_an_approval_does_not_count(given: Approval) -> None:
    assert refused(judge(replace(GOOD, approvals=(given,)), STRICT, preview=False)) == {"approval"}


def test_two_approvals_of_one_person_are_one() -> None:
    other_role = approval("arn:aws:sts::333333333333:assumed-role/engineer/bob", at=NOW - timedelta(minutes=1))
    two = replace(STRICT, approvals=2)
    assert refused(judge(replace(GOOD, approvals=(approval(), other_role)), two, preview=False)) == {"approval"}


def test_where_the_environment_lets_them_the_releaser_may_approve() -> None:
    alone = replace(GOOD, approvals=(approval(ADA),))
    assert judge(alone, replace(STRICT, releaser_may_approve=True), preview=False).refused == ()


def test_an_image_that_was_not_scanned_is_refused_where_the_scan_counts() -> None:
    assert refused(judge(replace(GOOD, findings=None), STRICT, preview=False)) == {"scan"}
    assert judge(replace(GOOD, findings=None), replace(STRICT, worst_finding=""), preview=False).refused == ()


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.2.0", "1.10.0"),
        ("1.2.0-rc1", "1.2.0"),
        ("1.2.0-rc2", "1.2.0-rc10"),
        ("1.2.0", "1.3.0-rc1"),
        ("0.9.9", "1.0.0"),
    ],
)
def test_versions_are_ordered_as_semantic_versions(older: str, newer: str) -> None:
    first, second = order(older), order(newer)
    assert first is not None
    assert second is not None
    assert first < second


def test_a_moving_tag_has_no_order_and_needs_no_changelog() -> None:
    assert order("dev-login") is None
    moving = replace(GOOD, version="dev-login", changelog="", history=(attempt("1.1.0"),))
    assert refused(judge(moving, STRICT, preview=False)) == {"approval"}


@pytest.mark.parametrize(
    "heading", ["## [1.2.0] - 2026-11-20", "## 1.2.0", "### v1.2.0", "# 1.2.0: better", "## [v1.2.0]"]
)
def test_a_changelog_tells_of_a_version_by_a_heading(heading: str) -> None:
    assert tells_of(f"# Changes\n\n{heading}\n", "1.2.0")
    assert tells_of(f"# Changes\n\n{heading}\n", "1.2.0-rc3")


@pytest.mark.parametrize("text", ["- 1.2.0 is mentioned", "## 1.2.01", "## 11.2.0", "## 1.2", "## 1x2x0", ""])
def test_a_changelog_that_only_mentions_a_version_does_not_tell_of_it(text: str) -> None:
    assert not tells_of(text, "1.2.0")


def test_a_service_that_keeps_no_changelog_is_not_asked_for_one() -> None:
    assert judge(replace(GOOD, changelog=None), STRICT, preview=False).refused == ()


def test_a_rescue_is_warned_of_all_that_would_hold_a_release_but_an_image_and_a_journal() -> None:
    worst = replace(
        GOOD, purpose=Purpose.ROLLBACK, digest="", journal_trouble="denied", findings=(("CRITICAL", 1),), changelog="",
        alarming=("errors",), approvals=(), attested=(), other_deployment="arn:one", room=(2, 1),
    )  # fmt: skip
    verdict = judge(worst, STRICT, preview=False)
    assert {one.gate for one in verdict.refused} <= {"image", "journal"}
    scanned = judge(replace(worst, digest=DIGEST, journal_trouble=""), STRICT, preview=False)
    assert scanned.refused == ()
    assert {"scan", "alarms", "alone", "room", "approval", "checklist"} <= {one.gate for one in scanned.warned}
