"""Who is calling: moto's IAM and STS know the access keys, for moto's services and for ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox import accounts, trust
from sandbox.aws_error import AwsError
from sandbox.caller import Caller

if TYPE_CHECKING:
    from sandbox.store import Store

_PARTITION = "aws"
_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/,]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_ROLE_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/(.+)")
_KEYS = "identity/engineer"


@dataclass(frozen=True)
class AccessKey:
    """The long-lived key of the IAM user ``engineer``. It opens nothing but this sandbox."""

    id: str
    secret: str


@dataclass(frozen=True)
class Scope:
    """What a request's signature names: access key, region and signing name of the service."""

    access_key: str
    region: str
    service: str


def scope_of(authorization: str, query: str) -> Scope | None:
    """The signature's scope, from the header or from a presigned URL; None for an unsigned request."""
    presigned = unquote(query).replace("X-Amz-Credential=", "Credential=") if "X-Amz-Credential=" in query else ""
    match = _CREDENTIAL.search(authorization) or _CREDENTIAL.search(presigned)
    return Scope(match["key"], match["region"], match["service"].lower()) if match else None


def seed(store: Store) -> AccessKey:
    """Make sure that user, key and deploy roles exist; returns the engineer's key, the same one every time."""
    for account in accounts.ENVIRONMENTS:
        _seed_role(account)
    iam = iam_backends[accounts.IDENTITY.id][_PARTITION]
    known = store.get(_KEYS)
    if isinstance(known, AccessKey) and known.id in iam.access_keys:
        return known
    if accounts.ENGINEER not in {user.name for user in iam.users.values()}:
        iam.create_user(_PARTITION, accounts.ENGINEER)
    made = iam.create_access_key(accounts.ENGINEER)
    key = AccessKey(made.access_key_id, made.secret_access_key)
    store.put(_KEYS, key)
    return key


def _seed_role(account: accounts.Account) -> None:
    iam = iam_backends[account.id][_PARTITION]
    if accounts.DEPLOY_ROLE in {role.name for role in iam.roles.values()}:
        return
    iam.create_role(
        role_name=accounts.DEPLOY_ROLE,
        assume_role_policy_document=accounts.trust_document(),
        path="/",
        permissions_boundary=None,
        description="Deploys with Slipway",
        tags=[],
        max_session_duration="3600",
    )
    iam.put_role_policy(accounts.DEPLOY_ROLE, "administrator", accounts.administrator_document())


def caller_of(scope: Scope) -> Caller:
    """The caller; raises AWS's error for a key that no account of this sandbox has issued."""
    for account in list(iam_backends):
        if scope.access_key in iam_backends[account][_PARTITION].access_keys:
            _, arn, _ = sts_backends[account][_PARTITION].get_caller_identity(scope.access_key, scope.region)
            return Caller(account, scope.region, arn)
    raise AwsError(
        "UnrecognizedClientException",
        "The security token included in the request is invalid. (This Slipway sandbox has not issued it: "
        'run eval "$(slipway sandbox env)".)',
        status=403,
    )


def check_assume_role(caller: Caller, role_arn: str) -> None:
    """Refuse, as AWS does, to assume a role that is not there or whose trust does not reach the caller's account."""
    match = _ROLE_ARN.fullmatch(role_arn)
    role = match and _role(match[1], match[2].rpartition("/")[2])
    accepted = {"*", caller.account, caller.arn, f"arn:aws:iam::{caller.account}:root"}
    if not role or not trust.allows(role, "AWS", accepted):
        raise AwsError(
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
            status=403,
        )


def _role(account: str, name: str) -> str | None:
    """The trust document of a role."""
    if account not in list(iam_backends):
        return None
    roles = iam_backends[account][_PARTITION].roles.values()
    return next((str(role.assume_role_policy_document) for role in roles if role.name == name), None)
