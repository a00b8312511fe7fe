"""The gRPC service `pulumirpc.LanguageRuntime`, for Python."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format

from sandbox.standins.language import interpreter as interpreters
from sandbox.standins.language import packages
from sandbox.standins.language.child import Children, interrupt, output
from sandbox.standins.language.install import install_commands
from sandbox.standins.language.interpreter import InterpreterError
from sandbox.standins.language.plugin import PluginRun, plugin_environment, run_policy_pack, run_resource_plugin
from sandbox.standins.language.protocol import Message, language_pb2, language_pb2_grpc, plugin_pb2

_PROGRAM = str(Path(__file__).with_name("program.py"))

#: Set by program.py: the error has been shown, nothing need be added.
_SHOWN = 32

_ANALYZER = "analyzer"


def _options(info: Message) -> dict[str, Any]:
    return dict(json_format.MessageToDict(info.options))


def program_arguments(request: Message, engine: str) -> list[str]:
    """The arguments of program.py for a RunRequest. Config is not among them: argv is public."""
    named = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "stack": request.stack,
        "organization": request.organization,
        "root-directory": request.info.root_directory,
        "pwd": request.pwd,
        "parallel": str(request.parallel),
    }
    flags = [f"--{name}={value}" for name, value in named.items() if value]
    dry_run = ["--dry-run"] if request.dryRun else []
    return [*flags, *dry_run, request.info.entry_point, *request.args]


def program_error(code: int) -> Message:
    """What a program's exit code tells the engine."""
    if code == 0:
        return language_pb2.RunResponse()
    if code == _SHOWN:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return language_pb2.RunResponse(error=f"program was ended by signal {-code}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")


def _at_end(context: grpc.ServicerContext) -> Callable[[Callable[[], None]], None]:
    """Registers what to do when a call is over, be it that the engine took it back."""

    def register(action: Callable[[], None]) -> None:
        if not context.add_callback(action):
            action()

    return register


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):  # type: ignore[misc]  # generated, without types
    """Answers the engine. Methods not defined here answer UNIMPLEMENTED (code generation, packing, linking)."""

    def __init__(self, engine: str, version: str) -> None:
        self._engine = engine
        self._version = version
        self.children = Children()

    @contextlib.contextmanager
    def _refusing(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Turns an unusable interpreter into an error of the call."""
        try:
            yield
        except InterpreterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def Handshake(self, request: Message, context: grpc.ServicerContext) -> Message:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Message, context: grpc.ServicerContext) -> Message:
        return plugin_pb2.PluginInfo(version=self._version)

    def About(self, request: Message, context: grpc.ServicerContext) -> Message:
        with self._refusing(context):
            python = interpreters.find(request.info.root_directory, _options(request.info))
        version = platform.python_version()
        if python.executable.is_file() and not python.executable.samefile(sys.executable):
            shown = subprocess.run([python.executable, "-V"], capture_output=True, text=True, check=False, timeout=30)
            version = shown.stdout.strip().removeprefix("Python ")
        return language_pb2.AboutResponse(
            executable=str(python.executable), version=version, metadata={"toolchain": "Pip", "host": "stand-in"}
        )

    def GetRequiredPackages(self, request: Message, context: grpc.ServicerContext) -> Message:
        with self._refusing(context):
            python = interpreters.checked(interpreters.find(request.info.root_directory, _options(request.info)))
        plugins = (packages.plugin_of(package) for package in packages.installed(packages.search_path(python)))
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(
                    name=plugin.name, kind="resource", version=plugin.version, server=plugin.server
                )
                for plugin in plugins
                if plugin is not None
            ]
        )

    def GetProgramDependencies(self, request: Message, context: grpc.ServicerContext) -> Message:
        with self._refusing(context):
            python = interpreters.checked(interpreters.find(request.info.root_directory, _options(request.info)))
        found = packages.installed(packages.search_path(python))
        shown = found if request.transitiveDependencies else packages.direct(found)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=package.name, version=package.version) for package in shown]
        )

    def RuntimeOptionsPrompts(self, request: Message, context: grpc.ServicerContext) -> Message:
        return language_pb2.RuntimeOptionsResponse()

    def Template(self, request: Message, context: grpc.ServicerContext) -> Message:
        return language_pb2.TemplateResponse()

    def InstallDependencies(self, request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        default = interpreters.PLUGIN_VIRTUALENV if request.is_plugin else ""
        with self._refusing(context):
            python = interpreters.find(request.info.root_directory, _options(request.info), default_virtualenv=default)
        for command in install_commands(python, Path(request.info.program_directory)):
            with self.children.start(
                command, cwd=request.info.program_directory, environment=python.environment(os.environ), piped=True
            ) as process:
                for stream, chunk in output(process):
                    yield language_pb2.InstallDependenciesResponse(**{stream: chunk})
                if code := process.wait():
                    context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"{command[1:]} ended with exit code {code}")

    def Run(self, request: Message, context: grpc.ServicerContext) -> Message:
        if request.attach_debugger:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, "the stand-in for Pulumi's Python language host has no debugger"
            )
        with self._refusing(context):
            python = interpreters.checked(interpreters.find(request.info.root_directory, _options(request.info)))
        environment = python.environment(os.environ) | {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        # -u: what a program writes is seen at once, and not lost when it is killed.
        command = [str(python.executable), "-u", _PROGRAM, *program_arguments(request, self._engine)]
        with self.children.start(command, cwd=request.pwd or str(Path.cwd()), environment=environment) as process:
            _at_end(context)(lambda: interrupt(process))
            return program_error(process.wait())

    def RunPlugin(self, request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        if request.attach_debugger:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED, "the stand-in for Pulumi's Python language host has no debugger"
            )
        analyzer = request.kind == _ANALYZER
        default = "" if analyzer else interpreters.PLUGIN_VIRTUALENV
        with self._refusing(context):
            python = interpreters.checked(
                interpreters.find(request.info.root_directory, _options(request.info), default_virtualenv=default)
            )
            run = PluginRun(
                interpreter=python,
                folder=request.info.root_directory,
                program=request.info.program_directory,
                pwd=request.pwd,
                arguments=list(request.args),
                environment=plugin_environment(python, request.env),
            )
            for part in (run_policy_pack if analyzer else run_resource_plugin)(run, self.children, _at_end(context)):
                if isinstance(part, int):
                    yield language_pb2.RunPluginResponse(exitcode=part)
                else:
                    stream, chunk = part
                    yield language_pb2.RunPluginResponse(**{stream: chunk})

    def Cancel(self, request: Message, context: grpc.ServicerContext) -> Message:
        self.children.interrupt()
        return empty_pb2.Empty()
