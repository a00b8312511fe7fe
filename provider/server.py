"""The plugin's process: serves the provider to the engine, and ends when nobody needs it any more."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import grpc
import grpc.aio
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2_grpc

from provider.aws_faults import AwsFault
from provider.engine_notes import EngineNotes
from provider.follow import ReleaseFailed
from provider.rollout import Inputs, RolloutProvider
from provider.service_deployment import ServiceReader
from provider.session import open_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from provider.session import AwsPlace, AwsSession, Patience

VERSION: Final = "0.1.0"
PARENT_CHECK_SECONDS: Final = 1.0
ANSWERED_IN_WORDS: Final = ("CheckConfig", "Configure", "Check", "Diff", "Create", "Update", "Delete", "Read")


class Servicer(ProviderServicer):
    """The SDK's servicer, but its failures reach people as our sentences, never as a traceback."""


def _in_words(name: str) -> Callable[[Any, Any, Any], Awaitable[Any]]:
    method = getattr(ProviderServicer, name)

    async def answer(self: Servicer, request: object, context: grpc.aio.ServicerContext[Any, Any]) -> object:
        try:
            return await method(self, request, context)
        except (ReleaseFailed, AwsFault) as failure:
            return await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(failure))
        except Exception as error:  # noqa: BLE001 - the last door: whatever it is, people get one line
            sentence = f"slipway's provider has a fault in {name}: {type(error).__name__}: {error}. Please report it"
            return await context.abort(grpc.StatusCode.INTERNAL, sentence)

    return answer


for _name in ANSWERED_IN_WORDS:
    setattr(Servicer, _name, _in_words(_name))


class Sessions:
    """AWS sessions, one for each place and patience: a role is taken once, not at every look."""

    def __init__(self) -> None:
        self._open: dict[tuple[AwsPlace, Patience], AwsSession] = {}

    def reader(self, inputs: Inputs, patience: Patience) -> ServiceReader:
        """A reader for the service of these inputs."""
        key = (inputs.place, patience)
        if key not in self._open:
            self._open[key] = open_session(inputs.place, patience)
        return ServiceReader(self._open[key], inputs.cluster, inputs.release)


def engine_address(arguments: Sequence[str]) -> str:
    """The engine's address, the first argument that is no option."""
    found = [argument for argument in arguments if not argument.startswith("-")]
    if not found:
        raise SystemExit("this is a Pulumi plugin: `pulumi` starts it, with the engine's address as its argument")
    return found[0]


def main(arguments: Sequence[str]) -> None:
    """Serves until the engine is done or gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the engine, which then sends Cancel
    logging.getLogger("botocore").addHandler(logging.NullHandler())
    logging.getLogger("botocore").propagate = False
    asyncio.run(_serve(engine_address(arguments)))


async def _serve(address: str) -> None:
    notes = EngineNotes(address)
    servicer = Servicer(list(sys.argv), VERSION, RolloutProvider(Sessions().reader, notes), address)
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await _until_alone(os.getppid(), notes.channel)
    # Threads may still wait for AWS; nobody waits for them.
    os._exit(0)


async def _until_alone(parent: int, engine: grpc.aio.Channel) -> None:
    """Returns when the parent process is gone, or the engine does not answer at its address."""
    while os.getppid() == parent:
        if engine.get_state(try_to_connect=True) is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            return
        await asyncio.sleep(PARENT_CHECK_SECONDS)
