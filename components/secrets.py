"""Secrets by name: the program learns where a secret is, never what it is."""

from __future__ import annotations

import pulumi
from pulumi.runtime import invoke_async


def secret_arn(secret: str, opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """ARN of the secret of that name in Secrets Manager."""
    return pulumi.Output.from_input(_arn(secret, opts))


async def _arn(secret: str, opts: pulumi.InvokeOptions) -> str:
    try:
        found = await invoke_async("aws:secretsmanager/getSecret:getSecret", {"name": secret}, opts)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        raise pulumi.RunError(
            f"The secret {secret!r} could not be found in Secrets Manager: {error}. Make it with "
            f"`aws secretsmanager create-secret --name {secret}`, or mend its name in stacks/catalogue.py."
        ) from None
    return str(found["arn"])
