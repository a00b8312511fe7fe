"""The provider of `Rollout`, made in so many words."""

from __future__ import annotations

import pulumi


class RolloutProvider(pulumi.ProviderResource):
    """Our own provider without configuration.

    The engine's implicit one would be given every `slipway:` key of the stack, for its package has that name: each
    deploy would change the provider, and its state would hold a copy of the settings.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway", name, {}, opts)
