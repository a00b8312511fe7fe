"""The provider: `docker:index/image:Image` as pulumi-docker 5 has it, and a clear word for everything else."""

from __future__ import annotations

import asyncio
import os
import platform
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

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

from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.values import UNKNOWN, Properties, has_unknown, plain, wrapped
from sandbox.standins.docker import build, context

IMAGE: Final = "docker:index/image:Image"
INPUTS: Final = frozenset({"build", "imageName", "registry", "skipPush"})
BUILD: Final = frozenset({"addHosts", "args", "cacheFrom", "context", "dockerfile", "network", "platform", "target"})
REGISTRY: Final = frozenset({"password", "server", "username"})
NOT_IMITATED: Final = frozenset({"buildOnPreview", "build.builderVersion"})
"""Inputs of the real plugin that a program may not set here."""
CONFIG: Final = frozenset({"host"})

_BUILT_FROM: Final = "__inputs"
"""The output that keeps what an image was built from; Pulumi's own plugin calls it so too."""
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_Failures = list[CheckFailure]


class DockerProvider(Provider):
    """Builds images. Nothing is asked of the engine before an image has to be built."""

    def __init__(self) -> None:
        self._host: str | None = None
        self._threads = ThreadPoolExecutor(4, "docker")

    async def check_config(self, request: CheckRequest) -> CheckResponse:
        """Refuse the settings that are not imitated."""
        failures = [
            CheckFailure(name, f"docker:{name}: the Docker stand-in takes only `host`")
            for name in request.new_inputs
            if name not in CONFIG and name not in ("version", "pluginDownloadURL") and not name.startswith("__")
        ]
        return CheckResponse(request.new_inputs, failures)

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        """Remember which engine to use."""
        self._host = plain(request.args).get("host")
        return ConfigureResponse(accept_secrets=False, supports_preview=True)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Refuse what is wrong, and sum up the context: it decides whether there is something to build."""
        _only_images(request.type)
        inputs = {name: value for name, value in plain(request.new_inputs).items() if not name.startswith("__")}
        if inputs.get("buildOnPreview") is False:  # the SDK always says so
            del inputs["buildOnPreview"]
        failures = _refusals(inputs)
        if failures:
            return CheckResponse(wrapped(inputs), failures)
        given = inputs.get("build") or {}
        if given is not UNKNOWN and not has_unknown([given.get("context"), given.get("dockerfile")]):
            folder, dockerfile = _places(given)
            if not dockerfile.is_file():
                return CheckResponse(
                    wrapped(inputs), [CheckFailure("build.dockerfile", f"could not open {dockerfile}")]
                )
            digest = await asyncio.to_thread(context.digest_of, folder, dockerfile)
            inputs["build"] = {"platform": _platform(), **given, "contextDigest": digest}
        return CheckResponse(wrapped(inputs))

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """An image changes with what it is built from and its name, not with who pushes it."""
        old, new = plain(request.old_state).get(_BUILT_FROM) or {}, _built_from(plain(request.new_inputs))
        differing = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        kinds = {name: _kind(name in old, name in new) for name in differing}
        return DiffResponse(
            changes=bool(differing),
            diffs=differing,
            detailed_diff={name: PropertyDiff(kind, input_diff=True) for name, kind in kinds.items()},
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Build the image, and push it."""
        _only_images(request.type)
        inputs = plain(request.properties)
        if request.preview:
            return CreateResponse("", wrapped(_previewed(inputs)))
        outputs = await self._made(inputs)
        return CreateResponse(outputs["repoDigest"], wrapped(outputs))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """What the state says: the real plugin asks no registry either."""
        _only_images(request.type)
        if not request.properties:
            raise Fault(f"{request.urn}: an image cannot be imported; build it")
        return ReadResponse(request.resource_id, request.properties, request.inputs)

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """Build and push again."""
        inputs = plain(request.news)
        if request.preview:
            return UpdateResponse(wrapped(_previewed(inputs)))
        return UpdateResponse(wrapped(await self._made(inputs)))

    async def delete(self, request: DeleteRequest) -> None:
        """Images stay, as with the real plugin: others may use them."""

    async def invoke(self, request: InvokeRequest) -> InvokeResponse:
        """No function is imitated."""
        raise Fault(f"{request.tok}: the Docker stand-in imitates only {IMAGE}; see docs/aws-plugin-standin.md")

    async def cancel(self) -> None:
        """A build that is under way ends by itself, or with this process."""

    async def _made(self, inputs: Properties) -> Properties:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _make, inputs, self._host)


