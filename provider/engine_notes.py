"""Tells the engine what happens, on the row of the resource it happens to."""

from __future__ import annotations

import contextlib

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EngineNotes:
    """The engine's log, reached at the address that the engine gave this process."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.aio.insecure_channel(address)
        self._engine = engine_pb2_grpc.EngineStub(self.channel)

    async def progress(self, urn: str, text: str) -> None:
        """A line that the next one replaces."""
        await self._log(engine_pb2.INFO, urn, text, ephemeral=True)

    async def remark(self, urn: str, text: str) -> None:
        """A line that stays under the resource and asks for nothing."""
        await self._log(engine_pb2.INFO, urn, text, ephemeral=False)

    async def warning(self, urn: str, text: str) -> None:
        """A line that stays under the resource."""
        await self._log(engine_pb2.WARNING, urn, text, ephemeral=False)

    async def _log(self, severity: engine_pb2.LogSeverity.ValueType, urn: str, text: str, *, ephemeral: bool) -> None:
        """An engine that does not listen any more is no reason to fail: what is told here stands in ECS as well."""
        request = engine_pb2.LogRequest(severity=severity, message=text, urn=urn, ephemeral=ephemeral)
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self._engine.Log(request)
