"""What every operation of the control plane works with: the clock, the ports, the records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.ecs.arns import Place

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.caller import Caller
    from sandbox.ecs.ports import (
        Alarms,
        Clock,
        Events,
        Functions,
        Images,
        LoadBalancers,
        Logs,
        Networks,
        Roles,
        Secrets,
        ServiceRegistries,
    )
    from sandbox.ecs.records import Holdings, Records


@dataclass(frozen=True)
class World:
    """The control plane's surroundings."""

    clock: Clock
    records: Records
    images: Images
    logs: Logs
    network: Networks
    load_balancers: LoadBalancers
    roles: Roles
    alarms: Alarms
    registries: ServiceRegistries
    events: Events
    functions: Functions
    secrets: Secrets

    def now(self) -> datetime:
        """Sandbox time."""
        return self.clock.now()

    def holdings(self, caller: Caller) -> Holdings:
        """What the caller's account has in the caller's region."""
        return self.records.holdings(Place(caller.account, caller.region))
