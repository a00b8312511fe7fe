"""`slipway rehearse`: no AWS, no Pulumi, and an exit code that says whether the release would run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from rollout import strategy_text
from rollout.behaviour import parse
from rollout.reactions import PUBLISHED
from slipway.picture import Frame, draw, drawn, markers
from slipway.rehearsal import Asked, Rehearsal, assumptions, rehearse, remarks
from slipway.rehearsal_page import page_of
from stacks import settings as stack_settings
from stacks.catalogue import CATALOGUE
from stacks.profiles import PROFILES
from stacks.service_definition import ServiceDefinition
from tests.infra.program import ROOT, committed
from tests.slipway.conftest import no_aws

if TYPE_CHECKING:
    from pathlib import Path

    from tests.slipway.conftest import World

ASKED = ("rehearse", "-e", "prod", "-s", "auth-service", "-v", "1.5.0")
BAKE = 180
"""Seconds that the slowest of prod's rollback alarms looks back."""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _nobody_asks_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.project.open_aws", no_aws("AWS was asked"))


def from_json(world: World, *more: str) -> dict[str, Any]:
    run = world.run(*ASKED, "--json", *more)
    answer: dict[str, Any] = json.loads(run.out)
    assert (run.code == 0) == answer["succeeds"]
    return answer


def rehearsal(
    behave: str = "", strategy: str = "rolling", *, desired: int = 3, running: str | None = "1.4.2"
) -> Rehearsal:
    config = committed("test")
    config["services"]["auth-service"]["desiredCount"] = desired
    settings = stack_settings.parse("test", config, "test")
    asked = Asked(version="1.5.0", running=running, behaviour=parse(behave), shifting=strategy_text.parse(strategy))
    return rehearse(settings, CATALOGUE[0], asked)


def test_a_good_release_is_told_from_the_running_version_to_its_end(world: World) -> None:
    run = world.run(*ASKED)
    assert run.code == 0
    assert run.out.startswith("auth-service in prod, from 1.0.0 to 1.5.0: it would run after 5:42\n")
    assert re.search(r"^1:27 +2 tasks of 1\.5\.0 counted as healthy$", run.out, re.MULTILINE)
    assert re.search(r"^draining +0:30 +deregistration delay 30 s, ECS 10 s$", run.out, re.MULTILINE)
    assert "the timings fit each other: no warning" in run.out
    assert "assumed: 1.0.0 runs with 2 tasks, all healthy, on the same settings (Pulumi.prod.yaml)" in run.out


def test_neither_pulumi_nor_aws_is_asked_and_no_file_is_touched(world: World) -> None:
    before = {path: path.read_bytes() for path in world.root.rglob("*") if path.is_file()}
    assert world.run(*ASKED).code == 0
    assert world.pulumi.asked == []
    assert {path: path.read_bytes() for path in world.root.rglob("*") if path.is_file()} == before


def test_a_bad_release_ends_with_exit_code_1_its_cause_and_the_version_it_goes_back_to(world: World) -> None:
    run = world.run(*ASKED, "--behave", "crash:after=5s")
    assert run.code == 1
    assert "it would fail (tasks failed to start) and be back at 1.0.0 after" in run.out
    assert "! ECS rolls back to 1.0.0" in run.out


def test_the_first_release_has_nothing_to_go_back_to(world: World) -> None:
    world.write("prod", (world.root / "Pulumi.prod.yaml").read_text().replace("version: 1.0.0, ", ""))
    good = from_json(world)
    assert (good["running"], good["duration"], good["requests"]["unanswered"]) == (None, 87 + BAKE, 0)
    bad = from_json(world, "--behave", "unhealthy")
    assert (bad["outcome"], bad["succeeds"]) == ("failed", False)


def test_from_names_the_version_that_runs_now(world: World) -> None:
    assert from_json(world, "--from", "1.4.9")["running"] == "1.4.9"


def test_a_deployment_that_outlasts_the_wait_would_not_be_called_a_success(world: World) -> None:
    answer = from_json(world, "--behave", "healthy:start=20", "--pull", "3600")
    assert (answer["outcome"], answer["succeeds"]) == ("completed", False)
    assert {"wait-under-duration"} <= {warning["rule"] for warning in answer["warnings"]}


