"""`make race`: how long it takes from typing a rollback to the old version serving all traffic, tool by tool.

All on one sandbox in one run: each tool meets the same service in the same state. Releases happen fast; while a tool is
timed, the sandbox's clock runs as fast as real time, unless `--speed` says otherwise.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import yaml

from sandbox.lifecycle import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
FAST: Final = 600.0
CLUSTER: Final = "microservices-cluster"
SERVICE: Final = "auth-service"
OLD: Final = "1.0.0"
PATIENCE: Final = 900.0
"""Seconds of this machine's time that a tool has."""
PAUSE: Final = 0.2
COPIED: Final = ("Pulumi.yaml", "Pulumi.test.yaml", "Pulumi.stage.yaml", "Pulumi.prod.yaml", "pyproject.toml")
FOLDERS: Final = ("infra", "provider", "examples")
SLIPWAY: Final = ("slipway", "rollback", "-e", "test", "-s", SERVICE, "--yes")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A way to go back."""

    tool: str
    command: Callable[[World], Sequence[str]]
    """What is typed, in a shell, when the old revision and the deployment are known."""
    in_flight: bool = False
    """Whether the release is still being deployed."""
    dials: Mapping[str, str] = field(default_factory=dict)
    left: str = ""
    """What is left to do by hand."""


@dataclass(frozen=True, kw_only=True)
class Time:
    """How one did. Seconds; None: it did not happen in time."""

    served: float | None
    returned: float | None
    code: int | None


class World:
    """The sandbox, the project, and what is known of the service."""

    def __init__(self, folder: Path) -> None:
        self.box = Sandbox(folder / "sandbox")
        self.box.up(speed=FAST)
        self.folder = folder / "project"
        self.folder.mkdir()
        for name in COPIED:
            shutil.copy2(ROOT / name, self.folder / name)
        for name in FOLDERS:
            shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
        for name in (".venv", ".slipway"):
            (self.folder / name).symlink_to(ROOT / name)
        self.environment = {**self.box.environment("test"), "SLIPWAY_OVERRIDE": "a race, not a release"}
        self.environment["PATH"] = os.pathsep.join((str(ROOT / ".venv" / "bin"), self.environment["PATH"]))
        self._session = self._signed()
        self.old_revision = ""

    def _signed(self) -> boto3.Session:
        before = dict(os.environ)
        os.environ.update({name: value for name, value in self.environment.items() if name.startswith("AWS_")})
        try:
            session = boto3.Session(profile_name="test", region_name="eu-west-1")
            self.ecs, self.elb = session.client("ecs"), session.client("elbv2")
        finally:
            os.environ.clear()
            os.environ.update(before)
        return session

    def run(self, *command: str) -> None:
        """A command that prepares; one that fails ends the race."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def ask_for(self, version: str, **dials: str) -> None:
        """Writes the service's section of the stack file."""
        file = self.folder / "Pulumi.test.yaml"
        document = yaml.safe_load(file.read_text())
        section = {"version": version, "desiredCount": 2, "cpu": 256, "memory": 512, **dials}
        document["config"]["slipway:services"] = {SERVICE: section}
        file.write_text(yaml.safe_dump(document))

    def service(self) -> dict[str, Any]:
        """As DescribeServices tells of it."""
        found: dict[str, Any] = self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
        return found

    def deployment(self) -> str:
        """ARN of the newest service deployment."""
        listed = self.ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
        return str(max(listed, key=lambda one: one["createdAt"])["serviceDeploymentArn"])

    def old_serves_all(self) -> bool:
        """Whether every target that takes traffic is a task of the old image, and there are as many as wanted."""
        service = self.service()
        arns = self.ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
        tasks = self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        old = {_address(task) for task in tasks if task["containers"][0].get("imageDigest") == self.old_digest}
        (balancer,) = service["loadBalancers"]
        rule = balancer["advancedConfiguration"]["productionListenerRule"]
        action = self.elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]
        serving = {
            target["Target"]["Id"]
            for group in action["ForwardConfig"]["TargetGroups"]
            if group["Weight"]
            for target in self._targets(group["TargetGroupArn"])
            if target["TargetHealth"]["State"] == "healthy"
        }
        return len(serving) >= service["desiredCount"] and serving <= old

    def learn(self) -> None:
        """Takes what runs now for the old version."""
        self.old_revision = str(self.service()["taskDefinition"]).rsplit("/", 1)[-1]
        arns = self.ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
        task = self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"][0]
        self.old_digest = task["containers"][0]["imageDigest"]

    def _targets(self, group: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return found


def _address(task: Mapping[str, Any]) -> str:
    details = (detail for attachment in task["attachments"] for detail in attachment["details"])
    return next((str(one["value"]) for one in details if one["name"] == "privateIPv4Address"), "")


def by_the_runbook(world: World) -> Sequence[str]:
    """The SOP's "Immediate Rollback", and the waiter that people add to it."""
    where = f"--cluster {CLUSTER}"
    update = f"aws ecs update-service {where} --service {SERVICE} --task-definition {world.old_revision}"
    wait = f"aws ecs wait services-stable {where} --services {SERVICE}"
    return ("sh", "-c", f"{update} --force-new-deployment >/dev/null && {wait}")


def by_ecs_deploy(world: World) -> Sequence[str]:
    """fabfuel's tool, told not to deregister what it replaces."""
    return ("ecs", "deploy", CLUSTER, SERVICE, "--task", world.old_revision, "--no-deregister")


def by_a_stop(world: World) -> Sequence[str]:
    """StopServiceDeployment, and the waiter."""
    stop = f"aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {world.deployment()}"
    wait = f"aws ecs wait services-stable --cluster {CLUSTER} --services {SERVICE}"
    return ("sh", "-c", f"{stop} >/dev/null && {wait}")


UNTOLD: Final = "verify; tell Pulumi and git"
CONTENDERS: Final = (
    Contender(tool="slipway rollback", command=lambda _: SLIPWAY, left="commit the stack file"),
    Contender(
        tool="slipway rollback, blue-green",
        command=lambda _: SLIPWAY,
        dials={"strategy": "blue-green"},
        left="commit the stack file",
    ),
    Contender(tool="the runbook, AWS CLI", command=by_the_runbook, left=UNTOLD),
    Contender(tool="ecs-deploy", command=by_ecs_deploy, left=UNTOLD),
    Contender(tool="slipway rollback", command=lambda _: SLIPWAY, in_flight=True, left="commit the stack file"),
    Contender(tool="StopServiceDeployment, AWS CLI", command=by_a_stop, in_flight=True, left=UNTOLD),
)


def race(world: World, contender: Contender, version: str, speed: float) -> Time:
    """One contender, from a service that runs the old version to one that does again."""
    world.box.clock.set_speed(FAST)
    world.ask_for(OLD, **contender.dials)
    world.run("pulumi", "up", "-s", "test", "--yes", "--skip-preview", "--refresh")
    world.learn()
    world.run("slipway", "sandbox", "image", "-e", "test", f"{SERVICE}:{version}", *_behaviour(contender))
    world.ask_for(version, **contender.dials)
    up = ("pulumi", "up", "-s", "test", "--yes", "--skip-preview")
    if not contender.in_flight:
        world.run(*up)
        world.box.clock.set_speed(speed)
        return timed(world, contender.command(world))
    before = world.deployment()
    with subprocess.Popen(
        up, cwd=world.folder, env=world.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as waiting:
        try:
            until(lambda: world.deployment() != before)
            world.box.clock.set_speed(speed)
            return timed(world, contender.command(world), started=False)
        finally:
            world.box.clock.set_speed(FAST)
            waiting.terminate()


def _behaviour(contender: Contender) -> tuple[str, ...]:
    """In flight a new task takes long to start, so that old tasks serve until it is stopped."""
    return ("--behave", "slow:start=600") if contender.in_flight else ()


def until(holds: Callable[[], bool], patience: float = PATIENCE) -> float | None:
    """Seconds until it holds; None when it does not in time."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if holds():
            return time.monotonic() - began
        time.sleep(PAUSE)
    return None


def timed(world: World, command: Sequence[str], *, started: bool = True) -> Time:
    """Types the command and looks until the old version serves all traffic and the command has returned.

    Where nothing of the new version serves yet (not `started`), the old one is back when no deployment is under way.
    """
    began = time.monotonic()
    returned: float | None = None
    served: float | None = None
    with subprocess.Popen(
        command, cwd=world.folder, env=world.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while time.monotonic() - began < PATIENCE and (served is None or returned is None):
            now = time.monotonic() - began
            if returned is None and process.poll() is not None:
                returned = now
            if served is None and world.old_serves_all() and (started or len(world.service()["deployments"]) == 1):
                served = now
            time.sleep(PAUSE)
        if returned is None:
            process.terminate()
    return Time(served=served, returned=returned, code=process.returncode)


def table(times: Sequence[tuple[Contender, Time]]) -> list[str]:
    """The rows, aligned."""
    head = ("situation", "tool", "old serves all", "returned", "exit code", "left to do")
    rows = [head]
    for contender, took in times:
        situation = "in flight" if contender.in_flight else "released"
        code = "-" if took.code is None else str(took.code)
        rows.append((situation, contender.tool, shown(took.served), shown(took.returned), code, contender.left))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def shown(seconds: float | None) -> str:
    """Seconds, or that it did not happen."""
    return "not in time" if seconds is None else f"{seconds:.0f} s"


def main() -> int:
    """Runs the race and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.rollback_race", description=__doc__)
    parser.add_argument("--speed", type=float, default=1.0, help="sandbox seconds a real second while timing")
    speed = parser.parse_args().speed
    times = []
    with tempfile.TemporaryDirectory(prefix="slipway-race-") as name:
        world = World(Path(name))
        try:
            world.run("slipway", "sandbox", "image", "-e", "test", f"{SERVICE}:{OLD}")
            for number, contender in enumerate(CONTENDERS, start=1):
                print(f"{number} of {len(CONTENDERS)}: {contender.tool} ...", file=sys.stderr, flush=True)
                times.append((contender, race(world, contender, f"1.{number}.0", speed)))
        finally:
            world.box.down()
    print("\n".join(table(times)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
