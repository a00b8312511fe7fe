"""Load balancers and target groups."""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.standins.aws import facts
from sandbox.standins.aws.aws import Retry
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Update
from sandbox.standins.aws.types import lb_attributes
from sandbox.standins.aws.types.arns import by_id
from sandbox.standins.aws.values import UNKNOWN, Properties

_LB_TOKEN: Final = "aws:lb/loadBalancer:LoadBalancer"
_TG_TOKEN: Final = "aws:lb/targetGroup:TargetGroup"

_LB_ATTRIBUTES: Final = {
    "accessLogs.enabled": "access_logs.s3.enabled",
    "accessLogs.bucket": "access_logs.s3.bucket",
    "accessLogs.prefix": "access_logs.s3.prefix",
    "connectionLogs.enabled": "connection_logs.s3.enabled",
    "connectionLogs.bucket": "connection_logs.s3.bucket",
    "connectionLogs.prefix": "connection_logs.s3.prefix",
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}


def _names_check(p: Properties) -> list[tuple[str, str]]:
    name = p.get("name")
    if name is None or name is UNKNOWN or re.fullmatch(r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,30}[0-9A-Za-z])?", name):
        return []
    return [("name", f"{name!r}: 1 to 32 letters, digits and hyphens, and no hyphen at either end")]


def _scheme(p: Properties) -> str | None:
    return {True: "internal", False: "internet-facing"}.get(p.get("internal", UNKNOWN))


def _available(s: Situation) -> None:
    def available() -> bool:
        found = s.call("elbv2", "DescribeLoadBalancers", LoadBalancerArns=[s.p["id"]])["LoadBalancers"]
        return bool(found) and found[0].get("State", {}).get("Code") in {None, "active", "active_impaired"}

    s.aws.wait(available, 600, f"load balancer {s.p['id']} to be active")


LOAD_BALANCER = ResourceType(
    token=_LB_TOKEN,
    noun="ELBv2 Load Balancer",
    service="elbv2",
    create=Call(
        "CreateLoadBalancer", "ipAddressType loadBalancerType name securityGroups subnets", {"Scheme": _scheme}
    ),
    id="LoadBalancers[0].LoadBalancerArn",
    read=Call("DescribeLoadBalancers", also={"LoadBalancerArns": by_id}),
    item="LoadBalancers[0]",
    settled=_available,
    update=(
        Update("subnets", Call("SetSubnets", "subnets", {"LoadBalancerArn": lambda p: p["id"]})),
        Update("securityGroups", Call("SetSecurityGroups", "securityGroups", {"LoadBalancerArn": lambda p: p["id"]})),
        Update("ipAddressType", Call("SetIpAddressType", "ipAddressType", {"LoadBalancerArn": lambda p: p["id"]})),
        lb_attributes.written(_LB_ATTRIBUTES, "ModifyLoadBalancerAttributes", "LoadBalancerArn"),
    ),
    delete=Call("DeleteLoadBalancer", also={"LoadBalancerArn": lambda p: p["id"]}),
    names={
        "name": "LoadBalancerName",
        "arn": "LoadBalancerArn",
        "loadBalancerType": "Type",
        "dnsName": "DNSName",
        "zoneId": "CanonicalHostedZoneId",
    },
    outputs={
        "arnSuffix": lambda _, item: item["LoadBalancerArn"].partition(":loadbalancer/")[2],
        "internal": lambda _, item: item.get("Scheme") == "internal",
        "subnets": "AvailabilityZones[].SubnetId",
        "subnetMappings": lambda _s, _item: None,
        **lb_attributes.read(
            _LB_ATTRIBUTES,
            "DescribeLoadBalancerAttributes",
            "LoadBalancerArn",
            lambda: facts.of_type(_LB_TOKEN).properties,
        ),
    },
    force_new="internal loadBalancerType name",
    computed="internal ipAddressType securityGroups subnets accessLogs.prefix connectionLogs.prefix",
    defaults={
        "clientKeepAlive": 3600,
        "desyncMitigationMode": "defensive",
        "dropInvalidHeaderFields": False,
        "enableDeletionProtection": False,
        "enableHttp2": True,
        "enableTlsVersionAndCipherSuiteHeaders": False,
        "enableWafFailOpen": False,
        "enableXffClientPort": False,
        "idleTimeout": 60,
        "loadBalancerType": "application",
        "preserveHostHeader": False,
        "xffHeaderProcessingMode": "append",
    },
    naming=Naming(32),
    tags="Tags",
    check=_names_check,
    not_imitated="customerOwnedIpv4Pool dnsRecordClientRoutingPolicy enablePrefixForIpv6SourceNat enableZonalShift "
    "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic healthCheckLogs ipamPools minimumLoadBalancerCapacity "
    "namePrefix secondaryIpsAutoAssignedPerSubnet subnetMappings",
)

