"""Runs one Pulumi program; the language host starts this file with the project's own Python.

It is a script and not a module of the sandbox, since the project's environment need not have the sandbox. Config comes
in the environment (PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS), never in argv, which every user of a machine can read.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, cast

#: The exit code by which the host knows that the error has already been shown to the user.
SHOWN = 32

#: The exit code after an interrupt, as a shell reports it.
INTERRUPTED = 130

#: Threads for each resource operation in parallel. An operation waits in a thread of the event loop's executor.
THREADS_AN_OPERATION = 4


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pulumi-language-python program", allow_abbrev=False)
    for name in ("monitor", "engine", "project", "stack", "organization", "root-directory", "pwd"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser.parse_args(arguments)


def import_sdk() -> ModuleType:
    """The SDK of the project's environment, or a message and the end."""
    try:
        import pulumi  # noqa: PLC0415  # the import may fail, and then we say so in words
        import pulumi.runtime  # noqa: PLC0415
    except ImportError as error:
        if error.name != "pulumi":
            traceback.print_exc()
        print(
            f"The Pulumi SDK cannot be imported by {sys.executable}.\n"
            f"Install the requirements of the project: {sys.executable} -m pip install -r requirements.txt",
            file=sys.stderr,
            flush=True,
        )
        sys.exit(1)
    return pulumi


def configure(pulumi: ModuleType, options: argparse.Namespace) -> None:
    """Tells the SDK where the engine is, and the stack's config."""
    runtime = pulumi.runtime
    runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
    runtime.configure(
        runtime.Settings(
            project=options.project,
            stack=options.stack,
            organization=options.organization,
            root_directory=options.root_directory,
            monitor=options.monitor,
            engine=options.engine,
            parallel=options.parallel,
            dry_run=options.dry_run,
        )
    )


def is_machinery(filename: str, sdk: str) -> bool:
    """True for the files between the interpreter's start and the user's first line."""
    if filename.startswith("<frozen ") or filename in (__file__, runpy.__file__):
        return True
    return filename.startswith((sdk, os.path.dirname(asyncio.__file__)))  # noqa: PTH120  # plain strings, as in frames


#: Where an exception keeps the traceback it had in the task that raised it.
FIRST_TRACEBACK = "__first_traceback__"


def remembering_tasks(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    /,
    **context: Any,  # noqa: ANN401  # what asyncio passes on to its own tasks
) -> asyncio.Task[Any]:
    """A task whose exception remembers its traceback.

    asyncio hands out a task's traceback once and none the second time, and the SDK asks for a failed `apply` twice:
    which of the two is shown to the user depends on the order of the answers.
    """

    async def remembering() -> object:
        try:
            return await cast("Coroutine[Any, Any, Any]", coroutine)
        except Exception as error:
            if getattr(error, FIRST_TRACEBACK, None) is None:
                with contextlib.suppress(AttributeError):
                    setattr(error, FIRST_TRACEBACK, error.__traceback__)
            raise

    return asyncio.Task(remembering(), loop=loop, **context)


def users_traceback(error: BaseException, sdk: str) -> str:
    """The traceback of `error` from the user's first line on, for its causes likewise."""
    first_traceback = getattr(error, FIRST_TRACEBACK, None) or error.__traceback__
    report = traceback.TracebackException(type(error), error, first_traceback)
    shown: traceback.TracebackException | None = report
    while shown is not None:
        frames = list(shown.stack)
        first = next((at for at, frame in enumerate(frames) if not is_machinery(frame.filename, sdk)), None)
        if first is not None:
            shown.stack = traceback.StackSummary.from_list(frames[first:])
        elif isinstance(error, SyntaxError):  # the line is in the message; no frame is the user's
            shown.stack = traceback.StackSummary()
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)
    return "".join(report.format())


def tell(pulumi: ModuleType, text: str) -> None:
    """Shows an error to the user. The engine may end as soon as it has it, without an answer to us."""
    with contextlib.suppress(Exception):
        pulumi.log.error(text)


def run(pulumi: ModuleType, options: argparse.Namespace) -> int:
    """Runs the program to its end, and returns the exit code of this process."""
    program = Path(options.program)
    if program.is_dir() and not (program / "__main__.py").is_file():
        pulumi.log.error(f"found no Python program: there is no __main__.py in {program.resolve()}")
        return SHOWN
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_task_factory(remembering_tasks)
    # The SDK leaves futures unobserved when a program fails; asyncio would complain of each, to the user.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    threads = ThreadPoolExecutor(max_workers=max(options.parallel, 1) * THREADS_AN_OPERATION)
    loop.set_default_executor(threads)

    def body() -> None:
        runpy.run_path(options.program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(body))
    except pulumi.RunError as error:
        tell(pulumi, str(error))
        return 1
    except Exception as error:  # noqa: BLE001  # whatever the user's program raises is shown to the user
        shown = users_traceback(error, str(Path(pulumi.__path__[0])))
        tell(pulumi, "Program failed with an unhandled exception:\n" + shown)
        return SHOWN
    threads.shutdown(wait=True)
    loop.close()
    return 0


def end(code: int) -> None:
    """Ends this process. Where the run did not succeed, threads may wait for an engine that no longer answers."""
    sys.stdout.flush()
    sys.stderr.flush()
    if code:
        os._exit(code)
    sys.exit(0)


def main() -> None:
    del sys.path[0]  # the folder of this file, whose modules must not stand in the way of the program's
    options = parse(sys.argv[1:])
    pulumi = import_sdk()
    configure(pulumi, options)
    sys.argv = [options.program, *options.arguments]
    if options.pwd:
        os.chdir(options.pwd)
    try:
        end(run(pulumi, options))
    except KeyboardInterrupt:
        end(INTERRUPTED)


if __name__ == "__main__":
    main()
