"""The gRPC messages of the engine, as the installed SDK carries them, without the rest of the SDK.

Importing `pulumi` takes 0.4 s, and the engine waits for the port of this process. The generated modules need only
gRPC and protobuf, so they are imported below empty packages that stand where the SDK's own would be.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

#: A generated message. The SDK carries types for them, but not under the names by which they are loaded here.
Message: TypeAlias = Any

_PACKAGES = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def _sdk_folder() -> Path:
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        message = f"the Pulumi SDK is not installed for {sys.executable}; run `make setup`"
        raise SystemExit(message)
    return Path(spec.submodule_search_locations[0])


def _empty_package(name: str, folder: Path) -> ModuleType:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    return package


def _load(*names: str) -> list[Any]:
    """Imports the named modules of `pulumi.runtime.proto`; leaves no trace of the empty packages behind."""
    if "pulumi" in sys.modules:
        return [importlib.import_module(f"pulumi.runtime.proto.{name}") for name in names]
    folder = _sdk_folder()
    for package in _PACKAGES:
        sys.modules[package] = _empty_package(package, folder.joinpath(*package.split(".")[1:]))
    try:
        return [importlib.import_module(f"pulumi.runtime.proto.{name}") for name in names]
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "pulumi"]:
            del sys.modules[name]


language_pb2, language_pb2_grpc, plugin_pb2, analyzer_pb2 = _load(
    "language_pb2", "language_pb2_grpc", "plugin_pb2", "analyzer_pb2"
)
