"""The sandbox's AWS accounts: one for people, one for each environment."""

from __future__ import annotations

import json
from dataclasses import dataclass

REGION = "eu-west-1"
DEPLOY_ROLE = "slipway-deployer"
ENGINEER = "engineer"


@dataclass(frozen=True)
class Account:
    """An account: ``name`` is the environment's, or ``identity`` for the one that people sign in to."""

    name: str
    id: str


IDENTITY = Account("identity", "999999999999")
ENVIRONMENTS = (Account("test", "111111111111"), Account("stage", "222222222222"), Account("prod", "333333333333"))


def role_arn(account: Account) -> str:
    """The role that people of the identity account assume to deploy in ``account``."""
    return f"arn:aws:iam::{account.id}:role/{DEPLOY_ROLE}"


def trust_document() -> str:
    """Who may assume a deploy role: people of the identity account, and the deploy roles themselves.

    The latter because a shell of the sandbox works in one environment, while Pulumi's program, run from it, assumes the
    role of the stack's environment.
    """
    principal = {"AWS": [f"arn:aws:iam::{account.id}:root" for account in (IDENTITY, *ENVIRONMENTS)]}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
    )


def administrator_document() -> str:
    """What a deploy role may do in the sandbox: everything (the sandbox does not evaluate policies)."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
