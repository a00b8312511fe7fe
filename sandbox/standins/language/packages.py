"""What is installed in a project's environment, and which Pulumi plugins that calls for."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from sandbox.standins.language.interpreter import Interpreter

#: Distributions named like a provider's SDK that have no plugin.
WITHOUT_PLUGIN = frozenset({"pulumi-policy", "pulumi-esc-sdk"})

#: A Python version from which the plugin's can be told: a release, or nothing.
_RELEASE = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class Package:
    """An installed distribution."""

    name: str
    version: str
    requires: frozenset[str] = frozenset()
    plugin: Mapping[str, object] = field(default_factory=dict)  # pulumi-plugin.json of its module


def normalised(name: str) -> str:
    """A distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def search_path(interpreter: Interpreter) -> list[str]:
    """The folders in which the interpreter finds installed packages."""
    if interpreter.virtualenv is not None:
        return sorted(str(folder) for folder in interpreter.virtualenv.glob("lib/python*/site-packages"))
    script = "import json, sys; print(json.dumps([p for p in sys.path if p]))"
    answer = subprocess.run([interpreter.executable, "-c", script], capture_output=True, check=True, timeout=30)
    return [str(folder) for folder in json.loads(answer.stdout)]


def _plugin_facts(distribution: metadata.Distribution, name: str) -> Mapping[str, object]:
    path = Path(str(distribution.locate_file(name.replace("-", "_")))) / "pulumi-plugin.json"
    if not path.is_file():
        return {}
    facts = json.loads(path.read_text("utf-8"))
    return facts if isinstance(facts, dict) else {}


def installed(path: list[str]) -> list[Package]:
    """The packages in the given folders, by name."""
    packages: dict[str, Package] = {}
    for distribution in metadata.distributions(path=path):
        raw_name = distribution.metadata["Name"]
        if not raw_name:
            continue
        name = normalised(raw_name)
        words = (re.match(r"[\w.-]+", line) for line in distribution.requires or () if "extra ==" not in line)
        requires = frozenset(normalised(word.group()) for word in words if word)
        packages.setdefault(name, Package(name, distribution.version, requires, _plugin_facts(distribution, name)))
    return sorted(packages.values(), key=lambda package: package.name)


def direct(packages: Iterable[Package]) -> list[Package]:
    """Those that no other one requires."""
    packages = list(packages)
    required = frozenset[str]().union(*(package.requires for package in packages))
    return [package for package in packages if package.name not in required]


@dataclass(frozen=True)
class Plugin:
    """A resource plugin that a program will need."""

    name: str
    version: str
    server: str = ""


def plugin_of(package: Package) -> Plugin | None:
    """The plugin behind an installed package, if it is a provider's SDK whose plugin can be told."""
    if package.name in WITHOUT_PLUGIN or not (package.plugin or package.name.startswith("pulumi-")):
        return None
    if package.plugin and not package.plugin.get("resource"):
        return None
    version = str(package.plugin.get("version") or "")
    if not version:
        release = _RELEASE.fullmatch(package.version)
        if release is None:
            return None
        version = ".".join(part or "0" for part in release.groups())
    name = str(package.plugin.get("name") or package.name.removeprefix("pulumi-"))
    return Plugin(name, version if version.startswith("v") else f"v{version}", str(package.plugin.get("server") or ""))
