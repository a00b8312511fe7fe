"""What can be measured of services: the facts that their metrics follow from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rollout.behaviour import Behaviour

if TYPE_CHECKING:
    from sandbox.caller import Caller
    from sandbox.ecs.records import Holdings
    from sandbox.ecs.service_record import ServiceRecord
    from sandbox.ecs.task_record import TaskRecord

    Json = dict[str, Any]

_PENDING = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})


@dataclass(frozen=True)
class TaskFacts:
    """A task that has not stopped."""

    id: str
    status: str
    behaviour: Behaviour
    cpu: float
    """CPU units, 1024 of which are a vCPU."""
    memory: float
    """MiB."""
    targets: tuple[tuple[str, str], ...]
    """Target group and the target's state."""


@dataclass(frozen=True)
class ServiceFacts:
    """A service as it stands."""

    owner: Caller
    cluster: str
    insights: bool
    """Whether the cluster has Container Insights."""
    name: str
    desired: int
    deployments: int
    tasks: tuple[TaskFacts, ...]
    groups: frozenset[str]
    """Its target groups."""
    production: frozenset[str]
    """The listener rules that ECS sends production traffic by, where the service names them."""

    @property
    def key(self) -> tuple[str, ...]:
        """What names it."""
        return (self.owner.account, self.owner.region, self.cluster, self.name)

    @property
    def running(self) -> int:
        """Tasks in RUNNING."""
        return sum(task.status == "RUNNING" for task in self.tasks)

    @property
    def pending(self) -> int:
        """Tasks on their way there."""
        return sum(task.status in _PENDING for task in self.tasks)


def services(holdings: Holdings) -> list[ServiceFacts]:
    """The services of a place that are there."""
    return [_facts(holdings, record) for record in holdings.services.values() if record.status != "INACTIVE"]


def _facts(holdings: Holdings, record: ServiceRecord) -> ServiceFacts:
    cluster = holdings.clusters[record.cluster].body
    insights = any(
        setting["name"] == "containerInsights" and setting["value"] != "disabled"
        for setting in cluster.get("settings") or []
    )
    balancers = record.config.get("loadBalancers") or []
    advanced = [balancer.get("advancedConfiguration") or {} for balancer in balancers]
    groups = [balancer.get("targetGroupArn") for balancer in balancers]
    groups += [each.get("alternateTargetGroupArn") for each in advanced]
    return ServiceFacts(
        owner=record.created_by,
        cluster=record.cluster,
        insights=insights,
        name=record.name,
        desired=record.model.settings.desired_count,
        deployments=len(record.live_deployments()),
        tasks=tuple(_task(record, task) for task in record.tasks.values() if task.last_status != "STOPPED"),
        groups=frozenset(group for group in groups if group),
        production=frozenset(rule for each in advanced if (rule := each.get("productionListenerRule"))),
    )


def _task(record: ServiceRecord, task: TaskRecord) -> TaskFacts:
    return TaskFacts(
        id=task.id,
        status=task.last_status,
        behaviour=record.deployments[task.deployment].behaviour,
        cpu=float(task.cpu),
        memory=float(task.memory),
        targets=tuple((target.group, target.state) for target in task.targets),
    )
