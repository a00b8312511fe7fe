"""EventBridge Scheduler: runs ECS tasks when their schedules come (AWS: "What is Amazon EventBridge Scheduler?").

moto keeps schedules; here they fire. A window of tolerance begins at its first moment, and what ECS refuses is a dead
letter at once, without the retries: nothing of the sandbox is refused by chance.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from moto.backends import get_backend
from moto.scheduler.models import scheduler_backends

from sandbox.aws_error import AwsError
from sandbox.caller import Caller
from sandbox.cloudwatch.metric import Metric, Place
from sandbox.eventbridge.schedule_times import next_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.clock import Clock
    from sandbox.cloudwatch.stored_metrics import StoredMetrics
    from sandbox.ecs.ports import Roles

    Json = dict[str, Any]

logger = logging.getLogger(__name__)

SERVICE: Final = "scheduler.amazonaws.com"
LONGEST_STARTED_BY: Final = 36
"""Characters of `chronos-schedule/NAME`: observed in tasks that Scheduler started."""
_TICK: Final = timedelta(microseconds=1)
_MINUTE: Final = 60


class _Due(NamedTuple):
    said: tuple[object, ...]
    """What the moment was computed from."""
    at: datetime | None


class Scheduler:
    """The schedules of all accounts and regions. ``written`` is set when moto keeps something new."""

    def __init__(
        self,
        run_task: Callable[[Caller, Json], Mapping[str, Any]],
        roles: Roles,
        metrics: StoredMetrics,
        clock: Clock,
    ) -> None:
        self.written = False
        self._run_task = run_task
        self._roles = roles
        self._metrics = metrics
        self._clock = clock
        self._due: dict[str, _Due] = {}
        for schedule in _schedules():  # from an earlier run: what was missed is not made up for
            self._plan(schedule, clock.now())

    def next_event_at(self) -> datetime | None:
        """When the next schedule comes."""
        return min((at for _, at in self._planned()), default=None)

    def advance(self, now: datetime) -> None:
        """Fire what is due by ``now``, each at most once."""
        for schedule, at in sorted(self._planned(), key=lambda one: one[1]):
            if at <= now:
                self._plan(schedule, now)
                self._fire(schedule)

    def _planned(self) -> list[tuple[Any, datetime]]:
        """The schedules that will come, and when. One that is new has no past; nor has one that was changed."""
        planned = []
        known = {schedule.arn: schedule for schedule in _schedules()}
        self._due = {arn: due for arn, due in self._due.items() if arn in known}
        for arn, schedule in known.items():
            due = self._due.get(arn)
            if due is None:
                self._plan(schedule, _created(schedule) - _TICK)
            elif due.said != _said(schedule):
                self._plan(schedule, self._clock.now())
            at = self._due[arn].at
            if at is not None and schedule.state != "DISABLED" and _within(schedule, at):
                planned.append((schedule, at))
        return planned

    def _plan(self, schedule: Any, after: datetime) -> None:  # noqa: ANN401 - moto's
        zone = schedule.schedule_expression_timezone
        try:
            at = next_time(schedule.schedule_expression, zone, _created(schedule), after)
        except (ValueError, KeyError, IndexError, TypeError):
            logger.warning("Scheduler: %s: %s in %s is understood by nobody here", *_said(schedule)[:3])
            at = None
        self._due[schedule.arn] = _Due(_said(schedule), at)

    def _fire(self, schedule: Any) -> None:  # noqa: ANN401 - moto's
        _, _, _, region, account, _ = schedule.arn.split(":", 5)
        self._count(schedule, "InvocationAttemptCount")
        target = schedule.target
        role = str(target["RoleArn"])
        caller = Caller(account, region, role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/"))
        try:
            if "EcsParameters" not in target:
                raise AwsError("NotImplemented", f"the sandbox runs tasks of ECS alone, not {target['Arn']}")  # noqa: TRY301 - told like ECS's
            if not self._roles.role_trusts(caller, role, SERVICE):
                raise AwsError("AccessDeniedException", f"{SERVICE} may not assume {role}")  # noqa: TRY301 - as above
            answer = self._run_task(caller, _request(schedule))
        except AwsError as refused:
            self._count(schedule, "InvocationDroppedCount")
            self._bury(schedule, refused)
            return
        for failure in answer.get("failures", ()):
            logger.warning("Scheduler: %s: ECS started no task: %s", schedule.arn, failure.get("reason"))

    def _count(self, schedule: Any, name: str) -> None:  # noqa: ANN401 - moto's
        """AWS: "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch": documented."""
        _, _, _, region, account, _ = schedule.arn.split(":", 5)
        now = int(self._clock.now().timestamp())
        metric = Metric.of("AWS/Scheduler", name, {"ScheduleGroup": schedule.group_name})
        self._metrics.add(Place(account, region), metric, "Count", now // _MINUTE * _MINUTE).add(1)
        self._metrics.flush(now)

    def _bury(self, schedule: Any, refused: AwsError) -> None:  # noqa: ANN401 - moto's
        """AWS: "Configuring a schedule's dead-letter queue": the attributes with these names: documented."""
        logger.warning("Scheduler: %s came to nothing: %s", schedule.arn, refused)
        arn = schedule.target.get("DeadLetterConfig", {}).get("Arn", "")
        _, _, _, region, account, name = (arn.split(":", 5) + [""] * 6)[:6]
        if not name or name not in get_backend("sqs")[account][region].queues:
            return
        facts = {
            "SCHEDULE_ARN": schedule.arn,
            "TARGET_ARN": schedule.target["Arn"],
            "ERROR_CODE": refused.code,
            "ERROR_MESSAGE": refused.message,
        }
        attributes = {fact: {"DataType": "String", "StringValue": value} for fact, value in facts.items()}
        text = schedule.target.get("Input") or "{}"
        get_backend("sqs")[account][region].send_message(name, text, message_attributes=attributes)
        self.written = True


def _schedules() -> Iterator[Any]:
    for regions in list(scheduler_backends.values()):
        for backend in list(regions.values()):
            for group in list(backend.schedule_groups.values()):
                yield from list(group.schedules.values())


def _said(schedule: Any) -> tuple[object, ...]:  # noqa: ANN401 - moto's
    when = (schedule.schedule_expression, schedule.schedule_expression_timezone)
    return (schedule.arn, *when, schedule.state, schedule.creation_date)


def _created(schedule: Any) -> datetime:  # noqa: ANN401 - moto's
    return datetime.fromtimestamp(float(schedule.creation_date), UTC)


def _within(schedule: Any, at: datetime) -> bool:  # noqa: ANN401 - moto's
    begin, end = (_moment(value) for value in (schedule.start_date, schedule.end_date))
    return (begin is None or at >= begin) and (end is None or at < end)


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 - moto keeps what was sent
    return None if value is None else datetime.fromtimestamp(float(value), UTC)


def _request(schedule: Any) -> Json:  # noqa: ANN401 - moto's
    """What Scheduler asks of ECS: the same words, as RunTask spells them."""
    told = schedule.target["EcsParameters"]
    request: Json = {
        "cluster": schedule.target["Arn"],
        "taskDefinition": told["TaskDefinitionArn"],
        "count": told.get("TaskCount", 1),
        "startedBy": f"chronos-schedule/{schedule.name}"[:LONGEST_STARTED_BY],
    }
    for name, theirs in (
        ("launchType", "LaunchType"),
        ("group", "Group"),
        ("platformVersion", "PlatformVersion"),
        ("propagateTags", "PropagateTags"),
        ("enableECSManagedTags", "EnableECSManagedTags"),
        ("enableExecuteCommand", "EnableExecuteCommand"),
    ):
        if theirs in told:
            request[name] = told[theirs]
    network = told.get("NetworkConfiguration", {}).get("awsvpcConfiguration")
    if network:
        placed = {f"{name[0].lower()}{name[1:]}": value for name, value in network.items()}
        request["networkConfiguration"] = {"awsvpcConfiguration": placed}
    if schedule.target.get("Input"):
        request["overrides"] = json.loads(schedule.target["Input"])
    return request
