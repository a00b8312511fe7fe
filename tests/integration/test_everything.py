"""Every component switched on, in each environment: no policy is broken, nothing changes twice, nothing is left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from access import discovery, domains, protection
from access.need import RECORDED
from access.own_calls import READS, WRITES
from access.policies import NAMED_KEYS, Setting, split, statements
from access.program import Resource, names_of, needs_of, of_state
from components.auditor_role import AuditorRole
from components.deployer_role import DeployerRole
from sandbox.lifecycle import Sandbox
from stacks.tags import default_tags
from tests.access.evaluation import Policies, action_of, actions, allowed
from tests.components.builders import COMPONENTS
from tests.integration.conftest import Project
from tests.integration.test_examples import policy_pack_in

pytestmark = pytest.mark.integration

SERVICES = ("shop", "stock", "mailer")
ELSEWHERE = (AuditorRole, DeployerRole)
"""Who deploys cannot make its own rights: they have a program of their own (examples/roles)."""
ALL = {f"slipway:components:{one.__name__}" for one in COMPONENTS if one not in ELSEWHERE}
ROLE = ":assumed-role/slipway-deployer/"


@pytest.fixture
def everything(project: Project) -> Project:
    """The example with the policy pack beside it."""
    policy_pack_in(project.folder)
    return Project(project.folder / "examples" / "everything", project.environment)


def unprotect(project: Project) -> None:
    """As people do before they destroy what is protected."""
    for balancer in project.answer("aws", "elbv2", "describe-load-balancers")["LoadBalancers"]:
        arn, off = balancer["LoadBalancerArn"], "Key=deletion_protection.enabled,Value=false"
        attributes = ("--load-balancer-arn", arn, "--attributes", off)
        project.run("aws", "elbv2", "modify-load-balancer-attributes", *attributes).succeeded()


def rights_of(stack: str, account: str, resources: Sequence[Resource]) -> list[dict[str, Any]]:
    """What `slipway access` would print for the deployer of such a program."""
    names = {
        **names_of(resources),
        "journal": [f"slipway-journal-{account}-*"],
        "journal_before": ["slipway-journal-*"],
        "secret": ["shop/database"],
        "deployer": ["slipway-deployer"],
        NAMED_KEYS: ["alias/images"],
    }
    setting = Setting(account=account, region="eu-west-1", names=names, tags=default_tags(stack))
    return [json.loads(one) for one in split(statements([*needs_of(resources), *READS, *WRITES], setting))]


def within_their_rights(calls: Sequence[Mapping[str, Any]], resources: Sequence[Resource], rights: Policies) -> None:
    """Each call is allowed. Each right that only this program needs is used: test_access.py holds the others."""
    beyond = sorted({f"{action_of(call)} {call['names']}" for call in calls if not allowed(call, rights)})
    assert not beyond, "\n".join(beyond)
    here_alone = {kind.of for kind in (*protection.KINDS, *domains.KINDS, *discovery.KINDS)}
    needs = needs_of(one for one in resources if one.of in here_alone)
    called = {action for need in needs if need.why == RECORDED for action in need.each}
    assert "backup:CreateBackupPlan" in called & actions(rights)
    assert sorted(called - {action_of(call) for call in calls}) == []


@pytest.mark.parametrize("stack", ["test", "stage", "prod"])
def test_all_of_it_keeps_the_policies_without_a_waiver_and_is_made_once_and_gone_at_the_end(
    everything: Project, sandbox: Sandbox, stack: str
) -> None:
    project = everything.as_account(stack).overriding("a test of components, not of gates")
    project.run("pulumi", "stack", "init", stack).succeeded()
    project.run("bash", "before.sh", stack).succeeded()
    for service in SERVICES:
        project.image("1.0.0", stack=stack, service=service)
    assert "waivers" not in project.stack_file(stack).read_text()
    pack = ("--policy-pack", str(project.folder.parents[1] / "policy"))
    sandbox.forget_calls()
    made = project.up(stack, *pack).succeeded()
    assert "ECR.5" not in made.output, "the repositories have the key that the stack file names"
    assert "ELB.16" not in made.output, "the load balancer has the web ACL that the stack file names"
    project.up(stack, *pack, "--refresh", "--expect-no-changes").succeeded()
    resources = of_state(project.resources(stack))
    switched_on = {one["type"] for one in project.resources(stack)}
    assert sorted(ALL - switched_on) == [], "every component is switched on"
    rights = rights_of(stack, project.config(stack)["slipway:aws"]["account"], resources)
    unprotect(project)
    project.run("pulumi", "destroy", "-s", stack, "--yes", "--skip-preview").succeeded()
    assert project.resources(stack) == []
    within_their_rights([call for call in sandbox.calls() if ROLE in call["caller"]], resources, rights)
