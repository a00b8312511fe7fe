"""Builds and pushes an image with a Docker engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import docker
from docker.errors import DockerException

from sandbox.standins.aws.faults import Fault

_LAST_LINES: Final = 12
"""Of a failed build's output, for its error."""


@dataclass(frozen=True)
class Order:
    """What to build. ``name`` is the full name of the image, with its registry and tag."""

    name: str
    context: Path
    dockerfile: Path
    arguments: Mapping[str, str]
    platform: str | None = None
    target: str | None = None
    network: str | None = None
    extra_hosts: tuple[tuple[str, str], ...] = ()
    cache_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Login:
    """How the registry knows us; None of it for one that asks nobody."""

    server: str | None = None
    username: str | None = None
    password: str | None = None


def engine(host: str | None) -> docker.APIClient:
    """The engine at ``host``, else where DOCKER_HOST says, else on this machine."""
    try:
        client = docker.DockerClient(base_url=host) if host else docker.from_env()
        client.ping()
    except DockerException as error:
        raise Fault(
            f"no Docker engine answers{f' at {host}' if host else ''}: start one (`dockerd`, or Docker Desktop), "
            f"or set DOCKER_HOST ({str(error).splitlines()[0]})"
        ) from error
    return client.api


def build(api: docker.APIClient, order: Order) -> None:
    """Build and tag the image; a step that fails is an error with the end of its output."""
    try:
        answers = api.build(
            path=str(order.context),
            dockerfile=str(order.dockerfile.resolve()),
            tag=order.name,
            buildargs=dict(order.arguments),
            platform=order.platform,
            target=order.target,
            network_mode=order.network,
            extra_hosts=dict(order.extra_hosts) or None,
            cache_from=list(order.cache_from) or None,
            rm=True,
            forcerm=True,
            decode=True,
        )
        _follow(answers, f"building {order.name}")
    except DockerException as error:
        raise Fault(f"building {order.name}: {_words(error)}") from error


def push(api: docker.APIClient, name: str, login: Login) -> str:
    """Push the image; the digest of its manifest in the registry."""
    repository, _, tag = name.rpartition(":")
    auth = {"username": login.username, "password": login.password} if login.username else None
    try:
        answers = api.push(repository, tag=tag, auth_config=auth, stream=True, decode=True)
        told = _follow(answers, f"pushing {name}")
    except DockerException as error:
        raise Fault(f"pushing {name}: {_words(error)}") from error
    for answer in told:
        digest = answer.get("aux", {}).get("Digest")
        if digest:
            return str(digest)
    raise Fault(f"pushing {name}: the registry told no digest")


def digest_here(api: docker.APIClient, name: str) -> str:
    """What names an image that was not pushed: its digest where it came from a registry, else its id."""
    found = api.inspect_image(name)
    return str((found.get("RepoDigests") or [found["Id"]])[0])


def _follow(answers: Iterable[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    """All answers of the engine; Fault at the first that is an error."""
    lines: list[str] = []
    told = []
    for answer in answers:
        if "error" in answer:
            output = "".join(f"\n  {line}" for line in lines[-_LAST_LINES:])
            raise Fault(f"{action}: {answer['error'].strip()}{output}")
        lines += answer.get("stream", "").splitlines()
        told.append(answer)
    return told


def _words(error: DockerException) -> str:
    return str(getattr(error, "explanation", None) or error).strip()
