"""The provider that the engine sees: hands each resource to the one that serves its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi.provider.experimental.provider import (
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from provider.follow import ReleaseFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


class SlipwayProvider(Provider):
    """All resources of the package `slipway`."""

    def __init__(self, by_type: Mapping[str, Provider]) -> None:
        self._by_type = by_type

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        """Asks the engine for plain values, and for previews."""
        return ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """To the resource's own."""
        return await self._of(request.type).check(request)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """To the resource's own."""
        return await self._of(request.type).diff(request)

    async def create(self, request: CreateRequest) -> CreateResponse:
        """To the resource's own."""
        return await self._of(request.type).create(request)

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """To the resource's own."""
        return await self._of(request.type).update(request)

    async def read(self, request: ReadRequest) -> ReadResponse:
        """To the resource's own."""
        return await self._of(request.type).read(request)

    async def delete(self, request: DeleteRequest) -> None:
        """To the resource's own."""
        await self._of(request.type).delete(request)

    async def cancel(self) -> None:
        """To all: whatever waits is to end."""
        for provider in self._by_type.values():
            await provider.cancel()

    def _of(self, qualified: str) -> Provider:
        asked = qualified.rpartition("$")[2]  # in front of the `$` stand the types of its parents
        if asked not in self._by_type:
            known = " and ".join(repr(one) for one in self._by_type)
            raise ReleaseFailed(f"the provider slipway has no resource {asked!r}, only {known}")
        return self._by_type[asked]
