"""What is left of a release that ran before: its revision, its image, its roles and its secrets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from account.session import AwsSession

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
IN_SECRETS_MANAGER: Final = ":secretsmanager:"
IN_SYSTEMS_MANAGER: Final = ":ssm:"
DEFINITION_KEYS: Final = ("cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn", "volumes")


@dataclass(frozen=True, kw_only=True)
class FormerRelease:
    """One revision of a task definition, and whether tasks can still be started from it."""

    definition: Mapping[str, Any]
    """AWS: "TaskDefinition"; empty when the revision is gone."""
    gone: tuple[str, ...] = ()
    """What it needs and is there no more, a sentence each."""
    unchecked: tuple[str, ...] = ()
    """What could not be looked at, and why."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """ARNs of the secrets that its containers read, each once."""
        arns = dict.fromkeys(secret_arn(value) for value in _values_from(self.definition))
        return tuple(arn for arn in arns if IN_SECRETS_MANAGER in arn)

    @property
    def parameters(self) -> tuple[str, ...]:
        """ARNs of the parameters that its containers read, each once."""
        return tuple(dict.fromkeys(arn for arn in _values_from(self.definition) if IN_SYSTEMS_MANAGER in arn))

    @property
    def lines(self) -> dict[str, Any]:
        """What matters of the definition, with environment and secrets by their names."""
        kept = {key: self.definition[key] for key in DEFINITION_KEYS if self.definition.get(key)}
        return kept | {c["name"]: _container(c) for c in self.definition.get("containerDefinitions", ())}


def look(session: AwsSession, task_definition: str, repository: str, digest: str) -> FormerRelease:
    """Looks at a revision by its ARN and at all that it names. Raises `AwsFault` when AWS does not answer."""
    definition = describe(session, task_definition)
    short = task_definition.rsplit("/", 1)[-1]
    gone, unchecked = [], []
    if not definition:
        gone.append(f"revision {short} is gone")
    elif definition.get("status") == "INACTIVE":
        gone.append(f"revision {short} was deregistered: ECS takes it for no service any more")
    for what, absent, ask in _needs(session, definition, repository, digest):
        try:
            found = ask()
        except AwsFault as fault:
            if fault.code in absent:
                gone.append(f"{what} is gone")
            elif fault.code in DENIED:
                unchecked.append(f"{what}: {fault}")
            else:
                raise
        else:
            if found.get("DeletedDate"):
                gone.append(f"{what} is scheduled for deletion")
    return FormerRelease(definition=definition, gone=tuple(gone), unchecked=tuple(unchecked))


def describe(session: AwsSession, task_definition: str) -> dict[str, Any]:
    """One revision by its ARN; empty when ECS does not have it."""
    if not task_definition:
        return {}
    try:
        answer = session.call("ecs", "describe_task_definition", taskDefinition=task_definition)
    except AwsFault as fault:
        if fault.code == "ClientException":  # ECS has no narrower one for it
            return {}
        raise
    found: dict[str, Any] = answer["taskDefinition"]
    return found


def secret_arn(value_from: str) -> str:
    """The secret in `valueFrom`, without the key, stage and version that may follow it.

    AWS: "Pass Secrets Manager secrets through Amazon ECS environment variables": documented.
    """
    return ":".join(value_from.split(":")[:7])


def secret_name(arn: str) -> str:
    """The name in a secret's ARN, to which Secrets Manager appends a hyphen and six characters.

    Of a parameter it is what its ARN ends with, `parameter/auth/url`.
    """
    if IN_SYSTEMS_MANAGER in arn:
        return arn.rpartition(":")[2]
    return re.sub(r"-\w{6}$", "", secret_arn(arn).rpartition(":")[2])


def _needs(
    session: AwsSession, definition: Mapping[str, Any], repository: str, digest: str
) -> Iterator[tuple[str, frozenset[str], Callable[[], dict[str, Any]]]]:
    """What it is, the codes that say that it is gone, and how to ask."""
    image = {"repositoryName": repository, "imageIds": [{"imageDigest": digest}]}
    yield (
        f"image {repository}@{digest[:19]}",
        frozenset({"ImageNotFoundException", "RepositoryNotFoundException"}),
        lambda: session.call("ecr", "describe_images", **image),
    )
    for key in ("executionRoleArn", "taskRoleArn"):
        role = str(definition.get(key, "")).rsplit("/", 1)[-1]
        if role:
            yield f"role {role}", frozenset({"NoSuchEntity"}), _asking(session, "iam", "get_role", RoleName=role)
    for arn in dict.fromkeys(secret_arn(value) for value in _values_from(definition)):
        if IN_SECRETS_MANAGER in arn:
            ask = _asking(session, "secretsmanager", "describe_secret", SecretId=arn)
            yield f"secret {secret_name(arn)}", frozenset({"ResourceNotFoundException"}), ask


def _asking(session: AwsSession, service: str, operation: str, **params: object) -> Callable[[], dict[str, Any]]:
    return lambda: session.call(service, operation, **params)


def _values_from(definition: Mapping[str, Any]) -> Iterator[str]:
    for container in definition.get("containerDefinitions", ()):
        yield from (secret["valueFrom"] for secret in container.get("secrets", ()))
        yield from (
            secret["valueFrom"] for secret in (container.get("logConfiguration") or {}).get("secretOptions", ())
        )


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    """A container with its variables by their names; whatever is nested deeper is shown as it is."""
    variables = {one["name"]: one["value"] for one in container.get("environment", ())}
    secrets = {one["name"]: secret_name(one["valueFrom"]) for one in container.get("secrets", ())}
    rest = {key: value for key, value in container.items() if key not in ("name", "environment", "secrets") and value}
    shown = {key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in rest.items()}
    return shown | {"environment": variables, "secrets": secrets}
