"""Reading moto's IAM roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from moto.iam.models import iam_backends

if TYPE_CHECKING:
    from sandbox.caller import Caller


class MotoRoles:
    """Roles of the caller's account."""

    def role_trusts(self, caller: Caller, role_arn: str, service: str) -> bool | None:
        """Whether the service may assume the role; None when there is no such role."""
        for role in iam_backends[caller.account]["aws"].roles.values():
            if role.arn == role_arn:
                return _trusts(json.loads(role.assume_role_policy_document or "{}"), service)
        return None


def _trusts(document: dict[str, object], service: str) -> bool:
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else principal
        if statement.get("Effect") == "Allow" and service in ([services] if isinstance(services, str) else services):
            return True
    return False
