"""How many requests a second users send to services behind a load balancer: a setting, as there are no users."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.store import Store

DEFAULT = 10.0
"""Requests a second to each service."""
_KEY = "cloudwatch/traffic"
_MOST = 1e6


class TrafficSettings:
    """By account and service name; a service without a setting gets the default."""

    def __init__(self, store: Store) -> None:
        self._store = store
        found = store.get(_KEY)
        self._rates: dict[tuple[str, str], float] = found if isinstance(found, dict) else {}

    def rate(self, account: str, service: str) -> float:
        """Requests a second."""
        return self._rates.get((account, service), DEFAULT)

    def set(self, account: str, service: str, rate: float) -> None:
        """From now on so many; raises ValueError, worded for people."""
        if not (math.isfinite(rate) and 0 <= rate <= _MOST):
            raise ValueError(f"traffic must be from 0 to {_MOST:g} requests a second, got {rate:g}")
        self._rates[account, service] = rate
        self._store.put(_KEY, self._rates)

    def shown(self, account: str) -> dict[str, float]:
        """The settings of an account, by service."""
        return {service: rate for (where, service), rate in sorted(self._rates.items()) if where == account}
