"""The permissions boundary of an environment: every role that its program makes has it."""

from __future__ import annotations

from typing import Final

import pulumi

from stacks.settings import Settings

ROLE: Final = "aws:iam/role:Role"


def bound_roles(settings: Settings) -> None:
    """Gives each role of the program the boundary of the stack file, those that components make included.

    AWS: "Permissions boundaries for IAM entities". A role can do what both its policies and the boundary allow.
    """
    boundary = settings.aws.permissions_boundary
    if boundary is None:
        return

    def bounded(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != ROLE:
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissions_boundary": boundary}, args.opts)

    pulumi.runtime.register_stack_transformation(bounded)
