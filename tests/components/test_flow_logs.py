"""What is recorded of a network's traffic, who writes it, and who can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from components.flow_logs import FlowLogs
from components.network import Network
from tests.components.builders import FLOW_LOGS, NETWORK, build
from tests.recording_engine import ACCOUNT, REGION

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
GROUP_ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/vpc/network/flow-logs"


def statements(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["Statement"]
    return found


def test_accepted_and_rejected_traffic_is_recorded() -> None:
    """Security Hub EC2.6 wants rejected traffic at least."""
    made = build(FlowLogs, FLOW_LOGS).one(FLOW_LOG)
    assert (made.inputs["vpcId"], made.inputs["trafficType"]) == ("vpc-1", "ALL")
    assert "eniId" not in made.inputs
    assert "subnetId" not in made.inputs


def test_records_are_kept_for_as_long_as_it_is_said_and_encrypted_with_a_key_of_their_own() -> None:
    engine = build(FlowLogs, replace(FLOW_LOGS, retention_days=400), name="logs")
    group = engine.one(LOG_GROUP)
    assert group.inputs["retentionInDays"] == 400
    assert group.inputs["kmsKeyId"] == f"arn:aws:aws:kms/key:Key:{REGION}:{ACCOUNT}:logs"
    assert engine.one("aws:kms/key:Key").inputs["enableKeyRotation"] is True


def test_the_key_is_of_use_for_this_log_group_alone() -> None:
    _, use = statements(build(FlowLogs, FLOW_LOGS).one("aws:kms/key:Key").inputs["policy"])
    assert use["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    assert use["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP_ARN}}


def test_only_flow_logs_of_this_account_and_region_take_the_role() -> None:
    (trusted,) = statements(build(FlowLogs, FLOW_LOGS).one("aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert trusted["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trusted["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"},
    }


def test_the_role_writes_to_its_log_group_and_makes_none() -> None:
    policies = build(FlowLogs, FLOW_LOGS, name="logs").all("aws:iam/rolePolicy:RolePolicy")
    allowed = {
        action: one["Resource"]
        for policy in policies
        for one in statements(policy.inputs["policy"])
        for action in one["Action"]
    }
    assert allowed == {
        "logs:CreateLogStream": [f"{GROUP_ARN}:*"],
        "logs:DescribeLogStreams": [f"{GROUP_ARN}:*"],
        "logs:PutLogEvents": [f"{GROUP_ARN}:*"],
        "logs:DescribeLogGroups": [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"],
    }


def test_nothing_is_recorded_before_the_role_may_write() -> None:
    dependencies = build(FlowLogs, FLOW_LOGS, name="logs").one(FLOW_LOG).dependencies
    assert sum("RolePolicy::logs-" in urn for urn in dependencies) == 2


def test_every_new_network_has_flow_logs() -> None:
    engine = build(Network, NETWORK, name="net")
    assert engine.one(FLOW_LOG).inputs["vpcId"] == "net-id"
    assert engine.one(LOG_GROUP).inputs["name"] == "/vpc/net/flow-logs"


def test_two_networks_in_one_account_have_a_log_group_each() -> None:
    names = {build(Network, NETWORK, name=name).one(LOG_GROUP).inputs["name"] for name in ("net", "stage-net")}
    assert len(names) == 2
