"""Each example is made as it stands, changes nothing the second time, and leaves nothing behind."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.clock_control import ClockControl
from sandbox.lifecycle import Sandbox
from tests.integration.conftest import ROOT, Project, running_sandbox
from tests.sandbox.conftest import session

pytestmark = pytest.mark.integration

IN_TESTS_OF_THEIR_OWN = {"everything", "team_service"}
"""test_everything.py, test_team_stack.py."""
RENAMED = {"service"}  # most components; that the others keep their names is in tests/components/test_names.py
KEEPS_THE_POLICIES = {"roles"}  # what no program can make that deploys by those roles; else everything does
EXAMPLES = sorted({file.parent.name for file in (ROOT / "examples").glob("*/Pulumi.yaml")} - IN_TESTS_OF_THEIR_OWN)


@pytest.fixture(scope="session")
def examples_sandbox(tmp_path_factory: pytest.TempPathFactory, empty_stacks: Path) -> Iterator[Sandbox]:
    """One sandbox a worker: every example leaves it as it was."""
    yield from running_sandbox(tmp_path_factory.mktemp("examples") / "sandbox", empty_stacks)


class Renaming(ast.NodeTransformer):
    """Every component gets another name, and its own as an alias.

    But for networks, whose flow logs are named after them unless they are told (`NewNetwork.flow_log_group`).
    """

    def visit_Call(self, call: ast.Call) -> ast.Call:
        match call:
            case ast.Call(func=ast.Name(id=component), args=[ast.Constant(value=str(name)), _]):
                if component == "Network":
                    return call
                aliases = ast.parse(f"pulumi.ResourceOptions(aliases=[pulumi.Alias(name={name!r})])", mode="eval").body
                call.args[0] = ast.Constant(f"renamed-{name}")
                call.keywords.append(ast.keyword("opts", aliases))
        return call


def renamed(program: str) -> str:
    return ast.unparse(ast.fix_missing_locations(Renaming().visit(ast.parse(program))))


def example_in(tmp_path: Path, example: str, box: Sandbox) -> Project:
    """A copy of it, with a stack."""
    folder = tmp_path / "examples" / example
    shutil.copytree(ROOT / "examples" / example, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".venv", ".slipway", "provider"):
        (tmp_path / name).symlink_to(ROOT / name)
    project = Project(folder, box.environment("test"))
    project.run("pulumi", "stack", "select", "--create", "test").succeeded()
    return project


def policy_pack_in(folder: Path) -> Path:
    """A copy of the policy pack, whose environment is the folder's."""
    pack = folder / "policy"
    pack.mkdir()
    for name in ("PulumiPolicy.yaml", "__main__.py"):
        shutil.copy2(ROOT / "policy" / name, pack / name)
    return pack


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_made_is_the_same_the_second_time_and_leaves_nothing(
    example: str, tmp_path: Path, examples_sandbox: Sandbox
) -> None:
    project = example_in(tmp_path, example, examples_sandbox)
    folder = project.folder
    before = folder / "before.sh"
    if before.exists():
        project.run("bash", str(before)).succeeded()
    pack = ("--policy-pack", str(policy_pack_in(tmp_path))) if example in KEEPS_THE_POLICIES else ()
    made = project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview", *pack).succeeded()
    assert "warning" not in made.output
    again = ("pulumi", "up", "-s", "test", "--yes", "--skip-preview", "--refresh", "--expect-no-changes")
    project.run(*again).succeeded()
    if example in RENAMED:
        program = folder / "__main__.py"
        program.write_text(renamed(program.read_text()))
        steps = project.steps()
        assert set(steps.values()) <= {"update"}, f"an alias keeps what is there: {steps}"
    project.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()
    assert project.resources("test") == []


def test_a_run_by_the_clock_that_fails_is_told_to_people(tmp_path: Path, examples_sandbox: Sandbox) -> None:
    project = example_in(tmp_path, "scheduled_task", examples_sandbox)
    program = project.folder / "__main__.py"  # a repository of its own: that of the example stays behind it
    program.write_text(program.read_text().replace('"reports"', '"failing-reports"'))
    project.run("slipway", "sandbox", "image", "-e", "test", "failing-reports:1.0.0", "--behave", "crash").succeeded()
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview").succeeded()
    aws = session(examples_sandbox)
    sns, sqs = (aws.client(service, endpoint_url=examples_sandbox.endpoint) for service in ("sns", "sqs"))
    queue = sqs.create_queue(QueueName="ears")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    (topic,) = sns.list_topics()["Topics"]
    sns.subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=arn)
    ClockControl(examples_sandbox.port).step(timedelta(hours=25))  # every night at three
    told = [json.loads(one["Body"])["Message"] for one in sqs.receive_message(QueueUrl=queue)["Messages"]]
    assert any("failing-reports: run arn:" in text and "failed: Essential container" in text for text in told)
    sqs.delete_queue(QueueUrl=queue)
    project.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()


def test_a_network_that_is_there_gets_its_acl_in_place_and_gives_its_subnets_back(
    tmp_path: Path, examples_sandbox: Sandbox
) -> None:
    project = example_in(tmp_path, "network", examples_sandbox)
    program = project.folder / "__main__.py"
    with_acl = program.read_text()
    without_acl = f"import components.network\ncomponents.network.Network._acl = lambda *_: None\n{with_acl}"
    ec2 = session(examples_sandbox).client("ec2", endpoint_url=examples_sandbox.endpoint)

    def subnets_of_acls(*, default: bool) -> list[str]:
        found = ec2.describe_network_acls(
            Filters=[
                {"Name": "vpc-id", "Values": [project.outputs()["vpc"]]},
                {"Name": "default", "Values": [str(default).lower()]},
            ]
        )["NetworkAcls"]
        ids = [each["SubnetId"] for acl in found for each in acl["Associations"]]
        subnets = ec2.describe_subnets(SubnetIds=ids)["Subnets"] if ids else []
        return sorted(tag["Value"] for subnet in subnets for tag in subnet["Tags"] if tag["Key"] == "Name")

    private, public = (["network-private-a", "network-private-b"], ["network-public-a", "network-public-b"])
    program.write_text(without_acl)
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview").succeeded()
    assert subnets_of_acls(default=True) == [*private, *public]
    program.write_text(with_acl)
    assert project.steps() == {"aws:ec2/networkAcl:NetworkAcl network-private": "create"}
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview").succeeded()
    assert subnets_of_acls(default=False) == private
    assert subnets_of_acls(default=True) == public
    program.write_text(without_acl)
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview").succeeded()
    assert subnets_of_acls(default=True) == [*private, *public]
    project.run("pulumi", "destroy", "-s", "test", "--yes", "--skip-preview").succeeded()


def test_there_are_examples() -> None:
    assert EXAMPLES


def test_a_renamed_program_has_the_old_names_as_aliases() -> None:
    assert renamed('Cluster("a", ClusterArgs(cluster_name="a"))') == (
        "Cluster('renamed-a', ClusterArgs(cluster_name='a'), "
        "opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='a')]))"
    )
