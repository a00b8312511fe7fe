"""The program of every environment: reads settings, composes components, exports what they made. No decisions."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

from account.journal_store import ATTEMPTS
from components.alert_topic import AlertTopic, AlertTopicArgs
from components.autoscaling import Autoscaling, AutoscalingArgs, Queue, Schedule, Step
from components.cluster import Cluster, ClusterArgs
from components.containers import ContainerSecret
from components.gates import Gates, GatesArgs
from components.image import Image, ImageArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.migration import MigrationPlan
from components.network import ExistingNetwork, Network, NetworkArgs, NewNetwork
from components.permissions import Permission
from components.release_journal import ReleaseJournal, ReleaseJournalArgs, journal_exists
from components.repository import Repository, RepositoryArgs, existing_repositories
from components.rollout_provider import RolloutProvider
from components.secrets import secret_arn
from components.service import (
    Deployment,
    KeptImages,
    Patience,
    Place,
    Release,
    Routing,
    Service,
    ServiceArgs,
    Verification,
)
from components.service_alarms import ServiceAlarms, ServiceAlarmsArgs
from components.target_group import TargetGroup, TargetGroupArgs
from components.task_definition import PinnedRevision, TaskDefinition, TaskDefinitionArgs
from stacks import neighbours
from stacks.catalogue import CATALOGUE
from stacks.changelog_file import changelog_of
from stacks.program_config import read
from stacks.rollout_model import expectation_of
from stacks.scaling import ScalingDials
from stacks.service_definition import ServiceDefinition
from stacks.settings import Settings, SettingsError, parse
from stacks.tags import default_tags
from stacks.verification import request_of

PROJECT: Final = Path(__file__).resolve().parents[1]
"""Folders in a stack file are written from here; Pulumi runs the program in the folder of `main`."""
GARBAGE_THRESHOLD: Final = 100_000
"""Objects made before Python looks for garbage (700 by default)."""


def settings_of_stack() -> Settings:
    """The settings, or an error in people's words."""
    stack = pulumi.get_stack()
    try:
        return parse(stack, read(), f"Pulumi.{stack}.yaml", CATALOGUE)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def aws_provider(settings: Settings) -> aws.Provider:
    """The environment's account and region, pinned, and the tags everything carries."""
    role = settings.aws.role_arn
    return aws.Provider(
        "aws",
        region=settings.aws.region,
        allowed_account_ids=[settings.aws.account],
        assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=role, session_name="slipway")] if role else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags=default_tags(settings.environment)),
    )


def docker_providers(settings: Settings) -> list[pulumi.ProviderResource]:
    """A provider for builds, only where there are some: it wants a Docker engine, which most places lack."""
    builds = any(dials.build for dials in settings.services.values())
    return [docker.Provider("docker")] if builds else []


def migration_plan(service: ServiceDefinition) -> MigrationPlan | None:
    """What the service's releases run before they get traffic."""
    migration = service.migration
    if migration is None:
        return None
    return MigrationPlan(command=migration.command, timeout=migration.timeout, irreversible=migration.irreversible)


