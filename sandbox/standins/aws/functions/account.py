"""Who the caller is, and where: account, region, zones, partition."""

from __future__ import annotations

from typing import Final

from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.functions.filters import filters_of
from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties

_PLACES: Final = {
    "eu-central-1": "Europe (Frankfurt)",
    "eu-west-1": "Europe (Ireland)",
    "eu-west-2": "Europe (London)",
    "us-east-1": "US East (N. Virginia)",
    "us-west-2": "US West (Oregon)",
}


def _caller(s: Situation) -> Properties:
    found = s.aws.identity()
    return {"accountId": found.account, "arn": found.arn, "id": found.account, "userId": found.user_id}


def _region(s: Situation) -> Properties:
    region = s.p.get("region") or s.p.get("name") or s.aws.region
    endpoint = f"ec2.{region}.amazonaws.com"
    if s.p.get("endpoint") not in (None, endpoint):
        raise Fault(f"region not found for endpoint: {s.p['endpoint']}")
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": endpoint,
        "description": _PLACES.get(region, region),
    }


def _partition(s: Situation) -> Properties:
    partition = s.aws.session().get_partition_for_region(s.aws.region)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    reverse = ".".join(reversed(suffix.split(".")))
    return {"id": partition, "partition": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _zones(s: Situation) -> Properties:
    filters = filters_of(s.p)
    if s.p.get("state"):
        filters.append({"Name": "state", "Values": [s.p["state"]]})
    zones = s.call("ec2", "DescribeAvailabilityZones", Filters=filters or None)["AvailabilityZones"]
    left_out = {*(s.p.get("excludeNames") or []), *(s.p.get("excludeZoneIds") or [])}
    zones = sorted(
        (zone for zone in zones if not left_out & {zone["ZoneName"], zone.get("ZoneId")}),
        key=lambda zone: zone["ZoneName"],
    )
    return {
        "id": s.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or zone["RegionName"] for zone in zones}),
    }


FUNCTIONS: Final = (
    Function(token="aws:index/getCallerIdentity:getCallerIdentity", ask=_caller),
    Function(token="aws:index/getRegion:getRegion", ask=_region),
    Function(token="aws:index/getPartition:getPartition", ask=_partition),
    Function(
        token="aws:index/getAvailabilityZones:getAvailabilityZones", ask=_zones, not_imitated="allAvailabilityZones"
    ),
)
