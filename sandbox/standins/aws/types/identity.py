"""IAM roles and their policies."""

from __future__ import annotations

import json
from typing import Any, Final

from sandbox.standins.aws import documents
from sandbox.standins.aws.aws import Aws, Retry
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties


def _document(member: str) -> Any:  # noqa: ANN401 - a function for the table
    """boto3 decodes policies; properties hold their text."""

    def text(_: Situation, item: dict[str, Any]) -> str:
        found = item[member]
        return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"))

    return text


def _boundary(s: Situation) -> None:
    if s.p.get("permissionsBoundary"):
        boundary = s.p["permissionsBoundary"]
        s.call("iam", "PutRolePermissionsBoundary", RoleName=s.p["id"], PermissionsBoundary=boundary)
    else:
        s.call("iam", "DeleteRolePermissionsBoundary", RoleName=s.p["id"])


def _delete_role(s: Situation) -> None:
    """Delete a role; with `forceDetachPolicies` without its policies first."""
    if s.p.get("forceDetachPolicies"):
        for attached in s.call("iam", "ListAttachedRolePolicies", RoleName=s.p["id"])["AttachedPolicies"]:
            s.call("iam", "DetachRolePolicy", RoleName=s.p["id"], PolicyArn=attached["PolicyArn"])
        for name in s.call("iam", "ListRolePolicies", RoleName=s.p["id"])["PolicyNames"]:
            s.call("iam", "DeleteRolePolicy", RoleName=s.p["id"], PolicyName=name)
    s.aws.call("iam", "DeleteRole", {"RoleName": s.p["id"]}, s.region, (Retry("DeleteConflict"),))


