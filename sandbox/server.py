"""The sandbox's server process: ``python -m sandbox.server``, started by ``sandbox.lifecycle``."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import socket
import sys
import threading
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

gc.disable()  # what is imported stays, and looking for garbage in it is a third of the start

from werkzeug.serving import BaseWSGIServer, make_server

from sandbox import aws_files, process
from sandbox.machine import Machine
from sandbox.moto_app import MotoRequestHandler
from sandbox.sandbox_error import SandboxError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.clock import Clock

HOST = "127.0.0.1"
logger = logging.getLogger("sandbox")


class _RequestHandler(MotoRequestHandler):
    # Head and body of an answer are two writes: without this the second waits for the client's acknowledgement.
    disable_nagle_algorithm = True
    clock: Clock

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The sandbox's time: clients take the head of an answer for AWS's clock."""
        return formatdate(self.clock.now().timestamp() if timestamp is None else timestamp, usegmt=True)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write one plain line; requests to AWS's APIs write their own, which names the operation."""
        path = self.requestline.partition(" ")[2]  # ``self.path`` is missing when the request could not be read
        if path.startswith(("/v2", "/_sandbox/")):
            logger.info("%s %s", self.requestline.rpartition(" ")[0], code)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one folder until SIGTERM. Once ready, write the pid and the port, or why not, to ``--ready-fd``."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.server", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True, help="another one is taken when a stranger has it")
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--ready-fd", type=int, required=True)
    options = parser.parse_args(arguments)
    gc.collect()  # before freezing: moto leaves 40 MB of it
    gc.freeze()
    gc.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    listening = _listen(options.port)
    port = listening.getsockname()[1]
    try:
        process.hold(options.directory, port)
        machine = Machine(options.directory, options.speed)
    except SandboxError as error:
        _report(options.ready_fd, {"error": str(error)})
        sys.exit(str(error))
    server = _serve_on(listening, machine)
    machine.address = f"{HOST}:{port}"
    aws_files.write(options.directory, f"http://{machine.address}", machine.engineer, machine.state_id)
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    machine.ticker.start()
    _report(options.ready_fd, {"pid": os.getpid(), "port": port})
    logger.info("ready on http://%s at speed %g", machine.address, options.speed)
    machine.warm_up()
    stopping.wait()
    machine.close()
    logger.info("stopped")


def _report(descriptor: int, record: dict[str, object]) -> None:
    with os.fdopen(descriptor, "w") as ready:
        json.dump(record, ready)


def _serve_on(listening: socket.socket, machine: Machine) -> BaseWSGIServer:
    port = listening.getsockname()[1]
    handler = type("RequestHandler", (_RequestHandler,), {"clock": machine.clock})
    server = make_server(HOST, port, machine.application, threaded=True, request_handler=handler, fd=listening.fileno())
    listening.close()  # the server has its own copy of it
    return server


def _listen(port: int) -> socket.socket:
    """A socket on the port, or on a free one when a stranger has it."""
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


if __name__ == "__main__":
    main()