def _make(inputs: Properties, host: str | None) -> Properties:
    """Build and push; the outputs."""
    order = _order(inputs)
    api = build.engine(host)
    build.build(api, order)
    login = build.Login(**(inputs.get("registry") or {}))
    if inputs.get("skipPush"):
        digest = build.digest_here(api, order.name)
    else:
        digest = f"{order.name.rpartition(':')[0]}@{build.push(api, order.name, login)}"
    return {**_known(inputs), "repoDigest": digest, _BUILT_FROM: _built_from(inputs)}


def _order(inputs: Properties) -> build.Order:
    given = inputs["build"]
    folder, dockerfile = _places(given)
    hosts = [tuple(entry.split(":", 1)) for entry in given.get("addHosts") or []]
    return build.Order(
        name=_tagged(inputs["imageName"]),
        context=folder,
        dockerfile=dockerfile,
        arguments=given.get("args") or {},
        platform=given.get("platform"),
        target=given.get("target"),
        network=given.get("network"),
        extra_hosts=tuple((host, address) for host, address in hosts),
        cache_from=tuple((given.get("cacheFrom") or {}).get("images") or ()),
    )


def _places(given: Properties) -> tuple[Path, Path]:
    folder = Path(given.get("context") or ".")
    return folder, Path(given.get("dockerfile") or folder / "Dockerfile")


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _known(inputs: Properties) -> Properties:
    """The outputs that are known before anything is built."""
    name, given = inputs["imageName"], inputs.get("build") or {}
    registry = inputs.get("registry")
    server = registry.get("server") if isinstance(registry, dict) else None
    if given is UNKNOWN:
        return {"baseImageName": name, "imageName": name, "registryServer": server}
    folder, dockerfile = given.get("context") or ".", given.get("dockerfile")
    return {
        "baseImageName": name,
        "imageName": name,
        "registryServer": server,
        "context": folder,
        "dockerfile": dockerfile or (UNKNOWN if folder is UNKNOWN else str(Path(folder, "Dockerfile"))),
        "platform": given.get("platform"),
    }


def _previewed(inputs: Properties) -> Properties:
    return {**_known(inputs), "repoDigest": UNKNOWN}


def _built_from(inputs: Properties) -> Properties:
    """What decides on a build. Who pushes is left out: log-ins change all the time, and do not belong in a state."""
    kept = {name: value for name, value in inputs.items() if name != "registry" and not name.startswith("__")}
    registry = inputs.get("registry")
    server = registry.get("server") if isinstance(registry, dict) else None
    return {**kept, **({"registry": {"server": server}} if server else {})}


def _refusals(inputs: Properties) -> _Failures:
    failures = [*_unknown_names(inputs, INPUTS, ""), *_unknown_names(inputs.get("build"), BUILD, "build.")]
    failures += _unknown_names(inputs.get("registry"), REGISTRY, "registry.")
    name = inputs.get("imageName")
    if name is None:
        failures.append(CheckFailure("imageName", "Missing required property 'imageName'"))
    elif name is not UNKNOWN and not re.fullmatch(r"[\w./:-]+(@sha256:[0-9a-f]{64})?", name):
        failures.append(CheckFailure("imageName", f"{name!r} is no name of an image"))
    elif name is not UNKNOWN and not inputs.get("skipPush") and not _has_registry(name):
        failures.append(
            CheckFailure("imageName", f"{name!r} names no registry to push to: <registry>/<repository>[:tag]")
        )
    return failures


def _has_registry(name: str) -> bool:
    first, found, _ = name.partition("/")
    return bool(found) and (any(mark in first for mark in ".:") or first == "localhost")


def _unknown_names(given: Any, known: frozenset[str], path: str) -> _Failures:  # noqa: ANN401 - any value
    if not isinstance(given, dict):
        return []
    return [
        CheckFailure(
            f"{path}{name}",
            f"{IMAGE}: the Docker stand-in does not imitate `{path}{name}`; remove it, or use the real plugin"
            if f"{path}{name}" in NOT_IMITATED
            else f"{IMAGE}: no such property",
        )
        for name in given
        if name not in known and not name.startswith("__")
    ]


def _platform() -> str:
    machine = platform.machine()
    return os.environ.get("DOCKER_DEFAULT_PLATFORM") or f"linux/{_ARCHITECTURES.get(machine, machine)}"


def _kind(was: bool, is_: bool) -> PropertyDiffKind:  # noqa: FBT001 - the two sides of a difference
    if was and is_:
        return PropertyDiffKind.UPDATE
    return PropertyDiffKind.ADD if is_ else PropertyDiffKind.DELETE


def _only_images(token: str) -> None:
    token = token.rpartition("$")[2]  # in front of the `$` stand the types of its parents
    if token != IMAGE:
        raise Fault(f"{token}: the Docker stand-in imitates only {IMAGE}; see docs/aws-plugin-standin.md")
