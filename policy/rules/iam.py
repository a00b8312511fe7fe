"""AWS IAM (AWS Security Hub: "Security Hub controls for IAM")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policy.checked_resource import CheckedResource
from policy.policy_document import listed, statements
from policy.rule import ResourceRule, Rule, Severity

MANAGED: Final = ("aws:iam/policy:Policy",)
INLINE: Final = (
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/role:Role",
)
ON_USERS: Final = ("aws:iam/userPolicy:UserPolicy", "aws:iam/userPolicyAttachment:UserPolicyAttachment")
ADMINISTRATOR: Final = "/AdministratorAccess"
ATTACHMENTS: Final = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)


def _full_administrator(resource: CheckedResource) -> Iterator[str]:
    if resource.type in ATTACHMENTS:
        if str(resource.root.at("policyArn")).endswith(ADMINISTRATOR):
            yield "policyArn is AWS's AdministratorAccess"
        return
    for statement in statements(resource):
        if {"*", "*:*"} & set(listed(statement, "Action")) and "*" in listed(statement, "Resource"):
            yield f"{statement.path} allows everything on everything"


def _whole_services(resource: CheckedResource) -> Iterator[str]:
    for statement in statements(resource):
        whole = [action for action in listed(statement, "Action") if action == "*" or action.endswith(":*")]
        if whole:
            yield f"{statement.path} allows every action: {', '.join(whole)}"
        if statement.at("NotAction") is not None:
            yield f"{statement.path} allows whatever NotAction does not name"


def _on_a_user(resource: CheckedResource) -> Iterator[str]:
    yield f"it gives user {resource.root.at('user')!r} a policy"


RULES: Final[tuple[Rule, ...]] = (
    ResourceRule(
        id="IAM.1",
        sentence="No policy gives full administration",
        severity=Severity.HIGH,
        types=(*MANAGED, *INLINE, *ATTACHMENTS),
        check=_full_administrator,
        fix="Name the actions and the resources that are needed",
        waivable=False,
    ),
    ResourceRule(
        id="IAM.2",
        sentence="Policies belong to roles, not to users",
        severity=Severity.LOW,
        types=ON_USERS,
        check=_on_a_user,
        fix="Give the policy to a role that the user assumes",
    ),
    ResourceRule(
        id="IAM.21",
        sentence="Policies name actions, not whole services",
        severity=Severity.LOW,
        types=(*MANAGED, *INLINE),
        check=_whole_services,
        fix="Name the actions that are needed",
    ),
)
