"""CloudWatch's stored records are read only as what they were written as."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox.cloudwatch import layout
from sandbox.machine import Machine
from sandbox.sandbox_error import SandboxError
from sandbox.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stored_class_with_another_field_is_another_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    before = layout.fingerprint()
    assert layout.fingerprint() == before
    monkeypatch.setattr(layout, "Item", make_dataclass("Item", ["place", "body", "more"]))
    assert layout.fingerprint() != before


@pytest.mark.parametrize("known", ["of old", None])
def test_state_of_another_layout_is_refused_before_it_is_read_with_what_to_do(
    tmp_path: Path, known: str | None
) -> None:
    store = Store(tmp_path / "state.sqlite")
    store.put_pickled({"cloudwatch/alarm/1": b"not even a pickle"})
    if known:
        store.put("cloudwatch-layout", known)
    store.close()
    with pytest.raises(SandboxError, match=r"whose cloudwatch records this one cannot read: remove this folder"):
        Machine(tmp_path, 1)
