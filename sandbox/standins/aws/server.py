"""The plugin's process: serves the provider to the engine, and ends when nobody needs it any more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import grpc
import grpc.aio
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import Provider
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.standins.aws.faults import Fault, PartialFault
from sandbox.standins.aws.values import wrapped

PARENT_CHECK_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 1.0
"""For answers under way to reach the engine, once the process is to end."""

_METHODS: Final = (
    "CheckConfig",
    "DiffConfig",
    "Configure",
    "Check",
    "Diff",
    "Create",
    "Update",
    "Delete",
    "Read",
    "Invoke",
)


class Servicer(ProviderServicer):
    """The SDK's servicer, but failures reach people as sentences, and half-made resources with their state."""


def _in_words(name: str) -> Callable[[Any, Any, Any], Awaitable[Any]]:
    method = getattr(ProviderServicer, name)

    async def answer(self: Servicer, request: object, context: grpc.aio.ServicerContext[Any, Any]) -> object:
        try:
            return await method(self, request, context)
        except PartialFault as fault:
            return await context.abort(grpc.StatusCode.UNKNOWN, str(fault), _details(fault))
        except (Fault, ValueError) as fault:
            return await context.abort(grpc.StatusCode.UNKNOWN, str(fault))
        except Exception as error:
            logging.getLogger(__name__).debug("%s failed", name, exc_info=True)
            sentence = f"the stand-in has a fault in {name}: {type(error).__name__}: {error}. Please report it"
            return await context.abort(grpc.StatusCode.INTERNAL, sentence)

    return answer


for _name in _METHODS:
    setattr(Servicer, _name, _in_words(_name))


def _details(fault: PartialFault) -> tuple[tuple[str, bytes], ...]:
    """What tells the engine that the resource exists, and its state."""
    failed = provider_pb2.ErrorResourceInitFailed(
        id=fault.resource_id,
        properties=PropertyValue.marshal_map(wrapped(fault.state)),
        inputs=PropertyValue.marshal_map(wrapped(fault.inputs)),
        reasons=[str(fault)],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(fault))
    status.details.add().Pack(failed)
    return (("grpc-status-details-bin", status.SerializeToString()),)


def main(provider: Callable[[], Provider], version: str, arguments: Sequence[str]) -> None:
    """Serve the provider until the engine is done or gone."""
    if [argument for argument in arguments if argument in ("--version", "-version")]:
        print(version)
        return
    logging.getLogger("botocore").addHandler(logging.NullHandler())
    logging.getLogger("botocore").propagate = False
    asyncio.run(_serve(provider(), version, next((word for word in arguments if not word.startswith("-")), "")))


async def _serve(provider: Provider, version: str, engine: str) -> None:
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    servicer = Servicer(list(sys.argv), version, provider, engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    over, parent = asyncio.Event(), os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM):
        # The engine starts plugins in process groups of their own: SIGINT is not a person's Ctrl-C but its word to end.
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    while not over.is_set() and os.getppid() == parent:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), PARENT_CHECK_SECONDS)
    await provider.cancel()
    await server.stop(GRACE_SECONDS)
    sys.stdout.flush()
    os._exit(0)  # threads may still wait for AWS; nobody waits for them
