"""One setting of a stack file changes what it should of an environment's resources, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.infra.program import deploy, released

Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Change:
    """A change of the stack file, and what follows from it."""

    path: str
    """The section, such as `services.auth-service`."""
    values: Mapping[str, Any]
    changed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Resource -> its inputs that differ."""
    made: Sequence[str] = ()
    gone: Sequence[str] = ()


SERVICE: Final = "services.auth-service"
NEW_RELEASE: Final = {"Rollout auth-service": ["releaseHash"]}
CHANGES: Final = {
    "version": Change(SERVICE, {"version": "1.1.0"}, {"Rollout auth-service": ["version"]}),
    "size": Change(
        SERVICE, {"cpu": 512, "memory": 1024}, {"TaskDefinition auth-service": ["cpu", "memory"], **NEW_RELEASE}
    ),
    "tasks": Change(
        SERVICE,
        {"desiredCount": 3},
        {"Service auth-service": ["desiredCount"], "Rollout auth-service": ["desiredCount", "limitSeconds"]},
    ),
    "port": Change(
        SERVICE,
        {"port": 9090},
        {
            "SecurityGroupEgressRule auth-service-from-load-balancer": ["fromPort", "toPort"],
            "SecurityGroupIngressRule auth-service": ["fromPort", "toPort"],
            "Service auth-service": ["loadBalancers"],
            "TaskDefinition auth-service": ["containerDefinitions"],
            **NEW_RELEASE,
        },
    ),
    "strategy": Change(
        SERVICE,
        {"strategy": "canary:10%,5m"},
        {
            "Service auth-service": ["deploymentConfiguration"],
            "Rollout auth-service": ["limitSeconds", "predictedSeconds"],
        },
    ),
    "another try": Change(SERVICE, {"attempt": 2}, {"Rollout auth-service": ["attempt"]}),
    "disk": Change(
        SERVICE, {"ephemeralStorage": 40}, {"TaskDefinition auth-service": ["ephemeralStorage"], **NEW_RELEASE}
    ),
    "zone rebalancing": Change(
        SERVICE, {"zoneRebalancing": True}, {"Service auth-service": ["availabilityZoneRebalancing"]}
    ),
    "shells": Change(
        SERVICE,
        {"exec": True},
        {
            "Cluster microservices-cluster": ["configuration"],
            "Service auth-service": ["enableExecuteCommand"],
            "TaskDefinition auth-service": ["containerDefinitions", "volumes"],
            **NEW_RELEASE,
        },
        [
            "LogGroup microservices-cluster-sessions",
            "RolePolicy auth-service-task-find-exec-log",
            "RolePolicy auth-service-task-log-exec-sessions",
            "RolePolicy auth-service-task-open-exec-channels",
        ],
    ),
    "Spot": Change(
        SERVICE,
        {"capacity": {"base": 1, "onDemand": 1, "spot": 1}},
        {"Service auth-service": ["capacityProviderStrategies", "forceNewDeployment", "launchType"], **NEW_RELEASE},
    ),
    "scaling": Change(
        SERVICE,
        {"scaling": {"min": 1, "max": 4, "cpu": 60}},
        {"Rollout auth-service": ["desiredCount"]},
        ["Autoscaling auth-service", "Policy auth-service-cpu", "Target auth-service"],
    ),
    "certificate": Change(
        "loadBalancer",
        {"certificateArn": "arn:aws:acm:eu-west-1:111111111111:certificate/one"},
        {"ListenerRule auth-service": ["listenerArn"], "Listener microservices-http": ["defaultActions"]},
        ["Listener microservices-https", "SecurityGroupIngressRule microservices-https"],
    ),
    "domain": Change(
        "loadBalancer",
        {"domain": {"name": "shop.example.com", "zoneId": "Z0123456789", "alternatives": ["*.shop.example.com"]}},
        {"ListenerRule auth-service": ["listenerArn"], "Listener microservices-http": ["defaultActions"]},
        [
            "AliasRecords microservices",
            "Certificate microservices",
            "CertificateValidation microservices",
            "Listener microservices-https",
            "Record microservices-*.shop.example.com",
            "Record microservices-shop.example.com",
            "Record microservices-validation-shop.example.com",
            "SecurityGroupIngressRule microservices-https",
        ],
    ),
    "domain with a certificate that is there": Change(
        "loadBalancer",
        {
            "domain": {"name": "shop.example.com", "zoneId": "Z0123456789"},
            "certificateArn": "arn:aws:acm:eu-west-1:111111111111:certificate/one",
        },
        {"ListenerRule auth-service": ["listenerArn"], "Listener microservices-http": ["defaultActions"]},
        [
            "AliasRecords microservices",
            "Listener microservices-https",
            "Record microservices-shop.example.com",
            "SecurityGroupIngressRule microservices-https",
        ],
    ),
    "internal": Change(
        "loadBalancer",
        {"internalFor": ["10.0.0.0/8"]},
        {
            "LoadBalancer microservices": ["internal", "subnets"],
            "SecurityGroup microservices": ["description"],
        },
        ["SecurityGroupIngressRule microservices-http-from-10.0.0.0/8"],
        ["SecurityGroupIngressRule microservices-http"],
    ),
    "desync mitigation": Change(
        "loadBalancer",
        {"desyncMitigation": "defensive"},
        {"LoadBalancer microservices": ["desyncMitigationMode"]},
    ),
    "web ACL": Change(
        "loadBalancer",
        {"webAclArn": "arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/shop/0f3c"},
        {},
        ["WebAclAssociation microservices"],
    ),
    "mail of alarms": Change(
        "alerts", {"emails": ["on-call@example.com"]}, {}, ["TopicSubscription alerts-on-call@example.com"]
    ),
    "encrypted logs": Change(
        "logs",
        {"encrypted": True},
        {"LogGroup auth-service": ["kmsKeyId"], "LogGroup events": ["kmsKeyId"]},
        ["Alias logs", "EncryptionKey logs", "Key logs"],
    ),
    "key of images": Change(
        "images", {"key": "alias/images"}, {"Repository auth-service": ["encryptionConfigurations"]}
    ),
    "readers of images": Change("images", {"readers": ["222222222222"]}, {}, ["RepositoryPolicy auth-service"]),
    "receiver of alarms": Change(
        "alerts",
        {"receivers": ["arn:aws:sqs:eu-west-1:111111111111:pager"]},
        {},
        [
            "AlarmReceivers alerts",
            "EventRule alerts-alarms",
            "EventRule alerts-failed-deployments",
            "EventTarget alerts-alarms-sqs-pager",
            "EventTarget alerts-failed-deployments-sqs-pager",
        ],
    ),
    "permissions boundary": Change(
        "aws",
        {
            "account": "111111111111",
            "region": "eu-west-1",
            "permissionsBoundary": "arn:aws:iam::111111111111:policy/teams",
        },
        {
            "Role auth-service-execution": ["permissionsBoundary"],
            "Role auth-service-task": ["permissionsBoundary"],
            "Role microservices-shifting": ["permissionsBoundary"],
            "Role network-flow-logs": ["permissionsBoundary"],
        },
    ),
    "service connect": Change(
        "discovery",
        {"serviceConnect": True},
        {
            "Service auth-service": ["serviceConnectConfiguration"],
            "TaskDefinition auth-service": ["containerDefinitions"],
            **NEW_RELEASE,
        },
        made=["HttpNamespace microservices-cluster"],
    ),
    "calendar": Change(
        "releases", {"zone": "Europe/Berlin", "windows": [{"days": ["mon"], "from": "09:00", "to": "17:00"}]}
    ),
}


def resources(config: Mapping[str, Any]) -> Resources:
    registered = deploy("test", config).registered
    return {f"{one.type.rsplit(':', 1)[-1]} {one.name}": dict(one.inputs) for one in registered}


def changed(before: Resources, after: Resources) -> dict[str, list[str]]:
    both = before.keys() & after.keys()
    differ = {
        name: sorted(key for key in {**before[name], **after[name]} if before[name].get(key) != after[name].get(key))
        for name in both
    }
    return {name: keys for name, keys in differ.items() if keys}


@pytest.fixture(scope="module")
def before() -> Resources:
    return resources(released("test"))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_one_setting_changes_what_it_should_and_nothing_else(change: Change, before: Resources) -> None:
    config = released("test")
    section = config
    for key in change.path.split("."):
        section = section.setdefault(key, {})
    section.update(change.values)
    after = resources(config)
    assert changed(before, after) == {name: list(keys) for name, keys in change.changed.items()}
    assert sorted(after.keys() - before.keys()) == list(change.made)
    assert sorted(before.keys() - after.keys()) == list(change.gone)
