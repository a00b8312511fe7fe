"""What runs in each environment, for ``slipway sandbox status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import accounts
from sandbox.caller import Caller

if TYPE_CHECKING:
    from sandbox.registry.registry import Registry
    from sandbox.scaling_targets import Services


def summarise(ecs: Services, registry: Registry) -> dict[str, Any]:
    """Services and images of each environment, by its name."""
    return {
        account.name: {
            "account": account.id,
            "services": _services(ecs, account.id),
            "images": [
                {"repository": repository.name, "tags": sorted(repository.tags)}
                for repository in registry.repositories(account.id, accounts.REGION)
            ],
        }
        for account in accounts.ENVIRONMENTS
    }


def _services(ecs: Services, account: str) -> list[dict[str, Any]]:
    caller = Caller(account, accounts.REGION, f"arn:aws:iam::{account}:root")
    found = []
    for cluster in ecs.handlers["ListClusters"](caller, {})["clusterArns"]:
        arns = ecs.handlers["ListServices"](caller, {"cluster": cluster, "maxResults": 10})["serviceArns"]
        if arns:
            answer = ecs.handlers["DescribeServices"](caller, {"cluster": cluster, "services": list(arns)})
            found.extend(answer["services"])
    return [
        {
            "name": service["serviceName"],
            "cluster": service["clusterArn"].rpartition("/")[2],
            "desired": service["desiredCount"],
            "running": service["runningCount"],
            "taskDefinition": service["taskDefinition"].rpartition("/")[2],
        }
        for service in found
    ]