class Platform:
    """What all services of the environment share."""

    def __init__(self, settings: Settings, provider: aws.Provider, opts: pulumi.ResourceOptions) -> None:
        names, profile, dials = settings.names, settings.profile, settings.network
        self.opts = opts
        self.settings = settings
        self.journal = self.release_journal(provider)
        source: NewNetwork | ExistingNetwork = NewNetwork(
            region=settings.aws.region,
            cidr=dials.cidr,
            zones=dials.zones,
            nat_gateway_per_zone=profile.nat_gateway_per_zone,
        )
        if dials.adopt is not None:
            source = ExistingNetwork(
                vpc_id=dials.adopt.vpc_id,
                private_subnet_ids=dials.adopt.private_subnet_ids,
                public_subnet_ids=dials.adopt.public_subnet_ids,
            )
        self.network = Network(names.network, NetworkArgs(source=source), opts)
        self.cluster = Cluster(names.cluster, ClusterArgs(cluster_name=names.cluster), opts)
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

    def release_journal(self, provider: aws.Provider) -> ReleaseJournal:
        """Where every attempt to release is written down."""
        settings = self.settings
        bucket = settings.journal_bucket
        readers = {one.account for one in neighbours.promoted_to(settings.environment, PROJECT)}
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

    def gates(self, service: ServiceDefinition, version: str, image: Image) -> Gates:
        """What a release of the service must pass."""
        settings = self.settings
        dials = settings.services[service.name]
        return Gates(
            settings.names.service(service.name),
            GatesArgs(
                question=settings.question(
                    service.name,
                    version,
                    neighbours.promotes_from(settings.environment, PROJECT),
                    changelog_of(service, PROJECT),
                ),
                demands=settings.demands,
                digest=image.digest,
                journal=self.journal.bucket,
                needs=[self.journal],
                config=dials.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            ),
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

    def service(self, service: ServiceDefinition, repository: Repository, version: str) -> Service:
        """The service at this version."""
        settings, profile = self.settings, self.settings.profile
        dials, name = settings.services[service.name], settings.names.service(service.name)
        expected = expectation_of(settings, service, version)
        pin = dials.pinned
        image = Image(
            name,
            ImageArgs(
                repository_name=name,
                repository_arn=repository.arn,
                repository_url=repository.url,
                version=version,
                digest=pin.digest if pin else None,
                build=os.path.relpath(PROJECT / dials.build) if dials.build else None,
            ),
            self.opts,
        )
        gates = self.gates(service, version, image)
        group = self.target_group(service, name)
        routing = self.routing(service, group)
        definition = self.task_definition(service, image, repository, gates)
        alarms = self.alarms(service, group, definition)
        running = Service(
            name,
            ServiceArgs(
                service_name=name,
                cluster_name=self.cluster.cluster_name,
                vpc_id=self.network.vpc_id,
                subnet_ids=self.network.private_subnet_ids,
                port=dials.port,
                egress_ports=service.egress_ports,
                desired_count=dials.desired_count,
                autoscaled=dials.scaling is not None,
                health_check_grace_period=service.health_check.grace_period,
                routing=routing,
                deployment=Deployment(
                    minimum_healthy_percent=profile.minimum_healthy_percent,
                    maximum_percent=profile.maximum_percent,
                    circuit_breaker=profile.circuit_breaker,
                    automatic_rollback=profile.automatic_rollback,
                    shifting=dials.shifting,
                    alarms=alarms.rollback if profile.rollback_alarms else (),
                ),
                release=Release(
                    version=version,
                    digest=image.digest,
                    task_definition_arn=definition.arn,
                    task_definition_content=definition.content,
                    needs=definition.policies,
                ),
                place=Place(account=settings.aws.account, region=settings.aws.region, role_arn=settings.aws.role_arn),
                gates=gates,
                verification=self.verification(service, routing) if profile.verifies else None,
                journal=pulumi.Output.format("s3://{0}/{1}{2}", self.journal.bucket, ATTEMPTS, service.name),
                attempt=dials.attempt,
                migration=migration_plan(service),
                kept_images=KeptImages(repository=name, releases=profile.kept_releases),
                patience=Patience(predicted=expected.predicted, limit=expected.limit),
            ),
            self.opts,
        )
        if dials.scaling is not None:
            self.autoscaling(name, dials.scaling, running, group)
        return running

    def autoscaling(self, name: str, scaling: ScalingDials, running: Service, group: TargetGroup) -> Autoscaling:
        """Who says how many tasks there are, where the stack file does not."""
        queue = scaling.queue
        return Autoscaling(
            name,
            AutoscalingArgs(
                cluster_name=self.cluster.cluster_name,
                service_name=running.service_name,
                minimum=scaling.min,
                maximum=scaling.max,
                load_balancer=self.load_balancer.metrics_name,
                target_groups=group.metrics_names,
                cpu=scaling.cpu,
                memory=scaling.memory,
                requests_per_task=scaling.requests_per_task,
                queue=Queue(name=queue.name, messages_per_task=queue.messages_per_task) if queue else None,
                steps=[Step(above=step.cpu_above, add=step.add) for step in scaling.steps],
                schedules=[
                    Schedule(name=one.name, when=one.when, time_zone=one.time_zone, minimum=one.min, maximum=one.max)
                    for one in scaling.schedules
                ],
            ),
            self.opts,
        )

    def verification(self, service: ServiceDefinition, routing: Routing) -> Verification:
        """What is compared with the time before, once a release runs."""
        settings = self.settings
        deployed = [one for one in CATALOGUE if settings.services[one.name].version is not None]

        def rendered(known: Sequence[str]) -> str:
            *groups, balancer = known
            request = request_of(
                service,
                settings.names,
                deployed,
                target_group_arns=groups,
                load_balancer=balancer,
                base_url=settings.load_balancer.url or "",
            )
            return json.dumps(request.to_json(), sort_keys=True)

        known = pulumi.Output.all(
            routing.target_group_arn, routing.alternate_target_group_arn, self.load_balancer.metrics_name
        )
        return Verification(
            request=known.apply(rendered),
            on_failure=settings.profile.on_failed_verification,
        )

    def alarms(self, service: ServiceDefinition, group: TargetGroup, definition: TaskDefinition) -> ServiceAlarms:
        """What watches the service."""
        settings, name = self.settings, self.settings.names.service(service.name)
        return ServiceAlarms(
            name,
            ServiceAlarmsArgs(
                service_name=name,
                cluster_name=settings.names.cluster,
                load_balancer=self.load_balancer.metrics_name,
                target_groups=group.metrics_names,
                log_group=definition.log_group,
                bounds=service.alarms,
                topic_arn=self.alerts.arn,
                pages=settings.profile.pages,
                runbooks=settings.alerts.runbooks,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
            ),
            self.opts,
        )

    def target_group(self, service: ServiceDefinition, name: str) -> TargetGroup:
        """Where the service's tasks take traffic."""
        check = service.health_check
        return TargetGroup(
            name,
            TargetGroupArgs(
                vpc_id=self.network.vpc_id,
                health_path=check.path,
                interval=check.interval,
                timeout=check.timeout,
                healthy_threshold=check.healthy_threshold,
                unhealthy_threshold=check.unhealthy_threshold,
                deregistration_delay=service.deregistration_delay,
            ),
            self.opts,
        )

    def routing(self, service: ServiceDefinition, group: TargetGroup) -> Routing:
        """The way from the load balancer to the service's tasks."""
        return Routing(
            listener_arn=self.load_balancer.listener_arn,
            load_balancer_security_group_id=self.load_balancer.security_group_id,
            target_group_arn=group.arn,
            alternate_target_group_arn=group.alternate_arn,
            shifting_role_arn=self.load_balancer.shifting_role_arn,
            needs=[self.load_balancer],
            paths=service.paths,
            priority=service.priority,
        )

    def task_definition(
        self, service: ServiceDefinition, image: Image, repository: Repository, gates: Gates
    ) -> TaskDefinition:
        """What is to run: the image, and the task definition around it."""
        settings, dials = self.settings, self.settings.services[service.name]
        name, pin = settings.names.service(service.name), dials.pinned
        return TaskDefinition(
            name,
            TaskDefinitionArgs(
                family=name,
                image=image.reference,
                repository_arn=repository.arn,
                cpu=dials.cpu,
                memory=dials.memory,
                port=dials.port,
                user=service.user,
                environment=service.environment,
                secrets=[
                    ContainerSecret(
                        variable=secret.variable,
                        arn=secret_arn(secret.secret, pulumi.InvokeOptions(parent=image)),
                        json_key=secret.json_key,
                    )
                    for secret in service.secrets
                ],
                permissions=[
                    Permission(name=need.name, actions=need.actions, resources=need.resources)
                    for need in service.permissions
                ],
                stop_timeout=service.stop_timeout,
                log_group=settings.names.log_group(service.name),
                log_retention_days=settings.profile.log_retention_days,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
                gates=gates,
                pinned=PinnedRevision(revision=pin.revision, secrets=pin.secrets) if pin else None,
            ),
            self.opts,
        )


def main() -> None:
    """Composes the environment."""
    # The thousands of classes of pulumi_aws stay: looking through them for garbage is a twentieth of a preview.
    gc.set_threshold(GARBAGE_THRESHOLD)
    settings = settings_of_stack()
    provider = aws_provider(settings)
    opts = pulumi.ResourceOptions(providers=[provider, RolloutProvider("slipway"), *docker_providers(settings)])
    existing = existing_repositories(provider)
    platform = Platform(settings, provider, opts)
    repositories = {service.name: platform.repository(service, existing) for service in CATALOGUE}
    services: dict[str, dict[str, Any]] = {}
    for service in CATALOGUE:
        version = settings.services[service.name].version
        if version is not None:
            running = platform.service(service, repositories[service.name], version)
            services[service.name] = {
                "version": running.version,
                "digest": running.digest,
                "taskDefinition": running.task_definition,
                "repository": repositories[service.name].url,
            }
    pulumi.export("journal", platform.journal.bucket)
    pulumi.export("cluster", platform.cluster.cluster_name)
    pulumi.export("loadBalancer", platform.load_balancer.dns_name)
    pulumi.export("repositories", {name: repository.url for name, repository in repositories.items()})
    pulumi.export("services", services)


main()
