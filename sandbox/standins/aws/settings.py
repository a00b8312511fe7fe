"""The provider's configuration: `aws:region` and the other inputs of `pulumi_aws.Provider`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.standins.aws.values import Properties, has_unknown

IGNORED: Final = frozenset(
    {
        "skipCredentialsValidation",
        "skipGetEc2Platforms",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "stsRegion",
        "retryMode",
        "s3UsePathStyle",
        "version",
        "pluginDownloadURL",
    }
)
"""Taken, and without meaning for a local AWS: the sandbox is always addressed by path, validated by nothing else."""

STRUCTURED: Final = {
    "allowedAccountIds": list,
    "forbiddenAccountIds": list,
    "assumeRoles": list,
    "defaultTags": dict,
    "endpoints": list,
    "ignoreTags": dict,
    "sharedConfigFiles": list,
    "sharedCredentialsFiles": list,
}
SCALARS: Final = frozenset(
    {"region", "profile", "accessKey", "secretKey", "token", "maxRetries", "skipRequestingAccountId"}
)
BLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "assumeRoles": frozenset(
        {"externalId", "policy", "policyArns", "roleArn", "sessionName", "sourceIdentity", "tags", "transitiveTagKeys"}
    ),
    "defaultTags": frozenset({"tags"}),
    "ignoreTags": frozenset({"keyPrefixes", "keys"}),
}
"""What may stand within a structured setting. The names of `endpoints` are services, and there are hundreds."""
NOT_IMITATED: Final = frozenset(
    {
        "assumeRoleWithWebIdentity",
        "customCaBundle",
        "ec2MetadataServiceEndpoint",
        "ec2MetadataServiceEndpointMode",
        "httpProxy",
        "httpsProxy",
        "insecure",
        "noProxy",
        "s3UsEast1RegionalEndpoint",
        "tagPolicyCompliance",
        "tokenBucketRateLimiterCapacity",
        "useDualstackEndpoint",
        "useFipsEndpoint",
        "userAgents",
    }
)


class SettingsError(ValueError):
    """A wrong value in the provider's configuration; ``path`` says which."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"aws:{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class Settings:
    """What the provider was configured with."""

    region: str | None = None
    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    token: str | None = None
    max_attempts: int = 5
    allowed_accounts: Sequence[str] = ()
    forbidden_accounts: Sequence[str] = ()
    skip_account: bool = False
    roles: Sequence[Mapping[str, Any]] = ()
    default_tags: Mapping[str, str] = field(default_factory=dict)
    ignored_tags: Sequence[str] = ()
    ignored_tag_prefixes: Sequence[str] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)
    config_file: str | None = None
    credentials_file: str | None = None


def parse(inputs: Properties) -> Settings:
    """Read the configuration. Structured values arrive as JSON text, from stack files and from programs alike.

    What a preview does not know yet is left out; an update, which alone changes anything, knows all.
    """
    values = {
        name: _structured(name, value)
        for name, value in inputs.items()
        if not name.startswith("__") and not has_unknown(value)
    }
    for name in values:
        if name in NOT_IMITATED:
            raise SettingsError(
                name, "the AWS stand-in does not imitate this setting; remove it, or use the real plugin"
            )
        if name not in STRUCTURED and name not in SCALARS and name not in IGNORED:
            raise SettingsError(name, "no such setting of the AWS provider")
    ignored = values.get("ignoreTags") or {}
    tags = (values.get("defaultTags") or {}).get("tags") or {}
    if not isinstance(tags, Mapping):
        raise SettingsError("defaultTags", f"`tags` is to be a map, not {tags!r}")
    return Settings(
        region=values.get("region"),
        profile=values.get("profile"),
        access_key=values.get("accessKey"),
        secret_key=values.get("secretKey"),
        token=values.get("token"),
        max_attempts=_attempts(values.get("maxRetries", Settings.max_attempts)),
        allowed_accounts=[str(account) for account in values.get("allowedAccountIds") or []],
        forbidden_accounts=[str(account) for account in values.get("forbiddenAccountIds") or []],
        skip_account=str(values.get("skipRequestingAccountId", "")).lower() == "true",
        roles=[role for role in values.get("assumeRoles") or [] if role.get("roleArn")],
        default_tags={key: str(value) for key, value in tags.items()},
        ignored_tags=ignored.get("keys") or [],
        ignored_tag_prefixes=ignored.get("keyPrefixes") or [],
        endpoints={service: url for block in values.get("endpoints") or [] for service, url in block.items() if url},
        config_file=_only_one(values, "sharedConfigFiles"),
        credentials_file=_only_one(values, "sharedCredentialsFiles"),
    )


def _attempts(retries: object) -> int:
    try:
        return max(1, int(str(retries)))
    except ValueError:
        raise SettingsError("maxRetries", f"is to be a whole number, not {retries!r}") from None


def _only_one(values: Properties, name: str) -> str | None:
    files = values.get(name) or []
    if len(files) > 1:
        raise SettingsError(name, "the AWS stand-in takes only one file")
    return str(files[0]) if files else None


def _structured(name: str, value: Any) -> Any:  # noqa: ANN401 - any value
    if name not in STRUCTURED:
        return value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise SettingsError(name, f"{value!r} is no JSON") from None
    if value is not None and not isinstance(value, STRUCTURED[name]):
        raise SettingsError(name, f"is to be a {'list' if STRUCTURED[name] is list else 'map'}, not {value!r}")
    for block in _blocks(name, value):
        if not isinstance(block, Mapping):
            raise SettingsError(name, f"is to hold maps, not {block!r}")
        unknown = sorted(block.keys() - BLOCKS.get(name, block.keys()))
        if unknown:
            raise SettingsError(name, f"the AWS stand-in knows no `{unknown[0]}` here, but {_listed(BLOCKS[name])}")
    return value


def _blocks(name: str, value: Any) -> list[Any]:  # noqa: ANN401 - any value
    """The blocks that a setting is made of; none where it is a list of texts."""
    if name not in {*BLOCKS, "endpoints"} or value is None:
        return []
    return value if isinstance(value, list) else [value]


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
