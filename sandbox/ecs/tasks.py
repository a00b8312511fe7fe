"""Tasks (AWS: "Running Amazon ECS tasks")."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rollout import steps
from rollout.timeline import Cause
from sandbox.aws_error import AwsError
from sandbox.ecs import announcements, clusters, interfaces, refusals, run_config, services, task_definitions
from sandbox.ecs.arns import hexadecimal, last_part, task_id
from sandbox.ecs.launching import choose_subnet, free_addresses, make_task
from sandbox.ecs.lone_course import LoneCourse
from sandbox.ecs.pages import page
from sandbox.ecs.profile import one_off, profile
from sandbox.ecs.service_config import ConfigCheck, network_configuration
from sandbox.ecs.service_course import ServiceCourse
from sandbox.ecs.tags import checked
from sandbox.ecs.task_record import LoneTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.ecs.ports import SubnetFacts
    from sandbox.ecs.records import ClusterRecord, Holdings
    from sandbox.ecs.service_record import ServiceRecord
    from sandbox.ecs.task_record import TaskRecord
    from sandbox.ecs.world import World

    Json = dict[str, Any]

_MOST_RUN = 10
_MOST_DESCRIBED = 100


class Tasks:
    """The operations on tasks."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handlers(self) -> Mapping[str, Callable[[Caller, Json], Json]]:
        """Operations by name."""
        return {
            "RunTask": self.run_task,
            "StopTask": self.stop_task,
            "ListTasks": self.list_tasks,
            "DescribeTasks": self.describe_tasks,
        }

    def list_tasks(self, caller: Caller, params: Json) -> Json:
        """ARNs by cluster, service, family, starter and desired status, which is RUNNING unless said otherwise."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        _check_filters(params)
        service = services.find(holdings, cluster, params["serviceName"]) if params.get("serviceName") else None
        wanted = params.get("desiredStatus", "RUNNING")
        if params.get("containerInstance") or params.get("launchType", "FARGATE") != "FARGATE":
            return {"taskArns": []}
        tasks = [
            task
            for owner, task in _tasks(holdings, cluster)
            if (service is None or owner is service)
            and task.desired_status == wanted
            and params.get("startedBy") in {None, task.started_by}
            and params.get("family") in {None, last_part(task.task_definition).partition(":")[0]}
        ]
        return page([task.arn for task in tasks], params, "taskArns")

    def describe_tasks(self, caller: Caller, params: Json) -> Json:
        """Tasks by id or ARN; unknown ones are failures with the reason MISSING."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        if not 1 <= len(params["tasks"]) <= _MOST_DESCRIBED:
            raise refusals.invalid(f"Tasks must have from 1 to {_MOST_DESCRIBED} members, got {len(params['tasks'])}.")
        known = {task.id: task for _, task in _tasks(holdings, cluster)}
        found, failures = [], []
        for name in params["tasks"]:
            task = known.get(task_id(clusters.name_in(cluster, "task", name)))
            if task is None:
                arn = name if name.startswith("arn:") else holdings.place.arn(f"task/{cluster.name}/{name}")
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(task.describe(with_tags="TAGS" in (params.get("include") or ())))
        return {"tasks": found, "failures": failures}

    def stop_task(self, caller: Caller, params: Json) -> Json:
        """Stop one task; a service's scheduler replaces it (AWS: "StopTask")."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        identifier = task_id(clusters.name_in(cluster, "task", params["task"]))
        reason = params.get("reason", "Task stopped by user")
        lone = holdings.lone_tasks.get(identifier)
        if lone and lone.cluster == cluster.name:
            LoneCourse(self._world, lone).stop(reason, self._world.now())
            return {"task": lone.task.describe(with_tags=True)}
        for record in holdings.services.values():
            for number, task in record.tasks.items():
                if record.cluster == cluster.name and task.id == identifier:
                    self._stop_service_task(record, number, reason)
                    return {"task": task.describe(with_tags=True)}
        raise refusals.invalid("The referenced task was not found.")

    def run_task(self, caller: Caller, params: Json) -> Json:
        """Run tasks of no service (AWS: "RunTask")."""
        holdings = self._world.holdings(caller)
        cluster = clusters.find(holdings, params.get("cluster"))
        count = params.get("count", 1)
        if not 1 <= count <= _MOST_RUN:
            raise refusals.invalid(f"count must be from 1 to {_MOST_RUN}, got {count}.")
        token = params.get("clientToken")
        repeated = [one.task for one in holdings.lone_tasks.values() if token and one.client_token == token]
        if repeated:
            return {"tasks": [task.describe(with_tags=True) for task in repeated], "failures": []}
        definition = self._definition(holdings, params)
        run_config.check(self._world, caller, params, definition, cluster)
        missing = count - self._addresses(caller, params)
        if self._subnets(caller, params) and missing > 0:
            failure = {"arn": definition["taskDefinitionArn"], "reason": "RESOURCE:ENI"}
            return {"tasks": [], "failures": [failure] * missing}
        params = params | {"tags": checked(params.get("tags"))}
        tasks = [self._run(caller, cluster, definition, params, number) for number in range(count)]
        return {"tasks": [task.describe(with_tags=True) for task in tasks], "failures": []}

    def _addresses(self, caller: Caller, params: Json) -> int:
        """Free addresses in the subnets that tasks are to run in (AWS: "API failure reasons", RESOURCE:ENI).

        Documented of container instances, assumed of Fargate; so is that none runs unless all can.
        """
        return sum(free_addresses(self._world.holdings(caller), subnet) for subnet in self._subnets(caller, params))

    def _subnets(self, caller: Caller, params: Json) -> list[SubnetFacts]:
        names = params.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", [])
        return [facts for name in names if (facts := self._world.network.subnet(caller, name))]

    def _stop_service_task(self, record: ServiceRecord, number: int, reason: str) -> None:
        record.model.advance(record.at(self._world.now()))
        record.tasks[number].stopped_reason = record.tasks[number].stopped_reason or reason
        record.model.stop_task(number, Cause.USER)
        ServiceCourse(self._world, record).absorb()

    def _definition(self, holdings: Holdings, params: Json) -> Json:
        found = task_definitions.find(holdings, params["taskDefinition"])
        if found is None:
            raise refusals.client("TaskDefinition not found.")
        if found.body["status"] != "ACTIVE":
            raise refusals.client("TaskDefinition is inactive")
        names = {container["name"] for container in found.body["containerDefinitions"]}
        for override in params.get("overrides", {}).get("containerOverrides", []):
            if override.get("name") not in names:
                raise refusals.invalid(
                    f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
                )
        if "FARGATE" not in found.body["compatibilities"]:
            raise refusals.client("Task definition does not support launch_type FARGATE.")
        return run_config.overridden(found.body | {"tags": found.tags}, params.get("overrides", {}))

    def _run(self, caller: Caller, cluster: ClusterRecord, definition: Json, params: Json, number: int) -> TaskRecord:
        holdings = self._world.holdings(caller)
        config: Json = {}
        if params.get("networkConfiguration"):
            config["networkConfiguration"] = network_configuration(params["networkConfiguration"])
        ConfigCheck(self._world, caller).check_network(config, definition)
        subnets = [subnet for subnet in self._subnets(caller, params) if free_addresses(holdings, subnet)]
        now, overrides = self._world.now(), params.get("overrides", {})
        found = profile(self._world, caller, definition, (), {})
        behaviour = found.revision.behaviour
        if any(override.get("command") for override in overrides.get("containerOverrides", [])):
            behaviour = one_off(behaviour)
        task = make_task(
            holdings,
            identifier=hexadecimal(32, cluster.arn, now, len(holdings.lone_tasks), number),
            cluster=cluster.name,
            definition=definition,
            digests=found.digests,
            subnet=choose_subnet(subnets, [lone.task for lone in holdings.lone_tasks.values()]),
            security_groups=params["networkConfiguration"]["awsvpcConfiguration"].get("securityGroups", []),
            group=params.get("group") or f"family:{definition['family']}",
            started_by=params.get("startedBy"),
            now=now,
        )
        task.tags = run_config.tags(params, definition, cluster)
        task.capacity_provider = run_config.capacity_provider(params, cluster)
        task.overrides = overrides
        task.enable_execute_command = bool(params.get("enableExecuteCommand"))
        revision = replace(found.revision, behaviour=behaviour)
        lone = LoneTask(holdings.place, cluster.name, caller, task, definition, revision, now)
        lone.plan, lone.start_failure = steps.starting(revision, 0), found.start_failure
        lone.client_token = params.get("clientToken")
        holdings.lone_tasks[task.id] = lone
        interfaces.follow(self._world, caller, task)
        announcements.task_changed(self._world, caller, task, now)
        self._world.records.touch(lone)
        return task


def _check_filters(params: Json) -> None:
    """AWS: "ListTasks" (ECS API reference), startedBy: documented.

    A family or a status beside it is let pass: clients send them (assumed to work on AWS).
    """
    for name in ("serviceName", "containerInstance"):
        if params.get("startedBy") and params.get(name):
            raise refusals.invalid(f"startedBy must be the only filter, got {name} too.")
    if params.get("daemonName"):
        raise AwsError("UnsupportedFeatureException", "The Slipway sandbox does not know daemons.")


def _tasks(holdings: Holdings, cluster: ClusterRecord) -> list[tuple[Any, TaskRecord]]:
    """(service or None, task) of all tasks of the cluster."""
    of_services = [
        (record, task)
        for record in holdings.services.values()
        if record.cluster == cluster.name
        for task in record.tasks.values()
    ]
    lone = [(None, one.task) for one in holdings.lone_tasks.values() if one.cluster == cluster.name]
    return [*of_services, *lone]
