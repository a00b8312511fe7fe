"""Plugins and policy packs in Python under the stand-in of the language host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.language.project import VENV

if TYPE_CHECKING:
    from tests.sandbox.language.project import Project

PROVIDER = """\
import sys

from pulumi.provider.experimental import provider
from pulumi.provider.experimental.server import main


class Greeter(provider.Provider):
    async def check_config(self, request):
        return provider.CheckResponse(request.new_inputs)

    async def configure(self, request):
        return provider.ConfigureResponse()

    async def check(self, request):
        return provider.CheckResponse(request.new_inputs)

    async def create(self, request):
        name = request.properties["name"].value
        if name == "nobody":
            raise Exception("there is nobody to greet")
        return provider.CreateResponse(resource_id="1", properties=request.properties)

    async def delete(self, request):
        return None


print("a word before the port would break the engine, one on stderr must not", file=sys.stderr)
main(sys.argv[1:], "1.0.0", Greeter())
"""

PROGRAM = """\
import pulumi


class Greeting(pulumi.CustomResource):
    name: pulumi.Output[str]

    def __init__(self, resource_name, name):
        super().__init__("greeter:index:Greeting", resource_name, {"name": name})


pulumi.export("name", Greeting("greeting", pulumi.Config().get("who") or "world").name)
"""


@pytest.fixture
def greeter(project: Project) -> Project:
    """A project with a provider of its own, named in Pulumi.yaml."""
    project.write_project("plugins: {providers: [{name: greeter, path: ./greeter}]}\n")
    runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {VENV}}}}}"
    project.write("greeter/PulumiPlugin.yaml", f"runtime: {runtime}\n")
    project.write("greeter/__main__.py", PROVIDER)
    project.write("__main__.py", PROGRAM)
    return project


def test_a_projects_own_provider_creates_and_deletes_a_resource(greeter: Project) -> None:
    ran = greeter.up()
    assert ran.code == 0, ran.output
    assert json.loads(greeter.pulumi("stack", "output", "--json").stdout) == {"name": "world"}
    ran = greeter.pulumi("destroy", "--yes", "--skip-preview")
    assert ran.code == 0, ran.output
    assert "2 deleted" in ran.output  # the greeting and the stack itself


def test_an_error_of_the_projects_own_provider_fails_the_update(greeter: Project) -> None:
    greeter.pulumi("config", "set", "who", "nobody")
    ran = greeter.up()
    assert ran.code != 0
    assert "there is nobody to greet" in ran.output


def test_a_provider_that_cannot_start_is_told_with_what_it_wrote(greeter: Project) -> None:
    greeter.write("greeter/__main__.py", "raise RuntimeError('my disk is gone')\n")
    ran = greeter.up()
    assert ran.code != 0
    assert "my disk is gone" in ran.output


PACK = """\
import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def no_strangers(args, report):
    if args.resource_type == "greeter:index:Greeting":
        allowed = pulumi.Config("tiny").get("who") or "nobody in particular"
        report(f"stack {pulumi.get_stack()} of {pulumi.get_project()} greets {args.props['name']}, expected {allowed}")


PolicyPack(
    name="manners",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy(name="no-strangers", description="Greets friends only.", validate=no_strangers)],
)
"""


def write_pack(project: Project, text: str) -> str:
    runtime = f"{{name: python, options: {{toolchain: pip, virtualenv: {VENV}}}}}"
    project.write("pack/PulumiPolicy.yaml", f"runtime: {runtime}\n")
    project.write("pack/__main__.py", text)
    return str(project.program / "pack")


def test_a_policy_pack_refuses_and_knows_the_stack_and_its_config(greeter: Project) -> None:
    pack = write_pack(greeter, PACK)
    greeter.pulumi("config", "set", "who", "Ada")
    ran = greeter.pulumi("preview", "--policy-pack", pack)
    assert ran.code != 0
    assert "no-strangers" in ran.output
    assert "stack dev of tiny greets Ada, expected Ada" in ran.output


def test_a_policy_pack_without_violations_lets_the_update_pass(greeter: Project) -> None:
    pack = write_pack(greeter, PACK.replace("greeter:index:Greeting", "greeter:index:Other"))
    ran = greeter.up("--policy-pack", pack)
    assert ran.code == 0, ran.output


def test_a_policy_pack_that_cannot_start_fails_with_what_it_wrote(greeter: Project) -> None:
    pack = write_pack(greeter, "raise RuntimeError('no rule today')\n")
    ran = greeter.pulumi("preview", "--policy-pack", pack)
    assert ran.code != 0
    assert "no rule today" in ran.output
