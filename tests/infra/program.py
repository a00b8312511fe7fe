"""Runs the whole program of an environment on the recording engine."""

from __future__ import annotations

import copy
import json
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from stacks import catalogue
from stacks.service_definition import ServiceDefinition
from stacks.stack_file import read
from tests.recording_engine import DIGEST, Engine, run

ROOT: Final = Path(__file__).resolve().parents[2]
REPOSITORIES: Final = "aws:ecr/getRepositories:getRepositories"
BUCKET: Final = "aws:s3/getBucket:getBucket"
IMAGE: Final = "aws:ecr/getImage:getImage"
SECRET: Final = "aws:secretsmanager/getSecret:getSecret"
KEY: Final = "aws:kms/getKey:getKey"
LOOK_UPS: Final[Mapping[str, Any]] = {
    REPOSITORIES: {"names": []},
    IMAGE: {"imageDigest": DIGEST},
    BUCKET: lambda _args: ({}, [("", "reading S3 Bucket: couldn't find resource")]),
    SECRET: lambda args: {
        "arn": args.get("arn") or f"arn:aws:secretsmanager:eu-west-1:111111111111:secret:{args['name']}-AbCdEf",
        "kmsKeyId": "",
    },
    KEY: {"arn": "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-1111-2222-3333-444455556666"},
}


def committed(environment: str) -> dict[str, Any]:
    """The `slipway:` keys of the environment's stack file, without what happens to be released there."""
    config = copy.deepcopy(dict(read(ROOT / f"Pulumi.{environment}.yaml")))
    for dials in config["services"].values():
        dials.pop("version", None)
    return config


def released(environment: str, version: str = "1.0.0") -> dict[str, Any]:
    """The same with auth-service released."""
    config = committed(environment)
    config["services"]["auth-service"]["version"] = version
    return config


def deploy(
    environment: str,
    config: Mapping[str, Any],
    *,
    services: Sequence[ServiceDefinition] | None = None,
    secret_keys: Sequence[str] = (),
    **options: Any,
) -> Engine:
    """What the program registers with this config, and with these services where they are given."""
    variables = {
        "PULUMI_CONFIG": json.dumps(
            {f"slipway:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        ),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps([f"slipway:{key}" for key in secret_keys]),
    }
    offered = catalogue.CATALOGUE if services is None else tuple(services)
    with (
        patch.dict("os.environ", variables),
        patch.object(catalogue, "CATALOGUE", offered),
    ):
        return run(
            lambda: runpy.run_path(str(ROOT / "infra"), run_name="__main__"),
            **{"stack": environment, "calls": LOOK_UPS, **options},
        )
