"""EventBridge for events that the sandbox's own services send (AWS: "Amazon EventBridge rules"): documented."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from sandbox.eventbridge.target_input import received
from sandbox.eventbridge.targets import Arn, Targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.caller import Caller
    from sandbox.ecs.ports import Logs

    Json = dict[str, Any]

logger = logging.getLogger(__name__)

_OTHER_BUS = "event-bus/"


class MotoEvents:
    """The default buses of all accounts. ``written`` is set when something was delivered, and never reset here."""

    def __init__(self, logs: Logs) -> None:
        self.written = False
        self._targets = Targets(logs)

    def put(self, caller: Caller, event: Json) -> None:
        """Hand an event to the targets of the enabled rules whose pattern it matches.

        The caller's account and region say which bus it is. A target that cannot be reached loses the event, unless it
        has a dead-letter queue, and the sandbox's log says why.
        """
        for rule in self._matching(caller.account, caller.region, "default", event):
            self._serve(rule, event, may_forward=True)

    def _matching(self, account: str, region: str, bus: str, event: Any) -> Iterator[Any]:  # noqa: ANN401 - moto's type
        found = get_backend("events")[account][region].event_buses.get(bus)
        for rule in list(found.rules.values()) if found else []:
            if rule.state == "ENABLED" and rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(event):
                yield rule

    def _serve(self, rule: Any, event: Json, *, may_forward: bool) -> None:  # noqa: ANN401 - moto's rule
        known = {"Arn": rule.arn, "Name": rule.name}
        for target in rule.targets:
            arn = Arn.of(target["Arn"])
            if arn.service == "events" and arn.resource.startswith(_OTHER_BUS):
                self._forward(arn, event, may_forward=may_forward)
                continue
            text = received(target, known, event)
            failure = self._targets.deliver(target, text, datetime.fromisoformat(event["time"]))
            if failure is None or self._targets.bury(target, text, failure, rule.arn):
                self.written = True
            else:
                logger.warning(
                    "EventBridge: rule %s, target %s: not delivered: %s", rule.name, target["Arn"], failure.message
                )

    def _forward(self, arn: Arn, event: Json, *, may_forward: bool) -> None:
        """AWS: "Sending and receiving events between AWS accounts in Amazon EventBridge": from the second bus an event
        goes to no third one: documented.
        """
        if may_forward:
            bus = arn.resource.removeprefix(_OTHER_BUS)
            for rule in self._matching(arn.account, arn.region, bus, event):
                self._serve(rule, event, may_forward=False)
