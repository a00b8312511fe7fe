"""`slipway promote`: the same image in the next account, byte for byte, or nothing at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from account.aws_faults import AwsFault
from account.images import Images
from account.journal_store import JournalStore
from account.session import QUICK, STEADY, AwsPlace, open_session
from release.journal import Begun, Ended, Outcome
from release.question import journal_bucket
from sandbox.ecr.layers import LEAST_PART, PART_SIZE
from sandbox.lifecycle import Sandbox
from sandbox.registry.blobs import digest_of
from slipway.main import main
from slipway.progress import Progress
from tests.sandbox.conftest import assert_no_crash, free_port
from tests.slipway.conftest import STACK_FILE, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from account.session import AwsSession

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPOSITORY = "auth-service"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
ACCOUNTS = {"test": "1" * 12, "stage": "2" * 12, "prod": "3" * 12}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path_factory.mktemp("sandbox"))
    made.up(port=free_port(), stacks=False)
    yield made
    made.down()
    assert_no_crash(made)


@dataclass
class Company:
    """Three accounts with a repository each, and the project's stack files."""

    root: Path
    box: Sandbox
    sessions: dict[str, AwsSession]
    capfd: pytest.CaptureFixture[str]

    def images(self, environment: str) -> Images:
        return Images(self.sessions[environment], REPOSITORY)

    def image(self, environment: str, tag: str) -> str:
        """A small image with two blobs."""
        return str(self.box.image(REPOSITORY, tag, env=environment)["digest"])

    def upload(self, environment: str, *contents: bytes) -> list[dict[str, Any]]:
        """Layers, and how a manifest names them."""
        images = self.images(environment)
        for content in contents:
            upload = images.call("initiate_layer_upload")["uploadId"]
            for first in range(0, len(content), PART_SIZE):
                part = content[first : first + PART_SIZE]
                images.call(
                    "upload_layer_part",
                    uploadId=upload,
                    partFirstByte=first,
                    partLastByte=first + len(part) - 1,
                    layerPartBlob=part,
                )
            images.call("complete_layer_upload", uploadId=upload, layerDigests=[digest_of(content)])
        return [{"mediaType": "a/b", "digest": digest_of(one), "size": len(one)} for one in contents]

    def put(self, environment: str, document: dict[str, Any], kind: str, **tag: str) -> dict[str, Any]:
        """A manifest whose text no JSON library writes like that."""
        text = json.dumps({"schemaVersion": 2, "mediaType": kind, **document}, indent=3) + "\n "
        self.images(environment).call("put_image", imageManifest=text, imageManifestMediaType=kind, **tag)
        return {"mediaType": kind, "digest": digest_of(text.encode()), "size": len(text)}

    def journal(self, environment: str, digest: str = "", outcome: Outcome = Outcome.SUCCEEDED) -> None:
        """Gives the environment a journal, with one attempt when a digest is named."""
        session = self.sessions[environment]
        bucket = journal_bucket("", session.place.account, session.place.region)
        session.call(
            "s3", "create_bucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        if digest:
            store = JournalStore(session, bucket)
            begun = Begun(
                service="auth-service",
                version="1.0.0-rc1",
                digest=digest,
                release_hash="0123456789",
                config={},
                at=NOON,
                who="arn:ada",
            )
            store.begin(begun)
            store.end(begun, Ended(outcome=outcome, at=NOON))

    def drop_journal(self, environment: str) -> None:
        session = self.sessions[environment]
        bucket = journal_bucket("", session.place.account, session.place.region)
        try:
            found = session.call("s3", "list_objects_v2", Bucket=bucket)
        except AwsFault:
            return
        for one in found.get("Contents", ()):
            session.call("s3", "delete_object", Bucket=bucket, Key=one["Key"])
        session.call("s3", "delete_bucket", Bucket=bucket)

    def run(self, *arguments: str) -> Run:
        self.capfd.readouterr()
        code = main(("promote", "-s", "auth-service", *arguments))
        captured = self.capfd.readouterr()
        return Run(code, captured.out, captured.err)


@pytest.fixture(scope="module")
def signed_in(box: Sandbox) -> Iterator[dict[str, AwsSession]]:
    """Sessions in the three accounts, each opened once, also for the command."""
    opened = cache(lambda place, _patience: open_session(place, QUICK))
    with pytest.MonkeyPatch.context() as patch:
        for key, value in box.variables("engineer").items():
            if value is None:
                patch.delenv(key, raising=False)
            elif key.startswith("AWS_"):
                patch.setenv(key, value)
        patch.setattr("account.session.open_session", opened)
        role = "arn:aws:iam::{}:role/slipway-deployer"
        yield {
            environment: opened(AwsPlace(account=account, region="eu-west-1", role_arn=role.format(account)), STEADY)
            for environment, account in ACCOUNTS.items()
        }


@pytest.fixture
def company(
    box: Sandbox,
    signed_in: dict[str, AwsSession],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Company]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
    for environment, session in signed_in.items():
        text = STACK_FILE.replace("1" * 12, ACCOUNTS[environment])
        (tmp_path / f"Pulumi.{environment}.yaml").write_text(text)
        session.call("ecr", "create_repository", repositoryName=REPOSITORY, imageTagMutability="IMMUTABLE")
    made = Company(tmp_path, box, signed_in, capfd)
    yield made
    for environment, session in signed_in.items():
        session.call("ecr", "delete_repository", repositoryName=REPOSITORY, force=True)
        made.drop_journal(environment)


def test_a_candidate_of_stage_becomes_the_release_in_prod_with_the_same_digest(company: Company) -> None:
    company.image("stage", "1.0.0-rc2")
    digest = company.image("stage", "1.0.0-rc10")
    company.image("stage", "1.0.1-rc11")
    company.journal("stage", digest)
    done = company.run("-e", "prod", "-v", "1.0.0", "--json")
    assert (done.code, done.err) == (0, "stage has no 1.0.0: taking its newest candidate, 1.0.0-rc10\n")
    url = company.images("prod").url()
    assert json.loads(done.out) == {
        "environment": "prod",
        "service": "auth-service",
        "version": "1.0.0",
        "fromEnvironment": "stage",
        "fromVersion": "1.0.0-rc10",
        "digest": digest,
        "image": f"{url}@{digest}",
        "changed": True,
    }
    assert company.images("prod").digest("1.0.0") == digest
    assert company.images("prod").manifest(digest) == company.images("stage").manifest(digest)
    assert company.images("prod").tags() == {"1.0.0"}


def test_a_moving_tag_of_test_becomes_a_candidate_in_stage(company: Company) -> None:
    digest = company.image("test", "dev")
    company.journal("test", digest)
    done = company.run("-e", "stage", "-v", "1.0.0-rc1", "--from-version", "dev")
    url = company.images("stage").url()
    assert (done.code, done.err) == (0, "")
    assert done.out == f"auth-service 1.0.0-rc1 is in stage: {url}@{digest} (copied from dev in test)\n"
    assert company.images("stage").digest("1.0.0-rc1") == digest


def test_one_image_goes_the_whole_road_from_dev_to_the_release_and_its_digest_stays(company: Company) -> None:
    digest = company.image("test", "dev")
    for source, tag in (("test", "dev"), ("stage", "1.0.0-rc1")):
        company.journal(source, digest)
        environment, version = {"test": ("stage", "1.0.0-rc1"), "stage": ("prod", "1.0.0")}[source]
        assert company.run("-e", environment, "-v", version, "--from-version", tag).code == 0
    assert [company.images(one).digest(tag) for one, tag in (("stage", "1.0.0-rc1"), ("prod", "1.0.0"))] == [digest] * 2


def test_environments_that_share_an_account_have_repositories_of_their_own(company: Company) -> None:
    digest = company.image("test", "1.0.0-rc1")
    shared = STACK_FILE.replace("config:", "config:\n  slipway:prefix: stage-")
    (company.root / "Pulumi.stage.yaml").write_text(shared)
    session = company.sessions["test"]
    session.call("ecr", "create_repository", repositoryName="stage-auth-service", imageTagMutability="IMMUTABLE")
    done = company.run("-e", "stage", "-v", "1.0.0-rc1")
    there = Images(session, "stage-auth-service").digest("1.0.0-rc1")
    session.call("ecr", "delete_repository", repositoryName="stage-auth-service", force=True)
    assert (done.code, there) == (0, digest)
    assert company.images("stage").tags() == frozenset()


def test_an_index_arrives_with_its_images_and_layers_of_several_parts_all_byte_for_byte(company: Company) -> None:
    shared = b"s" * (PART_SIZE + 5)
    layer = company.upload("stage", shared)[0]
    children = []
    for architecture in ("amd64", "arm64"):
        (config,) = company.upload("stage", json.dumps({"architecture": architecture, "os": "linux"}).encode())
        foreign = {"mediaType": "a/b", "digest": digest_of(b"elsewhere"), "size": 9, "urls": ["https://example.com/"]}
        child = company.put("stage", {"config": config, "layers": [layer, foreign]}, MANIFEST)
        children.append(child | {"platform": {"os": "linux", "architecture": architecture}})
    digest = company.put("stage", {"manifests": children}, INDEX, imageTag="1.0.0")["digest"]
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 0, done.err
    there = company.images("prod")
    assert there.digest("1.0.0") == digest
    for each in (digest, *(child["digest"] for child in children)):
        assert there.manifest(each) == company.images("stage").manifest(each)
    available = there.call("batch_check_layer_availability", layerDigests=[layer["digest"]])["layers"]
    assert available[0]["layerSize"] == len(shared)
    assert PART_SIZE > LEAST_PART


def test_what_is_there_already_is_said_and_nothing_is_done(company: Company) -> None:
    digest = company.image("stage", "1.0.0")
    assert company.run("-e", "prod", "-v", "1.0.0").code == 0
    again = company.run("-e", "prod", "-v", "1.0.0")
    assert again.code == 0
    assert again.out.endswith(f"@{digest} (there already, the same as 1.0.0 in stage)\n")
    assert json.loads(company.run("-e", "prod", "-v", "1.0.0", "--json").out)["changed"] is False


def test_a_version_that_names_another_image_is_refused_and_stays(company: Company) -> None:
    theirs = company.image("prod", "1.0.0")
    other = company.image("stage", "1.0.0-rc1")
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 1
    assert f"auth-service:1.0.0 of prod is another image already, {theirs}" in done.err
    assert company.images("prod").digest("1.0.0") == theirs
    with pytest.raises(AwsFault, match="not found"):
        company.images("prod").manifest(other)


@pytest.mark.parametrize("outcome", [None, Outcome.BREAKER_ROLLED_BACK])
def test_a_digest_that_was_never_verified_there_stays_there(company: Company, outcome: Outcome | None) -> None:
    digest = company.image("stage", "1.0.0-rc1")
    company.journal("stage", digest if outcome else "", outcome or Outcome.SUCCEEDED)
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 1
    assert f"auth-service 1.0.0-rc1 ({digest}) was never verified in stage (nothing was, so far)" in done.err
    assert "`slipway deploy -e stage -s auth-service -v 1.0.0-rc1`" in done.err
    assert company.images("prod").tags() == frozenset()


def test_a_rebuilt_image_is_refused_although_another_of_its_name_was_verified(company: Company) -> None:
    rebuilt = company.image("stage", "1.0.0")
    company.journal("stage", "sha256:" + "0" * 64)
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 1
    assert f"({rebuilt}) was never verified in stage (the last that was is 1.0.0-rc1, sha256:000" in done.err


def test_a_missing_journal_is_a_warning(company: Company) -> None:
    company.image("stage", "1.0.0")
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 0
    assert "warning: stage has no journal (there is no bucket slipway-journal-222222222222-eu-west-1)" in done.err


def test_a_journal_that_cannot_be_read_stops_it(company: Company) -> None:
    company.image("stage", "1.0.0")
    company.journal("stage")
    bucket = "slipway-journal-222222222222-eu-west-1"
    company.sessions["stage"].call(
        "s3", "put_object", Bucket=bucket, Key="attempts/auth-service/x/begun.json", Body=b""
    )
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 2
    assert "auth-service/x/begun.json cannot be read" in done.err
    assert company.images("prod").tags() == frozenset()


def test_an_interrupted_copy_is_not_tagged_and_the_next_one_copies_only_what_is_missing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, layer = company.upload("stage", b"{}", b"layer")
    company.put("stage", {"config": config, "layers": [layer]}, MANIFEST, imageTag="1.0.0")
    real, copied = Images.call, []

    def fails_at_the_second(self: Images, operation: str, **params: Any) -> dict[str, Any]:
        if operation == "complete_layer_upload":
            copied.extend(params["layerDigests"])
            if len(copied) == 2:
                raise AwsFault("AWS cannot be reached (gone): check the network", passing=True)
        return real(self, operation, **params)

    monkeypatch.setattr(Images, "call", fails_at_the_second)
    broken = company.run("-e", "prod", "-v", "1.0.0")
    assert broken.code == 1
    assert "AWS cannot be reached (gone): check the network. auth-service has no 1.0.0 from this run" in broken.err
    assert "run the same again" in broken.err
    assert company.images("prod").tags() == frozenset()
    assert company.run("-e", "prod", "-v", "1.0.0").code == 0
    assert copied == [config["digest"], layer["digest"], layer["digest"]]


def test_a_layer_that_cannot_be_read_is_an_error_in_words(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.image("stage", "1.0.0")
    real = Images.call

    def elsewhere(self: Images, operation: str, **params: Any) -> dict[str, Any]:
        if operation == "get_download_url_for_layer":
            return {"downloadUrl": f"http://127.0.0.1:{free_port()}/", "layerDigest": params["layerDigest"]}
        return real(self, operation, **params)

    monkeypatch.setattr(Images, "call", elsewhere)
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 1
    assert "could not be read ([Errno 111] Connection refused): try again" in done.err


def test_a_refused_address_is_not_shown_for_its_signature_opens_the_layer(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.image("stage", "1.0.0")
    real = Images.call

    def expired(self: Images, operation: str, **params: Any) -> dict[str, Any]:
        answer = real(self, operation, **params)
        if operation == "get_download_url_for_layer":
            answer["downloadUrl"] += "x?X-Amz-Signature=s3cret"
        return answer

    monkeypatch.setattr(Images, "call", expired)
    done = company.run("-e", "prod", "-v", "1.0.0")
    assert done.code == 1
    assert "could not be read (NOT FOUND): try again" in done.err
    assert "s3cret" not in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-e", "test", "-v", "dev"), "no environment comes before it: `slipway push` brings images there"),
        (("-e", "prod", "-v", "1.0.0-rc1"), "-v: prod does not take it"),
        (("-e", "prod", "-v", "1.0.0", "--from-version", "dev"), "--from-version: stage does not take it"),
        (("-e", "prod", "-v", "1.0.0", "--from", "prod"), "--from prod: an image for prod cannot come from there"),
        (("-e", "prod", "-v", "1.0.0", "--from", "moon"), "allowed are test, stage"),
        (("-e", "moon", "-v", "1.0.0"), "there is no such environment"),
        (("-e", "prod", "-v", "1.0.0"), "has neither that tag nor a candidate of it"),
        (("-e", "prod", "-v", "1.0.0", "--from-version", "1.0.0-rc7"), "--from-version 1.0.0-rc7: ECR repository"),
    ],
)
def test_a_mistake_is_2_in_one_sentence_and_changes_nothing(
    company: Company, arguments: tuple[str, ...], words: str
) -> None:
    done = company.run(*arguments)
    assert done.code == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1
    assert done.out == ""
    assert company.images("prod").tags() == frozenset()


@pytest.mark.parametrize("environment", ["stage", "prod"])
def test_a_repository_that_does_not_exist_yet_is_named_with_what_makes_it(company: Company, environment: str) -> None:
    company.image("stage", "1.0.0")
    session = company.sessions[environment]
    session.call("ecr", "delete_repository", repositoryName=REPOSITORY, force=True)
    done = company.run("-e", "prod", "-v", "1.0.0")
    session.call("ecr", "create_repository", repositoryName=REPOSITORY)
    assert done.code == 2
    assert f"account {ACCOUNTS[environment]} has no ECR repository auth-service yet" in done.err
    assert f"`pulumi up -s {environment}` makes it" in done.err


def test_skipping_an_environment_is_possible_and_warned_of(company: Company) -> None:
    digest = company.image("test", "1.0.0")
    done = company.run("-e", "prod", "-v", "1.0.0", "--from", "test")
    assert done.code == 0
    assert "warning: prod takes what was verified in stage" in done.err
    assert company.images("prod").digest("1.0.0") == digest


@pytest.mark.parametrize(("terminal", "seconds", "shown"), [(True, 3, True), (True, 1, False), (False, 3, False)])
def test_progress_is_shown_on_terminals_after_two_seconds(
    terminal: bool,  # noqa: FBT001 - a case
    seconds: float,
    shown: bool,  # noqa: FBT001 - a case
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("slipway.progress.is_terminal", lambda _stream: terminal)
    times = iter((0.0, seconds))
    with Progress("copying", lambda: next(times)) as progress:
        progress.bytes(30_000_000, 120_000_000)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ("copying: 30 of 120 MB" in captured.err) is shown
    assert bool(captured.err) is shown
