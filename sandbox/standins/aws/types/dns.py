"""Records of Route 53."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import ResourceType, Situation, Update
from sandbox.standins.aws.values import UNKNOWN, Properties

Record = dict[str, Any]


def _name(value: str) -> str:
    """A name as two that mean the same have it: Route 53 knows neither case nor the dot at the end, and tells `*` as
    an octal code (AWS: "DNS domain name format").
    """
    return value.lower().removesuffix(".").replace("\\052", "*")


def _target(value: str) -> str:
    return _name(value).removeprefix("dualstack.")


def _zone(p: Properties) -> str:
    return str(p["zoneId"]).rpartition("/")[2]


def _record(p: Properties) -> Record:
    """The record as Route 53 takes it."""
    made: Record = {"Name": p["name"], "Type": p["type"]}
    if p.get("ttl") is not None and p.get("records"):
        made["TTL"] = p["ttl"]
        made["ResourceRecords"] = [{"Value": value} for value in p["records"]]
    for alias in p.get("aliases") or ():
        made["AliasTarget"] = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": bool(alias["evaluateTargetHealth"]),
        }
    return made


def _change(s: Situation, *changes: tuple[str, Record]) -> None:
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    change = s.call("route53", "ChangeResourceRecordSets", HostedZoneId=_zone(s.p), ChangeBatch={"Changes": batch})

    def everywhere() -> bool:
        return bool(s.call("route53", "GetChange", Id=change["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC")

    s.aws.wait(everywhere, 600, f"Route 53 record {s.p['name']} to be on all its servers")


def _create(s: Situation) -> dict[str, Any]:
    _change(s, ("UPSERT" if s.p.get("allowOverwrite") else "CREATE", _record(s.p)))
    return {}


def _id(s: Situation, _: Mapping[str, Any]) -> str:
    return f"{_zone(s.p)}_{_name(s.p['name'])}_{s.p['type']}"


def _found(s: Situation, p: Properties) -> Record | None:
    """The record in the zone, as Route 53 tells it."""
    sets = s.call(
        "route53", "ListResourceRecordSets", HostedZoneId=_zone(p), StartRecordName=p["name"], StartRecordType=p["type"]
    )["ResourceRecordSets"]
    wanted = (_name(p["name"]), p["type"])
    return next((dict(one) for one in sets if (_name(one["Name"]), one["Type"]) == wanted), None)


def _read(s: Situation) -> dict[str, Any]:
    return {"Record": _found(s, s.p)}


def _update(s: Situation) -> None:
    """Another type is another record: one goes as the other comes (AWS: "ChangeResourceRecordSets")."""
    before = _found(s, s.old)
    if before is not None and s.p["type"] != s.old["type"]:
        _change(s, ("DELETE", before), ("CREATE", _record(s.p)))
    else:
        _change(s, ("UPSERT", _record(s.p)))


def _delete(s: Situation) -> None:
    """Route 53 deletes what is told to it in full."""
    found = _found(s, s.p)
    if found is not None:
        _change(s, ("DELETE", found))


def _aliases(_: Situation, item: Record) -> list[Properties] | None:
    target = item.get("AliasTarget")
    if not target:
        return None
    told = {"zoneId": target["HostedZoneId"], "name": _target(target["DNSName"])}
    return [{**told, "evaluateTargetHealth": bool(target["EvaluateTargetHealth"])}]


def _import(given: str, _aws: Aws) -> Properties:
    zone, _, rest = given.partition("_")
    name, _, kind = rest.rpartition("_")
    if not name:
        raise Fault(f"unexpected format of ID ({given}), expected ZONEID_NAME_TYPE")
    return {"id": given, "zoneId": zone, "name": name, "type": kind}


def _one_of_two(p: Properties) -> list[tuple[str, str]]:
    if bool(p.get("aliases")) == bool(p.get("records")):
        return [("records", f"{p.get('name')}: a record has either `aliases` or `records` with a `ttl`")]
    if p.get("records") and p.get("ttl") in (None, UNKNOWN):
        return [("ttl", f"{p.get('name')}: a record that is no alias has a `ttl`")] if p.get("ttl") is None else []
    return []


RECORD = ResourceType(
    token="aws:route53/record:Record",
    noun="Route 53 Record",
    service="route53",
    create=_create,
    id=_id,
    read=_read,
    item="Record",
    update=(Update("aliases records ttl type", _update),),
    delete=_delete,
    outputs={
        "name": lambda s, item: s.p.get("name") or _name(item["Name"]),
        "zoneId": lambda s, _: _zone(s.p),
        "fqdn": lambda _, item: _name(item["Name"]),
        "ttl": "TTL",
        "records": "ResourceRecords[].Value",
        "aliases": _aliases,
    },
    force_new="name zoneId",
    unread="allowOverwrite",
    canonical={"name": _name, "aliases.name": _target, "zoneId": lambda given: given.rpartition("/")[2]},
    import_id=_import,
    check=_one_of_two,
    not_imitated="cidrRoutingPolicy failoverRoutingPolicies geolocationRoutingPolicies geoproximityRoutingPolicy "
    "healthCheckId latencyRoutingPolicies multivalueAnswerRoutingPolicy setIdentifier weightedRoutingPolicies",
)

TYPES: Final = (RECORD,)
