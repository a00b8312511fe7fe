"""Passwords for ``docker login``, which end after twelve hours of sandbox time.

ECR user guide: "Private registry authentication in Amazon ECR": documented.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.store import Store

_LIFE = timedelta(hours=12)
_KEY = "registry-secret"


class ExpiredError(Exception):
    """It was a password once."""


class UnknownError(Exception):
    """It never was one of this sandbox."""


class Tokens:
    """Issues and checks passwords; they are signed, and need not be stored."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._clock = clock
        known = store.get(_KEY)
        self._secret = known if isinstance(known, bytes) else secrets.token_bytes(32)
        if known is None:
            store.put(_KEY, self._secret)

    def issue(self, account: str) -> tuple[str, datetime]:
        """A password, and when it ends."""
        ends = (self._clock.now() + _LIFE).replace(microsecond=0)
        words = f"{account}.{int(ends.timestamp())}"
        return base64.urlsafe_b64encode(f"{words}.{self._sign(words)}".encode()).decode(), ends

    def check(self, password: str) -> None:
        """Raise ExpiredError or UnknownError, unless the password is good."""
        try:
            words, _, signature = base64.urlsafe_b64decode(password.encode()).decode().rpartition(".")
            ends = datetime.fromtimestamp(int(words.partition(".")[2]), UTC)
        except ValueError:
            raise UnknownError from None
        if not hmac.compare_digest(signature.encode(), self._sign(words).encode()):
            raise UnknownError
        if ends <= self._clock.now():
            raise ExpiredError

    def _sign(self, words: str) -> str:
        return hmac.new(self._secret, words.encode(), hashlib.sha256).hexdigest()
