"""Whether stored records can be read: pickles hold the fields of their time, and cannot be read as others."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Protocol

from sandbox.sandbox_error import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Store(Protocol):
    """Keys and values that survive the process."""

    def get(self, key: str) -> object | None:
        """The value under ``key``, or None."""

    def put_pickled(self, values: Mapping[str, bytes]) -> None:
        """Write values that are pickled already."""

    def keys(self, prefix: str) -> Iterable[str]:
        """All keys that begin with ``prefix``."""


def check(store: Store, service: str, layout: str) -> None:
    """Raise SandboxError if the records of ``service``, under ``<service>/``, have another layout than this one.

    A store without any gets this layout.
    """
    key = f"{service}-layout"
    known = store.get(key)
    if known is None and not any(store.keys(f"{service}/")):
        store.put_pickled({key: pickle.dumps(layout)})
    elif known != layout:
        raise SandboxError(
            f"the sandbox's state in it was written by another version of Slipway, whose {service} records this one "
            "cannot read: remove this folder and start the sandbox again"
        )
