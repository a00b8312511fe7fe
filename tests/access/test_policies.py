"""From a program's resources to policies that AWS takes: no wildcard in an action, nothing of somebody else's."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.need import Need, When
from access.own_calls import AUDITS, READS, WRITES
from access.policies import LONGEST, NAMED_KEYS, Setting, document, split, statements
from access.program import KINDS, UNKNOWN, Resource, names_of, needs_of, of_preview, registered
from components.auditor_role import AuditorRole
from components.deployer_role import DeployerRole
from tests.components.builders import COMPONENTS, build

SETTING = Setting(account="111111111111", region="eu-west-1", names={"cluster": ["apps"]}, tags={"Project": "slipway"})
URN = "urn:pulumi:test::slipway::slipway:components:Cluster$aws:ecs/cluster:Cluster::apps"


def test_a_need_is_limited_to_the_programs_names() -> None:
    need = Need(actions="ecs:DescribeClusters", on=("arn:{partition}:ecs:{region}:{account}:cluster/{cluster}",))
    [statement] = statements([need], SETTING)
    assert statement == {
        "Effect": "Allow",
        "Action": ["ecs:DescribeClusters"],
        "Resource": ["arn:aws:ecs:eu-west-1:111111111111:cluster/apps"],
    }


def test_a_need_whose_names_the_program_does_not_have_is_left_out() -> None:
    assert statements([Need(actions="ecr:PutImage", on=("arn:{partition}:ecr:::{repository}",))], SETTING) == []


def test_what_has_no_name_in_its_arn_must_carry_the_stacks_tags() -> None:
    [statement] = statements([Need(actions="ec2:DeleteVpc", on=("arn:aws:ec2:::vpc/*",), when=When.OWNED)], SETTING)
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceTag/Project": "slipway"}}


@pytest.mark.parametrize("action", ["ecs:*", "ecs", ":DescribeClusters", "*"])
def test_an_action_is_named_in_full(action: str) -> None:
    with pytest.raises(ValueError, match="name the service and each action"):
        Need(actions=action)


def test_a_type_that_nobody_has_described_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"aws:mq/broker:Broker.*add it to a table in access/"):
        registered("aws:mq/broker:Broker", "events", {})


def test_a_preview_tells_names_and_patterns_where_pulumi_makes_the_name() -> None:
    steps = [
        {"newState": {"urn": URN, "inputs": {"name": "apps"}}},
        {"newState": {"urn": URN.replace("::apps", "::other"), "inputs": {"name": "other-0a1b2c3"}}},
        {"newState": {"urn": "urn:pulumi:test::slipway::pulumi:pulumi:Stack::slipway-test", "inputs": {}}},
        {"oldState": {"urn": URN.replace("::apps", "::gone"), "inputs": {"name": "gone"}}},
    ]
    of = "aws:ecs/cluster:Cluster"
    found = [Resource(of=of, name="apps"), Resource(of=of, name="gone"), Resource(of=of, name="other-*")]
    assert list(of_preview({"steps": steps})) == found
    assert names_of(found) == {"cluster": ["apps", "gone", "other-*"]}
    assert "ecs:CreateCluster" in {action for need in needs_of(found) for action in need.each}


def test_no_right_is_limited_to_nothing_where_aws_lets_it_be_limited_to_the_stack() -> None:
    """What is allowed on everything reads, lists, or has no resource in IAM; each such action is named here."""
    unlimited = {
        action
        for need in (*(need for kind in KINDS.values() for need in kind.needs), *READS, *WRITES, *AUDITS)
        for action in need.each
        if tuple(need.on) == ("*",) and need.when is When.ALWAYS
    }
    changing = {one for one in unlimited if not one.split(":")[1].startswith(("Describe", "Get", "List"))}
    assert changing == {
        "backup-storage:MountCapsule",
        "ecr:CreatePullThroughCacheRule",
        "ecr:CreateRepositoryCreationTemplate",
        "ecr:DeletePullThroughCacheRule",
        "ecr:DeleteRegistryPolicy",
        "ecr:DeleteRepositoryCreationTemplate",
        "ecr:PutRegistryPolicy",
        "ecr:PutRegistryScanningConfiguration",
        "ecr:PutReplicationConfiguration",
        "ecr:UpdatePullThroughCacheRule",
        "ecr:UpdateRepositoryCreationTemplate",
        "ecs:DeregisterTaskDefinition",
        "logs:DeleteResourcePolicy",
        "logs:PutResourcePolicy",
        "route53:CreateHostedZone",
    }


def test_a_key_that_others_make_is_known_by_its_alias_and_left_out_where_none_is_named() -> None:
    need = Need(actions="kms:DescribeKey", on=("arn:aws:kms:r:1:key/*",), when=When.NAMED)
    [statement] = statements([need], Setting(account="1", region="r", names={NAMED_KEYS: ["alias/images"]}))
    assert statement["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/images"]}}
    assert statements([need], SETTING) == []


ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"


@pytest.mark.parametrize(
    ("secret", "name"),
    [
        ("arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop/database-a1b2c3", "shop/database-a1b2c3"),
        ("shop/database", "shop/database"),
        (UNKNOWN, "rotate-*"),
    ],
)
def test_a_rotation_is_limited_to_its_secret_and_what_a_preview_does_not_know_is_no_name(
    secret: str, name: str
) -> None:
    found = registered(ROTATION, "rotate", {"secretId": secret})
    assert found == Resource(of=ROTATION, name=name)
    setting = Setting(account="1", region="r", names=names_of([found]))
    [statement] = statements(needs_of([found]), setting)
    assert statement["Resource"] == [f"arn:aws:secretsmanager:r:1:secret:{name}"]


def test_every_type_that_a_component_makes_is_described() -> None:
    """Those of the roles themselves are made by somebody who may make roles (docs/access.md)."""
    made = {
        one.type
        for component, args in COMPONENTS.items()
        if component not in (DeployerRole, AuditorRole)
        for one in build(component, args).registered
        if one.type.startswith("aws:")
    }
    assert made - set(KINDS) == set()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_however_many_statements_each_policy_is_as_long_as_aws_takes_and_none_is_lost(lengths: list[int]) -> None:
    made = [
        {"Effect": "Allow", "Action": ["ecs:ListTasks"] * length, "Resource": [str(i)]}
        for i, length in enumerate(lengths)
    ]
    written = split(made)
    assert all(len(one) <= LONGEST for one in written)
    assert [statement for one in written for statement in json.loads(one)["Statement"]] == made


def test_more_than_ten_policies_are_refused_with_what_to_do() -> None:
    made = [{"Action": "x" * 5000, "Resource": [str(number)]} for number in range(11)]
    assert len(document(made[:1])) < LONGEST
    with pytest.raises(ValueError, match="divide the services among several stacks"):
        split(made)
