"""The provider, as the engine speaks to it: Pulumi's protocol on one side, the tables on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    InvokeRequest,
    InvokeResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)
from pulumi.runtime import proto

from sandbox.standins.aws import check, difference, lifecycle, settings, tags
from sandbox.standins.aws.aws import PARALLEL_CALLS, Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import ResourceType
from sandbox.standins.aws.tables import FUNCTIONS, TYPES
from sandbox.standins.aws.values import has_unknown, plain, wrapped

P = ParamSpec("P")
R = TypeVar("R")

_KINDS = {
    ("add", False): PropertyDiffKind.ADD,
    ("add", True): PropertyDiffKind.ADD_REPLACE,
    ("update", False): PropertyDiffKind.UPDATE,
    ("update", True): PropertyDiffKind.UPDATE_REPLACE,
    ("delete", False): PropertyDiffKind.DELETE,
    ("delete", True): PropertyDiffKind.DELETE_REPLACE,
}


class AwsProvider(Provider):
    """Serves the types and functions of the tables. boto3 blocks, so every operation runs in a thread of its own."""

    def __init__(self) -> None:
        self._aws = Aws(settings.Settings())
        self._threads = ThreadPoolExecutor(PARALLEL_CALLS, "aws")

    async def _in_thread(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(*args, **kwargs))

    async def check_config(self, request: CheckRequest) -> CheckResponse:
        """Refuse wrong settings where the program makes the provider."""
        try:
            settings.parse(plain(request.new_inputs))
        except settings.SettingsError as error:
            return CheckResponse(request.new_inputs, [CheckFailure(error.path, error.reason)])
        return CheckResponse(request.new_inputs)

    async def diff_config(self, request: DiffRequest) -> DiffResponse:
        """No setting replaces the provider; every one may change."""
        # The SDK hands this on as the protocol's number, where True would stand for "no difference".
        differing = plain(request.old_state) != plain(request.new_inputs)
        changes: Any = proto.DiffResponse.DIFF_SOME if differing else proto.DiffResponse.DIFF_NONE
        return DiffResponse(changes=changes)

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        """Take the settings, and check the account before anything can happen in it."""
        self._aws = Aws(settings.parse(plain(request.args)))
        await self._in_thread(self._aws.check_account)
        # Secrets come and go in the clear: the engine itself marks what it gets back.
        return ConfigureResponse(accept_secrets=False, supports_preview=True, accept_resources=False)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Fill in defaults and names; refuse what is wrong or not imitated."""
        kind = _kind_of(request.type)
        old = plain(request.old_inputs)
        inputs, failures = check.checked(kind, request.name, plain(request.new_inputs), old, request.random_seed)
        every = tags.merged(self._aws.settings, inputs.get("tags")) if kind.tags else None
        if every:
            inputs["tagsAll"] = every  # where the real plugin shows what default tags do
        return CheckResponse(wrapped(inputs), [CheckFailure(path, reason) for path, reason in failures])

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """Compare what the program asks for with the state."""
        kind = _kind_of(request.urn.split("::")[-2].rpartition("$")[2])
        state, new = plain(request.old_state), plain(request.new_inputs)
        found = difference.changes(kind, state, new, self._aws.settings)
        found = {path: change for path, change in found.items() if not _is_ignored(path, request.ignore_changes)}
        replaces = [path for path, change in found.items() if change.replaces]
        return DiffResponse(
            changes=bool(found),
            replaces=replaces,
            diffs=list(found),
            detailed_diff={
                path: PropertyDiff(_KINDS[change.action, change.replaces], input_diff=False)
                for path, change in found.items()
            },
            delete_before_replace=bool(replaces) and difference.deletes_first(kind, state, new),
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Create a resource, or tell what creating it would give."""
        kind, inputs = _kind_of(request.type), plain(request.properties)
        if request.preview:
            return CreateResponse("", wrapped(lifecycle.preview(kind, self._aws, inputs)))
        state = await self._in_thread(lifecycle.create, kind, self._aws, request.name, inputs)
        return CreateResponse(str(state["id"]), wrapped(state, kind.secret.split()))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """What AWS tells about a resource, for refresh, import and `get`."""
        kind, old = _kind_of(request.type), plain(request.inputs)
        state = await self._in_thread(
            lifecycle.read, kind, self._aws, request.name, request.resource_id, plain(request.properties)
        )
        if state is None:
            return ReadResponse("")
        secret = kind.secret.split()
        inputs = lifecycle.inputs_of(kind, state, old)
        return ReadResponse(str(state["id"]), wrapped(state, secret), wrapped(inputs, secret))

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """Change a resource, or tell what changing it would give."""
        kind, old, new = _kind_of(request.type), plain(request.olds), plain(request.news)
        old["id"] = request.resource_id
        # As the plugin does: an ignored property stays as the state has it, which may differ from the program's inputs.
        new |= {name: old[name] for name in request.ignore_changes or () if name in old and name in kind.inputs}
        if request.preview:
            return UpdateResponse(wrapped(lifecycle.preview_update(kind, self._aws, old, new)))
        state = await self._in_thread(lifecycle.update, kind, self._aws, request.name, old, new)
        return UpdateResponse(wrapped(state, kind.secret.split()))

    async def delete(self, request: DeleteRequest) -> None:
        """Delete a resource."""
        state = {**plain(request.properties), "id": request.resource_id}
        await self._in_thread(lifecycle.delete, _kind_of(request.type), self._aws, request.name, state)

    async def invoke(self, request: InvokeRequest) -> InvokeResponse:
        """Answer a function such as `aws.ecr.get_image`."""
        function = FUNCTIONS.get(request.tok)
        if function is None:
            raise Fault(
                f"{request.tok}: the AWS stand-in does not imitate this function; see docs/aws-plugin-standin.md"
            )
        args = plain(request.args)
        failures = function.refusals(args)
        if failures:
            return InvokeResponse(None, [CheckFailure(path, reason) for path, reason in failures])
        if has_unknown(args):
            return InvokeResponse({})
        answer = await self._in_thread(function.answer, self._aws, args)
        return InvokeResponse(wrapped(answer, function.secret.split()))

    async def cancel(self) -> None:
        """End what waits. Nothing is waited for here: the engine does that."""
        self._aws.cancelled.set()


def _is_ignored(path: str, ignored: Sequence[str]) -> bool:
    """Whether `ignoreChanges` names the property or one that it is part of."""
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in ignored)


def _kind_of(token: str) -> ResourceType:
    token = token.rpartition("$")[2]  # in front of the `$` stand the types of its parents
    kind = TYPES.get(token)
    if kind is None:
        raise Fault(f"{token}: the AWS stand-in does not imitate this type; see docs/aws-plugin-standin.md")
    return kind
