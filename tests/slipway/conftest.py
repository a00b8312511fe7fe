"""A project of its own for each test, with a scripted `pulumi` and an AWS that answers from memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from account.aws_faults import AwsFault
from account.journal_store import JournalStore
from account.session import attempt
from release.question import journal_bucket
from slipway.main import main
from slipway.stop import Mistake
from tests.provider.fake_ecs import FakeEcs, checked
from tests.slipway.fake_pulumi import FakePulumi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STACK_FILE = """\
config:
  # Who may touch what.
  slipway:aws: {account: "111111111111", region: eu-west-1, deployRole: slipway-deployer}
  slipway:network: {cidr: 10.0.0.0/16, zones: 2}
  slipway:services:
    auth-service: {version: 1.0.0, desiredCount: 2, cpu: 256, memory: 512}
"""


ADA = "arn:aws:sts::111111111111:assumed-role/people/ada"


@dataclass
class FakeAws(FakeEcs):
    """ECS, and an ECR with a few images."""

    images: set[str] = field(default_factory=lambda: {"1.0.0", "1.1.0", "1.0.0-rc1", "dev"})
    repository: bool = True
    caller: str = ADA
    s3: Any = None
    """moto's S3, where a test has a journal. Without it there is no bucket."""

    def _describe_images(self, params: dict[str, Any]) -> dict[str, Any]:
        if not self.repository:
            raise AwsFault("no repository", code="RepositoryNotFoundException")
        if params["imageIds"][0]["imageTag"] not in self.images:
            raise AwsFault("no image", code="ImageNotFoundException")
        return {"imageDetails": [{"imageDigest": digest_of(params["imageIds"][0]["imageTag"])}]}

    def client(self, service: str) -> Any:
        assert service == "s3", "the one service whose clients are made beforehand"
        return self.s3

    def call(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        if service == "s3":
            return self._call_s3(operation, params)
        if operation == "describe_repositories":
            found = [{"repositoryName": "team/auth"}] if self.repository else []
            return checked(service, operation, params, {"repositories": found})
        if operation == "describe_images":
            self.calls.append(operation)
            return checked(service, operation, params, self._describe_images(params))
        return super().call(service, operation, **params)

    def _call_s3(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if operation in self.faults:
            raise self.faults[operation]
        if self.s3 is None:
            raise AwsFault("no bucket", code="NoSuchBucket")
        answer: dict[str, Any] = attempt(lambda: getattr(self.s3, operation)(**params))
        return answer


def digest_of(tag: str) -> str:
    """The digest of the image that the fake ECR has under a tag."""
    return f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"


@dataclass(frozen=True)
class Run:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass
class World:
    """The project, pulumi and AWS of one test."""

    root: Path
    pulumi: FakePulumi
    aws: FakeAws
    capfd: pytest.CaptureFixture[str]

    @property
    def stack_file(self) -> Path:
        return self.root / "Pulumi.test.yaml"

    def write(self, environment: str, text: str) -> None:
        (self.root / f"Pulumi.{environment}.yaml").write_text(text)

    def run(self, *arguments: str) -> Run:
        self.capfd.readouterr()
        code = main(arguments)
        captured = self.capfd.readouterr()
        return Run(code, captured.out, captured.err)

    @property
    def went_up(self) -> bool:
        return any(" up " in f"{asked} " for asked in self.pulumi.asked)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> World:
    root = tmp_path / "project"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
    (root / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(root)
    aws = FakeAws(current=1, load_balanced=True)
    aws.run(1)
    monkeypatch.setattr("slipway.project.open_aws", lambda *_: aws)
    made = World(root, FakePulumi(tmp_path / "bin", monkeypatch), aws, capfd)
    for environment, account in (("test", "1"), ("stage", "2"), ("prod", "3")):
        made.write(environment, STACK_FILE.replace("111111111111", account * 12))
    return made


@pytest.fixture
def journal(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[JournalStore]:
    """The journals of all environments: the buckets are moto's. What is returned is test's."""
    for variable in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    with mock_aws():
        world.aws.s3 = boto3.client("s3", region_name="eu-west-1")
        for account in ("1", "2", "3"):
            world.aws.s3.create_bucket(
                Bucket=journal_bucket("", account * 12, "eu-west-1"),
                CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
            )
        yield journal_of(world, "1")


def journal_of(world: World, account: str) -> JournalStore:
    """The journal of the environment in that account."""
    session: Any = world.aws
    return JournalStore(session, journal_bucket("", account * 12, "eu-west-1"))


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *, answer: bool) -> None:
    """Somebody sits there and answers every question alike."""
    monkeypatch.setattr("slipway.options.is_terminal", lambda _stream: True)
    monkeypatch.setattr("click.confirm", lambda *_words, **_options: answer)


def no_aws(message: str) -> Any:
    """An AWS that cannot be reached."""

    def refuse(*_: Any) -> Any:
        raise Mistake(message)

    return refuse
