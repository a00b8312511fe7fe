"""Names of everything that components make: within AWS's limits, free for a second one, and kept when it is renamed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from components.network import Network
from components.rollout_provider import RolloutProvider
from sandbox.standins.aws.tables import TYPES
from stacks.catalogue_check import LONGEST_NAME
from tests.components.builders import COMPONENTS, LONGEST, LOOK_UPS, NETWORK, build
from tests.recording_engine import ACCOUNT, REGION, Engine, Registered, run

EACH = pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
NAME: Final = "n" * LONGEST_NAME
SUFFIX: Final = "-0123456"
"""What Pulumi puts behind a name that it makes itself."""

LIMITS: Final[Mapping[str, Mapping[str, int]]] = {
    "appautoscaling/policy:Policy": {"name": 256},  # "PutScalingPolicy"
    "appautoscaling/scheduledAction:ScheduledAction": {"name": 1600},  # "PutScheduledAction"
    "backup/plan:Plan": {"name": 50},  # none is documented; it has its vault's
    "backup/selection:Selection": {"name": 50},  # "BackupSelection"
    "backup/vault:Vault": {"name": 50},  # "CreateBackupVault"
    "cloudwatch/compositeAlarm:CompositeAlarm": {"alarmName": 255, "alarmDescription": 1024, "alarmRule": 10240},
    "cloudwatch/dashboard:Dashboard": {"dashboardName": 255},  # "PutDashboard"
    "cloudwatch/eventRule:EventRule": {"name": 64, "description": 512, "eventPattern": 4096},  # "PutRule"
    "cloudwatch/eventTarget:EventTarget": {"targetId": 64},  # "Target"
    "cloudwatch/logGroup:LogGroup": {"name": 512},  # "CreateLogGroup"
    "cloudwatch/logMetricFilter:LogMetricFilter": {"name": 512},  # "PutMetricFilter"
    "cloudwatch/logResourcePolicy:LogResourcePolicy": {"policyName": 512, "policyDocument": 5120},
    "cloudwatch/metricAlarm:MetricAlarm": {"name": 255, "alarmDescription": 1024},  # "PutMetricAlarm"
    "ec2/securityGroup:SecurityGroup": {"name": 255, "description": 255},  # "CreateSecurityGroup"
    "ecr/repository:Repository": {"name": 256},  # "CreateRepository"
    "ecs/cluster:Cluster": {"name": 255},  # "CreateCluster"
    "ecs/service:Service": {"name": 255},  # "CreateService"
    "ecs/taskDefinition:TaskDefinition": {"family": 255},  # "RegisterTaskDefinition"
    "iam/policy:Policy": {"name": 128},  # "CreatePolicy"
    "iam/role:Role": {"name": 64, "description": 1000},  # "CreateRole"
    "iam/rolePolicy:RolePolicy": {"name": 128},  # "PutRolePolicy"
    "kms/alias:Alias": {"name": 256},  # "CreateAlias"
    "kms/key:Key": {"description": 8192},  # "CreateKey"
    "lb/loadBalancer:LoadBalancer": {"name": 32},  # "CreateLoadBalancer"
    "lb/targetGroup:TargetGroup": {"name": 32},  # "CreateTargetGroup"
    "scheduler/schedule:Schedule": {"name": 64, "scheduleExpression": 256},  # "CreateSchedule"
    "scheduler/scheduleGroup:ScheduleGroup": {"name": 64},  # "CreateScheduleGroup"
    "s3/bucket:Bucket": {"bucket": 63},  # "General purpose bucket naming rules"
    "servicediscovery/httpNamespace:HttpNamespace": {"name": 1024, "description": 1024},  # "CreateHttpNamespace"
    "servicediscovery/privateDnsNamespace:PrivateDnsNamespace": {"name": 253, "description": 1024},
    "servicediscovery/service:Service": {"name": 63, "description": 1024},  # a label of DNS
    "sns/topic:Topic": {"name": 256},  # "CreateTopic"
    "sqs/queue:Queue": {"name": 80},  # "CreateQueue"
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"description": 255},  # "IpRange"
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"description": 255},
}
"""Type -> property -> characters at most (AWS's API reference, the operation of that name): documented."""

NAMED: Final = ("name", "alarmName", "dashboardName", "policyName", "family", "bucket")
"""Properties by which AWS knows what is made."""
GIVEN: Final = ("family", "log_group", "flow_log_group")
"""Arguments that name what is made, beside all that end in `_name`."""
OTHERS: Final = frozenset(
    f"s3/{one[0].lower()}{one[1:]}:{one}"
    for one in (
        "BucketLifecycleConfiguration",
        "BucketVersioning",
        "BucketPublicAccessBlock",
        "BucketPolicy",
        "BucketServerSideEncryptionConfiguration",
        "BucketObjectLockConfiguration",
    )
) | {"route53/record:Record"}
"""Types that have such a property, but as the name of something else."""

TO_BE_RENAMED: Final[Mapping[type, Any]] = {
    **COMPONENTS,
    Network: dataclasses.replace(
        NETWORK, source=dataclasses.replace(NETWORK.source, flow_log_group="/vpc/network/flow-logs")
    ),
}
"""Arguments that name what would be named after the component otherwise, and cannot be renamed."""


def kind(one: Registered) -> str:
    return one.type.removeprefix("aws:")


def made(engine: Engine) -> list[Registered]:
    return [one for one in engine.registered if one.custom and one.type.startswith("aws:")]


def text(one: Registered, what: str) -> str | None:
    """What AWS gets: what the program says, or the name that Pulumi makes of the resource's own."""
    said = one.inputs.get(what)
    naming = TYPES[one.type].naming if one.type in TYPES else None
    if said is None and naming and naming.property == what:
        return f"{naming.prefix}{one.name}{SUFFIX}"
    return said


def physical(one: Registered) -> list[tuple[str, str]]:
    """Names in AWS that are written in the program."""
    if kind(one) in OTHERS:
        return []
    return [(one.type, one.inputs[what]) for what in NAMED if isinstance(one.inputs.get(what), str)]


def renamed(value: Any, to: str) -> Any:
    """The same arguments for something else: whatever they name has another name."""
    if isinstance(value, (list, tuple)):
        return type(value)(renamed(one, to) for one in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        old = getattr(value, field.name)
        names = field.name in GIVEN or field.name.endswith("_name")
        changes[field.name] = f"{old}{to}" if names and isinstance(old, str) else renamed(old, to)
    return dataclasses.replace(value, **changes)


@EACH
def test_what_has_a_name_in_aws_has_a_known_limit(component: type) -> None:
    for one in made(build(component, COMPONENTS[component])):
        limits = LIMITS.get(kind(one), {})
        for what in NAMED:
            if text(one, what) is not None and kind(one) not in OTHERS:
                assert what in limits, f"put the limit of {what} of {one.type} into the table"


@EACH
def test_names_are_within_aws_s_limits_for_the_longest_legal_inputs(component: type) -> None:
    assert component in LONGEST, "say in the builders what the longest legal arguments are"
    for one in made(build(component, LONGEST[component], name=NAME)):
        for what, limit in LIMITS.get(kind(one), {}).items():
            said = text(one, what)
            assert said is None or len(said) <= limit, f"{one.type} {one.name}: {what} has {len(said or '')}: {said}"


@EACH
def test_two_stand_side_by_side(component: type) -> None:
    def program() -> None:
        provider = aws.Provider("aws", region=REGION)
        opts = pulumi.ResourceOptions(providers=[provider, RolloutProvider("slipway")])
        component("first", COMPONENTS[component], opts)
        component("second", renamed(COMPONENTS[component], "2"), opts)

    names = [name for one in made(run(program, calls=LOOK_UPS)) for name in physical(one)]
    assert sorted(names) == sorted(set(names)), "AWS has each name once"


@EACH
def test_a_component_that_is_renamed_with_an_alias_replaces_nothing(component: type) -> None:
    """An alias hands its state on to its children by their names, which begin with its own (test_contracts.py).

    So what is left to replace something is a property that holds the component's name and cannot change in place.
    """
    before, after = (made(build(component, TO_BE_RENAMED[component], name=name)) for name in ("before", "after"))
    now = {one.name.removeprefix("after") + one.type: one for one in after}
    kept = told(before, "before")
    for old in before:
        new = now[old.name.removeprefix("before") + old.type]
        fixed = TYPES[old.type].force_new.split() if old.type in TYPES else ()
        for what in {name.split(".")[0] for name in fixed} - set(new.ignore_changes):
            said = (old.inputs.get(what), new.inputs.get(what))
            assert said[0] == said[1] or said[0] in kept, f"{old.type} {old.name}: {what} is {said}"


def told(resources: list[Registered], name: str) -> set[str]:
    """Ids, ARNs and made-up names of what is there: they stay what they are, whatever it is called in the program."""
    assert all(one.name.startswith(name) for one in resources)
    generated = {one.name for one in resources if not any(what in one.inputs for what in NAMED)}
    return (
        generated
        | {f"{one.name}-id" for one in resources}
        | {f"arn:aws:{one.type}:{REGION}:{ACCOUNT}:{one.inputs.get('name', one.name)}" for one in resources}
    )
