"""Application Auto Scaling: what may be scaled, by which policy, and when."""

from __future__ import annotations

from typing import Any, Final

from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.resource_type import Call, Naming, ResourceType, Situation, Step, Update
from sandbox.standins.aws.values import Properties

_WHERE: Final = "resourceId scalableDimension serviceNamespace"
_REGISTER: Final = Call("RegisterScalableTarget", f"{_WHERE} maxCapacity minCapacity roleArn suspendedState")


def _import_target(given: str, _aws: Aws) -> Properties:
    namespace, _, rest = given.partition("/")
    resource, _, dimension = rest.rpartition("/")
    if not resource:
        raise Fault(f"unexpected format ({given}), expected <service-namespace>/<resource-id>/<scalable-dimension>")
    return {"id": resource, "resourceId": resource, "scalableDimension": dimension, "serviceNamespace": namespace}


TARGET = ResourceType(
    token="aws:appautoscaling/target:Target",
    noun="Application AutoScaling Target",
    service="application-autoscaling",
    create=_REGISTER,
    id=lambda s, _: str(s.p["resourceId"]),
    read=Call(
        "DescribeScalableTargets", "scalableDimension serviceNamespace", {"ResourceIds": lambda p: [p["resourceId"]]}
    ),
    item="ScalableTargets[0]",
    update=(Update("maxCapacity minCapacity roleArn suspendedState", _REGISTER),),
    delete=Call("DeregisterScalableTarget", _WHERE),
    names={"arn": "ScalableTargetARN"},
    force_new=_WHERE,
    computed="roleArn suspendedState",
    tags="Tags",
    import_id=_import_target,
)

_BLOCKS: Final = "stepScalingPolicyConfiguration targetTrackingScalingPolicyConfiguration"
_TRACKING: Final = "targetTrackingScalingPolicyConfiguration"
_STEPS: Final = "stepScalingPolicyConfiguration.stepAdjustments"
_PUT: Final = Call("PutScalingPolicy", f"{_WHERE} name policyType {_BLOCKS}")


def _named(operation: str, asked: str, answered: str, name: str) -> Step:
    """Reads the one of that name: the sandbox answers with all of the target, whatever names are asked for."""

    def read(s: Situation) -> dict[str, Any] | None:
        answer = s.call(
            "application-autoscaling",
            operation,
            ResourceId=s.p["resourceId"],
            ScalableDimension=s.p["scalableDimension"],
            ServiceNamespace=s.p["serviceNamespace"],
            **{asked: [s.p["name"]]},
        )
        return next((dict(found) for found in answer[answered] if found[name] == s.p["name"]), None)

    return read


def _import_policy(given: str, _aws: Aws) -> Properties:
    parts = given.split("/")
    if len(parts) < 4:  # noqa: PLR2004 - the parts that the message names
        wanted = "<service-namespace>/<resource-id>/<scalable-dimension>/<policy-name>"
        raise Fault(f"unexpected format ({given}), expected {wanted}")
    return {
        "id": parts[-1],
        "name": parts[-1],
        "scalableDimension": parts[-2],
        "serviceNamespace": parts[0],
        "resourceId": "/".join(parts[1:-2]),
    }


POLICY = ResourceType(
    token="aws:appautoscaling/policy:Policy",
    noun="Application AutoScaling Scaling Policy",
    service="application-autoscaling",
    create=_PUT,
    id=lambda s, _: str(s.p["name"]),
    read=_named("DescribeScalingPolicies", "PolicyNames", "ScalingPolicies", "PolicyName"),
    update=(Update(f"policyType {_BLOCKS}", _PUT),),
    delete=Call("DeleteScalingPolicy", f"{_WHERE} name"),
    names={
        "name": "PolicyName",
        "arn": "PolicyARN",
        "stepScalingPolicyConfiguration.stepAdjustments.metricIntervalLowerBound": "MetricIntervalLowerBound",
    },
    outputs={"alarmArns": "Alarms[].AlarmARN"},
    force_new=f"{_WHERE} name",
    stated={f"{_TRACKING}.customizedMetricSpecification.metrics.returnData": True},
    computed=f"{_TRACKING}.disableScaleIn {_TRACKING}.scaleInCooldown {_TRACKING}.scaleOutCooldown",
    defaults={"policyType": "StepScaling"},
    canonical=dict.fromkeys((f"{_STEPS}.metricIntervalLowerBound", f"{_STEPS}.metricIntervalUpperBound"), float),
    naming=Naming(255),
    import_id=_import_policy,
    not_imitated="predictiveScalingPolicyConfiguration",
)

_PUT_ACTION: Final = Call(
    "PutScheduledAction", f"{_WHERE} endTime name scalableTargetAction schedule startTime timezone"
)


def _import_action(given: str, _aws: Aws) -> Properties:
    raise Fault(f"{given}: a scheduled action cannot be imported")


SCHEDULED_ACTION = ResourceType(
    token="aws:appautoscaling/scheduledAction:ScheduledAction",
    noun="Application AutoScaling Scheduled Action",
    service="application-autoscaling",
    create=_PUT_ACTION,
    id=lambda s, _: "-".join((s.p["name"], s.p["serviceNamespace"], s.p["resourceId"])),
    read=_named("DescribeScheduledActions", "ScheduledActionNames", "ScheduledActions", "ScheduledActionName"),
    update=(Update("endTime scalableTargetAction schedule startTime timezone", _PUT_ACTION),),
    delete=Call("DeleteScheduledAction", f"{_WHERE} name"),
    names={"name": "ScheduledActionName", "arn": "ScheduledActionARN"},
    force_new=f"{_WHERE} name",
    defaults={"timezone": "UTC"},
    naming=Naming(256),
    import_id=_import_action,
)

TYPES: Final = (TARGET, POLICY, SCHEDULED_ACTION)
