"""`pin`: a service held to one revision of its task definition, as a rollback leaves it."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator

from stacks.dial_rules import Dials, a_strategy, as_tuple, between, matching

MOST_REVISIONS: Final = 1_000_000
"""AWS: "Amazon ECS service quotas", revisions per task definition family."""

Digest = Annotated[str, matching(r"sha256:[0-9a-f]{64}", "write the image's digest, sha256: and 64 digits")]
SecretArn = Annotated[
    str, matching(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+", "write the ARN of a secret")
]
ParameterArn = Annotated[
    str, matching(r"arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/.+", "write the ARN of a parameter")
]


class Pin(Dials):
    """The revision of the service's task definition that runs, in place of a new one."""

    version: str
    """The version that it was: under any other version of the service the pin counts for nothing."""
    revision: Annotated[int, between(1, MOST_REVISIONS)]
    digest: Digest
    """The image that the revision names."""
    secrets: Annotated[tuple[SecretArn, ...], BeforeValidator(as_tuple)] = ()
    """Secrets that the revision reads and that the catalogue declares no more."""
    parameters: Annotated[tuple[ParameterArn, ...], BeforeValidator(as_tuple)] = ()
    """Parameters that the revision reads and that the catalogue declares no more."""
    strategy: Annotated[str, AfterValidator(a_strategy)] | None = None
    """How it takes over, this once: of a gradual rollback. None: as the service's releases do."""
