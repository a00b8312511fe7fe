"""The metrics that AWS's services send of an ECS service, from how it stands.

AWS: "Amazon ECS CloudWatch metrics", "Amazon ECS Container Insights metrics", "CloudWatch metrics for your Application
Load Balancer": names, dimensions and units are documented; how much CPU and memory a task uses is assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rollout.behaviour import Kind
from sandbox.cloudwatch.levels import Level, counted, gauge
from sandbox.cloudwatch.metric import Metric

if TYPE_CHECKING:
    from sandbox.cloudwatch.requests import GroupTraffic, Served, Traffic
    from sandbox.ecs.measured import ServiceFacts, TaskFacts

UNITS = {
    "CPUUtilization": "Percent",
    "MemoryUtilization": "Percent",
    "CpuUtilized": "None",
    "CpuReserved": "None",
    "MemoryUtilized": "Megabytes",
    "MemoryReserved": "Megabytes",
    "DesiredTaskCount": "Count",
    "RunningTaskCount": "Count",
    "PendingTaskCount": "Count",
    "DeploymentCount": "Count",
    "RequestCount": "Count",
    "RequestCountPerTarget": "Count",
    "HTTPCode_Target_2XX_Count": "Count",
    "HTTPCode_Target_5XX_Count": "Count",
    "HTTPCode_ELB_5XX_Count": "Count",
    "HTTPCode_ELB_503_Count": "Count",
    "TargetResponseTime": "Seconds",
    "HealthyHostCount": "Count",
    "UnHealthyHostCount": "Count",
}
"""The unit of each metric that follows from services."""

_IDLE_CPU = 0.01
_CPU_OF_A_REQUEST = 0.01
"""vCPU seconds."""
_MEMORY, _MEMORY_BEFORE_OOM = 30.0, 95.0
"""Percent."""
_RESPONSE_TIME = 0.05
"""Seconds, of an image that names no latency."""
_VCPU = 1024

Found = Iterator[tuple[Metric, Level]]


def levels(service: ServiceFacts, traffic: Traffic) -> Found:
    """All metrics of a service; a metric may come several times, for parts of it that add up."""
    yield from _utilization(service, traffic)
    if service.insights:
        yield from _insights(service, traffic)
    for group in traffic.groups:
        if ":loadbalancer/app/" in group.load_balancer:
            yield from _load_balancing(group)


def added(found: Found) -> dict[Metric, Level]:
    """The levels with their parts put together."""
    parts: dict[Metric, Counter[float]] = {}
    for metric, level in found:
        sums = parts.setdefault(metric, Counter())
        for value, a_second in level:
            sums[value] += a_second  # type: ignore[assignment] # a Counter takes any number
    return {metric: tuple(sorted(sums.items())) for metric, sums in parts.items()}


def _utilization(service: ServiceFacts, traffic: Traffic) -> Found:
    """Of tasks in RUNNING, each measured once a minute: documented."""
    metric = _of_service("AWS/ECS", service)
    for task in _running(service):
        yield metric("CPUUtilization"), gauge(_cpu(task, traffic) / task.cpu * 100)
        yield metric("MemoryUtilization"), gauge(_memory(task))


def _insights(service: ServiceFacts, traffic: Traffic) -> Found:
    metric, tasks = _of_service("ECS/ContainerInsights", service), _running(service)
    yield metric("DesiredTaskCount"), gauge(service.desired)
    yield metric("RunningTaskCount"), gauge(service.running)
    yield metric("PendingTaskCount"), gauge(service.pending)
    yield metric("DeploymentCount"), gauge(service.deployments)
    if tasks:
        yield metric("CpuUtilized"), gauge(round(sum(_cpu(task, traffic) for task in tasks), 3))
        yield metric("CpuReserved"), gauge(sum(task.cpu for task in tasks))
        yield metric("MemoryUtilized"), gauge(round(sum(_memory(task) / 100 * task.memory for task in tasks), 3))
        yield metric("MemoryReserved"), gauge(sum(task.memory for task in tasks))


def _load_balancing(group: GroupTraffic) -> Found:
    """Requests count only where a target was chosen; a count of nothing is not sent: documented."""
    balancer = {"LoadBalancer": group.load_balancer.partition(":loadbalancer/")[2]}
    target = {"TargetGroup": group.group.rpartition(":")[2]}
    hosts = group.healthy + group.unhealthy
    for dimensions in (balancer, balancer | target):
        yield from _requests(group.served, dimensions)
    for dimensions in (target, balancer | target):
        share = group.rate / (group.healthy or group.unhealthy or 1)
        yield _load_balancer("RequestCountPerTarget", dimensions), counted(share)
    if hosts:
        yield _load_balancer("HealthyHostCount", balancer | target), gauge(group.healthy)
        yield _load_balancer("UnHealthyHostCount", balancer | target), gauge(group.unhealthy)
    for name in ("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count"):
        yield _load_balancer(name, balancer), counted(group.refused)


def _requests(served: Sequence[Served], dimensions: dict[str, str]) -> Found:
    for task, rate, failing in served:
        yield _load_balancer("RequestCount", dimensions), counted(rate)
        yield _load_balancer("HTTPCode_Target_2XX_Count", dimensions), counted(rate - failing)
        yield _load_balancer("HTTPCode_Target_5XX_Count", dimensions), counted(failing)
        yield _load_balancer("TargetResponseTime", dimensions), ((task.behaviour.latency or _RESPONSE_TIME, rate),)


def _load_balancer(name: str, dimensions: dict[str, str]) -> Metric:
    return Metric.of("AWS/ApplicationELB", name, dimensions)


def _of_service(namespace: str, service: ServiceFacts) -> Callable[[str], Metric]:
    dimensions = {"ClusterName": service.cluster, "ServiceName": service.name}
    return lambda name: Metric.of(namespace, name, dimensions)


def _running(service: ServiceFacts) -> list[TaskFacts]:
    return [task for task in service.tasks if task.status == "RUNNING"]


def _cpu(task: TaskFacts, traffic: Traffic) -> float:
    """CPU units in use: what its requests need, and a little."""
    served = traffic.by_task.get(task.id)
    wanted = (_IDLE_CPU + _CPU_OF_A_REQUEST * (served.rate if served else 0)) * _VCPU
    return min(task.cpu, round(wanted, 3))


def _memory(task: TaskFacts) -> float:
    return _MEMORY_BEFORE_OOM if task.behaviour.kind is Kind.OOM else _MEMORY
