"""``slipway sandbox``: the local AWS. Nothing that takes long to import is needed here; the server has all that."""

from __future__ import annotations

import json
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from sandbox.durations import parse_duration, parse_moment
from sandbox.environment import shell
from sandbox.lifecycle import Sandbox, check_speed
from sandbox.places import state_folder
from sandbox.sandbox_error import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

_Arguments = ParamSpec("_Arguments")
_ENVIRONMENTS = ("test", "stage", "prod")


class _Refusal(click.ClickException):
    """The command line, the configuration or the surroundings are wrong; nothing was changed."""

    exit_code = 2


def _in_words(command: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Turn what a person can put right into one message and exit code 2."""

    @wraps(command)
    def wrapped(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except SandboxError as error:
            raise _Refusal(str(error)) from None

    return wrapped


class _Folder(click.Path):
    """A folder. An empty one, as `--dir "$UNSET"` makes it, would be the current one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        if value == "":
            self.fail("it must not be empty", param, ctx)
        return super().convert(value, param, ctx)


_dir = click.option(
    "--dir",
    "directory",
    type=_Folder(path_type=Path),
    help="State folder; else $SLIPWAY_SANDBOX_DIR, else .slipway/sandbox of the project.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
_env = click.option(
    "-e",
    "--env",
    "environment",
    type=click.Choice(_ENVIRONMENTS),
    default="test",
    show_default=True,
    help="Environment.",
)


@click.group()
def sandbox() -> None:
    """A local AWS: one account an environment, for trying releases."""


@sandbox.command()
@click.option("--speed", type=float, help="Sandbox seconds a real second.  [default: 60, or as it runs]")
@click.option("--port", type=int, help="Port on 127.0.0.1.  [default: the last one, or 4577]")
@_dir
@_in_words
def up(speed: float | None, port: int | None, directory: Path | None) -> None:
    """Start it, unless it runs."""
    box = _sandbox(directory)
    started = box.up(speed=speed, port=port, say=lambda text: click.echo(text, err=True))
    for remark in started.remarks:
        click.echo(remark, err=True)
    click.echo(f"the sandbox {'runs already' if started.reused else 'runs'} on http://127.0.0.1:{started.port}")
    click.echo('next: eval "$(slipway sandbox env)"')


@sandbox.command()
@_dir
@_in_words
def down(directory: Path | None) -> None:
    """Stop it; its state stays for the next `up`."""
    box = _sandbox(directory)
    click.echo("the sandbox is stopped" if box.down() else f"no sandbox runs in {box.directory}")


@sandbox.command()
@_dir
@_json
@_in_words
def status(directory: Path | None, *, as_json: bool) -> None:
    """Tell what runs in it."""
    found = _sandbox(directory).status()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"runs on http://127.0.0.1:{found['port']}, process {found['pid']}, in {found['directory']}")
    click.echo(_clock_words(found["now"], found["speed"], found["behind"], paused=found["paused"]))
    for name, content in found["environments"].items():
        click.echo(f"{name} ({content['account']})")
        for line in _contents(content):
            click.echo(f"  {line}")


def _contents(content: dict[str, Any]) -> list[str]:
    services = [
        f"service {service['cluster']}/{service['name']}: {service['running']} of {service['desired']} tasks run, "
        f"{service['taskDefinition']}"
        for service in content["services"]
    ]
    images = [f"images of {image['repository']}: {', '.join(image['tags']) or 'none'}" for image in content["images"]]
    return services + images or ["nothing yet"]


@sandbox.command()
@_env
@_dir
@_json
@_in_words
def env(environment: str, directory: Path | None, *, as_json: bool) -> None:
    """Print what a shell must export to use it: eval "$(slipway sandbox env)"."""
    values = _sandbox(directory).variables(environment)
    click.echo(json.dumps(values, indent=2) if as_json else shell(values))


@sandbox.command()
@_env
@_dir
@click.option(
    "--behave",
    default="",
    metavar="HOW",
    help="What its tasks do: crash, oom, unhealthy, flapping, slow, errors, stubborn; also crash:after=20s.",
)
@click.option("--findings", default="", metavar="LIST", help="What a scan finds: CVE-2026-0001:critical, ...")
@click.argument("image", metavar="NAME:VERSION")
@_in_words
def image(environment: str, directory: Path | None, behave: str, findings: str, image: str) -> None:
    """Put a small hand-made image into its ECR."""
    name, colon, version = image.rpartition(":")
    if not colon or not name or not version:
        raise _Refusal(f"{image!r} is not NAME:VERSION, such as auth-service:1.0.0")
    made = _sandbox(directory).image(name, version, env=environment, behaviour=behave, findings=findings)
    click.echo(f"{image} in {environment}: {made['digest']}")
    if made["staged"]:
        click.echo(f"the repository {name} does not exist yet: the image appears in it the moment it is created")


@sandbox.command()
@click.option("--pause", is_flag=True, help="Let time stand still; no restart changes that.")
@click.option("--speed", type=float, help="Sandbox seconds a real second.")
@click.option("--step", metavar="DURATION", help="Go ahead, such as 30m or 1h30m, through all that happens meanwhile.")
@click.option("--set", "until", metavar="TIME", help="Go ahead to a time, such as 2026-11-24T08:00 (UTC).")
@click.option("--resume", is_flag=True, help="Let time pass again.")
@_dir
@_json
@_in_words
def clock(
    *,
    pause: bool,
    resume: bool,
    speed: float | None,
    step: str | None,
    until: str | None,
    directory: Path | None,
    as_json: bool,
) -> None:
    """Show its time, and pause it, speed it up or move it ahead.

    What is asked for is done in the order of the options; a step answers when everything in it has happened.
    """
    if pause and resume:
        raise _Refusal("--pause and --resume contradict each other: name one of them")
    if step is not None and until is not None:
        raise _Refusal("--step and --set both say how far to go: name one of them")
    wanted: dict[str, Any] = {"pause": True} if pause else {"resume": True} if resume else {}
    if speed is not None:
        check_speed(speed)
        wanted["speed"] = speed
    if step is not None:
        wanted["step"] = parse_duration("--step", step).total_seconds()
    if until is not None:
        wanted["until"] = parse_moment("--set", until).isoformat()
    control = _sandbox(directory).clock
    now = control.change(wanted) if wanted else control.show()
    shown = now.now.isoformat(timespec="seconds")
    if as_json:
        found = {"now": shown, "speed": now.speed, "paused": now.paused, "behind": now.behind.total_seconds()}
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(_clock_words(shown, now.speed, now.behind.total_seconds(), paused=now.paused))


def _clock_words(now: str, speed: float, behind: float, *, paused: bool) -> str:
    passing = f"{speed:g} times as fast as real time"
    words = f"sandbox time {now}, {f'paused; {passing} when it is resumed' if paused else passing}"
    if behind < 1:
        return words
    return f"{words}, but {behind:.0f} s of it behind: more happened than this machine could keep up with"


@sandbox.command()
@_env
@_dir
@_json
@click.argument("service", required=False)
@click.argument("rate", type=float, required=False, metavar="[REQUESTS_A_SECOND]")
@_in_words
def traffic(
    environment: str, directory: Path | None, service: str | None, rate: float | None, *, as_json: bool
) -> None:
    """Show, or set for a SERVICE, how many requests a second its users send."""
    box = _sandbox(directory)
    if service is not None and rate is None:
        raise _Refusal(f"say how many requests a second: slipway sandbox traffic {service} 50")
    found = box.traffic() if service is None or rate is None else box.set_traffic(service, rate, env=environment)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"{found['default']:g} requests a second to each service behind a load balancer, but for")
    set_ones = [(env, *each) for env, services in found["environments"].items() for each in services.items()]
    for name, each, number in set_ones:
        click.echo(f"  {name} {each}: {number:g}")
    if not set_ones:
        click.echo("  none")


def _sandbox(directory: Path | None) -> Sandbox:
    return Sandbox(state_folder(directory))