def test_a_bad_release_fails_as_many_requests_as_meet_it(world: World) -> None:
    answer = from_json(world, "--behave", "errors:rate=4", "--rps", "40")
    requests = answer["requests"]
    assert requests["met_new_version"] == pytest.approx(((97 - 49) / 2 + 162 + BAKE - 97) * 40)
    assert requests["failed_by_errors"] == pytest.approx(requests["met_new_version"] * 0.04)
    assert requests["worst_case"] == requests["met_new_version"]
    assert any("ECS does not see it" in note and "no alarm goes off" in note for note in answer["notes"])


@pytest.mark.parametrize(("behave", "seconds"), [("errors:rate=25", 180), ("healthy:latency=3s", 240)])
def test_a_bad_release_ends_when_the_environment_s_own_alarm_goes_off(world: World, behave: str, seconds: int) -> None:
    answer = from_json(world, "--behave", behave)
    assert (answer["outcome"], answer["cause"]) == ("rolled back", "alarm")
    assert answer["tripped_at"] == 49 + seconds
    assert any("the environment's alarms are watched" in line for line in answer["assumed"])


def test_alarms_see_nothing_where_too_few_call(world: World) -> None:
    assert from_json(world, "--behave", "errors:rate=25", "--rps", "0.3")["outcome"] == "completed"


def test_what_goes_wrong_after_the_deployment_is_told_though_it_succeeds(world: World) -> None:
    answer = from_json(world, "--behave", "crash:after=600")
    assert answer["succeeds"]
    assert any("nothing rolls that back" in note for note in answer["notes"])


