"""`aws.iam.get_policy_document`: an IAM policy from statements. It asks AWS nothing."""

from __future__ import annotations

import json
import zlib
from typing import Any, Final

from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties

_VERSION: Final = "2012-10-17"
_LISTS: Final = (
    ("actions", "Action"),
    ("notActions", "NotAction"),
    ("resources", "Resource"),
    ("notResources", "NotResource"),
)


def _one_or_many(values: list[str]) -> Any:  # noqa: ANN401 - a text or a list, as IAM has it
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def _principals(blocks: list[Properties]) -> Any:  # noqa: ANN401 - "*" or a map
    if any(block["type"] == "*" and block["identifiers"] == ["*"] for block in blocks):
        return "*"
    found: dict[str, list[str]] = {}
    for block in blocks:
        found.setdefault(block["type"], []).extend(block["identifiers"])
    return {kind: _one_or_many(identifiers) for kind, identifiers in found.items()}


def _statement(block: Properties, version: str) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": block["sid"]} if block.get("sid") else {}
    statement["Effect"] = block.get("effect", "Allow")
    for name, member in _LISTS:
        if block.get(name):
            values = [value if version != _VERSION else value.replace("&{", "${") for value in block[name]]
            statement[member] = _one_or_many(values)
    if block.get("principals"):
        statement["Principal"] = _principals(block["principals"])
    if block.get("notPrincipals"):
        statement["NotPrincipal"] = _principals(block["notPrincipals"])
    conditions: dict[str, dict[str, Any]] = {}
    for condition in block.get("conditions") or []:
        values = [value.replace("&{", "${") for value in condition["values"]]
        conditions.setdefault(condition["test"], {})[condition["variable"]] = _one_or_many(values)
    if conditions:
        statement["Condition"] = conditions
    return statement


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text).get("Statement") or []
    except (ValueError, AttributeError):
        raise Fault(f"a source or override policy is no JSON document: {text[:60]!r}") from None
    return found if isinstance(found, list) else [found]


def _document(s: Situation) -> Properties:
    """Sources first, then the statements, then overrides: the same Sid takes the place of an earlier one."""
    version = s.p.get("version", _VERSION)
    sources = [*(s.p.get("sourcePolicyDocuments") or []), *([s.p["sourceJson"]] if s.p.get("sourceJson") else [])]
    overrides = [
        *(s.p.get("overridePolicyDocuments") or []),
        *([s.p["overrideJson"]] if s.p.get("overrideJson") else []),
    ]
    statements: list[dict[str, Any]] = []
    own = [_statement(block, version) for block in s.p.get("statements") or []]
    for statement in [
        *(each for text in sources if text for each in _statements(text)),
        *own,
        *(each for text in overrides if text for each in _statements(text)),
    ]:
        sid = statement.get("Sid")
        place = next((n for n, each in enumerate(statements) if sid and each.get("Sid") == sid), None)
        if place is None:
            statements.append(statement)
        else:
            statements[place] = statement
    document = {"Version": version, **({"Id": s.p["policyId"]} if s.p.get("policyId") else {}), "Statement": statements}
    text = json.dumps(document, indent=2)
    return {
        "id": str(zlib.crc32(text.encode())),
        "json": text,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


FUNCTIONS: Final = (Function(token="aws:iam/getPolicyDocument:getPolicyDocument", ask=_document),)
