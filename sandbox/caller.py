"""Who makes a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """The identity behind a request, as its signature tells.

    ``account`` is the twelve-digit id, ``region`` the one the request was signed for, and ``arn`` what
    ``sts get-caller-identity`` would answer.
    """

    account: str
    region: str
    arn: str
