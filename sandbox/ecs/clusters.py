"""Clusters (AWS: "Amazon ECS clusters")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.ecs import refusals
from sandbox.ecs.arns import Place, last_part
from sandbox.ecs.pages import page
from sandbox.ecs.records import ClusterRecord
from sandbox.ecs.tags import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.records import Holdings
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
_MOST_DESCRIBED = 100
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,254}")
_INSIGHTS = ("enabled", "disabled", "enhanced")


def find(holdings: Holdings, name_or_arn: str | None) -> ClusterRecord:
    """The active cluster; the name defaults to ``default``, as in AWS's API."""
    cluster = holdings.clusters.get(last_part(name_or_arn or "default"))
    if cluster is None or cluster.body["status"] != "ACTIVE":
        raise refusals.cluster_not_found()
    return cluster


def name_in(cluster: ClusterRecord, kind: str, identifier: str) -> str:
    """The short name of what a name, or an ARN of the ``kind`` (``service``, ``task``), names in the cluster.

    That an ARN of something else or in another cluster is refused is observed, with the words (aws/aws-cli#7875,
    aws/aws-toolkit-vscode#2915).
    """
    if identifier.startswith("arn:"):
        found, *path = identifier.split(":", 5)[-1].split("/")
        if found != kind:
            raise refusals.invalid(f"Unsupported resource type: {found}")
        if len(path) > 1 and path[0] != cluster.name:
            raise refusals.invalid(
                f"Invalid identifier: Identifier is for cluster {path[0]}. Your cluster is {cluster.name}"
            )
    return last_part(identifier)


def check_strategy(strategy: list[Json], providers: list[str]) -> None:
    """Refuse a capacity provider strategy that names what the cluster does not have."""
    for item in strategy:
        if item["capacityProvider"] not in providers:
            raise refusals.invalid("The specified capacity provider was not found. Specify a valid name and try again.")
    if sum(1 for item in strategy if item.get("base", 0) > 0) > 1:
        raise refusals.invalid("Only one capacity provider in a strategy can have a base defined.")
    if strategy and not any(item.get("weight", 0) > 0 for item in strategy):
        raise refusals.invalid("At least one capacity provider of a strategy must have a weight above 0.")


