"""What the gates know of the world: asked of AWS, and what cannot be asked is said."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from account import gathering
from account.aws_faults import AwsFault
from account.gathering import Gathered, gather
from release import checklist, journal
from release.approval import Approval
from release.gates import Demands
from release.journal import Begun, Ended, Outcome, Purpose
from release.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime.now(UTC)
DIGEST = "sha256:" + "1" * 64
OWN, BEFORE = "journal-of-prod", "journal-of-stage"
QUESTION = Question(
    environment="prod",
    service="auth-service",
    ecs_service="live-auth-service",
    cluster="microservices-cluster",
    repository="live-auth-service",
    version="1.2.0",
    attempt=1,
    account="333333333333",
    region="eu-west-1",
    journal_before=BEFORE,
)
DEMANDS = Demands(
    promotes_from="stage",
    approvals=1,
    releaser_may_approve=False,
    worst_finding="HIGH",
    checklist=checklist.PROD,
    journal=True,
)


@dataclass
class Aws:
    """An account that answers as it is told to."""

    caller: str = "arn:aws:iam::999999999999:user/ada"
    objects: dict[str, dict[str, str]] = field(default_factory=lambda: {OWN: {}, BEFORE: {}})
    deployments: list[dict[str, Any]] = field(default_factory=list)
    service: dict[str, Any] | None = None
    free: int = 100
    scan: dict[str, int] | None = field(default_factory=dict)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    alarming: list[str] = field(default_factory=list)
    definition: str = "ACTIVE"
    faults: dict[str, AwsFault] = field(default_factory=dict)

    def client(self, _service: str) -> None:
        """Nothing is asked of clients here."""

    def call(self, service: str, operation: str, /, **asked: Any) -> dict[str, Any]:
        where = f"{operation} {asked.get('Bucket', '')}".strip()
        if where in self.faults:
            raise self.faults[where]
        answer: Callable[[dict[str, Any]], dict[str, Any]] = getattr(self, f"_{service}_{operation}")
        return answer(asked)

    def _s3_list_objects_v2(self, asked: dict[str, Any]) -> dict[str, Any]:
        keys = [key for key in self.objects[asked["Bucket"]] if key.startswith(asked["Prefix"])]
        return {"Contents": [{"Key": key} for key in sorted(keys)]}

    def _s3_get_object(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[asked["Bucket"]][asked["Key"]].encode())}

    def _ecs_list_service_deployments(self, asked: dict[str, Any]) -> dict[str, Any]:
        at = int(asked.get("nextToken", 0))
        more = {"nextToken": str(at + 1)} if at + 1 < len(self.deployments) else {}
        return {"serviceDeployments": self.deployments[at : at + 1], **more}

    def _ecs_describe_services(self, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"services": [self.service] if self.service else []}

    def _ecs_describe_task_definition(self, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"taskDefinition": {"status": self.definition}}

    def _ec2_describe_subnets(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"Subnets": [{"AvailableIpAddressCount": self.free} for _ in asked["SubnetIds"]]}

    def _ecr_describe_image_scan_findings(self, _asked: dict[str, Any]) -> dict[str, Any]:
        if self.scan is None:
            raise AwsFault("no scan", code="ScanNotFoundException")
        return {
            "imageScanStatus": {"status": "COMPLETE"},
            "imageScanFindings": {"findingSeverityCounts": self.scan},
        }

    def _cloudwatch_describe_alarms(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("StateValue") == "ALARM":
            return {"MetricAlarms": [{"AlarmName": name} for name in self.alarming if name in asked["AlarmNames"]]}
        at = int(asked.get("NextToken", 0))
        more = {"NextToken": str(at + 1)} if at + 1 < len(self.alarms) else {}
        return {"MetricAlarms": self.alarms[at : at + 1], **more}

    def write(self, bucket: str, version: str, outcome: Outcome | None, minute: int = 0, **more: Any) -> None:
        """An attempt in a journal."""
        begun = Begun(
            service="auth-service", version=version, release_hash=f"{version}-hash", config={}, who="ada",
            at=NOW - timedelta(hours=1) + timedelta(minutes=minute), **{"digest": f"sha256:{version}", **more},
        )  # fmt: skip
        self.objects[bucket][f"attempts/{begun.folder}/begun.json"] = journal.write(begun)
        if outcome:
            ended = Ended(outcome=outcome, at=NOW)
            self.objects[bucket][f"attempts/{begun.folder}/ended.json"] = journal.write(ended)

    def approve(self, **more: Any) -> None:
        """An approval of the release."""
        given = {
            "by": "arn:aws:iam::999999999999:user/eve",
            "digest": DIGEST,
            "at": NOW - timedelta(minutes=5),
            "expires": NOW + timedelta(days=1),
            **more,
        }
        approval = Approval(service="auth-service", version="1.2.0", **given)
        self.objects[OWN][f"approvals/{approval.name}"] = journal.write(approval)


def deployment(number: int, status: str = "SUCCESSFUL") -> dict[str, Any]:
    return {
        "serviceDeploymentArn": f"arn:{number}",
        "createdAt": NOW - timedelta(days=9 - number),
        "status": status,
    }


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    made = Aws()
    monkeypatch.setattr(gathering, "open_session", lambda _place, _patience: made)
    return made


def gathered(question: Question = QUESTION, demands: Demands = DEMANDS, bucket: str = OWN) -> Gathered:
    return gather(question, demands, digest=DIGEST, bucket=bucket)


def test_the_releaser_is_whoever_came_not_the_role_that_was_taken(aws: Aws) -> None:
    assert gathered().candidate.releaser == aws.caller


def test_both_journals_are_read(aws: Aws) -> None:
    aws.write(OWN, "1.1.0", Outcome.SUCCEEDED)
    aws.write(BEFORE, "1.2.0-rc1", Outcome.SUCCEEDED, digest=DIGEST)
    found = gathered()
    assert [one.begun.version for one in found.candidate.history] == ["1.1.0"]
    assert [one.begun.version for one in found.candidate.history_before] == ["1.2.0-rc1"]
    assert "staging-verified" in found.candidate.attested


def test_a_journal_that_cannot_be_read_says_why(aws: Aws) -> None:
    aws.faults[f"list_objects_v2 {OWN}"] = AwsFault("it is gone", code="NoSuchBucket")
    aws.faults[f"list_objects_v2 {BEFORE}"] = AwsFault("you may not", code="AccessDenied")
    candidate = gathered().candidate
    assert (candidate.journal_trouble, candidate.trouble_before) == ("it is gone", "you may not")
    assert candidate.history == candidate.history_before == candidate.approvals == ()


def test_a_record_that_is_none_makes_the_journal_unreadable(aws: Aws) -> None:
    aws.objects[OWN]["attempts/auth-service/2026-1/begun.json"] = "{}"
    assert "cannot be read" in gathered().candidate.journal_trouble


def test_a_journal_that_is_yet_to_be_made_is_no_trouble(aws: Aws) -> None:
    del aws.objects[OWN]
    assert gathered(bucket="").candidate.journal_trouble == ""


def test_without_a_stack_file_of_the_environment_before_nothing_counts_as_verified_there(aws: Aws) -> None:
    del aws
    assert (
        "no stack file says where stage is" in gathered(replace(QUESTION, journal_before="")).candidate.trouble_before
    )


def test_what_was_verified_here_and_not_tried_last_comes_back_as_a_rollback(aws: Aws) -> None:
    aws.write(OWN, "1.2.0", Outcome.SUCCEEDED, digest=DIGEST)
    aws.write(OWN, "1.3.0", Outcome.FAILED, minute=5)
    assert gathered().candidate.purpose is Purpose.ROLLBACK


def test_the_newest_deployment_is_found_on_whatever_page_it_is(aws: Aws) -> None:
    aws.deployments = [deployment(1), deployment(3), deployment(2)]
    found = gathered()
    assert (found.newest_deployment, found.candidate.other_deployment) == ("arn:3", "")
    aws.deployments.append(deployment(4, "ROLLBACK_IN_PROGRESS"))
    assert gathered().candidate.other_deployment == "arn:4"


@pytest.mark.parametrize("code", ["ServiceNotFoundException", "ClusterNotFoundException"])
def test_a_service_that_was_never_deployed_has_no_deployment(aws: Aws, code: str) -> None:
    aws.faults["list_service_deployments"] = AwsFault("none", code=code)
    assert gathered().newest_deployment == ""


def test_findings_of_the_scan_are_counted_and_a_missing_scan_is_none(aws: Aws) -> None:
    aws.scan = {"HIGH": 2, "LOW": 7}
    assert gathered().candidate.findings == (("HIGH", 2), ("LOW", 7))
    aws.scan = None
    assert gathered().candidate.findings is None


def test_alarms_that_would_roll_back_and_fire_already_are_named(aws: Aws) -> None:
    aws.alarming = ["auth-5xx", "foreign"]
    assert gathered(replace(QUESTION, alarms=("auth-5xx", "auth-latency"))).candidate.alarming == ("auth-5xx",)


@pytest.mark.parametrize(
    ("configuration", "needs"),
    [
        ({"maximumPercent": 200}, 4),
        ({"maximumPercent": 125}, 1),
        ({"maximumPercent": 100}, 0),
        ({"strategy": "CANARY", "maximumPercent": 200}, 4),
    ],
)
def test_room_is_what_the_release_takes_beside_what_runs(aws: Aws, configuration: dict[str, Any], needs: int) -> None:
    aws.free = 3
    aws.service = {
        "status": "ACTIVE",
        "desiredCount": 4,
        "deploymentConfiguration": configuration,
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"]}},
    }
    assert gathered().candidate.room == (needs, 6)


def test_a_first_release_has_nothing_beside_which_it_needs_room(aws: Aws) -> None:
    del aws
    assert gathered().candidate.room is None


def test_an_approval_of_another_person_ticks_and_what_it_attests_is_ticked_too(aws: Aws) -> None:
    aws.approve(attests=("load-tested",))
    assert {"approvals", "load-tested"} <= set(gathered().candidate.attested)


@pytest.mark.parametrize(
    "wrong",
    [{"digest": "sha256:other"}, {"expires": NOW - timedelta(minutes=1)}],
    ids=["of another image", "expired"],
)
def test_an_approval_that_does_not_hold_attests_nothing(aws: Aws, wrong: dict[str, Any]) -> None:
    aws.approve(attests=("load-tested",), **wrong)
    assert not {"approvals", "load-tested"} & set(gathered().candidate.attested)


def test_the_releaser_s_own_approval_ticks_nothing_but_what_it_attests(aws: Aws) -> None:
    aws.approve(by=aws.caller, attests=("load-tested",))
    ticked = gathered().candidate.attested
    assert "approvals" not in ticked
    assert "load-tested" in ticked


def test_the_task_definition_to_go_back_to_is_looked_up(aws: Aws) -> None:
    assert "task-definition-kept" in gathered().candidate.attested, "nothing is lost where nothing ran"
    aws.write(OWN, "1.1.0", Outcome.SUCCEEDED, task_definition="arn:td:1")
    assert "task-definition-kept" in gathered().candidate.attested
    aws.definition = "INACTIVE"
    assert "task-definition-kept" not in gathered().candidate.attested


@pytest.mark.parametrize(
    ("alarm", "counts"),
    [
        ({"Dimensions": [{"Name": "ServiceName", "Value": "live-auth-service"}]}, True),
        (
            {"Metrics": [{"MetricStat": {"Metric": {"Dimensions": [{"Name": "x", "Value": "live-auth-service"}]}}}]},
            True,
        ),
        ({"Dimensions": [{"Name": "ServiceName", "Value": "billing"}]}, False),
    ],
)
def test_an_alarm_that_watches_the_service_ticks_that_alarms_are_configured(
    aws: Aws,
    alarm: dict[str, Any],
    counts: bool,  # noqa: FBT001
) -> None:
    aws.alarms = [{"Dimensions": []}, alarm]
    assert ("alarms-configured" in gathered().candidate.attested) is counts


def test_a_fault_of_aws_that_is_no_answer_is_passed_on(aws: Aws) -> None:
    aws.faults["describe_image_scan_findings"] = AwsFault("throttled", passing=True)
    with pytest.raises(AwsFault, match="throttled"):
        gathered()
