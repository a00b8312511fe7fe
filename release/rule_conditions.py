"""Which requests a listener rule takes: host names and paths, as an application load balancer matches them.

AWS: "HostHeaderConditionConfig", "PathPatternConditionConfig" (Elastic Load Balancing API reference), "Quotas for your
Application Load Balancers": documented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

MOST_VALUES: Final = 5
"""Hosts and paths of one rule together."""
LONGEST: Final = 128
_HOST: Final = re.compile(r"[A-Za-z0-9.*?-]*\.[A-Za-z*?]+")
_PATH: Final = re.compile(r"/[A-Za-z0-9_.$/~\"'@:+&*?-]*")


class ConditionError(ValueError):
    """A load balancer would refuse it; the message says what is wrong, and what is allowed."""


def check_hosts(hosts: Sequence[str]) -> None:
    """Does nothing for hosts that a rule takes, or for none; raises `ConditionError` for any other."""
    for host in hosts:
        if len(host) > LONGEST or not _HOST.fullmatch(host):
            raise ConditionError(
                f"{host!r} is no host name; write one of up to {LONGEST} characters like shop.example.com, without a "
                "port; * and ? stand for any text and any letter"
            )


def check_paths(paths: Sequence[str]) -> None:
    """Does nothing for paths that a rule takes; raises `ConditionError` for any other."""
    for path in paths:
        if len(path) > LONGEST or not _PATH.fullmatch(path):
            raise ConditionError(
                f"{path!r} is no path pattern; write one of up to {LONGEST} characters like /payments/*, without a "
                "query; * and ? stand for any text and any letter"
            )


def check_together(hosts: Sequence[str], paths: Sequence[str]) -> None:
    """Raises `ConditionError` where a rule has more of both than a load balancer takes."""
    if len(hosts) + len(paths) > MOST_VALUES:
        raise ConditionError(
            f"{len(hosts)} hosts and {len(paths)} paths; a rule has {MOST_VALUES} of both at most: use patterns"
        )
