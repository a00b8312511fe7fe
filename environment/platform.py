"""What all services of one environment share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.alert_topic import AlertTopic, AlertTopicArgs
from components.cluster import Cluster, ClusterArgs, SessionLog
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import ExistingNetwork, Network, NetworkArgs, NewNetwork
from components.release_journal import ReleaseJournal, ReleaseJournalArgs, journal_exists
from components.repository import Repository, RepositoryArgs
from stacks import neighbours
from stacks.service_definition import ServiceDefinition
from stacks.settings import Settings


class Platform:
    """What all services of the environment share."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Sequence[ServiceDefinition],
        project: Path,
        provider: aws.Provider,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`project` is the project's folder: what the stack file and the catalogue name by a path is below it."""
        names, profile, dials = settings.names, settings.profile, settings.network
        self.settings = settings
        self.catalogue = catalogue
        self.project = project
        self.opts = opts
        self.journal = self._release_journal(provider)
        source: NewNetwork | ExistingNetwork = NewNetwork(
            account=settings.aws.account,
            region=settings.aws.region,
            partition=settings.aws.partition,
            cidr=dials.cidr,
            zones=dials.zones,
            nat_gateway_per_zone=profile.nat_gateway_per_zone,
            flow_log_days=profile.log_retention_days,
        )
        if dials.adopt is not None:
            source = ExistingNetwork(
                vpc_id=dials.adopt.vpc_id,
                private_subnet_ids=dials.adopt.private_subnet_ids,
                public_subnet_ids=dials.adopt.public_subnet_ids,
            )
        self.network = Network(names.network, NetworkArgs(source=source), opts)
        self.cluster = Cluster(
            names.cluster, ClusterArgs(cluster_name=names.cluster, session_log=_session_log(settings)), opts
        )
        self.load_balancer = LoadBalancer(
            names.load_balancer,
            LoadBalancerArgs(
                vpc_id=self.network.vpc_id,
                subnet_ids=self.network.public_subnet_ids,
                deletion_protection=profile.deletion_protection,
                certificate_arn=settings.load_balancer.certificate_arn,
                partition=settings.aws.partition,
            ),
            opts,
        )
        self.alerts = AlertTopic(
            names.alerts,
            AlertTopicArgs(
                topic_name=names.alerts,
                account=settings.aws.account,
                region=settings.aws.region,
                emails=settings.alerts.emails,
                partition=settings.aws.partition,
            ),
            opts,
        )

    def _release_journal(self, provider: aws.Provider) -> ReleaseJournal:
        """Where every attempt to release is written down."""
        settings = self.settings
        bucket = settings.journal_bucket
        readers = {one.account for one in neighbours.promoted_to(settings.environment, self.project)}
        return ReleaseJournal(
            settings.names.journal,
            ReleaseJournalArgs(
                bucket_name=bucket,
                readers=sorted(readers - {settings.aws.account}),
                partition=settings.aws.partition,
                locked_days=settings.profile.journal_locked_days,
                adopt=journal_exists(bucket, provider),
            ),
            self.opts,
        )

    def repository(self, service: ServiceDefinition, existing: frozenset[str]) -> Repository:
        """Where the service's images are kept."""
        name = self.settings.names.service(service.name)
        return Repository(
            name,
            RepositoryArgs(
                repository_name=name,
                moving_tags=self.settings.profile.moving_tags,
                kept_images=self.settings.profile.kept_images,
                adopt=name in existing,
            ),
            self.opts,
        )


def _session_log(settings: Settings) -> SessionLog | None:
    """Where shells are logged, as soon as one service lets people open one."""
    if not any(dials.exec for dials in settings.services.values()):
        return None
    return SessionLog(log_group=settings.names.session_log, retention_days=settings.profile.log_retention_days)