class Clusters:
    """The operations on clusters and capacity providers."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "CreateCluster": self.create_cluster,
            "DescribeClusters": self.describe_clusters,
            "ListClusters": self.list_clusters,
            "UpdateCluster": self.update_cluster,
            "UpdateClusterSettings": self.update_cluster,
            "PutClusterCapacityProviders": self.put_cluster_capacity_providers,
            "DescribeCapacityProviders": self.describe_capacity_providers,
            "DeleteCluster": self.delete_cluster,
        }

    def create_cluster(self, caller: Caller, params: Json) -> Json:
        """Create a cluster; an active one of the same name is answered as it stands (AWS: "CreateCluster")."""
        holdings = self._world.holdings(caller)
        name = params.get("clusterName") or "default"
        if not _NAME.fullmatch(name):
            raise refusals.invalid(
                "Cluster names can have up to 255 letters (uppercase and lowercase), numbers, underscores and hyphens."
            )
        existing = holdings.clusters.get(name)
        if existing and existing.body["status"] == "ACTIVE":
            return {"cluster": self._describe(holdings, existing, {"TAGS", "SETTINGS", "CONFIGURATIONS"})}
        tags, providers = checked(params.get("tags")), params.get("capacityProviders") or []
        _check_providers(providers)
        check_strategy(params.get("defaultCapacityProviderStrategy") or [], providers)
        arn = holdings.place.arn(f"cluster/{name}")
        body: Json = {
            "clusterArn": arn,
            "clusterName": name,
            "status": "ACTIVE",
            "settings": _settings(params.get("settings"), self._default_insights(caller)),
            "capacityProviders": providers,
            "defaultCapacityProviderStrategy": _filled(params.get("defaultCapacityProviderStrategy")),
        }
        body |= self._configured(caller, params)
        cluster = ClusterRecord(holdings.place, name, arn, body, tags)
        holdings.clusters[name] = cluster
        self._world.records.touch(cluster)
        return {"cluster": self._describe(holdings, cluster, {"TAGS", "SETTINGS", "CONFIGURATIONS"})}

    def describe_clusters(self, caller: Caller, params: Json) -> Json:
        """Clusters by name or ARN; unknown ones are failures with the reason MISSING."""
        holdings, include = self._world.holdings(caller), set(params.get("include") or ())
        found, failures = [], []
        names = params.get("clusters") or ["default"]
        if len(names) > _MOST_DESCRIBED:
            raise refusals.invalid(f"Clusters must have at most {_MOST_DESCRIBED} members, got {len(names)}.")
        for name in names:
            cluster = holdings.clusters.get(last_part(name))
            if cluster is None:
                arn = name if name.startswith("arn:") else holdings.place.arn(f"cluster/{name}")
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(self._describe(holdings, cluster, include))
        return {"clusters": found, "failures": failures}

    def list_clusters(self, caller: Caller, params: Json) -> Json:
        """ARNs of the active clusters."""
        clusters = self._world.holdings(caller).clusters.values()
        return page(sorted(c.arn for c in clusters if c.body["status"] == "ACTIVE"), params, "clusterArns")

    def update_cluster(self, caller: Caller, params: Json) -> Json:
        """Change settings, configuration and Service Connect defaults."""
        holdings = self._world.holdings(caller)
        cluster = find(holdings, params["cluster"])
        if "settings" in params:
            cluster.body["settings"] = _settings(params["settings"], "disabled")
        cluster.body |= self._configured(caller, params)
        self._world.records.touch(cluster)
        return {"cluster": self._describe(holdings, cluster, {"TAGS", "SETTINGS", "CONFIGURATIONS"})}

    def put_cluster_capacity_providers(self, caller: Caller, params: Json) -> Json:
        """Replace the cluster's capacity providers and its default strategy."""
        holdings = self._world.holdings(caller)
        cluster = find(holdings, params["cluster"])
        providers = params["capacityProviders"]
        _check_providers(providers)
        check_strategy(params["defaultCapacityProviderStrategy"], providers)
        in_use = {
            item["capacityProvider"]
            for (of_cluster, _), service in holdings.services.items()
            if of_cluster == cluster.name and service.status == "ACTIVE"
            for item in service.config.get("capacityProviderStrategy", [])
        }
        if not in_use <= set(providers):
            raise AwsError("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.")
        cluster.body["capacityProviders"] = list(providers)
        cluster.body["defaultCapacityProviderStrategy"] = _filled(params["defaultCapacityProviderStrategy"])
        self._world.records.touch(cluster)
        return {"cluster": self._describe(holdings, cluster, {"TAGS", "SETTINGS"})}

    def describe_capacity_providers(self, caller: Caller, params: Json) -> Json:
        """The two capacity providers of Fargate."""
        wanted = [last_part(name) for name in params.get("capacityProviders") or _PROVIDERS]
        place = Place(caller.account, caller.region)
        return {
            "capacityProviders": [
                {
                    "capacityProviderArn": place.arn(f"capacity-provider/{name}"),
                    "name": name,
                    "status": "ACTIVE",
                    "type": name,
                    "tags": [],
                }
                for name in wanted
                if name in _PROVIDERS
            ],
            "failures": [
                {"arn": place.arn(f"capacity-provider/{name}"), "reason": "MISSING"}
                for name in wanted
                if name not in _PROVIDERS
            ],
        }

    def delete_cluster(self, caller: Caller, params: Json) -> Json:
        """Make the cluster INACTIVE, once it has neither services nor tasks (AWS: "DeleteCluster")."""
        holdings = self._world.holdings(caller)
        cluster = find(holdings, params["cluster"])
        if any(c == cluster.name and s.status != "INACTIVE" for (c, _), s in holdings.services.items()):
            raise AwsError(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        if any(t.cluster == cluster.name and t.task.last_status != "STOPPED" for t in holdings.lone_tasks.values()):
            raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
        cluster.body["status"] = "INACTIVE"
        self._world.records.touch(cluster)
        return {"cluster": self._describe(holdings, cluster, {"TAGS", "SETTINGS"})}

    def _configured(self, caller: Caller, params: Json) -> Json:
        """Configuration and Service Connect defaults, as far as given.

        AWS: "ClusterServiceConnectDefaultsRequest" (ECS API reference): a namespace that does not exist is made, and an
        empty name takes the default away: documented. That the ARN is shown then is assumed.
        """
        given = {"configuration": params["configuration"]} if "configuration" in params else {}
        if "serviceConnectDefaults" in params:
            name = params["serviceConnectDefaults"]["namespace"]
            given["serviceConnectDefaults"] = {"namespace": self._namespace(caller, name)} if name else {}
        return given

    def _namespace(self, caller: Caller, name: str) -> str:
        registries = self._world.registries
        found = registries.namespace(caller, name)
        if found is None and name.startswith("arn:"):
            raise refusals.namespace_not_found(name)
        return found or registries.make_namespace(caller, name)

    def _default_insights(self, caller: Caller) -> str:
        values = self._world.holdings(caller).settings.values
        own, general = (values.get((principal, "containerInsights")) for principal in (caller.arn, ""))
        return own or general or "disabled"

    def _describe(self, holdings: Holdings, cluster: ClusterRecord, include: set[str]) -> Json:
        services = [s for (c, _), s in holdings.services.items() if c == cluster.name and s.status != "INACTIVE"]
        tasks = [task for service in services for task in service.tasks.values()]
        tasks += [lone.task for lone in holdings.lone_tasks.values() if lone.cluster == cluster.name]
        pending = sum(1 for t in tasks if t.last_status in {"PROVISIONING", "PENDING", "ACTIVATING"})
        answer = {key: value for key, value in cluster.body.items() if key not in {"settings", "configuration"}}
        answer |= {
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": sum(1 for t in tasks if t.last_status == "RUNNING"),
            "pendingTasksCount": pending,
            "activeServicesCount": sum(1 for service in services if service.status == "ACTIVE"),
            "statistics": [],
            "settings": cluster.body["settings"] if "SETTINGS" in include else [],
            "tags": cluster.tags if "TAGS" in include else [],
        }
        if "CONFIGURATIONS" in include and "configuration" in cluster.body:
            answer["configuration"] = cluster.body["configuration"]
        return answer


def _settings(given: list[Json] | None, insights: str) -> list[Json]:
    settings = given or [{"name": "containerInsights", "value": insights}]
    for setting in settings:
        name, value = setting.get("name"), setting.get("value")
        if value not in _INSIGHTS:
            raise refusals.invalid(f"Invalid setting: {name} must be one of {', '.join(_INSIGHTS)}, got {value}.")
    return settings


def _filled(strategy: list[Json] | None) -> list[Json]:
    return [{"weight": 0, "base": 0} | item for item in strategy or []]


def _check_providers(providers: list[str]) -> None:
    if unknown := [name for name in providers if name not in _PROVIDERS]:
        raise refusals.invalid(
            f"The specified capacity provider {unknown[0]!r} was not found. Specify a valid name and try again."
        )
