"""ECR's API over the sandbox's registry. Amazon ECR API Reference, version 2015-09-21."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.ecr import images
from sandbox.ecr.expiry import Expiry
from sandbox.ecr.layers import Layers
from sandbox.ecr.pages import page
from sandbox.ecr.registry_settings import RegistrySettings
from sandbox.ecr.scans import Scans
from sandbox.registry.repository import Mutability, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.clock import Clock
    from sandbox.registry.registry import Registry
    from sandbox.registry.tokens import Tokens

_MOST_FILTERS = 5
_MOST_WILDCARDS = 2

Params = dict[str, Any]


class Ecr:
    """The operations on repositories and their settings; ``images`` and ``layers`` have the others.

    ``host`` is where ``docker push`` goes, ``127.0.0.1:<port>``.
    """

    def __init__(self, registry: Registry, clock: Clock, tokens: Tokens, host: Callable[[], str]) -> None:
        self._registry = registry
        self._clock = clock
        self._host = host
        self._tokens = tokens
        self._scans = Scans(registry, clock, self.repository)
        self._images = images.Images(registry, self.repository, self._scans)
        self._layers = Layers(registry, self.repository, lambda: f"http://{host()}")
        self._settings = RegistrySettings(registry, clock)
        self.expiry = Expiry(registry, clock, self.repository)

    @property
    def handlers(self) -> Mapping[str, Callable[[Caller, Params], Params]]:
        """Operation name -> handler."""
        return {
            "CreateRepository": self.create_repository,
            "DescribeRepositories": self.describe_repositories,
            "DeleteRepository": self.delete_repository,
            "PutImageTagMutability": self.put_image_tag_mutability,
            "PutImageScanningConfiguration": self.put_image_scanning_configuration,
            "GetAuthorizationToken": self.get_authorization_token,
            "SetRepositoryPolicy": self.set_repository_policy,
            "GetRepositoryPolicy": self.get_repository_policy,
            "DeleteRepositoryPolicy": self.delete_repository_policy,
            "TagResource": self.tag_resource,
            "UntagResource": self.untag_resource,
            "ListTagsForResource": self.list_tags_for_resource,
            **self._images.handlers,
            **self._layers.handlers,
            **self.expiry.handlers,
            **self._scans.handlers,
            **self._settings.handlers,
        }

    def repository(self, caller: Caller, params: Params) -> Repository:
        """The repository that a request names; ``registryId`` is the caller's account unless said."""
        account = params.get("registryId", caller.account)
        return self._registry.repository(account, caller.region, params["repositoryName"])

    def create_repository(self, caller: Caller, params: Params) -> Params:
        """Make a repository."""
        encryption = dict(params.get("encryptionConfiguration") or {"encryptionType": "AES256"})
        if encryption["encryptionType"] != "AES256":
            encryption.setdefault("kmsKey", f"arn:aws:kms:{caller.region}:{caller.account}:alias/aws/ecr")
        repository = Repository(
            account=caller.account,
            region=caller.region,
            name=params["repositoryName"],
            created_at=self._clock.now(),
            mutability=_mutability(params),
            scan_on_push=params.get("imageScanningConfiguration", {}).get("scanOnPush", False),
            encryption=encryption,
            resource_tags=_tags(params.get("tags", [])),
        )
        self._registry.create(repository)
        return {"repository": self._view(repository)}

    def describe_repositories(self, caller: Caller, params: Params) -> Params:
        """All repositories of the account, or those named, in the order asked."""
        account = params.get("registryId", caller.account)
        names = params.get("repositoryNames")
        if names is not None:
            found = [self._registry.repository(account, caller.region, name) for name in names]
        else:
            found = self._registry.repositories(account, caller.region)
        shown, token = page(found, params)
        return {"repositories": [self._view(repository) for repository in shown], "nextToken": token}

    def delete_repository(self, caller: Caller, params: Params) -> Params:
        """Delete a repository; one that holds images only with ``force``."""
        repository = self.repository(caller, params)
        if repository.images and not params.get("force"):
            raise AwsError(
                "RepositoryNotEmptyException",
                f"The repository with name '{repository.name}' in registry with id '{repository.account}' cannot be "
                "deleted because it still contains images",
            )
        self._registry.delete(repository)
        return {"repository": self._view(repository)}

    def put_image_tag_mutability(self, caller: Caller, params: Params) -> Params:
        """Say whether tags may move."""
        repository = self.repository(caller, params)
        repository.mutability = _mutability(params)
        self._registry.save(repository)
        return {**_name(repository), **_mutability_view(repository.mutability)}

    def put_image_scanning_configuration(self, caller: Caller, params: Params) -> Params:
        """Say whether images are scanned when they are pushed."""
        repository = self.repository(caller, params)
        repository.scan_on_push = params["imageScanningConfiguration"].get("scanOnPush", False)
        self._registry.save(repository)
        return {**_name(repository), "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push}}

    def get_authorization_token(self, caller: Caller, _params: Params) -> Params:
        """A token for ``docker login``, good for twelve hours."""
        password, expires_at = self._tokens.issue(caller.account)
        data = {
            "authorizationToken": base64.b64encode(f"AWS:{password}".encode()).decode(),
            "expiresAt": expires_at,
            "proxyEndpoint": f"http://{self._host()}",
        }
        return {"authorizationData": [data]}

    def set_repository_policy(self, caller: Caller, params: Params) -> Params:
        """Remember the policy; the sandbox checks that it is JSON and evaluates it only for pulls across accounts."""
        repository = self.repository(caller, params)
        repository.policy = _json_text(params["policyText"], "PolicyText")
        self._registry.save(repository)
        return {**_name(repository), "policyText": repository.policy}

    def get_repository_policy(self, caller: Caller, params: Params) -> Params:
        """The repository's policy."""
        repository = self.repository(caller, params)
        if repository.policy is None:
            raise AwsError(
                "RepositoryPolicyNotFoundException",
                f"Repository policy does not exist for the repository with name '{repository.name}' in the registry "
                f"with id '{repository.account}'",
            )
        return {**_name(repository), "policyText": repository.policy}

    def delete_repository_policy(self, caller: Caller, params: Params) -> Params:
        """Forget the repository's policy; returns it."""
        answer = self.get_repository_policy(caller, params)
        repository = self.repository(caller, params)
        repository.policy = None
        self._registry.save(repository)
        return answer

    def tag_resource(self, caller: Caller, params: Params) -> Params:
        """Put tags on a repository."""
        repository = self._by_arn(caller, params["resourceArn"])
        repository.resource_tags.update(_tags(params["tags"]))
        self._registry.save(repository)
        return {}

    def untag_resource(self, caller: Caller, params: Params) -> Params:
        """Take tags off a repository."""
        repository = self._by_arn(caller, params["resourceArn"])
        for key in params["tagKeys"]:
            repository.resource_tags.pop(key, None)
        self._registry.save(repository)
        return {}

    def list_tags_for_resource(self, caller: Caller, params: Params) -> Params:
        """The repository's tags."""
        repository = self._by_arn(caller, params["resourceArn"])
        return {"tags": [{"Key": key, "Value": value} for key, value in sorted(repository.resource_tags.items())]}

    def _by_arn(self, caller: Caller, arn: str) -> Repository:
        _, found, name = arn.partition(":repository/")
        if not found:
            raise AwsError(
                "InvalidParameterException",
                "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
            )
        return self._registry.repository(arn.split(":")[4], caller.region, name)

    def _view(self, repository: Repository) -> Params:
        return {
            "repositoryArn": repository.arn,
            "registryId": repository.account,
            "repositoryName": repository.name,
            "repositoryUri": f"{self._host()}/{repository.account}/{repository.region}/{repository.name}",
            "createdAt": repository.created_at,
            "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push},
            "encryptionConfiguration": repository.encryption,
            **_mutability_view(repository.mutability),
        }


def _name(repository: Repository) -> Params:
    return {"registryId": repository.account, "repositoryName": repository.name}


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _mutability_view(mutability: Mutability) -> Params:
    view: Params = {"imageTagMutability": mutability.mode}
    if mutability.exclusions:
        view["imageTagMutabilityExclusionFilters"] = [
            {"filterType": "WILDCARD", "filter": text} for text in mutability.exclusions
        ]
    return view


def _mutability(params: Params) -> Mutability:
    mode = params.get("imageTagMutability", "MUTABLE")
    filters = tuple(entry["filter"] for entry in params.get("imageTagMutabilityExclusionFilters", []))
    if mode.endswith("_WITH_EXCLUSION") != bool(filters):
        need = "requires" if mode.endswith("_WITH_EXCLUSION") else "does not allow"
        raise _invalid("imageTagMutabilityExclusionFilters", f"{mode} {need} exclusion filters")
    if len(filters) > _MOST_FILTERS:
        raise _invalid("imageTagMutabilityExclusionFilters", f"at most {_MOST_FILTERS} filters, got {len(filters)}")
    for text in filters:
        if text.count("*") > _MOST_WILDCARDS:
            raise _invalid("filter", f"at most {_MOST_WILDCARDS} wildcards in a filter, got {text!r}")
    return Mutability(mode, filters)


def _json_text(text: str, parameter: str) -> str:
    try:
        json.loads(text)
    except ValueError:
        raise _invalid(parameter, "Invalid JSON") from None
    return text


def _invalid(parameter: str, rule: str) -> AwsError:
    return AwsError(
        "InvalidParameterException", f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{rule}'"
    )
