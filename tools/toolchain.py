"""The folders `.slipway/toolchain` and `.slipway/pulumi-home`: what the engine needs and is not installed here.

The toolchain goes first on PATH for the sandbox: the engine is always in it, if only as a link, and so is the stand-in
for the language host unless the official one is installed. Stand-ins for the AWS and Docker plugins lie where Pulumi
keeps plugins, in a `PULUMI_HOME` that only a sandbox's shell has: outside it no stand-in can be taken for the real
plugin. `toolchain.json` tells which way each part was taken.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.engine import Engine
from tools.report import say
from tools.state import digest, write_whole

#: The stand-ins: executable as the engine looks for it, and the module in its place.
LANGUAGE_HOST = "pulumi-language-python"
STAND_INS: Mapping[str, str] = {
    LANGUAGE_HOST: "sandbox.standins.language",
    "pulumi-resource-aws": "sandbox.standins.aws",
    "pulumi-resource-docker": "sandbox.standins.docker",
}


#: The file in the folder that tells which way each part was taken.
RECORD = "toolchain.json"


@dataclass(frozen=True)
class Part:
    """One part of the toolchain: where it is, and how it came there."""

    path: str
    way: str  # "path", "installer", "build", "official" or "stand-in"


def folder_of(root: Path) -> Path:
    return root / ".slipway" / "toolchain"


def home_of(root: Path) -> Path:
    """The `PULUMI_HOME` of a sandbox's shell; it is there only where a plugin has a stand-in."""
    return root / ".slipway" / "pulumi-home"


def _kept_in(home: Path, name: str, version: str) -> Path:
    """Where Pulumi keeps that version of a plugin."""
    return home / "plugins" / f"{name.removeprefix('pulumi-')}-v{version}" / name


def search_path() -> str:
    """PATH without toolchain folders, of this clone or another: what is in them is not installed on this machine."""
    entries = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if entry and not (Path(entry) / RECORD).exists())


def pulumi_home() -> Path:
    """Where Pulumi keeps the plugins it installed. A sandbox's shell names another folder: what is in it is ours."""
    named = os.environ.get("PULUMI_HOME")
    ours = named and (Path(named).parent / "toolchain" / RECORD).exists()
    return Path(named) if named and not ours else Path.home() / ".pulumi"


def official_part(name: str, version: str | None, engine: Engine, search_path: str) -> Path | None:
    """The official part of that name, where it is installed: on PATH, beside the engine, or in Pulumi's own folder."""
    if found := shutil.which(name, path=search_path):
        return Path(found)
    if name == LANGUAGE_HOST:
        beside = engine.path.resolve().with_name(name)
        return beside if os.access(beside, os.X_OK) else None
    kept = _kept_in(pulumi_home(), name, str(version))
    return kept if os.access(kept, os.X_OK) else None