def test_a_strategy_shows_its_stages_weights_and_pauses(world: World) -> None:
    run = world.run(*ASKED, "--strategy", "canary:10%,5m,bake=10m")
    assert run.code == 0
    told = [line.split(maxsplit=1) for line in run.out.splitlines() if "of the production traffic" in line]
    assert [text for _, text in told] == [
        "1.5.0 gets 10 % of the production traffic",
        "1.5.0 gets 100 % of the production traffic",
    ]
    assert re.search(r"^step bake +5:00 ", run.out, re.MULTILINE)
    assert re.search(r"^baking +10:00 ", run.out, re.MULTILINE)
    for stage in ("PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "CLEAN_UP"):
        assert f"stage {stage} begins" in run.out
    assert re.search(r"^step bake time +300 s +300 s ", run.out, re.MULTILINE)
    assert re.search(r"^bake time +600 s +600 s ", run.out, re.MULTILINE)


def test_a_canary_s_exposure_counts_what_its_steps_let_through(world: World) -> None:
    answer = from_json(world, "--strategy", "canary:10%,5m,bake=10m", "--rps", "10")
    shares = [(one["at"], one["share"]) for one in answer["exposure"]]
    (tenth,) = [at for at, share in shares if share == 0.1]
    (whole,) = [at for at, share in shares if share == 1]
    assert whole - tenth == 300 + 2 * PUBLISHED.stage
    met = (whole - tenth) * 10 * 0.1 + (answer["duration"] - whole) * 10
    assert answer["requests"]["met_new_version"] == pytest.approx(met)


def test_tasks_that_turn_healthy_before_they_crash_are_told_to_outwit_the_breaker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    careful = replace(PROFILES["test"], minimum_healthy_percent=90, maximum_percent=110)
    monkeypatch.setattr(stack_settings, "PROFILES", {**PROFILES, "test": careful})
    one = rehearsal("crash:after=60", desired=50)
    assert (one.prediction.outcome.value, one.succeeds) == ("endless", False)
    assert any("makes the circuit breaker count from 0 again" in note for note in remarks(one))


def test_requests_that_nobody_answers_are_counted(world: World) -> None:
    """With all tasks replaced at once, a crash right after the switch leaves none until the old version is back."""
    world.write("prod", (world.root / "Pulumi.prod.yaml").read_text().replace("desiredCount: 2", "desiredCount: 3"))
    answer = from_json(world, "--behave", "crash:after=45", "--rps", "10")
    down = next(one["at"] for one in answer["course"] if not one["healthy"])
    back = next(one["at"] for one in answer["timeline"] if one["kind"] == "running" and one["revision"] == "1.0.0")
    assert (down, back) == (92, 141)
    out_of_the_group, in_it_again = 87 + PUBLISHED.deregistration, back + 2
    assert answer["requests"]["unanswered"] == (in_it_again - out_of_the_group) * 10


def test_an_alarm_ends_a_canary_before_most_requests_have_met_it(world: World) -> None:
    canary = ("--strategy", "canary:10%,5m", "--behave", "errors:rate=50", "--rps", "10")
    watched = from_json(world, *canary, "--alarm", "120")
    assert (watched["outcome"], watched["cause"], watched["tripped_at"]) == ("rolled back", "alarm", 127 + 120)
    assert watched["requests"]["met_new_version"] == pytest.approx(120 * 10 * 0.1)
    own = from_json(world, *canary)
    assert (own["outcome"], own["tripped_at"]) == ("rolled back", 127 + 180), "the environment's own"
    assert from_json(world, "--alarm", "120")["succeeds"], "no errors, no alarm"


def test_an_alarm_slower_than_the_bake_time_is_warned_of_and_comes_too_late(world: World) -> None:
    answer = from_json(world, "--strategy", "blue_green:bake=1m", "--behave", "errors", "--alarm", "300")
    assert answer["succeeds"]
    assert "bake-under-alarm" in {warning["rule"] for warning in answer["warnings"]}


def test_the_longest_request_is_held_against_the_draining(world: World) -> None:
    run = world.run(*ASKED, "--longest-request", "90")
    assert "error: a request may take 90 s" in run.out
    assert "[deregistration_delay in stacks/catalogue.py; requests-cut]" in run.out
    assert run.code == 0, "the release itself would run"


def test_json_holds_all_that_is_known(world: World) -> None:
    answer = from_json(world)
    assert set(answer) == {
        *("environment", "service", "version", "running", "strategy", "succeeds", "outcome", "cause", "duration"),
        *("tripped_at", "wait_limit", "peak_tasks", "lowest_healthy", "minimum_healthy", "requests", "settings"),
        *("revision", "timeline", "course", "exposure", "phases", "warnings", "notes", "costs", "assumed"),
    }
    assert answer["timeline"][0]["text"] == "the deployment of 1.5.0 begins"
    assert answer["timeline"][-1] | {"text": ""} == {
        "at": 162 + BAKE,
        "clock": "5:42",
        "kind": "deployment completed",
        "revision": "1.5.0",
        "tasks": 0,
        "text": "",
        "tone": "good",
    }
    assert sum(phase["seconds"] for phase in answer["phases"]) == answer["duration"] == 162 + BAKE
    costs = {cost["setting"]: cost["good"] for cost in answer["costs"]}
    assert costs["deregistration delay"] == 30
    assert answer["course"][-1]["tasks"] == [{"revision": "1.5.0", "state": "healthy", "tasks": 2}]


def test_an_endless_timeline_is_cut_on_the_terminal_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = replace(PROFILES["prod"], circuit_breaker=False, automatic_rollback=False)
    monkeypatch.setattr(stack_settings, "PROFILES", {**PROFILES, "prod": patient})
    run = world.run(*ASKED, "--behave", "crash")
    assert run.code == 1
    assert "it would be tried again and again; nothing ends it" in run.out
    assert re.search(r"\d+ more lines; --json has them all", run.out)
    assert len(run.out.splitlines()) < 110
    assert from_json(world, "--behave", "crash")["duration"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-e", "prod", "-v", "1.5.0-rc1"), "-v: prod does not take it"),
        (("-e", "prod", "-v", "latest"), "never allowed"),
        (("-e", "nowhere", "-v", "1.5.0"), "-e nowhere: there is no such environment"),
        (("-e", "prod", "-v", "1.5.0", "--behave", "dance"), "--behave dance: behaviour 'dance' is unknown"),
        (("-e", "prod", "-v", "1.5.0", "--behave", "crash:after=x"), "after must be a number"),
        (("-e", "prod", "-v", "1.5.0", "--strategy", "canary:0%"), "--strategy canary:0%: "),
        (("-e", "prod", "-v", "1.5.0", "--rps", "-1"), "--rps"),
        (("-e", "prod", "-v", "1.5.0", "--html", "no/such/folder/page.html"), "no/such/folder/page.html"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_and_says_what_is_wrong(
    world: World, arguments: tuple[str, ...], said: str
) -> None:
    run = world.run("rehearse", "-s", "auth-service", *arguments)
    assert (run.code, run.out) == (2, "")
    assert said in run.err


def test_a_worker_has_no_traffic_to_shift(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stacks.catalogue.by_name", lambda *_: {"auth-service": ServiceDefinition(name="auth-service")})
    run = world.run(*ASKED, "--strategy", "canary:10%,5m")
    assert (run.code, run.out) == (2, "")
    assert "--strategy canary:10%,5m: no traffic reaches auth-service, so that none could be shifted" in run.err
    assert "no request reaches the service: it is a worker" in world.run(*ASKED).out


def test_it_answers_without_importing_pulumi_or_boto3() -> None:
    """What makes it fast, and what keeps it from asking AWS."""
    code = (
        "import sys; from slipway.main import main\n"
        "code = main(['rehearse', '-e', 'prod', '-s', 'auth-service', '-v', '1.5.0'])\n"
        "print(code, sorted({m.split('.')[0] for m in sys.modules} & {'pulumi', 'boto3', 'botocore', 'moto', 'grpc'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


# The picture


SCENES: dict[str, dict[str, Any]] = {
    "good": {},
    "crash": {"behave": "crash"},
    "never healthy": {"behave": "unhealthy"},
    "first": {"running": None},
    "fifty": {"desired": 50},
    "none": {"desired": 0},
    "canary": {"strategy": "canary:10%,5m,bake=10m"},
    "bad canary": {"strategy": "canary:10%,5m", "behave": "crash"},
    "linear": {"strategy": "linear:20%,1m"},
}


def picture(of: Rehearsal, width: int = 1000) -> ET.Element:
    return ET.fromstring(draw(of, width, "p"))  # noqa: S314 - our own


def corners(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


@pytest.mark.parametrize("scene", SCENES)
def test_the_line_of_healthy_tasks_has_a_step_for_every_moment_of_the_timeline(scene: str) -> None:
    one = rehearsal(**SCENES[scene])
    moments, end = drawn(one)
    (line,) = [path for path in picture(one).iter(f"{SVG}path") if path.get("class") == "capacity"]
    places = corners(line.get("d") or "")
    assert len(places) == 2 * len(moments)
    frame = Frame(1000, end)
    assert [x for x, _ in places[::2]] == pytest.approx([frame.x(moment.at) for moment in moments], abs=0.05)
    assert places[-1][0] == pytest.approx(frame.x(one.prediction.duration or 1), abs=0.05)


@pytest.mark.parametrize("scene", SCENES)
def test_the_axis_begins_at_0_and_ends_with_the_deployment(scene: str) -> None:
    one = rehearsal(**SCENES[scene])
    ends = [path.get("data-end") for path in picture(one).iter(f"{SVG}path") if path.get("data-end")]
    assert ends == [f"{max(1, one.prediction.duration):g}"]
    assert Frame(1000, one.prediction.duration or 1).ticks()[0] == 0


def test_tasks_are_stacked_by_version_and_state_as_the_model_says() -> None:
    layers = [
        (path.get("data-role"), path.get("data-state"))
        for path in picture(rehearsal()).iter(f"{SVG}path")
        if path.get("data-role")
    ]
    assert layers == [
        ("old", "healthy"),
        ("new", "healthy"),
        ("new", "being checked"),
        ("new", "starting"),
        ("old", "leaving"),
    ]


def test_a_layer_is_drawn_only_while_it_has_tasks() -> None:
    one = rehearsal()
    starting = [
        [x for x, _ in corners(path.get("d") or "")]
        for path in picture(one).iter(f"{SVG}path")
        if (path.get("data-role"), path.get("data-state")) == ("new", "starting")
    ]
    frame = Frame(1000, one.prediction.duration)
    assert len(starting) == 1
    assert (min(starting[0]), max(starting[0])) == pytest.approx((frame.x(15), frame.x(47)), abs=0.05)


def test_every_state_of_every_version_has_a_pattern_of_its_own() -> None:
    drawings = {
        pattern.get("id"): ET.tostring(pattern).split(b">", 1)[1]
        for pattern in picture(rehearsal()).iter(f"{SVG}pattern")
        if "old" in (pattern.get("id") or "")
    }
    assert len(drawings) == len(set(drawings.values())) == 4


def test_traffic_goes_from_the_old_to_the_new_version_and_adds_up() -> None:
    shares = [
        (rect.get("data-role"), float(rect.get("height") or 0))
        for rect in picture(rehearsal()).iter(f"{SVG}rect")
        if rect.get("data-role")
    ]
    assert shares == [("old", 90), ("new", 45), ("old", 45), ("new", 90)]


def test_a_canary_s_traffic_moves_by_its_weights_and_its_test_traffic_is_a_line() -> None:
    drawn_picture = picture(rehearsal(strategy="canary:10%,5m"))
    shares = [
        (rect.get("data-role"), float(rect.get("height") or 0))
        for rect in drawn_picture.iter(f"{SVG}rect")
        if rect.get("data-role")
    ]
    assert shares == [("old", 90), ("new", 9), ("old", 81), ("new", 90)]
    assert [path.get("class") for path in drawn_picture.iter(f"{SVG}path") if path.get("class") == "test-traffic"]


def test_while_no_task_is_healthy_the_picture_says_that_nobody_answers() -> None:
    roles = [rect.get("data-role") for rect in picture(rehearsal(running=None)).iter(f"{SVG}rect")]
    assert "bad" in roles
    assert "no healthy task answers" in page_of(rehearsal(running=None), ())


def test_markers_close_to_each_other_are_one_and_all_are_explained() -> None:
    one = rehearsal("crash")
    found = markers(one, Frame(340, one.prediction.duration))
    assert [marker.number for marker in found] == [1]
    assert [line.kind.value for line in found[0].lines] == [
        "deployment failed",
        "rollback started",
        "rollback completed",
    ]


def test_the_picture_has_a_title_and_a_description_of_its_own() -> None:
    drawn_picture = picture(rehearsal())
    texts = {
        element.get("id"): element.text for element in drawn_picture if element.tag in {f"{SVG}title", f"{SVG}desc"}
    }
    assert (drawn_picture.get("aria-labelledby") or "").split() == list(texts)
    assert "Outcome: completed after 2:42" in (texts["p-desc"] or "")


class Reader(HTMLParser):
    """Finds what a page would fetch, the ids it has, and the elements left open."""

    VOID = frozenset({"meta", "link", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href", "action", "data", "srcset"}]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID and known is not None:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_a_page_stands_alone_and_is_whole(world: World, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert world.run(*ASKED, "--html", str(file)).code == 0
    page = file.read_text()
    reader = read(page)
    assert (reader.fetched, reader.open) == ([], [])
    assert len(reader.ids) == len(set(reader.ids))
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(reader.ids)
    assert "prefers-color-scheme:dark" in page


def test_names_from_outside_cannot_become_markup() -> None:
    evil = '<script>alert("1")</script>'
    one = rehearsal("unhealthy", running=evil)
    page = page_of(one, (*assumptions(one, evil), evil))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_endless_release_makes_a_page_of_reasonable_size_that_says_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient = replace(PROFILES["test"], circuit_breaker=False, automatic_rollback=False)
    monkeypatch.setattr(stack_settings, "PROFILES", {**PROFILES, "test": patient})
    page = page_of(rehearsal("crash"), ())
    assert len(page) < 400_000
    assert "It goes on like this: only the first" in page


def test_the_documentation_names_every_key_of_the_json_and_every_option(world: World) -> None:
    section = (ROOT / "docs" / "operations.md").read_text().split("## Before a release")[1].split("\n## ")[0]
    documented = set(re.findall(r"`([\w_-]+)`", section))
    assert set(from_json(world)) <= documented
    assert set(from_json(world)["requests"]) <= documented
    assert {"--behave", "--strategy", "--pull", "--rps", "--longest-request", "--alarm"} <= documented
