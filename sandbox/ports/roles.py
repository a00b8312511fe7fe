"""Reading moto's IAM roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.iam.models import iam_backends

from sandbox import trust

if TYPE_CHECKING:
    from sandbox.caller import Caller


class MotoRoles:
    """Roles of the caller's account."""

    def role_trusts(self, caller: Caller, role_arn: str, service: str) -> bool | None:
        """Whether the service may assume the role; None when there is no such role."""
        for role in iam_backends[caller.account]["aws"].roles.values():
            if role.arn == role_arn:
                return trust.allows(role.assume_role_policy_document, "Service", {"*", service})
        return None
