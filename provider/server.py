"""The plugin's process: serves the provider to the engine, and ends when nobody needs it any more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import grpc
import grpc.aio
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2_grpc

from account.aws_faults import AwsFault
from account.journal_store import ServiceJournal
from account.kept_images import keep
from account.release_verifier import ReleaseVerifier
from account.session import STEADY, open_session
from provider.engine_notes import EngineNotes
from provider.follow import ReleaseFailed
from provider.migration import MIGRATION, MigrationProvider
from provider.migration_tasks import MigrationTasks
from provider.release_run import Inputs
from provider.rollout import ROLLOUT, RolloutProvider
from provider.service_deployment import ServiceReader
from provider.slipway_provider import SlipwayProvider
from release.verification_request import VerificationRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from account.session import AwsPlace, AwsSession, Patience
    from provider.migration import Inputs as MigrationInputs

VERSION: Final = "0.1.0"
PARENT_CHECK_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 2.0
"""For answers under way to reach the engine, once the process is to end."""
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
        return ServiceReader(self._session(inputs.place, patience), inputs.cluster, inputs.release)

    def journal(self, inputs: Inputs) -> ServiceJournal | None:
        """The service's journal; None where none is kept."""
        return ServiceJournal(self._session(inputs.place, STEADY), inputs.journal) if inputs.journal else None

    def verifier(self, inputs: Inputs) -> ReleaseVerifier | None:
        """What verifies the release once it runs; None where nothing more than tasks and targets counts."""
        if not inputs.verification:
            return None
        request = VerificationRequest.from_json(json.loads(inputs.verification))
        return ReleaseVerifier(self._session(inputs.place, STEADY), request)

    def migration(self, inputs: MigrationInputs, patience: Patience) -> tuple[MigrationTasks, ServiceJournal | None]:
        """The tasks of a migration, and the service's journal where one is kept."""
        session = self._session(inputs.place, patience)
        journal = ServiceJournal(session, inputs.journal) if inputs.journal else None
        return MigrationTasks(session, inputs.cluster, inputs.order.identity), journal

    def keep_images(self, inputs: Inputs, digests: Sequence[str]) -> None:
        """Marks these images in the release's repository as kept."""
        keep(self._session(inputs.place, STEADY), inputs.repository, digests)

    def _session(self, place: AwsPlace, patience: Patience) -> AwsSession:
        key = (place, patience)
        if key not in self._open:
            self._open[key] = open_session(place, patience)
        return self._open[key]


def engine_address(arguments: Sequence[str]) -> str:
    """The engine's address, the first argument that is no option."""
    found = [argument for argument in arguments if not argument.startswith("-")]
    if not found:
        raise SystemExit("this is a Pulumi plugin: `pulumi` starts it, with the engine's address as its argument")
    return found[0]


def main(arguments: Sequence[str]) -> None:
    """Serves until the engine is done or gone."""
    # botocore logs failed renewals of credentials with a traceback; they reach people as faults instead.
    logging.getLogger("botocore").addHandler(logging.NullHandler())
    logging.getLogger("botocore").propagate = False
    asyncio.run(_serve(engine_address(arguments)))


async def _serve(address: str) -> None:
    notes = EngineNotes(address)
    sessions = Sessions()
    provider = SlipwayProvider(
        {
            ROLLOUT: RolloutProvider(
                sessions.reader,
                notes,
                open_journal=sessions.journal,
                open_verifier=sessions.verifier,
                keep_images=sessions.keep_images,
            ),
            MIGRATION: MigrationProvider(sessions.migration, notes),
        }
    )
    server = grpc.aio.server()
    servicer = Servicer(list(sys.argv), VERSION, provider, address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    print(port, flush=True)
    await _until_unneeded(interrupted, os.getppid(), notes.channel)
    await provider.cancel()
    await server.stop(GRACE_SECONDS)
    # Threads may still wait for AWS; nobody waits for them.
    os._exit(0)


async def _until_unneeded(interrupted: asyncio.Event, parent: int, engine: grpc.aio.Channel) -> None:
    """Returns on an interrupt, which may be a person's Ctrl-C or the language host's way of ending its plugins, and
    when the parent process is gone or the engine does not answer at its address."""
    while os.getppid() == parent:
        if engine.get_state(try_to_connect=True) is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(interrupted.wait(), PARENT_CHECK_SECONDS)
            return
