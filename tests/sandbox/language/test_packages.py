"""Which plugins the packages installed in an environment call for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sandbox.standins.language import packages
from sandbox.standins.language.interpreter import Interpreter
from sandbox.standins.language.packages import Package, Plugin


@pytest.mark.parametrize(
    ("package", "plugin"),
    [
        pytest.param(
            Package("pulumi-aws", "7.51.1", plugin={"resource": True, "name": "aws", "version": "7.51.1"}),
            Plugin("aws", "v7.51.1"),
            id="a provider's SDK states its plugin",
        ),
        pytest.param(
            Package("other", "1.0.0", plugin={"resource": True, "name": "x", "version": "v2.0.0", "server": "here"}),
            Plugin("x", "v2.0.0", "here"),
            id="whatever the package is called",
        ),
        pytest.param(Package("pulumi-random", "4.18"), Plugin("random", "v4.18.0"), id="an old SDK states nothing"),
        pytest.param(Package("pulumi-lib", "1.0.0", plugin={"resource": False}), None, id="a library has no plugin"),
        pytest.param(Package("pulumi-policy", "1.21.0"), None, id="nor has the SDK for policies"),
        pytest.param(Package("pulumi-odd", "1.0a1"), None, id="a pre-release's plugin cannot be told"),
        pytest.param(Package("pulumi", "3.259.0"), None, id="the SDK itself has none"),
        pytest.param(Package("click", "8.5.1"), None, id="an ordinary package has none"),
    ],
)
def test_the_plugin_of_a_package(package: Package, plugin: Plugin | None) -> None:
    assert packages.plugin_of(package) == plugin


def distribution(site: Path, name: str, version: str, *, requires: str = "", plugin: object = None) -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
    if plugin is not None:
        module = site / name.replace("-", "_")
        module.mkdir()
        (module / "pulumi-plugin.json").write_text(json.dumps(plugin))


def test_packages_are_read_from_the_projects_own_environment(tmp_path: Path) -> None:
    site = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    facts = {"resource": True, "name": "cloud", "version": "1.2.3"}
    distribution(site, "Pulumi_Cloud", "1.2.3", requires="pulumi>=3; extra == 'x'", plugin=None)
    distribution(site, "pulumi-sky", "1.2.3", requires="Pulumi.Cloud (>=1.0)", plugin=facts)
    found = packages.installed(packages.search_path(Interpreter(tmp_path, tmp_path / "venv")))
    assert found == [
        Package("pulumi-cloud", "1.2.3"),
        Package("pulumi-sky", "1.2.3", frozenset({"pulumi-cloud"}), facts),
    ]
    assert [package.name for package in packages.direct(found)] == ["pulumi-sky"]


def test_an_interpreter_without_an_environment_is_asked_for_its_path() -> None:
    assert packages.search_path(Interpreter(Path(sys.executable))) != []
