"""Secrets and parameters that a task definition names and that cannot be read.

AWS: "Pass sensitive data to an Amazon ECS container" and "ResourceInitializationError errors" (ECS developer guide):
that tasks do not start is documented, the words are observed (public reports of stopped tasks), where nothing else is
said. Whether the execution role may read them is not evaluated.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.caller import Caller
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_PREFIX = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed:"
_RETRIED = "service call has been retried 1 time(s):"
_SECRET = re.compile(r"(?P<arn>arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[^:]+)(?::(?P<rest>.*))?")
_MARKED = "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."
_SELECTORS = 3
"""After the secret's ARN: a key of its JSON, a staging label, a version id."""


def secret_failure(world: World, caller: Caller, definition: Json) -> str:
    """Why tasks cannot start for want of a secret, in AWS's words; "" if they have all."""
    references = list(dict.fromkeys(_references(definition)))
    missing = [name for name in references if not _is_secret(name) and not world.secrets.has_parameter(caller, name)]
    if missing:
        names = ", ".join(missing)  # how AWS parts several is assumed
        return f"{_PREFIX} unable to retrieve secrets from ssm: {_RETRIED} invalid ssm parameters: {names}"
    problems = (_problem(world, caller, name) for name in references if _is_secret(name))
    found = next((problem for problem in problems if problem), "")
    return f"{_PREFIX} unable to retrieve secret from asm: {found}" if found else ""


def _references(definition: Json) -> Iterator[str]:
    for container in definition["containerDefinitions"]:
        log = container.get("logConfiguration", {})
        for secret in [*container.get("secrets", []), *log.get("secretOptions", [])]:
            yield secret["valueFrom"]
        if credentials := container.get("repositoryCredentials", {}).get("credentialsParameter"):
            yield credentials


def _is_secret(reference: str) -> bool:
    return ":secretsmanager:" in reference


def _problem(world: World, caller: Caller, reference: str) -> str:
    match = _SECRET.fullmatch(reference)
    selectors = match["rest"].split(":") if match and match["rest"] is not None else []
    if match is None or len(selectors) not in {0, _SELECTORS}:
        return (
            f"trying to retrieve secret with value {reference} resulted in error: an invalid ARN format for the AWS "
            "Secrets Manager secret was specified. Specify a valid ARN and try again."
        )
    key, stage, version = selectors or ("", "", "")
    facts = world.secrets.secret(caller, match["arn"], stage, version)
    if facts is not None and facts.value is not None and not facts.deleted:
        return _key_problem(facts.value, key)
    if facts is None:
        cause = "ResourceNotFoundException: Secrets Manager can't find the specified secret."
    elif facts.deleted:
        cause = _MARKED
    else:
        kind, wanted = ("VersionId", version) if version else ("staging label", stage or "AWSCURRENT")
        cause = f"ResourceNotFoundException: Secrets Manager can't find the specified secret value for {kind}: {wanted}"
    return f"{_RETRIED} failed to fetch secret {match['arn']} from secrets manager: {cause}"


def _key_problem(value: str, key: str) -> str:
    if not key:
        return ""
    try:
        whole = json.loads(value)
    except ValueError:
        return f"{_RETRIED} invalid character '{value[:1]}' looking for beginning of value"
    if isinstance(whole, dict) and key in whole:
        return ""
    return f"{_RETRIED} retrieved secret from Secrets Manager did not contain json key {key}"
