"""`PlatformReference`: what the services of an environment share, where another stack has made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pulumi

from components.event_log import ServiceEvents
from components.execute_command import Sessions
from stacks.program_config import read
from stacks.service_definition import ServiceDefinition
from stacks.settings import Settings

OUTPUT: Final = "platform"
"""The output of the platform's stack that holds all of it."""
CONNECT_NAMESPACE: Final = "connectNamespaceArn"
"""What the output has where the platform's services are in Service Connect."""
BEFORE: Final[Mapping[str, bool]] = {"encryptedLogs": False}
"""What a platform is that says nothing of it: an older Slipway made it."""


@dataclass(frozen=True, kw_only=True)
class SharedNetwork:
    """The network of the platform."""

    vpc_id: pulumi.Output[str]
    private_subnet_ids: pulumi.Output[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class SharedCluster:
    """The cluster of the platform."""

    cluster_name: pulumi.Output[str]
    sessions: Sessions | None


@dataclass(frozen=True, kw_only=True)
class SharedLoadBalancer:
    """The load balancer of the platform."""

    listener_arn: pulumi.Output[str]
    metrics_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    shifting_role_arn: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class SharedAlerts:
    """Who hears of the platform's alarms."""

    arn: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class SharedJournal:
    """The release journal of the environment."""

    bucket: pulumi.Output[str]


class PlatformReference:
    """The platform that another stack of the same account, region and prefix has made and exports as `platform`.

    `ServiceOfPlatform` runs on it as it does on a `Platform`: a team's services have a stack of their own, whose `up`
    and `destroy` touch nothing of the platform.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Sequence[ServiceDefinition],
        project: Path,
        stack: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`stack` is the platform's, as Pulumi names it: `organization/project/stack`.

        The program ends with a `RunError` when that stack has no such output, or is somewhere else than `settings` say.
        """
        _refuse_what_is_the_platforms(settings, stack)
        self.settings = settings
        self.catalogue = catalogue
        self.project = project
        self.opts = opts
        reference = pulumi.StackReference(stack)
        shared = reference.get_output(OUTPUT).apply(lambda found: checked(found, stack, place_of(settings)))

        def told(key: str) -> pulumi.Output[Any]:
            return shared.apply(lambda found: found[key])

        exec_wanted = any(dials.exec for dials in settings.services.values())
        self.before_release: Sequence[pulumi.Resource] = ()
        self.before_traffic: Sequence[pulumi.Resource] = ()
        self.network = SharedNetwork(vpc_id=told("vpcId"), private_subnet_ids=told("privateSubnetIds"))
        self.log_key_arn = told("logKeyArn") if settings.encrypted_logs else None
        self.cluster = SharedCluster(
            cluster_name=told("cluster"),
            sessions=Sessions(log_group_arn=shared.apply(_session_log(stack)), kms_key_arn=self.log_key_arn)
            if exec_wanted
            else None,
        )
        self.connect_namespace_arn: pulumi.Output[str] | None = None
        if settings.discovery.service_connect:
            self.connect_namespace_arn = shared.apply(lambda found: connect_namespace(found, stack))
        self.load_balancer = SharedLoadBalancer(
            listener_arn=told("listenerArn"),
            metrics_name=told("loadBalancerMetricsName"),
            security_group_id=told("loadBalancerSecurityGroupId"),
            shifting_role_arn=told("shiftingRoleArn"),
        )
        self.test_listener_arn: pulumi.Output[str] | None = None
        self.alerts = SharedAlerts(arn=told("alertsArn"))
        self.events = ServiceEvents(cluster_name=settings.names.cluster, log_group=settings.names.event_log)
        self.journal = SharedJournal(bucket=told("journal"))


def place_of(settings: Settings) -> dict[str, str | bool]:
    """What a stack and its platform must agree on: names are made of it."""
    return {
        "environment": settings.environment,
        "account": settings.aws.account,
        "region": settings.aws.region,
        "prefix": settings.prefix,
        "cluster": settings.names.cluster,
        "encryptedLogs": settings.encrypted_logs,
    }


def _refuse_what_is_the_platforms(settings: Settings, stack: str) -> None:
    if "network" in read():
        raise pulumi.RunError(
            f"Pulumi.{settings.environment}.yaml: slipway:network is the platform's to say, and nothing would hear it "
            f"here; remove it: stack {stack} has the network"
        )


def checked(found: Mapping[str, Any] | None, stack: str, here: Mapping[str, str | bool]) -> Mapping[str, Any]:
    """What the platform's stack tells. Raises `pulumi.RunError` where it tells nothing, or is another place's."""
    if not found:
        raise pulumi.RunError(
            f"stack {stack} has no output `{OUTPUT}`: it has not been updated yet, or by an older Slipway; "
            f"run `pulumi up -s {here['environment']}` in the platform's project first"
        )
    for key, mine in here.items():
        theirs = found.get(key, BEFORE.get(key))
        if theirs != mine:
            raise pulumi.RunError(
                f"{key} of the platform in stack {stack} is {theirs!r}, and Pulumi.{here['environment']}.yaml says "
                f"{mine!r}; a service runs where its platform is: write the same in both"
            )
    return found


def connect_namespace(found: Mapping[str, Any], stack: str) -> str:
    """ARN of the platform's namespace of Service Connect. Raises `pulumi.RunError` where it has none."""
    arn: str | None = found.get(CONNECT_NAMESPACE)
    if arn is None:
        raise pulumi.RunError(
            f"slipway:discovery.serviceConnect is true here, and the platform in stack {stack} has no Service Connect; "
            "set it there first, or take it out here"
        )
    return arn


def _session_log(stack: str) -> Callable[[Mapping[str, Any]], str]:
    def arn(found: Mapping[str, Any]) -> str:
        logged: str = found["sessionLogGroupArn"]
        if not logged:
            raise pulumi.RunError(
                f"a service has `exec`, and the platform in stack {stack} keeps no log of sessions; "
                "set `exec: true` of one service of the platform, or take it away here"
            )
        return logged

    return arn
