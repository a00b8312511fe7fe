"""The layout of the stored records: pickles hold the fields of their time, and cannot be read as others."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from hashlib import sha256

from rollout import alarms, batch, behaviour, deployment, revision, settings, shift, strategy
from rollout.service import Service
from sandbox.ecs import ports, records, service_record, task_record

_MODULES = (
    alarms,
    batch,
    behaviour,
    deployment,
    revision,
    settings,
    shift,
    strategy,
    ports,
    records,
    service_record,
    task_record,
)


def fingerprint() -> str:
    """Changes whenever a stored class gains or loses a field."""
    parts = [
        f"{name}: {', '.join(field.name for field in fields(kind))}"
        for module in _MODULES
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if is_dataclass(kind)
    ]
    service = Service(settings.Settings(desired_count=0), revision.Revision(name=""))
    parts += [f"{type(part).__name__}: {', '.join(vars(part))}" for part in (service, service.fleet)]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
