"""What happens to a task of no service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollout import steps
from rollout.behaviour import Kind as Behaviour
from rollout.steps import Step
from rollout.timeline import STEP_KINDS
from sandbox.ecs import announcements, interfaces, task_course

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.ecs.task_record import LoneTask
    from sandbox.ecs.world import World


class LoneCourse:
    """Lets time pass for one task and writes down what happens."""

    def __init__(self, world: World, lone: LoneTask) -> None:
        self._world = world
        self._lone = lone

    def advance(self, now: datetime) -> None:
        """Let time pass until ``now``."""
        lone = self._lone
        while (at := lone.next_step_at()) is not None and at <= now:
            step = lone.plan[lone.next][1]
            lone.next += 1
            self._take(step, at)
            self._world.records.touch(lone)

    def stop(self, reason: str, now: datetime) -> None:
        """Tell the task to stop."""
        lone = self._lone
        if lone.task.desired_status == "STOPPED":
            return
        task_course.tell_to_stop(lone.task, "UserInitiated", reason, now)
        announcements.task_changed(self._world, lone.owner, lone.task, now)
        running = lone.task.last_status == "RUNNING"
        lone.plan, lone.begin, lone.next = steps.stopping(lone.revision, running=running, registered=False), now, 0
        self._world.records.touch(lone)
        self.advance(now)

    def _take(self, step: Step, at: datetime) -> None:
        lone = self._lone
        task, behaviour = lone.task, lone.revision.behaviour
        if step is Step.PULL_FAILED:
            task_course.fail_to_start(task, lone.start_failure, at)
        elif step is Step.EXITED:
            oom = behaviour.kind is Behaviour.OOM
            self._log(at, "killed: out of memory" if oom else f"exiting with code {behaviour.code}")
            task_course.end_by_itself(task, behaviour, at)
        elif step is Step.RUNNING:
            self._log(at, "started")
        elif step is Step.STOPPING:
            self._log(at, "received SIGTERM, shutting down")
        if step in STEP_KINDS:
            task_course.reach(task, STEP_KINDS[step], at)
        interfaces.follow(self._world, lone.owner, task)
        announcements.task_changed(self._world, lone.owner, task, at)

    def _log(self, at: datetime, text: str) -> None:
        log = task_course.Log(self._world.logs, self._lone.owner)
        task_course.log_line(log, self._lone.task, self._lone.definition, at, text)
