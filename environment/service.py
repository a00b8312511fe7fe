"""One service of an environment: everything that its version needs to run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence

import pulumi

from account.journal_store import ATTEMPTS
from components.autoscaling import Autoscaling, AutoscalingArgs, Queue, Schedule, Step
from components.containers import ContainerSecret
from components.gates import Gates, GatesArgs
from components.image import Image, ImageArgs
from components.migration import MigrationPlan
from components.permissions import Permission
from components.repository import Repository
from components.secrets import secret_arn
from components.service import Service
from components.service_alarms import ServiceAlarms, ServiceAlarmsArgs
from components.service_args import (
    Deployment,
    KeptImages,
    Patience,
    Place,
    Release,
    Routing,
    ServiceArgs,
    Verification,
)
from components.target_group import TargetGroup, TargetGroupArgs
from components.task_definition import PinnedRevision, TaskDefinition, TaskDefinitionArgs
from components.volumes import Mount, Volume
from environment.platform import Platform
from stacks import neighbours
from stacks.changelog_file import changelog_of
from stacks.rollout_model import expectation_of
from stacks.scaling import ScalingDials
from stacks.service_definition import ServiceDefinition
from stacks.verification import request_of


class ServiceOfPlatform:
    """Composes one service of the catalogue on what it shares with the others."""

    def __init__(self, platform: Platform, definition: ServiceDefinition, repository: Repository) -> None:
        settings = platform.settings
        self.platform = platform
        self.definition = definition
        self.repository = repository
        self.settings = settings
        self.profile = settings.profile
        self.dials = settings.services[definition.name]
        self.name = settings.names.service(definition.name)
        self.opts = platform.opts

    def deploy(self, version: str) -> Service:
        """The service at this version."""
        image = self._image(version)
        gates = self._gates(version, image)
        group = self._target_group()
        routing = self._routing(group)
        definition = self._task_definition(image, gates)
        alarms = self._alarms(group, definition)
        running = Service(
            self.name,
            ServiceArgs(
                service_name=self.name,
                cluster_name=self.platform.cluster.cluster_name,
                vpc_id=self.platform.network.vpc_id,
                subnet_ids=self.platform.network.private_subnet_ids,
                port=self.dials.port,
                egress_ports=self.definition.egress_ports,
                desired_count=self.dials.desired_count,
                autoscaled=self.dials.scaling is not None,
                capacity=self.dials.capacity.mix if self.dials.capacity else None,
                platform_version=self.definition.platform_version,
                execute_command=self.dials.exec,
                health_check_grace_period=self.definition.health_check.grace_period,
                routing=routing,
                deployment=self._deployment(alarms),
                release=Release(
                    version=version,
                    digest=image.digest,
                    task_definition_arn=definition.arn,
                    task_definition_content=definition.content,
                    needs=definition.policies,
                ),
                place=self._place(),
                gates=gates,
                verification=self._verification(routing) if self.profile.verifies else None,
                journal=pulumi.Output.format(
                    "s3://{0}/{1}{2}", self.platform.journal.bucket, ATTEMPTS, self.definition.name
                ),
                attempt=self.dials.attempt,
                migration=self._migration(),
                kept_images=KeptImages(repository=self.name, releases=self.profile.kept_releases),
                patience=self._patience(version),
            ),
            self.opts,
        )
        if self.dials.scaling is not None:
            self._autoscaling(self.dials.scaling, running, group)
        return running

    def _image(self, version: str) -> Image:
        pin, build = self.dials.pinned, self.dials.build
        return Image(
            self.name,
            ImageArgs(
                repository_name=self.name,
                repository_arn=self.repository.arn,
                repository_url=self.repository.url,
                version=version,
                digest=pin.digest if pin else None,
                build=os.path.relpath(self.platform.project / build) if build else None,
                architecture=self.definition.architecture,
            ),
            self.opts,
        )

    def _gates(self, version: str, image: Image) -> Gates:
        """What a release of the service must pass."""
        settings, project = self.settings, self.platform.project
        return Gates(
            self.name,
            GatesArgs(
                question=settings.question(
                    self.definition.name,
                    version,
                    neighbours.promotes_from(settings.environment, project),
                    changelog_of(self.definition, project),
                ),
                demands=settings.demands,
                digest=image.digest,
                journal=self.platform.journal.bucket,
                needs=[self.platform.journal],
                config=self.dials.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            ),
        )

    def _target_group(self) -> TargetGroup:
        """Where the service's tasks take traffic."""
        check = self.definition.health_check
        return TargetGroup(
            self.name,
            TargetGroupArgs(
                vpc_id=self.platform.network.vpc_id,
                health_path=check.path,
                interval=check.interval,
                timeout=check.timeout,
                healthy_threshold=check.healthy_threshold,
                unhealthy_threshold=check.unhealthy_threshold,
                deregistration_delay=self.definition.deregistration_delay,
            ),
            self.opts,
        )

    def _routing(self, group: TargetGroup) -> Routing:
        """The way from the load balancer to the service's tasks."""
        balancer = self.platform.load_balancer
        return Routing(
            listener_arn=balancer.listener_arn,
            load_balancer_security_group_id=balancer.security_group_id,
            target_group_arn=group.arn,
            alternate_target_group_arn=group.alternate_arn,
            shifting_role_arn=balancer.shifting_role_arn,
            needs=[balancer],
            paths=self.definition.paths,
            priority=self.definition.priority,
        )

    def _task_definition(self, image: Image, gates: Gates) -> TaskDefinition:
        """What is to run: the image, and the task definition around it."""
        settings, definition, dials = self.settings, self.definition, self.dials
        pin = dials.pinned
        return TaskDefinition(
            self.name,
            TaskDefinitionArgs(
                family=self.name,
                image=image.reference,
                repository_arn=self.repository.arn,
                cpu=dials.cpu,
                memory=dials.memory,
                port=dials.port,
                user=definition.user,
                environment=definition.environment,
                secrets=[
                    ContainerSecret(
                        variable=secret.variable,
                        arn=secret_arn(secret.secret, pulumi.InvokeOptions(parent=image)),
                        json_key=secret.json_key,
                    )
                    for secret in definition.secrets
                ],
                permissions=[
                    Permission(name=need.name, actions=need.actions, resources=need.resources)
                    for need in definition.permissions
                ],
                stop_timeout=definition.stop_timeout,
                architecture=definition.architecture,
                ephemeral_storage=dials.ephemeral_storage,
                ulimits=definition.ulimits,
                init=definition.init,
                volumes=[Volume(name=_volume_name(path)) for path in definition.scratch],
                mounts=[Mount(volume=_volume_name(path), path=path) for path in definition.scratch],
                sessions=self.platform.cluster.sessions if dials.exec else None,
                log_group=settings.names.log_group(definition.name),
                log_retention_days=self.profile.log_retention_days,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
                gates=gates,
                pinned=PinnedRevision(revision=pin.revision, secrets=pin.secrets) if pin else None,
            ),
            self.opts,
        )

    def _alarms(self, group: TargetGroup, definition: TaskDefinition) -> ServiceAlarms:
        """What watches the service."""
        settings = self.settings
        return ServiceAlarms(
            self.name,
            ServiceAlarmsArgs(
                service_name=self.name,
                cluster_name=settings.names.cluster,
                load_balancer=self.platform.load_balancer.metrics_name,
                target_groups=group.metrics_names,
                log_group=definition.log_group,
                bounds=self.definition.alarms,
                topic_arn=self.platform.alerts.arn,
                pages=self.profile.pages,
                runbooks=settings.alerts.runbooks,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
            ),
            self.opts,
        )

    def _deployment(self, alarms: ServiceAlarms) -> Deployment:
        """How a release replaces the one before."""
        profile = self.profile
        return Deployment(
            minimum_healthy_percent=profile.minimum_healthy_percent,
            maximum_percent=profile.maximum_percent,
            circuit_breaker=profile.circuit_breaker,
            automatic_rollback=profile.automatic_rollback,
            shifting=self.dials.shifting,
            alarms=alarms.rollback if profile.rollback_alarms else (),
            zone_rebalancing=self.dials.zone_rebalancing,
        )

    def _place(self) -> Place:
        aws = self.settings.aws
        return Place(account=aws.account, region=aws.region, role_arn=aws.role_arn)

    def _verification(self, routing: Routing) -> Verification:
        """What is compared with the time before, once a release runs."""
        settings = self.settings
        deployed = [one for one in self.platform.catalogue if settings.services[one.name].version is not None]

        def rendered(known: Sequence[str]) -> str:
            *groups, balancer = known
            request = request_of(
                self.definition,
                settings.names,
                deployed,
                target_group_arns=groups,
                load_balancer=balancer,
                base_url=settings.load_balancer.url or "",
            )
            return json.dumps(request.to_json(), sort_keys=True)

        known = pulumi.Output.all(
            routing.target_group_arn, routing.alternate_target_group_arn, self.platform.load_balancer.metrics_name
        )
        return Verification(request=known.apply(rendered), on_failure=self.profile.on_failed_verification)

    def _migration(self) -> MigrationPlan | None:
        """What the service's releases run before they get traffic."""
        migration = self.definition.migration
        if migration is None:
            return None
        return MigrationPlan(command=migration.command, timeout=migration.timeout, irreversible=migration.irreversible)

    def _patience(self, version: str) -> Patience:
        expected = expectation_of(self.settings, self.definition, version)
        return Patience(predicted=expected.predicted, limit=expected.limit)

    def _autoscaling(self, scaling: ScalingDials, running: Service, group: TargetGroup) -> Autoscaling:
        """Who says how many tasks there are, where the stack file does not."""
        queue = scaling.queue
        return Autoscaling(
            self.name,
            AutoscalingArgs(
                cluster_name=self.platform.cluster.cluster_name,
                service_name=running.service_name,
                minimum=scaling.min,
                maximum=scaling.max,
                load_balancer=self.platform.load_balancer.metrics_name,
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


def _volume_name(path: str) -> str:
    """`/var/cache/app` -> `scratch-var-cache-app`."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", f"scratch{path.rstrip('/')}")