_TG_ATTRIBUTES: Final = {
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "slowStart": "slow_start.duration_seconds",
    "stickiness.enabled": "stickiness.enabled",
    "stickiness.type": "stickiness.type",
    "stickiness.cookieDuration": "stickiness.lb_cookie.duration_seconds",
}
_HEALTH: Final = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}


_HEALTH_DEFAULTS: Final = {
    "enabled": True,
    "healthyThreshold": 3,
    "interval": 30,
    "port": "traffic-port",
    "protocol": "HTTP",
    "unhealthyThreshold": 3,
}


def _health(p: Properties) -> dict[str, Any]:
    check = {**_HEALTH_DEFAULTS, **p["healthCheck"]} if p.get("healthCheck") else {}
    given = {api: check[name] for name, api in _HEALTH.items() if check.get(name) not in (None, "")}
    if check.get("matcher"):
        code = "GrpcCode" if p.get("protocolVersion") == "GRPC" else "HttpCode"
        given["Matcher"] = {code: str(check["matcher"])}
    return given


def _read_health(item: dict[str, Any]) -> Properties:
    check = {name: item[api] for name, api in _HEALTH.items() if item.get(api) is not None}
    matcher = item.get("Matcher") or {}
    check["matcher"] = matcher.get("HttpCode") or matcher.get("GrpcCode")
    return {name: value for name, value in check.items() if value is not None}


TARGET_GROUP = ResourceType(
    token=_TG_TOKEN,
    noun="ELBv2 Target Group",
    service="elbv2",
    create=Call(
        "CreateTargetGroup",
        "ipAddressType name port protocol protocolVersion targetType vpcId",
        {api: (lambda p, api=api: _health(p).get(api)) for api in (*_HEALTH.values(), "Matcher")},
    ),
    id="TargetGroups[0].TargetGroupArn",
    read=Call("DescribeTargetGroups", also={"TargetGroupArns": by_id}),
    item="TargetGroups[0]",
    update=(
        Update(
            "healthCheck",
            lambda s: s.call("elbv2", "ModifyTargetGroup", TargetGroupArn=s.p["id"], **_health(s.p)),
        ),
        lb_attributes.written(_TG_ATTRIBUTES, "ModifyTargetGroupAttributes", "TargetGroupArn"),
    ),
    delete=Call("DeleteTargetGroup", also={"TargetGroupArn": lambda p: p["id"]}, retry=(Retry("ResourceInUse"),)),
    names={"name": "TargetGroupName", "arn": "TargetGroupArn"},
    outputs={
        "arnSuffix": lambda _, item: item["TargetGroupArn"].rpartition(":")[2],
        "healthCheck": lambda _, item: _read_health(item),
        # Known only once a listener forwards to the group; the real plugin then shows drift in a refresh.
        "loadBalancerArns": lambda _s, _item: None,
        **lb_attributes.read(
            _TG_ATTRIBUTES,
            "DescribeTargetGroupAttributes",
            "TargetGroupArn",
            lambda: facts.of_type(_TG_TOKEN).properties,
        ),
    },
    force_new="ipAddressType name port protocol protocolVersion targetType vpcId",
    computed="connectionTermination healthCheck healthCheck.matcher healthCheck.path healthCheck.timeout ipAddressType "
    "loadBalancingAlgorithmType loadBalancingAnomalyMitigation loadBalancingCrossZoneEnabled preserveClientIp "
    "protocolVersion stickiness stickiness.enabled stickiness.cookieDuration stickiness.type",
    defaults={
        "deregistrationDelay": 300,
        "lambdaMultiValueHeadersEnabled": False,
        "proxyProtocolV2": False,
        "slowStart": 0,
        "targetType": "instance",
    },
    stated={f"healthCheck.{name}": value for name, value in _HEALTH_DEFAULTS.items()},
    naming=Naming(32),
    tags="Tags",
    check=_names_check,
    not_imitated="namePrefix targetControlPort targetFailovers targetGroupHealth targetHealthStates",
)

TYPES: Final = (LOAD_BALANCER, TARGET_GROUP)
