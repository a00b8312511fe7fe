"""What all services of one environment share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from components.access_logs import AccessLogs, AccessLogsArgs
from components.alarm_receivers import AlarmReceivers, AlarmReceiversArgs
from components.alert_topic import AlertTopic, AlertTopicArgs
from components.alias_records import AliasRecords, AliasRecordsArgs
from components.certificate import Certificate, CertificateArgs
from components.cluster import Cluster, ClusterArgs, SessionLog
from components.encryption_key import EncryptionKey, EncryptionKeyArgs, alias_of
from components.event_log import EventLog, EventLogArgs, ServiceEvents
from components.http_namespace import HttpNamespace, HttpNamespaceArgs
from components.key_policy import used_for_log_groups
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import ExistingNetwork, Network, NetworkArgs, NewNetwork
from components.release_journal import ReleaseJournal, ReleaseJournalArgs, journal_exists
from components.test_listener import TestListener, TestListenerArgs
from environment.platform_reference import CONNECT_NAMESPACE, place_of
from release.target_traffic import HTTP1
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
        self.before_release: Sequence[pulumi.Resource] = [self.journal]
        source: NewNetwork | ExistingNetwork = NewNetwork(
            account=settings.aws.account,
            region=settings.aws.region,
            partition=settings.aws.partition,
            cidr=dials.cidr,
            zones=dials.zones,
            nat=dials.nat,
            endpoints=dials.endpoints,
            flow_log_days=profile.log_retention_days,
        )
        if dials.adopt is not None:
            source = ExistingNetwork(
                vpc_id=dials.adopt.vpc_id,
                private_subnet_ids=dials.adopt.private_subnet_ids,
                public_subnet_ids=dials.adopt.public_subnet_ids,
            )
        self.network = Network(names.network, NetworkArgs(source=source), opts)
        self.log_key_arn = self._log_key() if settings.encrypted_logs else None
        self.connect_namespace_arn = self._connect_namespace()
        self.cluster = Cluster(
            names.cluster,
            ClusterArgs(cluster_name=names.cluster, session_log=_session_log(settings, self.log_key_arn)),
            opts,
        )
        self.access_logs = AccessLogs(
            names.access_logs,
            AccessLogsArgs(
                bucket_name=settings.access_logs_bucket,
                account=settings.aws.account,
                region=settings.aws.region,
                retention_days=profile.log_retention_days,
                deleted_with_its_logs=not profile.deletion_protection,
                partition=settings.aws.partition,
            ),
            opts,
        )
        self.certificate_arn = self._certificate_arn()
        self._refuse_unencrypted_http2()
        internal_for = settings.load_balancer.internal_for or ()
        self.load_balancer = LoadBalancer(
            names.load_balancer,
            LoadBalancerArgs(
                vpc_id=self.network.vpc_id,
                subnet_ids=self.network.private_subnet_ids if internal_for else self.network.public_subnet_ids,
                internal_for=internal_for,
                deletion_protection=profile.deletion_protection,
                certificate_arn=self.certificate_arn,
                access_logs_bucket=self.access_logs.bucket,
                web_acl_arn=settings.load_balancer.web_acl_arn,
                desync_mitigation=settings.load_balancer.desync_mitigation,
                partition=settings.aws.partition,
            ),
            opts,
        )
        self._alias_records()
        self.test_listener_arn = self._test_listener()
        self.before_traffic: Sequence[pulumi.Resource] = [self.load_balancer]
        self.events = self._event_log()
        if settings.alerts.receivers:
            self._alarm_receivers()
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

    def _connect_namespace(self) -> pulumi.Output[str] | None:
        """Where services call each other by Service Connect, if the stack file wants it."""
        if not self.settings.discovery.service_connect:
            return None
        name = self.settings.names.connect
        return HttpNamespace(name, HttpNamespaceArgs(namespace_name=name), self.opts).arn

    def _certificate_arn(self) -> pulumi.Input[str] | None:
        """What the load balancer speaks HTTPS by: a certificate of somebody else's, or one of the domain."""
        dials = self.settings.load_balancer
        if dials.certificate_arn is not None or dials.domain is None:
            return dials.certificate_arn
        domain, *alternatives = dials.domain.names
        certificate = Certificate(
            self.settings.names.load_balancer,
            CertificateArgs(domain=domain, alternatives=alternatives, zone_id=dials.domain.zone_id),
            self.opts,
        )
        return certificate.arn

    def _refuse_unencrypted_http2(self) -> None:
        """AWS: "Target groups for your Application Load Balancers", protocol version: behind HTTPS alone."""
        for one in self.catalogue:
            version = one.traffic.protocol_version
            if version != HTTP1 and self.certificate_arn is None:
                raise pulumi.RunError(
                    f"{one.name} has protocol_version {version!r} in stacks/catalogue.py, which load balancers speak "
                    f"behind HTTPS alone, and here it speaks HTTP; name a domain or a certificateArn in "
                    f"slipway:loadBalancer of Pulumi.{self.settings.environment}.yaml"
                )

    def _alias_records(self) -> None:
        """The names under which people find the load balancer, where the stack file has some."""
        domain = self.settings.load_balancer.domain
        if domain is not None:
            AliasRecords(
                self.settings.names.load_balancer,
                AliasRecordsArgs(
                    zone_id=domain.zone_id,
                    domains=domain.names,
                    target_dns_name=self.load_balancer.dns_name,
                    target_zone_id=self.load_balancer.zone_id,
                ),
                self.opts,
            )

    def _test_listener(self) -> pulumi.Output[str] | None:
        """Where releases are tried before people get them, if the stack file wants it."""
        dials = self.settings.load_balancer.test_listener
        if dials is None:
            return None
        listener = TestListener(
            self.settings.names.load_balancer,
            TestListenerArgs(
                load_balancer_arn=self.load_balancer.arn,
                security_group_id=self.load_balancer.security_group_id,
                cidrs=dials.cidrs,
                port=dials.port,
                certificate_arn=self.certificate_arn,
            ),
            self.opts,
        )
        return listener.arn

    def _alarm_receivers(self) -> None:
        """Who else hears of alarms."""
        settings = self.settings
        AlarmReceivers(
            settings.names.alerts,
            AlarmReceiversArgs(
                cluster_name=settings.names.cluster,
                alarm_prefix=settings.prefix,
                receivers=settings.alerts.receivers,
                pages=settings.profile.pages,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
            ),
            self.opts,
        )

    def _event_log(self) -> ServiceEvents:
        """What ECS tells of the services is kept."""
        settings = self.settings
        kept = EventLogArgs(
            cluster_name=settings.names.cluster,
            log_group=settings.names.event_log,
            kms_key_arn=self.log_key_arn,
            retention_days=settings.profile.log_retention_days,
            account=settings.aws.account,
            region=settings.aws.region,
            partition=settings.aws.partition,
        )
        EventLog(settings.names.events, kept, self.opts)
        return kept.events

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

    def _log_key(self) -> pulumi.Output[str]:
        """The key of all log groups of services, those of other stacks on this platform among them."""
        settings, aws = self.settings, self.settings.aws
        groups = [
            f"arn:{aws.partition}:logs:{aws.region}:{aws.account}:log-group:{group}"
            for group in settings.names.log_groups
        ]
        return EncryptionKey(
            settings.names.logs,
            EncryptionKeyArgs(
                alias_name=alias_of("logs/ecs", settings.names.cluster),
                description=f"Log groups of the services in {settings.names.cluster}",
                account=aws.account,
                partition=aws.partition,
                uses=[used_for_log_groups("UsedForLogsOfServices", aws.region, *groups)],
                deletion_window_days=settings.profile.key_deletion_days,
            ),
            self.opts,
        ).arn

    def outputs(self) -> dict[str, Any]:
        """What `PlatformReference` needs of it in another stack."""
        sessions, balancer = self.cluster.sessions, self.load_balancer
        return {
            **place_of(self.settings),
            "vpcId": self.network.vpc_id,
            "privateSubnetIds": self.network.private_subnet_ids,
            "sessionLogGroupArn": sessions.log_group_arn if sessions else "",
            "logKeyArn": self.log_key_arn or "",
            "listenerArn": balancer.listener_arn,
            "loadBalancerMetricsName": balancer.metrics_name,
            "loadBalancerSecurityGroupId": balancer.security_group_id,
            "shiftingRoleArn": balancer.shifting_role_arn,
            "alertsArn": self.alerts.arn,
            "journal": self.journal.bucket,
            **({CONNECT_NAMESPACE: self.connect_namespace_arn} if self.connect_namespace_arn else {}),
        }


def _session_log(settings: Settings, key_arn: pulumi.Input[str] | None) -> SessionLog | None:
    """Where shells are logged, as soon as one service lets people open one."""
    if not any(dials.exec for dials in settings.services.values()):
        return None
    return SessionLog(
        log_group=settings.names.session_log,
        retention_days=settings.profile.log_retention_days,
        kms_key_arn=key_arn,
    )
