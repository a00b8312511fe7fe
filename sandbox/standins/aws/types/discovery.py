"""Cloud Map: namespaces, in a private zone or by the API alone, and the services in them."""

from __future__ import annotations

import uuid
from typing import Any, Final

from sandbox.standins.aws.aws import Aws, Retry
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.values import Properties

OPERATION_SECONDS: Final = 300.0


def _done(s: Situation, answer: dict[str, Any]) -> dict[str, Any]:
    """What an operation that Cloud Map works on in the background was about."""
    targets: dict[str, Any] = {}

    def finished() -> bool:
        operation = s.call("servicediscovery", "GetOperation", OperationId=answer["OperationId"])["Operation"]
        if operation["Status"] == "FAIL":
            raise Fault(f"{operation.get('ErrorCode')}: {operation.get('ErrorMessage')}")
        targets.update(operation.get("Targets") or {})
        return bool(operation["Status"] == "SUCCESS")

    s.aws.wait(finished, OPERATION_SECONDS, f"operation {answer['OperationId']} of Cloud Map")
    return targets


def _create_http_namespace(s: Situation) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in s.p["tagsAll"].items()]
    answer = s.call(
        "servicediscovery",
        "CreateHttpNamespace",
        Name=s.p["name"],
        Description=s.p.get("description"),
        CreatorRequestId=str(uuid.uuid4()),
        Tags=tags or None,
    )
    return _done(s, answer)


def _create_namespace(s: Situation) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in s.p["tagsAll"].items()]
    answer = s.call(
        "servicediscovery",
        "CreatePrivateDnsNamespace",
        Name=s.p["name"],
        Vpc=s.p["vpc"],
        Description=s.p.get("description"),
        CreatorRequestId=str(uuid.uuid4()),
        Tags=tags or None,
    )
    return _done(s, answer)


def _describe_namespace(s: Situation) -> None:
    namespace = {"Description": s.p.get("description") or ""}
    answer = s.call(
        "servicediscovery",
        "UpdatePrivateDnsNamespace",
        Id=s.p["id"],
        UpdaterRequestId=str(uuid.uuid4()),
        Namespace=namespace,
    )
    _done(s, answer)


def _delete_namespace(s: Situation) -> None:
    parameters = {"Id": s.p["id"]}
    _done(s, s.aws.call("servicediscovery", "DeleteNamespace", parameters, s.region, (Retry("ResourceInUse"),)))


def _import_namespace(given: str, _aws: Aws) -> Properties:
    identifier, _, vpc = given.partition(":")
    if not vpc:
        raise Fault(f"unexpected format of ID ({given}), expected namespace-id:vpc-id")
    return {"id": identifier, "vpc": vpc}


PRIVATE_DNS_NAMESPACE = ResourceType(
    token="aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
    noun="Service Discovery Private DNS Namespace",
    service="servicediscovery",
    create=_create_namespace,
    id="NAMESPACE",
    read=Call("GetNamespace", also={"Id": lambda p: p["id"]}),
    item="Namespace",
    update=(Update("description", _describe_namespace),),
    delete=_delete_namespace,
    outputs={"hostedZone": "Properties.DnsProperties.HostedZoneId"},
    unread="vpc",
    force_new="name vpc",
    naming=Naming(253),
    tags="Tags",
    import_id=_import_namespace,
)

HTTP_NAMESPACE = ResourceType(
    token="aws:servicediscovery/httpNamespace:HttpNamespace",
    noun="Service Discovery HTTP Namespace",
    service="servicediscovery",
    create=_create_http_namespace,
    id="NAMESPACE",
    read=Call("GetNamespace", also={"Id": lambda p: p["id"]}),
    item="Namespace",
    delete=_delete_namespace,
    outputs={"httpName": "Properties.HttpProperties.HttpName"},
    force_new="description name",
    naming=Naming(1024),
    tags="Tags",
)

_NAMES: Final = {
    "dnsConfig.dnsRecords.ttl": "TTL",
    "healthCheckConfig.type": "Type",
}


def _change_service(s: Situation) -> None:
    """Only description, records and health check may change."""
    dns = s.p.get("dnsConfig") or {}
    records = [{"Type": record["type"], "TTL": record["ttl"]} for record in dns.get("dnsRecords") or []]
    change: dict[str, Any] = {"Description": s.p.get("description") or ""}
    if records:
        change["DnsConfig"] = {"DnsRecords": records}
    _done(s, s.call("servicediscovery", "UpdateService", Id=s.p["id"], Service=change))


SERVICE = ResourceType(
    token="aws:servicediscovery/service:Service",
    noun="Service Discovery Service",
    service="servicediscovery",
    create=Call(
        "CreateService",
        "description dnsConfig healthCheckConfig healthCheckCustomConfig name namespaceId type",
        {"CreatorRequestId": lambda _: str(uuid.uuid4())},
    ),
    id="Service.Id",
    read=Call("GetService", also={"Id": lambda p: p["id"]}),
    item="Service",
    update=(Update("description dnsConfig", _change_service),),
    delete=Call("DeleteService", also={"Id": lambda p: p["id"]}),
    names=_NAMES,
    force_new="dnsConfig.namespaceId dnsConfig.routingPolicy healthCheckConfig healthCheckCustomConfig name "
    "namespaceId type",
    computed="namespaceId type dnsConfig.namespaceId dnsConfig.routingPolicy healthCheckCustomConfig.failureThreshold",
    naming=Naming(127),
    tags="Tags",
    not_imitated="forceDestroy",
)

TYPES: Final = (HTTP_NAMESPACE, PRIVATE_DNS_NAMESPACE, SERVICE)
