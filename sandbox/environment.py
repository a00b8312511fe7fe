"""The environment variables that point plain ``pulumi``, boto3 and the AWS CLI at a sandbox."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from sandbox import accounts, places, pulumi_backend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Whoever has these set would be taken to another account, or would use another passphrase.
_OVERRIDING = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_DEFAULT_PROFILE",
    "PULUMI_CONFIG_PASSPHRASE",
)


def variables(directory: Path, port: int, profile: str) -> dict[str, str | None]:
    """Name -> value, None for what must not be set. ``profile`` is an environment's name or ``engineer``."""
    home = places.pulumi_home()
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "SLIPWAY_ENDPOINT_STARTED_BY": "slipway sandbox up",
        "AWS_REGION": accounts.REGION,
        "AWS_DEFAULT_REGION": accounts.REGION,
        "AWS_CONFIG_FILE": str(directory / "aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(directory / "aws" / "credentials"),
        "AWS_PROFILE": profile,
        "AWS_PAGER": "",
        "AWS_EC2_METADATA_DISABLED": "true",
        # boto3 asks some operations (Cloud Map's DiscoverInstances) of a host `data-<endpoint>`, which is nowhere.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "PULUMI_BACKEND_URL": pulumi_backend.url(directory),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(pulumi_backend.passphrase_file(directory)),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **({"PULUMI_HOME": str(home)} if home else {}),
        places.STATE_VARIABLE: str(directory),
        "PATH": _path(),
        "NO_PROXY": _unproxied(),
        "no_proxy": _unproxied(),
        **dict.fromkeys(_OVERRIDING),
    }


def shell(values: Mapping[str, str | None]) -> str:
    """``values`` as words for a POSIX shell's ``eval``."""
    lines = [
        f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}" for name, value in values.items()
    ]
    return "\n".join(lines)


def _unproxied() -> str:
    """What no proxy is asked for: boto3 asks a proxy even for this machine's own addresses, unless told."""
    before = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in before.split(",") if host.strip()]
    return ",".join([*hosts, *(host for host in ("127.0.0.1", "localhost") if host not in hosts)])


def _path() -> str:
    first = [str(folder) for folder in places.tool_folders()]
    rest = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder not in first]
    return os.pathsep.join([*first, *rest])
