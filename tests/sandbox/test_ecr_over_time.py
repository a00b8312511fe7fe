"""What happens to images as time passes: scans end, lifecycle policies expire, authorization tokens run out."""

from __future__ import annotations

import http.client
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from click.testing import CliRunner

from sandbox.cli import sandbox as group
from sandbox.lifecycle import Sandbox
from sandbox.registry.findings import Finding, parse
from tests.sandbox.conftest import assert_no_crash, free_port, session

if TYPE_CHECKING:
    from collections.abc import Iterator

FINDINGS = "CVE-2026-0002:low, CVE-2026-0001:critical:openssl@3.0.1, CVE-2026-0003:LOW"
UNTAGGED_A_WEEK = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
    "action": {"type": "expire"},
}
TWO_RELEASES = {
    "rulePriority": 2,
    "selection": {
        "tagStatus": "tagged",
        "tagPatternList": ["1.*"],
        "countType": "imageCountMoreThan",
        "countNumber": 2,
    },
    "action": {"type": "expire"},
}
POLICY = json.dumps({"rules": [UNTAGGED_A_WEEK, TWO_RELEASES]})
AT_ONCE = {"Delay": 0, "MaxAttempts": 1}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose clock only these tests move."""
    made = Sandbox(tmp_path_factory.mktemp("over-time"))
    made.up(port=free_port(), stacks=False)
    made.clock.pause()
    yield made
    made.down()
    assert_no_crash(made)


@pytest.fixture(scope="module")
def ecr(box: Sandbox) -> Any:
    return session(box).client("ecr", endpoint_url=box.endpoint)


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


# Scans


def test_an_image_is_scanned_on_push_and_its_label_says_what_is_found(box: Sandbox, ecr: Any) -> None:
    ecr.create_repository(repositoryName="scanned", imageScanningConfiguration={"scanOnPush": True})
    words = ["image", "--dir", str(box.directory), "scanned:1.0.0", "--findings", FINDINGS]
    assert CliRunner().invoke(group, words).exit_code == 0
    image = {"repositoryName": "scanned", "imageId": {"imageTag": "1.0.0"}}
    begun = ecr.describe_image_scan_findings(**image)
    assert begun["imageScanStatus"]["status"] == "IN_PROGRESS"
    assert "imageScanFindings" not in begun
    with pytest.raises(WaiterError):
        ecr.get_waiter("image_scan_complete").wait(**image, WaiterConfig=AT_ONCE)

    box.clock.step(timedelta(seconds=10))
    ecr.get_waiter("image_scan_complete").wait(**image, WaiterConfig=AT_ONCE)
    done = ecr.describe_image_scan_findings(**image)["imageScanFindings"]
    assert done["findingSeverityCounts"] == {"CRITICAL": 1, "LOW": 2}
    assert [one["name"] for one in done["findings"]] == ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"]
    assert {one["key"]: one["value"] for one in done["findings"][0]["attributes"]} == {
        "package_name": "openssl",
        "package_version": "3.0.1",
    }
    detail = ecr.describe_images(repositoryName="scanned")["imageDetails"][0]
    assert detail["imageScanStatus"]["status"] == "COMPLETE"
    assert detail["imageScanFindingsSummary"]["findingSeverityCounts"] == {"CRITICAL": 1, "LOW": 2}
    assert detail["imageScanFindingsSummary"]["imageScanCompletedAt"] == done["imageScanCompletedAt"]
    pages = ecr.get_paginator("describe_image_scan_findings").paginate(**image, PaginationConfig={"PageSize": 2})
    assert [len(page["imageScanFindings"]["findings"]) for page in pages] == [2, 1]


def test_a_person_scans_an_image_once_in_24_hours(box: Sandbox, ecr: Any) -> None:
    ecr.create_repository(repositoryName="by-hand")
    box.image("by-hand", "1.0.0")
    image = {"repositoryName": "by-hand", "imageId": {"imageTag": "1.0.0"}}
    code, message = refusal(ecr.describe_image_scan_findings, **image)
    assert code == "ScanNotFoundException"
    assert "imageTag:'1.0.0'" in message
    assert "imageScanStatus" not in ecr.describe_images(repositoryName="by-hand")["imageDetails"][0]
    assert ecr.start_image_scan(**image)["imageScanStatus"]["status"] == "IN_PROGRESS"
    box.clock.step(timedelta(hours=23))
    assert refusal(ecr.start_image_scan, **image) == (
        "LimitExceededException",
        "The scan quota per image has been exceeded. Wait and try again.",
    )
    box.clock.step(timedelta(hours=1))
    ecr.start_image_scan(**image)
    box.clock.step(timedelta(seconds=10))
    found = ecr.describe_image_scan_findings(**image)
    assert found["imageScanStatus"]["status"] == "COMPLETE"
    assert found["imageScanFindings"]["findings"] == []


def test_enhanced_scanning_is_refused_by_name(ecr: Any) -> None:
    code, message = refusal(ecr.put_registry_scanning_configuration, scanType="ENHANCED", rules=[])
    assert code == "NotImplemented"
    assert "Slipway sandbox" in message
    assert "Amazon Inspector" in message
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["scanType"] == "BASIC"


def test_findings_are_listed_the_worst_first() -> None:
    assert parse("B:low,A:high") == (Finding("A", "HIGH"), Finding("B", "LOW"))
    assert parse("") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CVE-1", "finding 'CVE-1' is not NAME:SEVERITY"),
        ("CVE-1:awful", "severity 'awful' is unknown; choose one of critical, high"),
        ("CVE-1:low:openssl", "is not NAME:SEVERITY or NAME:SEVERITY:PACKAGE@VERSION"),
        ("CVE-1:low,", "finding '' is not"),
    ],
)
def test_findings_that_cannot_be_read_are_refused(box: Sandbox, text: str, words: str) -> None:
    result = CliRunner().invoke(group, ["image", "--dir", str(box.directory), "x/y:1", "--findings", text])
    assert result.exit_code == 2
    assert words in result.stderr


# Lifecycle policies


def tags(ecr: Any, name: str) -> list[str]:
    return sorted(image.get("imageTag", "") for image in ecr.list_images(repositoryName=name)["imageIds"])


def releases(box: Sandbox, ecr: Any, name: str) -> None:
    """Four releases a minute apart, the first of which has lost its tag to the last, and one other image."""
    ecr.create_repository(repositoryName=name)
    for number in range(4):
        box.image(name, f"1.{number}")
        box.clock.step(timedelta(minutes=1))
    box.image(name, "latest")
    box.image(name, "1.0", behaviour="slow")


def test_a_policy_is_applied_at_midnight_and_what_it_expires_is_gone(box: Sandbox, ecr: Any) -> None:
    noon = (box.clock.show().now + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    box.clock.step_to(noon)
    releases(box, ecr, "expiring")
    ecr.put_lifecycle_policy(repositoryName="expiring", lifecyclePolicyText=POLICY)
    assert json.loads(ecr.get_lifecycle_policy(repositoryName="expiring")["lifecyclePolicyText"])["rules"]
    midnight = noon.replace(hour=0) + timedelta(days=1)
    box.clock.step_to(midnight - timedelta(seconds=1))
    assert tags(ecr, "expiring") == ["", "1.0", "1.1", "1.2", "1.3", "latest"]
    box.clock.step(timedelta(seconds=1))
    assert tags(ecr, "expiring") == ["", "1.0", "1.3", "latest"]
    assert ecr.get_lifecycle_policy(repositoryName="expiring")["lastEvaluatedAt"] == midnight
    box.clock.step_to(noon + timedelta(days=7))
    assert "" in tags(ecr, "expiring")
    box.clock.step(timedelta(days=1))
    assert tags(ecr, "expiring") == ["1.0", "1.3", "latest"]
    ecr.delete_lifecycle_policy(repositoryName="expiring")
    assert refusal(ecr.get_lifecycle_policy, repositoryName="expiring")[0] == "LifecyclePolicyNotFoundException"


def test_a_preview_tells_what_would_expire_and_expires_nothing(box: Sandbox, ecr: Any) -> None:
    releases(box, ecr, "previewed")
    name = {"repositoryName": "previewed"}
    assert refusal(ecr.start_lifecycle_policy_preview, **name)[0] == "LifecyclePolicyNotFoundException"
    assert refusal(ecr.get_lifecycle_policy_preview, **name)[0] == "LifecyclePolicyPreviewNotFoundException"
    begun = ecr.start_lifecycle_policy_preview(**name, lifecyclePolicyText=POLICY)
    assert begun["status"] == "IN_PROGRESS"
    again = refusal(ecr.start_lifecycle_policy_preview, **name, lifecyclePolicyText=POLICY)
    assert again[0] == "LifecyclePolicyPreviewInProgressException"
    box.clock.step(timedelta(seconds=5))
    ecr.get_waiter("lifecycle_policy_preview_complete").wait(**name, WaiterConfig=AT_ONCE)
    found = ecr.get_lifecycle_policy_preview(**name)
    assert found["summary"] == {"expiringImageTotalCount": 2}
    assert [(one["imageTags"], one["appliedRulePriority"]) for one in found["previewResults"]] == [
        (["1.1"], 2),
        (["1.2"], 2),
    ]
    assert {one["action"]["type"] for one in found["previewResults"]} == {"EXPIRE"}
    one = ecr.get_lifecycle_policy_preview(**name, imageIds=[{"imageTag": "1.2"}])["previewResults"]
    assert [each["imageTags"] for each in one] == [["1.2"]]
    assert ecr.get_lifecycle_policy_preview(**name, filter={"tagStatus": "UNTAGGED"})["previewResults"] == []
    box.clock.step(timedelta(days=2))
    assert len(tags(ecr, "previewed")) == 6


def test_a_policy_that_ecr_refuses_changes_nothing(ecr: Any) -> None:
    ecr.create_repository(repositoryName="refused")
    bad = json.dumps({"rules": [UNTAGGED_A_WEEK, {**UNTAGGED_A_WEEK, "rulePriority": 2}]})
    code, message = refusal(ecr.put_lifecycle_policy, repositoryName="refused", lifecyclePolicyText=bad)
    assert code == "InvalidParameterException"
    assert "Only one rule can select Untagged images per storage class." in message
    assert refusal(ecr.get_lifecycle_policy, repositoryName="refused")[0] == "LifecyclePolicyNotFoundException"


# Authorization tokens


def ping(box: Sandbox, token: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=10)
    connection.request("GET", "/v2/", headers={"Authorization": f"Basic {token}"})
    answer = connection.getresponse()
    document = json.load(answer)
    return answer.status, document["errors"][0]["message"] if document else ""


def test_an_authorization_token_is_good_for_twelve_hours(box: Sandbox, ecr: Any) -> None:
    data = ecr.get_authorization_token()["authorizationData"][0]
    left = data["expiresAt"] - box.clock.show().now
    assert timedelta(hours=12) - left < timedelta(seconds=1)
    box.clock.step(left - timedelta(seconds=1))
    assert ping(box, data["authorizationToken"]) == (200, "")
    box.clock.step(timedelta(seconds=1))
    expired = (403, "Your authorization token has expired. Reauthenticate and try again.")
    assert ping(box, data["authorizationToken"]) == expired
    renewed = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert ping(box, renewed) == (200, "")
