"""Reads one service's state out of ECS and the load balancer into plain facts: AWS's shapes end here.

Deployments are found by the task definition of the revision they bring (AWS: "View service history using Amazon ECS
service deployments"): a release is its own task definition revision.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from account.aws_faults import AwsFault
from account.aws_time import time_of
from provider import evidence
from provider.facts import Deployment, ServiceFacts, StoppedTask, Target, Task
from provider.production_traffic import read_shares
from provider.stopped_tasks import stopped_tasks, without_logs
from release.deployment_status import DeploymentStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from account.session import AwsSession
    from provider.verdict import Release

REVISIONS_A_CALL: Final = 20
"""AWS: "DescribeServiceRevisions" and "DescribeServiceDeployments" take up to 20 ARNs."""
TASKS_A_CALL: Final = 100
"""AWS: "DescribeTasks"."""
NO_SUCH_SERVICE: Final = frozenset({"ClusterNotFoundException", "ServiceNotFoundException"})
"""AWS: "ListServiceDeployments" for a service or a cluster that does not exist."""
DEPLOYMENTS_LOOKED_AT: Final = 100
"""How far back the deployment of a release is searched; ECS keeps them for 90 days."""


class ServiceReader:
    """Looks at one service for one release. Task definitions of revisions never change, so they are asked for once."""

    def __init__(self, session: AwsSession, cluster: str, release: Release) -> None:
        self._session = session
        self._cluster = cluster
        self._release = release
        self._task_definitions: dict[str, str] = {}

    def read(self) -> ServiceFacts | None:
        """One look, or None when there is no such service (any more). One that drains is being deleted.

        The deployments are read before the service: a deployment that has ended then has left its mark on it. The other
        way round the service could still name a revision that ECS had taken back by the time of the second answer.
        """
        try:
            own, latest = self._deployments()
        except AwsFault as fault:
            if fault.code in NO_SUCH_SERVICE:
                return None
            raise
        answer = self._ecs("describe_services", cluster=self._cluster, services=[self._release.service])
        service = next((service for service in answer["services"] if service["status"] == "ACTIVE"), None)
        if service is None:
            return None
        facts = ServiceFacts(
            service=service["serviceName"],
            desired=service["desiredCount"],
            running=service["runningCount"],
            task_definition=_current_task_definition(service),
            now=time_of(answer),
            settled=_is_settled(service),
            own=own,
            latest=latest,
            tasks=tuple(_task(task) for task in self._tasks("RUNNING")),
            targets=tuple(self._targets(_alternates(service))),
            shares=tuple(read_shares(self._session, service)),
        )
        if own and own.status.abandoned:
            return self._with_evidence(facts, service, own)
        if own and (not own.status.ended or not self._release.target_groups):
            return replace(facts, stopped=without_logs(self._own_stopped()))
        return facts

    def stop(self, deployment: str) -> None:
        """Stops the service deployment and goes back to the revision before. Raises `AwsFault` where ECS refuses.

        AWS: "StopServiceDeployment": ROLLBACK is the only stop type that ECS takes, whether or not the service is
        configured to roll back: documented. ABORT stands in the API's model, but is not allowed.
        """
        self._ecs("stop_service_deployment", serviceDeploymentArn=deployment, stopType="ROLLBACK")

    def start(self) -> None:
        """Makes ECS deploy the release, even where it deployed the same before and gave it up."""
        self._ecs(
            "update_service",
            cluster=self._cluster,
            service=self._release.service,
            taskDefinition=self._release.task_definition,
            forceNewDeployment=True,
        )

    def _with_evidence(self, facts: ServiceFacts, service: dict[str, Any], own: Deployment) -> ServiceFacts:
        return replace(
            facts,
            stopped=self._stopped(),
            check=evidence.health_check(self._session, service, self._release.target_groups),
            alarms=evidence.alarms(self._session, own.triggered_alarms),
            trouble=evidence.trouble(service),
        )

    def _deployments(self) -> tuple[Deployment | None, Deployment | None]:
        """The newest deployment of the requested task definition, and the newest of all."""
        briefs = self._newest_briefs()
        mine = self._of_this_attempt(briefs)
        latest = None
        for start in range(0, len(briefs), REVISIONS_A_CALL):
            chunk = briefs[start : start + REVISIONS_A_CALL]
            self._learn_task_definitions([brief["targetServiceRevisionArn"] for brief in chunk])
            for brief in chunk:
                latest = latest or brief
                wanted = self._target_of(brief) == self._release.task_definition
                if wanted and brief["serviceDeploymentArn"] in mine:
                    return self._describe(brief), self._describe(latest)
        return None, self._describe(latest) if latest else None

    def _newest_briefs(self) -> list[dict[str, Any]]:
        briefs: list[dict[str, Any]] = []
        for page in self._pages(
            "list_service_deployments", cluster=self._cluster, service=self._release.service, maxResults=100
        ):
            briefs += page["serviceDeployments"]
        briefs.sort(key=lambda brief: brief["createdAt"], reverse=True)
        return briefs[:DEPLOYMENTS_LOOKED_AT]

    def _of_this_attempt(self, briefs: list[dict[str, Any]]) -> set[str]:
        """ARNs of the deployments that came after those before the attempt."""
        arns = [str(brief["serviceDeploymentArn"]) for brief in briefs]
        after = self._release.after
        return set(arns[: arns.index(after)]) if after in arns else set(arns)

    def _learn_task_definitions(self, revisions: Sequence[str]) -> None:
        unknown = [arn for arn in dict.fromkeys(revisions) if arn not in self._task_definitions]
        if unknown:
            answer = self._ecs("describe_service_revisions", serviceRevisionArns=unknown)
            for revision in answer["serviceRevisions"]:
                self._task_definitions[revision["serviceRevisionArn"]] = revision["taskDefinition"]

    def _target_of(self, brief: dict[str, Any]) -> str:
        return self._task_definitions.get(brief["targetServiceRevisionArn"], "")

    def _describe(self, brief: dict[str, Any]) -> Deployment:
        arn = brief["serviceDeploymentArn"]
        found = self._ecs("describe_service_deployments", serviceDeploymentArns=[arn])["serviceDeployments"]
        whole = found[0] if found else {}
        return Deployment(
            arn=arn,
            status=DeploymentStatus(whole.get("status", brief["status"])),
            task_definition=self._target_of(brief),
            created_at=brief["createdAt"],
            reason=whole.get("statusReason", brief.get("statusReason", "")),
            rollback_reason=whole.get("rollback", {}).get("reason", ""),
            breaker_triggered=whole.get("deploymentCircuitBreaker", {}).get("status") == "TRIGGERED",
            triggered_alarms=tuple(whole.get("alarms", {}).get("triggeredAlarmNames", ())),
            updated_at=whole.get("updatedAt"),
            stage=whole.get("lifecycleStage", ""),
            traffic=whole.get("targetServiceRevision", {}).get("requestedProductionTrafficWeight"),
            bake_minutes=whole.get("deploymentConfiguration", {}).get("bakeTimeInMinutes", 0),
            sources=len(whole.get("sourceServiceRevisions", ())),
            paused_at=_paused_at(whole),
        )

    def _tasks(self, desired_status: str) -> Iterator[dict[str, Any]]:
        for page in self._pages(
            "list_tasks", cluster=self._cluster, serviceName=self._release.service, desiredStatus=desired_status
        ):
            for start in range(0, len(page["taskArns"]), TASKS_A_CALL):
                arns = page["taskArns"][start : start + TASKS_A_CALL]
                yield from self._ecs("describe_tasks", cluster=self._cluster, tasks=arns)["tasks"]

    def _stopped(self) -> tuple[StoppedTask, ...]:
        return stopped_tasks(self._session, self._own_stopped())

    def _own_stopped(self) -> list[dict[str, Any]]:
        return [task for task in self._tasks("STOPPED") if task["taskDefinitionArn"] == self._release.task_definition]

    def _targets(self, alternates: dict[str, str]) -> Iterator[Target]:
        """The targets of each group and of its alternate, which the release may be in as well: they count as one."""
        for group in self._release.target_groups:
            for arn in dict.fromkeys((group, alternates.get(group, group))):
                answer = self._session.call("elbv2", "describe_target_health", TargetGroupArn=arn)
                for described in answer["TargetHealthDescriptions"]:
                    health = described["TargetHealth"]
                    yield Target(
                        group=group,
                        address=described["Target"]["Id"],
                        state=health["State"],
                        reason=health.get("Description") or health.get("Reason", ""),
                        member_of=arn,
                    )

    def _ecs(self, operation: str, /, **params: object) -> dict[str, Any]:
        return self._session.call("ecs", operation, **params)

    def _pages(self, operation: str, /, **params: object) -> Iterator[dict[str, Any]]:
        page = self._ecs(operation, **params)
        yield page
        while page.get("nextToken"):
            page = self._ecs(operation, **params, nextToken=page["nextToken"])
            yield page


def _primary(service: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next((one for one in service.get("deployments", ()) if one["status"] == "PRIMARY"), {})
    return found


def _current_task_definition(service: dict[str, Any]) -> str:
    return str(_primary(service).get("taskDefinition", service["taskDefinition"]))


def _is_settled(service: dict[str, Any]) -> bool:
    """A drained deployment disappears from the list; `rolloutState` is missing for strategies other than rolling."""
    deployments = [one for one in service.get("deployments", ()) if one["status"] != "INACTIVE"]
    return len(deployments) <= 1 and _primary(service).get("rolloutState", "COMPLETED") == "COMPLETED"


def _alternates(service: dict[str, Any]) -> dict[str, str]:
    """The other target group of each pair that traffic is shifted between (AWS: "AdvancedConfiguration")."""
    return {
        balancer["targetGroupArn"]: balancer["advancedConfiguration"]["alternateTargetGroupArn"]
        for balancer in service.get("loadBalancers", ())
        if balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
    }


def _paused_at(deployment: dict[str, Any]) -> str:
    """AWS: "Pause hooks for Amazon ECS service deployments"."""
    hooks = deployment.get("lifecycleHookDetails", ())
    return str(deployment.get("lifecycleStage", "")) if any(h["status"] == "AWAITING_ACTION" for h in hooks) else ""


def _task(task: dict[str, Any]) -> Task:
    return Task(
        id=task["taskArn"].rsplit("/", 1)[-1],
        task_definition=task["taskDefinitionArn"],
        running=task.get("lastStatus") == "RUNNING",
        address=_address(task),
        digests=frozenset(digest for container in task.get("containers", ()) for digest in _digests(container)),
        health=task.get("healthStatus", "UNKNOWN"),
        started_at=task.get("startedAt"),
    )


def _address(task: dict[str, Any]) -> str:
    for attachment in task.get("attachments", ()):
        for detail in attachment.get("details", ()):
            if detail.get("name") == "privateIPv4Address":
                return str(detail["value"])
    return ""


def _digests(container: dict[str, Any]) -> Iterator[str]:
    """The digest that was pulled; and, once it was, the one that was asked for: of an image index, ECS may report
    the manifest for the task's platform, whose digest differs from the index's."""
    if container.get("imageDigest"):
        yield container["imageDigest"]
        _, pinned, digest = container.get("image", "").partition("@")
        if pinned:
            yield digest
