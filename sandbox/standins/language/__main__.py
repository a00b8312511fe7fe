"""Starts the language host: `pulumi-language-python [engine address]`. Its first line on stdout is its port."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from types import FrameType

import grpc

from sandbox.standins.language.host import LanguageHost
from sandbox.standins.language.policy_proxy import UNLIMITED
from sandbox.standins.language.protocol import language_pb2_grpc

#: Seconds between looks whether the engine still lives. It ends its hosts itself, unless it was killed.
PARENT_CHECK = 1.0

#: Calls served at once: one for each program and plugin that runs, and some to spare.
THREADS = 64


def engine_address(arguments: list[str]) -> str:
    """The first argument that is no flag (the engine may put --tracing, --logtostderr and -v before it)."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--tracing":
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return ""


def main() -> None:
    version = metadata.version("pulumi")
    if sys.argv[1:2] in (["--version"], ["-version"]):
        print(version)
        return
    over = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    parent = os.getppid()
    host = LanguageHost(engine_address(sys.argv[1:]), version)
    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS), options=UNLIMITED)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while not over.wait(PARENT_CHECK) and os.getppid() == parent:
        pass
    host.children.end()
    server.stop(grace=0.5).wait()
    sys.stdout.flush()
    os._exit(0)  # threads may still wait on a call that the engine has left


if __name__ == "__main__":
    main()
