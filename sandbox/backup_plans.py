"""What moto 5.2.5 does not know of AWS Backup: selections of a plan, changes of a plan, plans that are gone.

AWS Backup API reference: "CreateBackupSelection", "UpdateBackupPlan", "DeleteBackupPlan": documented. Nothing is backed
up in the sandbox.
"""

from __future__ import annotations

import json
import uuid
from copy import deepcopy
from typing import Any, Final

from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan
from moto.backup.responses import BackupResponse

_PLAN: Final = 3
_SELECTION: Final = 5
"""Where their ids stand in `/backup/plans/ID/selections/ID`, split at its slashes."""


def _backend(response: BackupResponse) -> BackupBackend:
    return response.backup_backend


def _selections(plan: Plan) -> dict[str, dict[str, Any]]:
    """Those of a plan, by their ids; kept with it."""
    kept: dict[str, dict[str, Any]] = vars(plan).setdefault("selections", {})
    return kept


def _plan(response: BackupResponse) -> Plan:
    return _backend(response).get_backup_plan(response.path.split("/")[_PLAN], None)


def create_backup_selection(response: BackupResponse) -> str:
    """Say what a plan backs up."""
    plan, params = _plan(response), json.loads(response.body)
    made = {
        "SelectionId": str(uuid.uuid4()),
        "BackupPlanId": plan.backup_plan_id,
        "CreationDate": plan.creation_date,
        "BackupSelection": params["BackupSelection"],
    }
    _selections(plan)[made["SelectionId"]] = made
    return json.dumps({name: value for name, value in made.items() if name != "BackupSelection"})


def get_backup_selection(response: BackupResponse) -> str:
    """What was said."""
    return json.dumps(_selection(response))


def delete_backup_selection(response: BackupResponse) -> str:
    """Back it up no more."""
    found = _selection(response)
    del _selections(_plan(response))[found["SelectionId"]]
    return "{}"


def list_backup_selections(response: BackupResponse) -> str:
    """The selections of a plan."""
    found = [
        {
            **{name: value for name, value in one.items() if name != "BackupSelection"},
            "SelectionName": one["BackupSelection"]["SelectionName"],
            "IamRoleArn": one["BackupSelection"]["IamRoleArn"],
        }
        for one in _selections(_plan(response)).values()
    ]
    return json.dumps({"BackupSelectionsList": found})


def update_backup_plan(response: BackupResponse) -> str:
    """A plan's rules change in place, as a new version of it."""
    plan = _plan(response)
    new = Plan(deepcopy(json.loads(response.body)["BackupPlan"]), plan.creator_request_id, _backend(response))
    plan.backup_plan, plan.version_id = new.backup_plan, new.version_id
    plan.advanced_backup_settings = new.advanced_backup_settings
    return json.dumps(plan.to_dict())


def _selection(response: BackupResponse) -> dict[str, Any]:
    identifier = response.path.split("/")[_SELECTION]
    found = _selections(_plan(response)).get(identifier)
    if found is None:
        raise ResourceNotFoundException(msg=f"Cannot find Backup selection with id {identifier}")  # words: assumed
    return found


_delete: Final = BackupBackend.delete_backup_plan


def _delete_plan(backend: BackupBackend, backup_plan_id: str) -> tuple[str, str, float, str]:
    """A plan that is deleted is gone, and one that still selects something is not deleted."""
    plan = backend.plans.get(backup_plan_id)
    if plan is not None and _selections(plan):
        raise InvalidRequestException(
            msg="Related backup plan selections must be deleted prior to backup plan deletion"
        )
    answer: tuple[str, str, float, str] = _delete(backend, backup_plan_id)
    del backend.plans[backup_plan_id]
    return answer


def apply() -> None:
    """Teach moto, once, before it serves."""
    for operation in (
        create_backup_selection,
        get_backup_selection,
        delete_backup_selection,
        list_backup_selections,
        update_backup_plan,
    ):
        setattr(BackupResponse, operation.__name__, operation)
    setattr(BackupBackend, "delete_backup_plan", _delete_plan)  # noqa: B010 - moto is untyped here
