"""Stands between the engine and a policy pack until the pack may start.

The engine asks for the port of a policy pack first and then tells it the stack (`ConfigureStack`). The SDK's packs
want it the other way round: project, stack and config come in their environment, so that `pulumi.get_stack()` and
`pulumi.Config` work in rules. So the host shows the engine this proxy, waits for `ConfigureStack`, starts the pack with
its environment, and passes every later call on, byte for byte.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import grpc

from sandbox.standins.language.protocol import Message, analyzer_pb2

_SERVICE = "/pulumirpc.Analyzer/"
_CONFIGURE = _SERVICE + "ConfigureStack"
_HANDSHAKE = _SERVICE + "Handshake"

#: No limit on the size of a message: a stack's resources go to a policy in one.
UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


class PolicyProxy(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Serves `pulumirpc.Analyzer` for a pack that may not run yet."""

    def __init__(self) -> None:
        self._stack: Future[Message | None] = Future()
        self._pack: Future[grpc.Channel] = Future()
        self._once = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(max_workers=16), options=UNLIMITED)
        self._server.add_generic_rpc_handlers((self,))
        self.port = int(self._server.add_insecure_port("127.0.0.1:0"))
        self._server.start()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if not details.method.startswith(_SERVICE):
            return None
        own = {_CONFIGURE: self._configure_stack, _HANDSHAKE: self._handshake}
        return grpc.unary_unary_rpc_method_handler(own.get(details.method) or self._passed_on(details.method))

    def _handshake(self, _request: bytes, _context: grpc.ServicerContext) -> bytes:
        return bytes(analyzer_pb2.AnalyzerHandshakeResponse().SerializeToString())

    def _configure_stack(self, request: bytes, _context: grpc.ServicerContext) -> bytes:
        self._settle(analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request))
        return bytes(analyzer_pb2.AnalyzerStackConfigureResponse().SerializeToString())

    def _settle(self, stack: Message | None) -> None:
        with self._once:
            if not self._stack.done():
                self._stack.set_result(stack)

    def _passed_on(self, method: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def call(request: bytes, context: grpc.ServicerContext) -> bytes:
            self._settle(None)  # the engine asks without a stack, as when a pack is published
            try:
                return bytes(self._pack.result().unary_unary(method)(request))
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())
            except RuntimeError as error:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise AssertionError  # abort raises

        return call

    def stack(self) -> Message | None:
        """Waits for what the engine tells of the stack: an AnalyzerStackConfigureRequest, or None."""
        return self._stack.result()

    def attach(self, port: int) -> None:
        """From now on calls go to the pack that listens on `port`."""
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=UNLIMITED)
        stack = self._stack.result()
        if stack is not None:
            try:
                channel.unary_unary(_CONFIGURE)(stack.SerializeToString())
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                    self.give_up(f"the policy pack refused the stack's configuration: {error.details()}")
                    return
        self._pack.set_result(channel)

    def give_up(self, why: str) -> None:
        """Every waiting and later call fails with `why`."""
        self._settle(None)
        with self._once:
            if not self._pack.done():
                self._pack.set_exception(RuntimeError(why))

    def close(self) -> None:
        """Answers no more calls."""
        self.give_up("the policy pack has ended")
        self._server.stop(grace=None)


def environment(stack: Message | None) -> dict[str, str]:
    """The variables by which a pack learns its stack."""
    if stack is None:
        return {}
    known = {
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_PROJECT": stack.project,
        "PULUMI_STACK": stack.stack,
        "PULUMI_DRY_RUN": str(stack.dry_run).lower(),
        "PULUMI_CONFIG": json.dumps(dict(stack.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(stack.config_secret_keys)),
    }
    return {name: value for name, value in known.items() if value}
