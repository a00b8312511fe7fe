"""Everything of one sandbox, put together: what is stored, what answers, what lets time pass."""

from __future__ import annotations

import os
import threading
import uuid
from typing import TYPE_CHECKING, Any, Protocol

from moto.backends import get_backend

from sandbox import (
    accounts,
    aws_protocols,
    ec2_refusals,
    elb_refusals,
    handmade_requests,
    identity,
    managed_policies,
    moto_app,
    moto_time,
    scaling_targets,
    stored_layout,
)
from sandbox.admin import Admin
from sandbox.api_calls import ApiCalls
from sandbox.application import Application
from sandbox.assume_role import AssumeRole
from sandbox.clock import Clock
from sandbox.cloudwatch import layout
from sandbox.cloudwatch.levels import Levels
from sandbox.cloudwatch.measuring import Measuring
from sandbox.cloudwatch.metric_filters import MetricFilters
from sandbox.cloudwatch.metrics import Metrics
from sandbox.cloudwatch.queue_levels import QueueLevels
from sandbox.cloudwatch.service import CloudWatch
from sandbox.cloudwatch.stored_metrics import StoredMetrics
from sandbox.cloudwatch.traffic_settings import DEFAULT, TrafficSettings
from sandbox.ecr.service import Ecr
from sandbox.ecs.control_plane import ControlPlane
from sandbox.eventbridge.bus import MotoEvents
from sandbox.eventbridge.scheduler import Scheduler
from sandbox.json_service import JsonService
from sandbox.moto_state import MotoState
from sandbox.pace import Pace
from sandbox.ports.alarms import CloudWatchAlarms
from sandbox.ports.functions import MotoFunctions
from sandbox.ports.images import RegistryImages
from sandbox.ports.load_balancers import MotoLoadBalancers
from sandbox.ports.logs import MotoLogs
from sandbox.ports.networks import MotoNetworks
from sandbox.ports.notifications import AlarmEvents, MotoNotifications
from sandbox.ports.roles import MotoRoles
from sandbox.ports.secrets import MotoSecrets
from sandbox.ports.service_registries import MotoServiceRegistries
from sandbox.registry.blobs import Blobs
from sandbox.registry.http_api import RegistryApi
from sandbox.registry.registry import Registry
from sandbox.registry.tokens import Tokens
from sandbox.store import Store
from sandbox.summary import summarise
from sandbox.target_health import DescribeTargetHealth
from sandbox.ticker import Ticker
from sandbox.time_control import TimeControl
from sandbox.together import Together
from sandbox.worlds import Worlds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_STATE_ID = "state-id"


class _Writing(Protocol):
    """What changes moto's memory beside requests."""

    written: bool