ROLE = ResourceType(
    token="aws:iam/role:Role",
    noun="IAM Role",
    service="iam",
    create=Call("CreateRole", "assumeRolePolicy description maxSessionDuration name path permissionsBoundary"),
    id="Role.RoleName",
    read=Call("GetRole", also={"RoleName": lambda p: p["id"]}),
    item="Role",
    update=(
        Update(
            "assumeRolePolicy",
            Call(
                "UpdateAssumeRolePolicy",
                also={"RoleName": lambda p: p["id"], "PolicyDocument": lambda p: p["assumeRolePolicy"]},
            ),
        ),
        Update(
            "description maxSessionDuration",
            Call(
                "UpdateRole",
                "maxSessionDuration",
                {"RoleName": lambda p: p["id"], "Description": lambda p: p.get("description") or ""},
            ),
        ),
        Update("permissionsBoundary", _boundary),
    ),
    delete=_delete_role,
    names={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument", "uniqueId": "RoleId"},
    outputs={
        "assumeRolePolicy": _document("AssumeRolePolicyDocument"),
        "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
        # Policies are resources of their own here; the role's own list of them would change behind its back.
        "inlinePolicies": lambda _s, _item: None,
        "managedPolicyArns": lambda _s, _item: None,
    },
    force_new="name path",
    defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
    unread="forceDetachPolicies",
    canonical={"assumeRolePolicy": documents.policy},
    naming=Naming(64),
    tags="Tags",
    tagged="id",
    not_imitated="inlinePolicies managedPolicyArns namePrefix",
)


def _import_policy(given: str, _aws: Aws) -> Properties:
    role, _, name = given.partition(":")
    if not name:
        raise Fault(f"unexpected format of ID ({given}), expected role-name:policy-name")
    return {"id": given, "role": role, "name": name}


_WHERE: Final = {"RoleName": lambda p: p["role"], "PolicyName": lambda p: p["name"]}
_PUT: Final = Call("PutRolePolicy", "policy", _WHERE)

ROLE_POLICY = ResourceType(
    token="aws:iam/rolePolicy:RolePolicy",
    noun="IAM Role Policy",
    service="iam",
    create=_PUT,
    id=lambda s, _: f"{s.p['role']}:{s.p['name']}",
    read=Call("GetRolePolicy", also=_WHERE),
    update=(Update("policy", _PUT),),
    delete=Call("DeleteRolePolicy", also=_WHERE),
    names={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
    outputs={"policy": _document("PolicyDocument")},
    force_new="name role",
    canonical={"policy": documents.policy},
    naming=Naming(128),
    import_id=_import_policy,
    not_imitated="namePrefix",
)


def _attached(s: Situation) -> dict[str, Any] | None:
    marker, found = None, []
    while True:
        answer = s.call("iam", "ListAttachedRolePolicies", RoleName=s.p["role"], Marker=marker)
        found += [each["PolicyArn"] for each in answer["AttachedPolicies"]]
        marker = answer.get("Marker")
        if not marker:
            return {"role": s.p["role"], "policyArn": s.p["policyArn"]} if s.p["policyArn"] in found else None


def _import_attachment(given: str, _aws: Aws) -> Properties:
    role, _, arn = given.partition("/")
    if not arn.startswith("arn:"):
        raise Fault(f"unexpected format of ID ({given}), expected <role-name>/<policy_arn>")
    return {"id": given, "role": role, "policyArn": arn}


_ATTACHMENT: Final = {"RoleName": lambda p: p["role"], "PolicyArn": lambda p: p["policyArn"]}

ROLE_POLICY_ATTACHMENT = ResourceType(
    token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    noun="IAM Role Policy Attachment",
    service="iam",
    create=Call("AttachRolePolicy", also=_ATTACHMENT),
    id=lambda s, _: f"{s.p['role']}/{s.p['policyArn']}",
    read=_attached,
    delete=Call("DetachRolePolicy", also=_ATTACHMENT),
    force_new="policyArn role",
    import_id=_import_attachment,
)

_MOST_VERSIONS: Final = 5
"""Of a managed policy, beside which there can be no other (AWS: "IAM and AWS STS quotas")."""


def _versions(s: Situation) -> list[str]:
    """Those that are not in force, the oldest first."""
    found = s.call("iam", "ListPolicyVersions", PolicyArn=s.p["id"])["Versions"]
    old = [each for each in found if not each["IsDefaultVersion"]]
    return [each["VersionId"] for each in sorted(old, key=lambda each: int(each["VersionId"].removeprefix("v")))]


def _new_version(s: Situation) -> None:
    old = _versions(s)
    if len(old) + 1 >= _MOST_VERSIONS:
        s.call("iam", "DeletePolicyVersion", PolicyArn=s.p["id"], VersionId=old[0])
    s.call("iam", "CreatePolicyVersion", PolicyArn=s.p["id"], PolicyDocument=s.p["policy"], SetAsDefault=True)


def _delete_policy(s: Situation) -> None:
    for version in _versions(s):
        s.call("iam", "DeletePolicyVersion", PolicyArn=s.p["id"], VersionId=version)
    s.call("iam", "DeletePolicy", PolicyArn=s.p["id"])


def _in_force(s: Situation, item: dict[str, Any]) -> str:
    version = s.call("iam", "GetPolicyVersion", PolicyArn=s.p["id"], VersionId=item["DefaultVersionId"])
    return str(_document("Document")(s, version["PolicyVersion"]))


POLICY = ResourceType(
    token="aws:iam/policy:Policy",
    noun="IAM Policy",
    service="iam",
    create=Call("CreatePolicy", "description name path policy"),
    id="Policy.Arn",
    read=Call("GetPolicy", also={"PolicyArn": lambda p: p["id"]}),
    item="Policy",
    update=(Update("policy", _new_version),),
    delete=_delete_policy,
    names={"name": "PolicyName", "policy": "PolicyDocument"},
    outputs={"arn": "Arn", "policy": _in_force},
    force_new="description name path",
    defaults={"path": "/"},
    unread="delayAfterPolicyCreationInMs",
    canonical={"policy": documents.policy},
    naming=Naming(128),
    tags="Tags",
    tagged="id",
    not_imitated="namePrefix",
)


def _set_thumbprints(s: Situation) -> None:
    s.call(
        "iam",
        "UpdateOpenIDConnectProviderThumbprint",
        OpenIDConnectProviderArn=s.p["id"],
        ThumbprintList=s.p.get("thumbprintLists") or [],
    )


def _set_clients(s: Situation) -> None:
    now, before = set(s.p["clientIdLists"]), set(s.old.get("clientIdLists") or ())
    for operation, clients in (
        ("AddClientIDToOpenIDConnectProvider", now - before),
        ("RemoveClientIDFromOpenIDConnectProvider", before - now),
    ):
        for client in sorted(clients):
            s.call("iam", operation, OpenIDConnectProviderArn=s.p["id"], ClientID=client)


OIDC_PROVIDER = ResourceType(
    token="aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    noun="IAM OIDC Provider",
    service="iam",
    create=Call("CreateOpenIDConnectProvider", "clientIdLists thumbprintLists url"),
    id="OpenIDConnectProviderArn",
    read=Call("GetOpenIDConnectProvider", also={"OpenIDConnectProviderArn": lambda p: p["id"]}),
    update=(Update("thumbprintLists", _set_thumbprints), Update("clientIdLists", _set_clients)),
    delete=Call("DeleteOpenIDConnectProvider", also={"OpenIDConnectProviderArn": lambda p: p["id"]}),
    names={"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList", "url": "Url"},
    outputs={
        "arn": lambda s, _: str(s.p["id"]),
        "url": lambda s, item: s.p.get("url") or f"https://{item['Url'].removeprefix('https://')}",
    },
    force_new="url",
    computed="thumbprintLists",
    tags="Tags",
    tagged="id",
)

TYPES: Final = (OIDC_PROVIDER, POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT)
