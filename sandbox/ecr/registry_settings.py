"""What holds for a whole registry: its policy, where it replicates to, and whose images it caches. All of it is kept
and told; the sandbox replicates and caches nothing, for it has one registry and no way to the others.

Amazon ECR API Reference, and ECR user guide: "Private registry settings in Amazon ECR": documented.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sandbox.aws_error import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.clock import Clock
    from sandbox.registry.registry import Registry

    Params = dict[str, Any]

POLICY: Final = "policy"
REPLICATION: Final = "replication"
CACHES: Final = "pull through caches"
TEMPLATES: Final = "repository creation templates"
ROOT: Final = "ROOT"
"""AWS: "CreatePullThroughCacheRule", upstreamRepositoryPrefix: what it is where nothing is said."""
_ONLY_TOLD: Final = ("createdAt", "upstreamRegistryUrl", "upstreamRegistry")
"""What the answer of an update leaves out."""
MOST_CACHES: Final = 50
"""AWS: "Amazon ECR service quotas", pull through cache rules for a registry."""
_NEEDS_CREDENTIALS: Final = (
    "registry-1.docker.io",
    "ghcr.io",
    "registry.gitlab.com",
    "azurecr.io",
    "cgr.dev",
)
"""AWS: "Creating a pull through cache rule": upstream registries that ask who pulls, by how their address ends."""


class RegistrySettings:
    """The operations on the settings of a registry."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock

    @property
    def handlers(self) -> Mapping[str, Callable[[Caller, Params], Params]]:
        """Operation name -> handler."""
        return {
            "PutRegistryPolicy": self.put_policy,
            "GetRegistryPolicy": self.get_policy,
            "DeleteRegistryPolicy": self.delete_policy,
            "DescribeRegistry": self.describe,
            "PutReplicationConfiguration": self.put_replication,
            "CreatePullThroughCacheRule": self.create_cache,
            "DescribePullThroughCacheRules": self.describe_caches,
            "UpdatePullThroughCacheRule": self.update_cache,
            "DeletePullThroughCacheRule": self.delete_cache,
            "CreateRepositoryCreationTemplate": self.create_template,
            "DescribeRepositoryCreationTemplates": self.describe_templates,
            "UpdateRepositoryCreationTemplate": self.update_template,
            "DeleteRepositoryCreationTemplate": self.delete_template,
        }

    def put_policy(self, caller: Caller, params: Params) -> Params:
        """Say who may replicate into the registry."""
        try:
            json.loads(params["policyText"])
        except ValueError:
            raise _invalid("PolicyText", "Invalid registry policy provided") from None
        self._set(caller, POLICY, params["policyText"])
        return self.get_policy(caller, params)

    def get_policy(self, caller: Caller, _params: Params) -> Params:
        """Who may replicate into the registry."""
        text = self._get(caller, POLICY)
        if text is None:
            raise AwsError(
                "RegistryPolicyNotFoundException",
                f"Registry policy does not exist in the registry with id '{caller.account}'",
            )
        return {"registryId": caller.account, "policyText": text}

    def delete_policy(self, caller: Caller, params: Params) -> Params:
        """Forget the policy; returns it."""
        answer = self.get_policy(caller, params)
        self._set(caller, POLICY, None)
        return answer

    def describe(self, caller: Caller, _params: Params) -> Params:
        """Where the registry replicates to."""
        found = self._get(caller, REPLICATION) or {"rules": []}
        return {"registryId": caller.account, "replicationConfiguration": found}

    def put_replication(self, caller: Caller, params: Params) -> Params:
        """Say where the registry replicates to."""
        configuration = params["replicationConfiguration"]
        for rule in configuration["rules"]:
            for one in rule["destinations"]:
                if (one["registryId"], one["region"]) == (caller.account, caller.region):
                    raise _invalid(
                        "replicationConfiguration",
                        "Replication destination cannot be the same as the source registry",
                    )
        self._set(caller, REPLICATION, configuration)
        return {"replicationConfiguration": configuration}

    def create_cache(self, caller: Caller, params: Params) -> Params:
        """Cache what is pulled from another registry under a prefix."""
        caches, prefix = self._caches(caller), params["ecrRepositoryPrefix"]
        if prefix in caches:
            raise AwsError(
                "PullThroughCacheRuleAlreadyExistsException",
                f"A pull through cache rule with prefix '{prefix}' already exists in registry '{caller.account}'",
            )
        if len(caches) >= MOST_CACHES:
            raise AwsError("LimitExceededException", f"A registry has at most {MOST_CACHES} pull through cache rules")
        address = params["upstreamRegistryUrl"]
        if address.endswith(_NEEDS_CREDENTIALS) and not params.get("credentialArn"):
            raise AwsError(
                "UnsupportedUpstreamRegistryException",
                f"The upstream registry {address} needs a credentialArn",  # words: assumed
            )
        now = self._clock.now()
        given = {name: value for name, value in params.items() if name != "registryId" and value is not None}
        made = {"upstreamRepositoryPrefix": ROOT, **given, "registryId": caller.account, "createdAt": now}
        self._set(caller, CACHES, {**caches, prefix: {**made, "updatedAt": now}})
        return made

    def describe_caches(self, caller: Caller, params: Params) -> Params:
        """The rules, or those with the prefixes that are asked for."""
        caches = self._caches(caller)
        wanted = params.get("ecrRepositoryPrefixes")
        for prefix in wanted or ():
            self._cache(caller, prefix)
        return {"pullThroughCacheRules": [caches[prefix] for prefix in sorted(wanted or caches)]}

    def update_cache(self, caller: Caller, params: Params) -> Params:
        """Change the credentials of a rule: nothing else can change."""
        prefix = params["ecrRepositoryPrefix"]
        changed = {name: params[name] for name in ("credentialArn", "customRoleArn") if params.get(name)}
        cache = {**self._cache(caller, prefix), **changed, "updatedAt": self._clock.now()}
        self._set(caller, CACHES, {**self._caches(caller), prefix: cache})
        return {name: value for name, value in cache.items() if name not in _ONLY_TOLD}

    def delete_cache(self, caller: Caller, params: Params) -> Params:
        """Cache no more. What is cached stays."""
        cache = self._cache(caller, params["ecrRepositoryPrefix"])
        left = {prefix: one for prefix, one in self._caches(caller).items() if one is not cache}
        self._set(caller, CACHES, left)
        return {name: value for name, value in cache.items() if name != "updatedAt"}

    def create_template(self, caller: Caller, params: Params) -> Params:
        """Say what repositories are like that are made for replicated or cached images."""
        templates, prefix = self._templates(caller), params["prefix"]
        if prefix in templates:
            raise AwsError(
                "TemplateAlreadyExistsException",
                f"A repository creation template with prefix '{prefix}' already exists in registry '{caller.account}'",
            )
        now = self._clock.now()
        made = {"imageTagMutability": "MUTABLE", "encryptionConfiguration": {"encryptionType": "AES256"}}
        return self._put_template(caller, {**made, **_said(params), "createdAt": now, "updatedAt": now})

    def describe_templates(self, caller: Caller, params: Params) -> Params:
        """The templates, or those with the prefixes that are asked for."""
        wanted = params.get("prefixes") or sorted(self._templates(caller))
        found = [self._template(caller, prefix) for prefix in wanted]
        return {"registryId": caller.account, "repositoryCreationTemplates": found}

    def update_template(self, caller: Caller, params: Params) -> Params:
        """Change what repositories that are made from now on are like."""
        before = self._template(caller, params["prefix"])
        return self._put_template(caller, {**before, **_said(params), "updatedAt": self._clock.now()})

    def delete_template(self, caller: Caller, params: Params) -> Params:
        """Forget a template. What was made by it stays."""
        template = self._template(caller, params["prefix"])
        left = {prefix: one for prefix, one in self._templates(caller).items() if one is not template}
        self._set(caller, TEMPLATES, left)
        return {"registryId": caller.account, "repositoryCreationTemplate": template}

    def _put_template(self, caller: Caller, template: Params) -> Params:
        self._set(caller, TEMPLATES, {**self._templates(caller), template["prefix"]: template})
        return {"registryId": caller.account, "repositoryCreationTemplate": template}

    def _template(self, caller: Caller, prefix: str) -> Params:
        found = self._templates(caller).get(prefix)
        if found is None:
            raise AwsError(
                "TemplateNotFoundException",
                f"The repository creation template with prefix '{prefix}' does not exist in registry "
                f"'{caller.account}'",
            )
        return found

    def _templates(self, caller: Caller) -> dict[str, Params]:
        return self._get(caller, TEMPLATES) or {}

    def _cache(self, caller: Caller, prefix: str) -> Params:
        found = self._caches(caller).get(prefix)
        if found is None:
            raise AwsError(
                "PullThroughCacheRuleNotFoundException",
                f"The pull through cache rule with prefix '{prefix}' does not exist in registry '{caller.account}'",
            )
        return found

    def _caches(self, caller: Caller) -> dict[str, Params]:
        return self._get(caller, CACHES) or {}

    def _get(self, caller: Caller, what: str) -> Any:  # noqa: ANN401 - JSON
        return self._registry.settings(caller.account, caller.region).get(what)

    def _set(self, caller: Caller, what: str, value: object) -> None:
        self._registry.set(caller.account, caller.region, what, value)


def _said(params: Params) -> Params:
    return {name: value for name, value in params.items() if value is not None}


def _invalid(parameter: str, rule: str) -> AwsError:
    return AwsError(
        "InvalidParameterException", f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{rule}'"
    )
