"""Lambda: who may invoke a function."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final

from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation
from sandbox.standins.aws.values import Properties


def _add(s: Situation) -> dict[str, Any]:
    s.p["statementId"] = s.p.get("statementId") or f"terraform-{uuid.uuid4().hex}"
    given = {"Action": "action", "Principal": "principal", "SourceAccount": "sourceAccount", "SourceArn": "sourceArn"}
    return s.call(
        "lambda",
        "AddPermission",
        FunctionName=s.p["function"],
        StatementId=s.p["statementId"],
        Qualifier=s.p.get("qualifier"),
        **{api: s.p.get(name) for api, name in given.items()},
    )


def _find(s: Situation) -> dict[str, Any] | None:
    """A permission is a statement of the function's policy."""
    answer = s.call("lambda", "GetPolicy", FunctionName=s.p["function"], Qualifier=s.p.get("qualifier"))
    statements = json.loads(answer["Policy"])["Statement"]
    return next((dict(one) for one in statements if one["Sid"] == s.p["id"]), None)


def _principal(_: Situation, item: dict[str, Any]) -> str:
    said = item["Principal"]
    return str(said if isinstance(said, str) else next(iter(said.values())))


def _condition(operator: str, key: str) -> Any:  # noqa: ANN401 - a function for the table
    def read(_: Situation, item: dict[str, Any]) -> str | None:
        found = (item.get("Condition") or {}).get(operator) or {}
        return next((value for name, value in found.items() if name.lower() == key), None)

    return read


def _import(given: str, _aws: Aws) -> Properties:
    function, _, statement = given.rpartition("/")
    if not function:
        raise Fault(f"unexpected format of ID ({given}), expected FUNCTION_NAME/STATEMENT_ID")
    return {"id": statement, "function": function, "statementId": statement}


_WHERE: Final = {"FunctionName": lambda p: p["function"], "Qualifier": lambda p: p.get("qualifier")}

PERMISSION = ResourceType(
    token="aws:lambda/permission:Permission",
    noun="Lambda Permission",
    service="lambda",
    create=_add,
    id=lambda s, _: str(s.p["statementId"]),
    read=_find,
    delete=Call("RemovePermission", also={**_WHERE, "StatementId": lambda p: p["id"]}),
    outputs={
        "function": lambda s, _: s.p["function"],
        "statementId": "Sid",
        "action": "Action",
        "principal": _principal,
        "sourceArn": _condition("ArnLike", "aws:sourcearn"),
        "sourceAccount": _condition("StringEquals", "aws:sourceaccount"),
    },
    force_new="action function principal qualifier sourceAccount sourceArn statementId",
    computed="statementId",
    not_imitated="eventSourceToken functionUrlAuthType invokedViaFunctionUrl principalOrgId statementIdPrefix",
    import_id=_import,
)

TYPES: Final = (PERMISSION,)