class Machine:
    """One sandbox in memory. ``lock`` is held round everything that reads or changes AWS's state.

    ``address`` is ``127.0.0.1:<port>``, known once the server is bound.
    """

    def __init__(self, directory: Path, speed: float) -> None:
        self.directory = directory
        self.address = ""
        self.lock = threading.RLock()
        self.store = Store(directory / "state.sqlite")
        self.clock = Clock(self.store, speed)
        moto_time.follow(self.clock.now)
        self.state_id = self._state_id()
        self._moto_state = MotoState(self.store)
        self._moto_state.restore()
        self.engineer = identity.seed(self.store)
        self.registry = Registry(self.store, Blobs(directory / "registry"), self.clock)
        load_balancers = MotoLoadBalancers()
        logs, registries, networks = MotoLogs(), MotoServiceRegistries(), MotoNetworks()
        events, notifications = MotoEvents(logs), MotoNotifications()
        self._writing: tuple[_Writing, ...] = (logs, registries, events, load_balancers, networks, notifications)
        stored_layout.check(self.store, "cloudwatch", layout.fingerprint())
        metrics = Metrics(StoredMetrics(self.store), Levels(self.store))
        filters = MetricFilters(logs, metrics.stored, self.clock)
        logs.hear = filters.hear
        self.cloudwatch = CloudWatch(metrics, self.clock, self.store, notifications, AlarmEvents(events))
        self.ecs = ControlPlane(
            clock=self.clock,
            store=self.store,
            images=RegistryImages(self.registry),
            logs=logs,
            network=networks,
            load_balancers=load_balancers,
            roles=MotoRoles(),
            secrets=MotoSecrets(),
            alarms=CloudWatchAlarms(self.cloudwatch.alarms),
            registries=registries,
            events=events,
            functions=MotoFunctions(),
        )
        scheduler = Scheduler(self.ecs.handlers["RunTask"], MotoRoles(), metrics.stored, self.clock)
        self._writing = (*self._writing, scheduler)
        tokens = Tokens(self.store, self.clock)
        ecr = Ecr(self.registry, self.clock, tokens, lambda: self.address)
        self._traffic = TrafficSettings(self.store)
        self._measuring = Measuring(self.ecs, load_balancers, self._traffic, metrics.levels)
        self.cloudwatch.also_each_minute(self._measuring)
        self.cloudwatch.also_each_minute(QueueLevels(metrics.stored))
        self.time = Worlds([Together(self.ecs, self._measuring.measure, self.cloudwatch), ecr.expiry, scheduler])
        self._pace = Pace(self.time, self.clock)
        self.ticker = Ticker(self.time, self.clock, self._pace, self.lock, self._save_what_happened)
        self._time = TimeControl(self.time, self.clock, self.lock, self.save)
        self._calls = ApiCalls()
        self.application = Application(
            lock=self.lock,
            calls=self._calls,
            moto=moto_app.make(),
            pace=self._pace,
            changed=self._has_written,
            save=self.save,
            services={
                "ecs": JsonService("ecs", self.ecs.handlers),
                "ecr": JsonService("ecr", ecr.handlers),
            },
            preparations={
                "iam": managed_policies.Provide(),
                elb_refusals.SERVICE: elb_refusals.Refuse(),
                "application-autoscaling": scaling_targets.LookInEcs(self.ecs),
            },
            overrides={
                **aws_protocols.overrides("cloudwatch", self.cloudwatch.handlers, "ValidationError"),
                ("logs", "PutMetricFilter"): filters.check,
                ("logs", "PutLogEvents"): filters.overhear,
                **ec2_refusals.OVERRIDES,
                ("sts", "AssumeRole"): AssumeRole(),
                ("elasticloadbalancing", "DescribeTargetHealth"): DescribeTargetHealth(self.ecs, load_balancers),
            },
            registry=RegistryApi(self.registry, tokens, self.lock),
            admin=Admin(self._admin_handlers()),
        )
        self._save_moto()

    def save(self) -> None:
        """Store what a request changed, before it is answered, and let the ticker look at it."""
        self._measuring.measure(self.clock.now())
        self._save_moto()
        self.ticker.wake()

    def warm_up(self) -> None:
        """Load what the first requests of everyone need and what takes a while to import."""
        for service in ("ec2", "elbv2", "logs", "secretsmanager"):
            get_backend(service)

    def close(self) -> None:
        """Stop for good: what is being answered is finished, nothing after it begins."""
        self.ticker.stop()
        self.lock.acquire()  # and never released
        self._save_moto()
        self.clock.stop()
        self.store.close()

    def _has_written(self) -> bool:
        return any(port.written for port in self._writing)

    def _save_what_happened(self) -> None:
        """An alarm that was evaluated and has not turned leaves moto's memory as it was."""
        if self._has_written():
            self._save_moto()

    def _save_moto(self) -> None:
        for port in self._writing:
            port.written = False
        self._moto_state.save()

    def _state_id(self) -> str:
        """A name for this state, new when the folder is."""
        known = self.store.get(_STATE_ID)
        if isinstance(known, str):
            return known
        made = uuid.uuid4().hex[:12]
        self.store.put(_STATE_ID, made)
        return made

    def _admin_handlers(self) -> dict[tuple[str, str], Any]:
        return {
            ("GET", "/_sandbox/health"): lambda _: self.health(),
            ("GET", "/_sandbox/summary"): lambda _: self._summary(),
            ("GET", "/_sandbox/clock"): lambda _: self._time.show(),
            ("POST", "/_sandbox/clock"): self._time.change,
            ("GET", "/_sandbox/traffic"): lambda _: self._show_traffic(),
            ("POST", "/_sandbox/traffic"): self._set_traffic,
            ("GET", "/_sandbox/calls"): lambda _: self._calls.told(),
            ("POST", "/_sandbox/calls/forget"): lambda _: self._calls.forget(),
            ("POST", "/_sandbox/image"): lambda body: handmade_requests.make(self.registry, self.lock, body),
        }

    def health(self) -> Mapping[str, Any]:
        """That this process serves this folder."""
        return {
            "pid": os.getpid(),
            "directory": str(self.directory),
            "speed": self.clock.speed,
            "paused": self.clock.paused,
            "behind": self.clock.behind.total_seconds(),
            "now": self.clock.now().isoformat(timespec="seconds"),
            "accounts": {account.name: account.id for account in (accounts.IDENTITY, *accounts.ENVIRONMENTS)},
        }

    def _summary(self) -> Mapping[str, Any]:
        with self.lock, self._pace.standing():
            self._pace.catch_up()
            return {**self.health(), "environments": summarise(self.ecs, self.registry)}

    def _show_traffic(self) -> Mapping[str, Any]:
        """Requests a second: the default, and the services with a number of their own by environment."""
        with self.lock:
            shown = {account.name: self._traffic.shown(account.id) for account in accounts.ENVIRONMENTS}
            return {"default": DEFAULT, "environments": shown}

    def _set_traffic(self, body: dict[str, Any]) -> Mapping[str, Any]:
        account = next(account for account in accounts.ENVIRONMENTS if account.name == body["environment"])
        with self.lock, self._pace.standing():
            self._pace.catch_up()
            self._traffic.set(account.id, str(body["service"]), float(body["rate"]))
            self.save()
        return self._show_traffic()
