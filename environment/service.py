"""One service of an environment: everything that its version needs to run."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import pulumi

from account.journal_store import ATTEMPTS
from components.calls import Callee
from components.gates import Gates, GatesArgs
from components.hook_role import HookRole, HookRoleArgs
from components.image import Image, ImageArgs
from components.migration import MigrationPlan
from components.repository import Repository
from components.secrets import find_secret
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
from components.service_dashboard import ServiceDashboard, ServiceDashboardArgs
from components.stack_dashboard import ShownService
from components.target_group import TargetGroup, TargetGroupArgs
from components.task_definition import PinnedRevision, TaskDefinition, TaskDefinitionArgs
from environment.adopted import keep_rules
from environment.connect import connect_of, named_port_of
from environment.dashboards import service_dashboard_name, stack_dashboard_name
from environment.platform import Platform
from environment.platform_reference import PlatformReference
from environment.references import parameters_of, permissions_of, resources_of, secrets_of
from environment.scaling import scale
from environment.scheduled import schedule_commands
from environment.shared_files import FilesOfService, files_of
from environment.sidecars import log_routing_of, sidecars_of
from environment.volumes import mounts_of, volumes_of
from environment.work_queue import QueueOfService
from release.lifecycle_hooks import FunctionHook, PauseHook
from stacks import neighbours
from stacks.changelog_file import changelog_of
from stacks.dials import ServiceDials
from stacks.rollout_model import expectation_of
from stacks.service_definition import ServiceDefinition
from stacks.verification import request_of


class ServiceOfPlatform:
    """Composes one service of the catalogue on what it shares with the others."""

    shown: ShownService
    """How the page of all services shows it, once it is deployed."""

    def __init__(
        self,
        platform: Platform | PlatformReference,
        definition: ServiceDefinition,
        repository: Repository,
        calls: Sequence[Callee] = (),
        deployed_first: Sequence[pulumi.Resource] = (),
    ) -> None:
        """`calls`: whom it calls; `deployed_first`: what must be verified to run before it."""
        settings = platform.settings
        self.platform = platform
        self.definition = definition
        self.repository = repository
        self.calls = calls
        self.deployed_first = deployed_first
        self.settings = settings
        self.profile = settings.profile
        self.dials = settings.services[definition.name]
        self.name = settings.names.service(definition.name)
        self.opts = platform.opts

    def deploy(self, version: str) -> Service:
        """The service at this version."""
        image = self._image(version)
        gates = self._gates(version, image)
        group = self._target_group() if self.definition.routed else None
        routing = self._routing(group) if group else None
        if group:
            keep_rules(self.settings, self.definition.name, group.arn, pulumi.ResourceOptions(parent=group))
        queue = QueueOfService(self.platform, self.name, self.definition.queue, pulumi.InvokeOptions(parent=image))
        files = files_of(self.platform, self.definition)
        definition = self._task_definition(image, gates, queue, files)
        alarms = self._alarms(group, definition, queue)
        running = Service(
            self.name,
            ServiceArgs(
                service_name=self.name,
                cluster_name=self.platform.cluster.cluster_name,
                vpc_id=self.platform.network.vpc_id,
                subnet_ids=self.platform.network.private_subnet_ids,
                port=self.dials.port,
                egress_ports=self.definition.egress_ports,
                calls=[*self.calls, *files.callees],
                connect=connect_of(self.platform, self.definition, definition.log_group),
                desired_count=self.dials.desired_count,
                autoscaled=self.dials.scaling is not None,
                capacity=self.dials.capacity.mix if self.dials.capacity else None,
                platform_version=self.definition.platform_version,
                execute_command=self.dials.exec,
                health_check_grace_period=self.definition.health_check.grace_period if routing else None,
                routing=routing,
                deployment=self._deployment(alarms),
                release=Release(
                    version=version,
                    digest=image.digest,
                    task_definition_arn=definition.arn,
                    task_definition_content=definition.content,
                    needs=[*definition.policies, *files.ready, *self.deployed_first],
                ),
                place=self._place(),
                gates=gates,
                verification=self._verification(routing) if self.profile.verifies else None,
                journal=pulumi.Output.format(
                    "s3://{0}/{1}{2}", self.platform.journal.bucket, ATTEMPTS, self.definition.name
                ),
                attempt=self.dials.attempt,
                migration=self._migration(),
                kept_images=KeptImages(
                    repository=self.settings.names.repository(self.definition.name),
                    releases=self.profile.kept_releases,
                ),
                patience=self._patience(version),
            ),
            self.opts,
        )
        self.shown = self._dashboard(group, definition, alarms, queue)
        if self.dials.scaling is not None:
            named = {"cluster_name": self.platform.cluster.cluster_name, "service_name": running.service_name}
            scale(self.name, self.dials.scaling, {**named, **self._called(group)}, queue.name, self.opts)
        schedule_commands(self.platform, self.definition, definition, running)
        return running

    def _image(self, version: str) -> Image:
        pin, build = self.dials.pinned, self.dials.build
        return Image(
            self.name,
            ImageArgs(
                repository_name=self.settings.names.repository(self.definition.name),
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
                needs=self.platform.before_release,
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
                protocol=self.definition.protocol,
                traffic=self.definition.traffic,
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
            needs=self.platform.before_traffic,
            paths=self.definition.paths,
            hosts=self.definition.hosts,
            priority=self.definition.priority or 0,  # never 0: stacks/catalogue_check.py
            test_listener_arn=self.platform.test_listener_arn,
        )

    def _task_definition(
        self, image: Image, gates: Gates, queue: QueueOfService, files: FilesOfService
    ) -> TaskDefinition:
        """What is to run: the image, and the task definition around it."""
        settings, definition, dials = self.settings, self.definition, self.dials
        asking = pulumi.InvokeOptions(parent=image)
        return TaskDefinition(
            self.name,
            TaskDefinitionArgs(
                family=self.name,
                image=image.reference,
                repository_arn=self.repository.arn,
                cpu=dials.cpu,
                memory=dials.memory,
                port=dials.port,
                named_port=named_port_of(self.platform, definition),
                user=definition.user,
                environment={**definition.environment, **queue.variables},
                not_secret=definition.not_secret,
                secrets=[
                    *secrets_of(definition.secrets, asking),
                    *parameters_of(definition.parameters, settings, asking),
                ],
                permissions=permissions_of(definition.permissions),
                reads=resources_of(definition.reads, settings, asking),
                writes=resources_of(definition.writes, settings, asking),
                sends=resources_of(definition.sends, settings, asking),
                receives=[*resources_of(definition.receives, settings, asking), *queue.received],
                stop_timeout=definition.stop_timeout,
                architecture=definition.architecture,
                ephemeral_storage=dials.ephemeral_storage,
                ulimits=definition.ulimits,
                health_check=definition.container_check,
                init=definition.init,
                limits=definition.limits,
                volumes=[*volumes_of(definition.scratch), *files.volumes],
                mounts=[*mounts_of(definition.scratch), *files.mounts],
                sidecars=sidecars_of(definition, settings, asking),
                depends_on=definition.depends_on,
                log_routing=log_routing_of(definition, settings, asking),
                sessions=self.platform.cluster.sessions if dials.exec else None,
                log_group=settings.names.log_group(definition.name),
                log_retention_days=self.profile.log_retention_days,
                log_key_arn=self.platform.log_key_arn,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
                gates=gates,
                pinned=_pinned(dials, asking),
            ),
            self.opts,
        )

    def _called(self, group: TargetGroup | None) -> dict[str, Any]:
        """The names of what the load balancer measures of it, if anything."""
        if group is None:
            return {}
        return {"load_balancer": self.platform.load_balancer.metrics_name, "target_groups": group.metrics_names}

    def _alarms(self, group: TargetGroup | None, definition: TaskDefinition, queue: QueueOfService) -> ServiceAlarms:
        """What watches the service."""
        settings = self.settings
        return ServiceAlarms(
            self.name,
            ServiceAlarmsArgs(
                service_name=self.name,
                cluster_name=settings.names.cluster,
                **self._called(group),
                log_group=definition.log_group,
                bounds=self.definition.alarms,
                more_symptoms=queue.symptoms,
                topic_arn=self.platform.alerts.arn,
                events=self.platform.events,
                pages=self.profile.pages,
                runbooks=settings.alerts.runbooks,
                account=settings.aws.account,
                region=settings.aws.region,
                partition=settings.aws.partition,
            ),
            self.opts,
        )

    def _dashboard(
        self, group: TargetGroup | None, definition: TaskDefinition, alarms: ServiceAlarms, queue: QueueOfService
    ) -> ShownService:
        """Where people look at it."""
        settings = self.settings
        args = ServiceDashboardArgs(
            dashboard_name=service_dashboard_name(settings, self.name),
            service_name=self.name,
            cluster_name=settings.names.cluster,
            **self._called(group),
            log_group=definition.log_group,
            bounds=self.definition.alarms,
            alarms=[*alarms.arns, *queue.alarms],
            queue=queue.shown,
            events=self.platform.events,
            runbooks=settings.alerts.runbooks,
            overview=stack_dashboard_name(settings),
            account=settings.aws.account,
            region=settings.aws.region,
            partition=settings.aws.partition,
        )
        if self.profile.dashboards:
            ServiceDashboard(self.name, args, self.opts)
        return ShownService(
            service_name=self.name, dashboard_name=args.dashboard_name, measured=args.measured, unwell=alarms.unwell
        )

    def _deployment(self, alarms: ServiceAlarms) -> Deployment:
        """How a release replaces the one before."""
        profile, hooks = self.profile, self.dials.hooks_in_force
        return Deployment(
            minimum_healthy_percent=profile.minimum_healthy_percent,
            maximum_percent=profile.maximum_percent,
            circuit_breaker=profile.circuit_breaker,
            automatic_rollback=profile.automatic_rollback,
            shifting=self.dials.shifting,
            alarms=alarms.rollback if profile.rollback_alarms else (),
            hooks=hooks,
            hook_role_arn=self._hook_role(hooks),
            zone_rebalancing=self.dials.zone_rebalancing,
        )

    def _hook_role(self, hooks: Sequence[PauseHook | FunctionHook]) -> pulumi.Output[str] | None:
        """The role in which ECS asks the service's functions, once it may call them."""
        functions = [hook.function_arn for hook in hooks if isinstance(hook, FunctionHook)]
        if not functions:
            return None
        role = HookRole(self.name, HookRoleArgs(function_arns=functions), self.opts)
        return pulumi.Output.all(role.arn, role.policy.id).apply(lambda known: str(known[0]))

    def _place(self) -> Place:
        aws = self.settings.aws
        return Place(account=aws.account, region=aws.region, role_arn=aws.role_arn)

    def _verification(self, routing: Routing | None) -> Verification:
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
                base_url=settings.load_balancer.reached_at,
            )
            return json.dumps(request.to_json(), sort_keys=True)

        groups = [routing.target_group_arn, routing.alternate_target_group_arn] if routing else []
        known = pulumi.Output.all(*groups, self.platform.load_balancer.metrics_name if routing else "")
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


def _pinned(dials: ServiceDials, asking: pulumi.InvokeOptions) -> PinnedRevision | None:
    """The revision that a rollback went back to, and the keys of what it reads."""
    pin = dials.pinned
    if pin is None:
        return None
    keys = {find_secret(arn, asking).key_arn for arn in pin.secrets}
    return PinnedRevision(
        revision=pin.revision,
        secrets=pin.secrets,
        secret_keys=sorted(key for key in keys if key is not None),
        parameters=pin.parameters,
    )
