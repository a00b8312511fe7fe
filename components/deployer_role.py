"""`DeployerRole`: who deploys an environment, from GitHub or by hand, with no more rights than its program takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.permissions import VERSION
from components.role_policies import attach, check_documents

ISSUER: Final = "token.actions.githubusercontent.com"
AUDIENCE: Final = "sts.amazonaws.com"
SESSION: Final = range(3600, 43_201)
"""Seconds (AWS: "CreateRole", MaxSessionDuration): documented."""


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """The jobs of GitHub Actions that may deploy: those of one environment of one repository.

    GitHub lets an environment be used from the branches, and after the reviews, that its settings name, which a branch
    in the token does not (GitHub: "Security hardening your deployments", OpenID Connect in AWS).
    """

    repository: str
    """`owner/name`."""
    environment: str
    """As the repository's settings name it, such as `prod`."""
    provider_arn: str | None = None
    """ARN of the account's provider for GitHub's tokens, of which an account has one. None: it is made here."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", self.repository):
            raise ValueError(f"repository is {self.repository!r}; write owner/name, without wildcards")
        if not re.fullmatch(r"[A-Za-z0-9._-]+", self.environment):
            raise ValueError(f"environment is {self.environment!r}; write its name, without wildcards")

    @property
    def subject(self) -> str:
        """What such a job's token says of itself."""
        return f"repo:{self.repository}:environment:{self.environment}"


@dataclass(frozen=True, kw_only=True)
class DeployerRoleArgs:
    """What the role may do, and who may take it."""

    role_name: str
    """As `deployRole` of the stack file names it."""
    account: str
    """The AWS account, twelve digits."""
    documents: Sequence[Mapping[str, Any]]
    """Policy documents: what `slipway access` prints under `deployer`."""
    github: GitHub | None = None
    """The jobs that may take it. None: no job of GitHub may."""
    people: Sequence[str] = ()
    """ARNs of roles or users that may take it too, such as the engineers' role."""
    session_seconds: int = SESSION[0]
    """The longest session: as long as the longest update, 3600 to 43200."""
    partition: str = "aws"
    """`aws`, or AWS's name for another part of it: `aws-cn`, `aws-us-gov`."""

    def __post_init__(self) -> None:
        if self.session_seconds not in SESSION:
            raise ValueError(f"session_seconds is {self.session_seconds}; allowed are {SESSION[0]} to {SESSION[-1]}")
        if self.github is None and not self.people:
            raise ValueError("github is None and people is empty: nobody could take the role")
        check_documents(self.documents)


class DeployerRole(pulumi.ComponentResource):
    """The role that deploys. Made in a stack of its own, by somebody who may make roles: it must not change itself.

    AWS: "Create a role for OpenID Connect federation"; GitHub: "Configuring OpenID Connect in Amazon Web Services".
    """

    arn: pulumi.Output[str]
    """ARN of the role, for `role-to-assume` of a job."""

    def __init__(self, name: str, args: DeployerRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:DeployerRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        trust = pulumi.Output.from_input(self._github(name, args)).apply(lambda arn: trust_document(args, arn))
        role = aws.iam.Role(
            name,
            name=args.role_name,
            description="Deploys with Slipway",
            assume_role_policy=trust.apply(lambda document: json.dumps(document, sort_keys=True)),
            max_session_duration=args.session_seconds,
            opts=child,
        )
        attach(name, role, args.documents, child)
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})

    def _github(self, name: str, args: DeployerRoleArgs) -> pulumi.Input[str | None]:
        if args.github is None or args.github.provider_arn:
            return args.github.provider_arn if args.github else None
        provider = aws.iam.OpenIdConnectProvider(
            name,
            url=f"https://{ISSUER}",
            client_id_lists=[AUDIENCE],
            opts=pulumi.ResourceOptions(parent=self),
        )
        arn: pulumi.Output[str | None] = provider.arn
        return arn


def trust_document(args: DeployerRoleArgs, provider_arn: str | None) -> dict[str, Any]:
    """Who may take the role: jobs of one environment of one repository, people, and itself.

    The program takes the role that the stack file names, also where it has it already; AWS lets a role take itself
    only where its trust policy says so (AWS: "AWS announces an update to IAM role trust policy behavior").
    """
    itself = f"arn:{args.partition}:iam::{args.account}:role/{args.role_name}"
    statements: list[dict[str, Any]] = [
        {
            "Sid": "Itself",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{args.partition}:iam::{args.account}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnEquals": {"aws:PrincipalArn": itself}},
        }
    ]
    if args.people:
        statements.append(
            {
                "Sid": "People",
                "Effect": "Allow",
                "Principal": {"AWS": sorted(args.people)},
                "Action": "sts:AssumeRole",
            }
        )
    if args.github:
        token = {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": args.github.subject}
        statements.append(
            {
                "Sid": "JobsOfGitHub",
                "Effect": "Allow",
                "Principal": {"Federated": provider_arn},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": token},
            }
        )
    return {"Version": VERSION, "Statement": statements}
