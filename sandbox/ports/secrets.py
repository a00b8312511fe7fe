"""Reading moto's Secrets Manager and Parameter Store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend
from moto.secretsmanager.models import secretsmanager_backends

from sandbox.ecs.ports import SecretFacts

if TYPE_CHECKING:
    from sandbox.caller import Caller

_CURRENT = "AWSCURRENT"
_ARN_PARTS = 6


class MotoSecrets:
    """Secrets and parameters, each in the account and region that its ARN names."""

    def secret(self, caller: Caller, arn: str, stage: str, version: str) -> SecretFacts | None:
        """The secret, or None. It is read from moto's memory: through the API it would count as accessed."""
        account, region = _place(caller, arn)
        secrets = secretsmanager_backends[account][region].secrets
        if arn not in secrets:
            return None
        secret = secrets[arn]
        found = (one for one in secret.versions.values() if _matches(one, stage or _CURRENT, version))
        value = next((one.get("secret_string") for one in found), None)
        return SecretFacts(value, deleted=secret.is_deleted())

    def has_parameter(self, caller: Caller, name: str) -> bool:
        """Whether the parameter exists."""
        account, region = _place(caller, name)
        # Got late: it takes over a second to load, and most sandboxes have no parameters.
        return bool(get_backend("ssm")[account][region].get_parameters([name]))


def _matches(version: dict[str, Any], stage: str, identifier: str) -> bool:
    if identifier:
        return bool(version["version_id"] == identifier)
    return stage in version["version_stages"]


def _place(caller: Caller, name_or_arn: str) -> tuple[str, str]:
    """Account and region: the ARN's, or the caller's."""
    parts = name_or_arn.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return caller.account, caller.region
    return parts[4] or caller.account, parts[3] or caller.region
