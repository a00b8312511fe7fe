"""Keys that components made for themselves, before there was a component for keys, stay the same keys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sandbox.lifecycle import Sandbox
from tests.integration.conftest import ROOT, Project

pytestmark = pytest.mark.integration

BEFORE = '''
"""Components as they were: the key is their own child."""

import pulumi
import pulumi_aws as aws


class AlertTopic(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("slipway:components:AlertTopic", name)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(name, enable_key_rotation=True, deletion_window_in_days=7, opts=child)
        aws.sns.Topic(name, name="on-call", kms_master_key_id=key.arn, opts=child)


class FlowLogs(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("slipway:components:FlowLogs", name)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(name, enable_key_rotation=True, deletion_window_in_days=30, opts=child)
        aws.cloudwatch.LogGroup(name, name="/vpc/flow-logs", retention_in_days=365, kms_key_id=key.arn, opts=child)


vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
AlertTopic("on-call")
FlowLogs("net")
'''
AFTER = """
import pulumi_aws as aws

from components.alert_topic import AlertTopic, AlertTopicArgs
from components.flow_logs import FlowLogs, FlowLogsArgs

place = {"account": "111111111111", "region": "eu-west-1"}
vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
AlertTopic("on-call", AlertTopicArgs(topic_name="on-call", **place))
FlowLogs("net", FlowLogsArgs(vpc_id=vpc.id, log_group="/vpc/flow-logs", retention_days=365, **place))
"""


def keys(project: Project) -> dict[str, str]:
    return {
        one["urn"].rpartition("::")[2]: one["id"] for one in project.resources() if one["type"] == "aws:kms/key:Key"
    }


def test_a_key_that_moves_into_its_component_is_neither_replaced_nor_deleted(tmp_path: Path, sandbox: Sandbox) -> None:
    folder = tmp_path / "examples" / "keys"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "examples" / "encryption_key" / "Pulumi.yaml", folder)
    for name in (".venv", ".slipway", "provider"):
        (tmp_path / name).symlink_to(ROOT / name)
    project = Project(folder, sandbox.environment("test"))
    program = folder / "__main__.py"
    program.write_text(BEFORE)
    project.run("pulumi", "stack", "init", "test").succeeded()
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview").succeeded()
    before = keys(project)
    assert set(before) == {"on-call", "net"}
    program.write_text(AFTER)
    steps = project.steps()
    assert set(steps.values()) <= {"create", "update"}, f"nothing is replaced or deleted: {steps}"
    project.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview").succeeded()
    assert keys(project) == before
