"""`Cluster`: the ECS cluster of an environment, on Fargate alone, with Container Insights."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.execute_command import Sessions


@dataclass(frozen=True, kw_only=True)
class SessionLog:
    """Where sessions of ECS Exec are logged, whatever is typed and shown in them."""

    log_group: str
    """Name of the log group that is made for them."""
    retention_days: int
    """Days for which they are kept."""
    kms_key_arn: pulumi.Input[str] | None = None
    """Encrypts log and sessions. Its policy must let CloudWatch Logs use it. None: AWS's own keys, and TLS."""


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What the cluster is called, and what it logs."""

    cluster_name: str
    """People type it."""
    namespace_arn: pulumi.Input[str] | None = None
    """The namespace of Cloud Map in which services are that use Service Connect and name none. None: they name one."""
    session_log: SessionLog | None = None
    """Where sessions of ECS Exec are logged. None: in the log of the task, as AWS does."""


class Cluster(pulumi.ComponentResource):
    """An ECS cluster without servers."""

    cluster_name: pulumi.Output[str]
    """Known once the cluster is there."""
    arn: pulumi.Output[str]
    """Of the cluster."""
    sessions: Sessions | None
    """What tasks need to know of the log of sessions; None without one."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Cluster", name, None, opts)
        self.sessions = None
        configuration = self._session_log(name, args.session_log) if args.session_log else None
        cluster = aws.ecs.Cluster(
            name,
            name=args.cluster_name,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enabled")],
            configuration=configuration,
            service_connect_defaults=aws.ecs.ClusterServiceConnectDefaultsArgs(namespace=args.namespace_arn)
            if args.namespace_arn is not None
            else None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.ecs.ClusterCapacityProviders(
            name,
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider="FARGATE", base=0, weight=1
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.cluster_name = cluster.name
        self.arn = cluster.arn
        self.register_outputs({"clusterName": self.cluster_name, "arn": self.arn})

    def _session_log(self, name: str, log: SessionLog) -> aws.ecs.ClusterConfigurationArgs:
        """The group, and the cluster's word of it (AWS: "ExecuteCommandConfiguration")."""
        group = aws.cloudwatch.LogGroup(
            f"{name}-sessions",
            name=log.log_group,
            retention_in_days=log.retention_days,
            kms_key_id=log.kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.sessions = Sessions(log_group_arn=group.arn, kms_key_arn=log.kms_key_arn)
        return aws.ecs.ClusterConfigurationArgs(
            execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                logging="OVERRIDE",
                kms_key_id=log.kms_key_arn,
                log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                    cloud_watch_log_group_name=group.name,
                    cloud_watch_encryption_enabled=log.kms_key_arn is not None,
                ),
            )
        )
