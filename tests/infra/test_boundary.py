"""A permissions boundary of the stack file is that of each role, and of the deployer's rights to make one."""

from __future__ import annotations

from access.need import Need, When
from access.policies import Setting, statements
from tests.infra.program import deploy, released

BOUNDARY = "arn:aws:iam::333333333333:policy/teams"
ROLE = "aws:iam/role:Role"


def test_every_role_of_the_program_has_it() -> None:
    config = released("prod")
    config["aws"]["permissionsBoundary"] = BOUNDARY
    roles = deploy("prod", config).all(ROLE)
    assert roles
    assert {one.inputs.get("permissionsBoundary") for one in roles} == {BOUNDARY}


def test_no_role_has_one_that_nobody_asked_for() -> None:
    assert {one.inputs.get("permissionsBoundary") for one in deploy("prod", released("prod")).all(ROLE)} == {None}


def test_who_deploys_makes_no_role_without_it() -> None:
    setting = Setting(account="333333333333", region="eu-west-1", names={"role": ["x"]}, boundary=BOUNDARY)
    create = Need(actions="iam:CreateRole", on=["arn:{partition}:iam::{account}:role/{role}"], when=When.BOUNDED)
    (statement,) = statements([create], setting)
    assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