def plugin_versions(root: Path) -> dict[str, str]:
    """The versions of the plugins that the SDKs in requirements.txt ask for, by the plugin's executable."""
    pins = re.findall(r"^pulumi-([\w-]+)==(\S+)\s*$", (root / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    return {f"pulumi-resource-{name}": version for name, version in pins}


def wrapper(python: Path, module: str) -> str:
    """A shell script that is the module, whatever the folder it is started in (-P: that folder's files stay out)."""
    return f'#!/bin/sh\nexec {shlex.quote(str(python))} -P -m {module} "$@"\n'


def _place(source: Path, target: Path) -> None:
    """Makes `source` available as `target`: the same file under a second name, or a copy on another file system.

    Not a symbolic link: the engine looks for its language hosts beside its real path, and warns where it finds one
    elsewhere.
    """
    if target.exists() and target.samefile(source):
        return
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        os.link(source, fresh)
    except OSError:
        shutil.copy2(source, fresh)
    fresh.replace(target)


def _place_engine(engine: Engine, folder: Path) -> Part:
    """Puts a built engine into the folder, or links to an official one; an installed one's hosts come with it."""
    if engine.way == "build":
        _place(engine.path, folder / "pulumi")
    else:
        for program in engine.path.parent.glob("pulumi*") if engine.way == "installer" else (engine.path,):
            fresh = folder / f".{program.name}.{os.getpid()}"
            fresh.symlink_to(program)
            fresh.replace(folder / program.name)
    return Part(str(folder / "pulumi"), engine.way)


def inputs(root: Path, python: Path, search_path: str) -> str:
    """The sum of all that decides what belongs into the folder, so that a second set-up can tell that it is done."""
    outside = [shutil.which(name, path=search_path) or "" for name in ("pulumi", *STAND_INS)]
    times = [str(Path(found).stat().st_mtime_ns) for found in outside if found]
    kept = [str(path) for path in sorted(pulumi_home().glob("plugins/resource-*"))]
    module = root / "tools" / "pulumi-engine"
    files = [root / "requirements.txt", module / "go.mod", module / "go.sum", Path(__file__)]
    return digest([str(root), str(python), *outside, *times, *kept, *files])


def recorded(root: Path) -> dict[str, Part] | None:
    """The toolchain as set-up left it, if all of it is still there."""
    try:
        facts = json.loads((folder_of(root) / RECORD).read_text("utf-8"))
        parts = {name: Part(**part) for name, part in facts["parts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return parts if parts and all(os.access(part.path, os.X_OK) for part in parts.values()) else None


def is_current(root: Path, wanted: str) -> bool:
    """True when the folder was made from the wanted inputs and nothing is missing."""
    try:
        stamp = json.loads((folder_of(root) / RECORD).read_text("utf-8"))["inputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return stamp == wanted and recorded(root) is not None


def assemble(root: Path, python: Path, engine: Engine, search_path: str, stamp: str) -> dict[str, Part]:
    """Fills the folder and writes toolchain.json last, so that an interrupted set-up begins here again."""
    folder = folder_of(root)
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".*"):  # of an interrupted set-up
        leftover.unlink()
    for name in STAND_INS:  # of an earlier set-up, which may have found less than this one
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(home_of(root) / "plugins", ignore_errors=True)
    parts = {"pulumi": _place_engine(engine, folder)}
    versions = plugin_versions(root)
    for name, module in STAND_INS.items():
        version = versions.get(name)
        official = official_part(name, version, engine, search_path)
        if official is None:
            place = _kept_in(home_of(root), name, version) if version else folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, wrapper(python, module), executable=True)
            parts[name] = Part(str(place), "stand-in")
        else:
            parts[name] = Part(str(official), "official")
    _show_official_plugins(root, parts, versions)
    facts = {"inputs": stamp, "parts": {name: asdict(part) for name, part in parts.items()}}
    write_whole(folder / RECORD, json.dumps(facts, indent=2) + "\n")
    return parts


def _show_official_plugins(root: Path, parts: Mapping[str, Part], versions: Mapping[str, str]) -> None:
    """Where one plugin has a stand-in, a sandbox's shell still finds the official one of the other."""
    home = home_of(root)
    if not (home / "plugins").is_dir():
        shutil.rmtree(home, ignore_errors=True)
        return
    for name, version in versions.items():
        kept = _kept_in(home, name, version).parent
        part = parts.get(name)
        if part and part.way == "official" and Path(part.path).parent.parent.name == "plugins":
            kept.symlink_to(Path(part.path).parent, target_is_directory=True)


def tell(parts: Mapping[str, Part]) -> None:
    """Says which way each plugin was taken."""
    titles = {
        LANGUAGE_HOST: "language host",
        "pulumi-resource-aws": "AWS plugin",
        "pulumi-resource-docker": "Docker plugin",
    }
    for name, title in titles.items():
        part = parts[name]
        say(title, f"official, {part.path}" if part.way == "official" else "stand-in of this project, for the sandbox")
