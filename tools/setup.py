"""`make setup`: the environment, the engine and its plugins. Standard library only; a second run does nothing.

It says which way each part was taken. It may be interrupted at any time and started twice at once.
"""

import os
import platform
import shutil
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")


def with_a_fitting_python() -> None:
    """Goes on under a newer Python of this machine where the one that runs is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, "-m", "tools.setup", *sys.argv[1:]])  # noqa: S606  # no shell is wanted
    sys.exit(
        f"setup: Python 3.11 or newer is needed, this is {platform.python_version()} ({sys.executable}); "
        "install one, or name it: make setup PYTHON=..."
    )


def set_up(root: Path) -> None:
    """Brings everything up to date, and tells."""
    from tools import engine, environment, toolchain  # noqa: PLC0415  # they need the newer Python
    from tools.report import say  # noqa: PLC0415
    from tools.state import locked  # noqa: PLC0415

    started = time.monotonic()
    with locked(root / ".slipway" / "setup.lock", "set-up of this clone"):
        python = environment.ensure(root)
        search_path = toolchain.search_path()
        stamp = toolchain.inputs(root, python, search_path)
        parts = toolchain.recorded(root) if toolchain.is_current(root, stamp) else None
        if parts is None:
            parts = toolchain.assemble(root, python, engine.ensure(root, python, search_path), search_path, stamp)
        else:
            say("engine", f"Pulumi {engine.pinned_version(root)}, {parts['pulumi'].path} ({parts['pulumi'].way})")
        toolchain.tell(parts)
    say("ready", f"after {time.monotonic() - started:.1f} s")


def main() -> int:
    with_a_fitting_python()
    from tools.report import SetupError  # noqa: PLC0415

    try:
        set_up(Path(__file__).resolve().parent.parent)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
    except OSError as error:
        place = error.filename or "a file"
        print(
            f"setup: cannot write or read {place}: {error.strerror or error}; "
            "make the folder writable and see that the disk has room, then run `make setup` again",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("setup: interrupted; run `make setup` again to go on", file=sys.stderr)
        return 130
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
