"""Managed policies of a role: each document one, attached."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

LONGEST: Final = 6_144
"""Characters of a managed policy, white space not counted (AWS: "IAM and AWS STS quotas"): documented."""
MOST: Final = 10
"""Managed policies of a role, by default. The same page: documented."""

Documents = Sequence[Mapping[str, Any]]


def check_documents(documents: Documents) -> None:
    """Raises `ValueError` for documents that AWS would not attach to one role."""
    if not 1 <= len(documents) <= MOST:
        raise ValueError(f"there are {len(documents)} documents; a role takes 1 to {MOST}")
    for number, one in enumerate(documents):
        if len(_text(one)) > LONGEST:
            raise ValueError(f"document {number} has {len(_text(one))} characters; a policy takes {LONGEST}")


def attach(name: str, role: aws.iam.Role, documents: Documents, opts: pulumi.ResourceOptions) -> None:
    """Makes a managed policy of each document, and attaches it to the role."""
    for number, one in enumerate(documents, start=1):
        policy = aws.iam.Policy(f"{name}-{number}", policy=_text(one), opts=opts)
        aws.iam.RolePolicyAttachment(f"{name}-{number}", role=role.name, policy_arn=policy.arn, opts=opts)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True)
