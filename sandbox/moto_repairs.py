"""Where moto answers otherwise than AWS in a way that shows in `pulumi preview`, and what sets it right.

Each repair names the AWS page that says how it is. A repair that moto has made itself is to be taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from moto.core.responses import BaseResponse
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses.network_acls import NetworkACLs
from moto.events.models import EventPattern
from moto.kms.models import KmsBackend
from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import S3Backend
from moto.scheduler.exceptions import ScheduleGroupNotFound
from moto.scheduler.models import EventBridgeSchedulerBackend

from sandbox import backup_plans, bucket_policy, certificates, file_system_policies, queue_attributes, secret_rotations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _description(rule: SecurityGroupRule) -> str | None:
    """The description of a rule, whatever its source (AWS: "SecurityGroupRule", EC2 API reference).

    moto 5.2.5 tells only that of a rule with an address range, and forgets that of one that names a group.
    """
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    """An event's fields by their whole path, which reaches into arrays: a pattern matches when any element does (AWS:
    "Comparison operators for use in event patterns in Amazon EventBridge", "Arrays in event patterns").

    moto 5.2.5 looks into no array of objects, so that no pattern of an ECS event's ``containers`` ever matches.
    """
    found: dict[str, Any] = {}
    for path, value in _leaves(event, ""):
        if path not in found:
            found[path] = value
            continue
        before = found[path] if isinstance(found[path], list) else [found[path]]
        found[path] = before + (value if isinstance(value, list) else [value])
    return found


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    if isinstance(node, dict) and node:
        for name, value in node.items():
            yield from _leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(node, list) and any(isinstance(item, dict) for item in node):
        for item in node:
            yield from _leaves(item, path)
    else:
        yield path, node


def _lock(backend: S3Backend, bucket_name: str, lock_enabled: bool, *retention: Any, **named: Any) -> None:  # noqa: ANN401, FBT001 - moto's own
    """Sets a bucket's default retention, whatever is in the bucket (AWS: "PutObjectLockConfiguration").

    moto 5.2.5 takes empty buckets only.
    """
    bucket = backend.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    given = dict(zip(("mode", "days", "years"), retention, strict=False)) | named
    bucket.default_lock_mode = given.get("mode")
    bucket.default_lock_days, bucket.default_lock_years = given.get("days"), given.get("years")


def _acl_parameter(response: NetworkACLs, name: str, if_none: Any = None) -> Any:  # noqa: ANN401 - moto's own
    """A parameter of a request, that of an ACL's entry for ICMP among them (AWS: "CreateNetworkAclEntry").

    moto 5.2.5 asks for it by its name in the query, which is not that in the model, and so never hears it.
    """
    stem, dot, rest = name.partition(".")
    return BaseResponse._get_param(response, f"IcmpTypeCode{dot}{rest}" if stem == "Icmp" else name, if_none)  # noqa: SLF001 - as above


def _naming_the_group(create: Callable[..., Any]) -> Callable[..., Any]:
    """Flow logs whose log group is named by its ARN, as by its name (AWS: "CreateFlowLogs", LogDestination).

    moto 5.2.5 then looks for a group without a name, and tells that nothing can be delivered.
    """

    def create_flow_logs(backend: FlowLogsBackend, **asked: Any) -> Any:  # noqa: ANN401 - moto's own
        destination = asked.get("log_destination")
        if asked.get("log_destination_type") == "cloud-watch-logs" and destination and not asked.get("log_group_name"):
            asked["log_group_name"] = str(destination).split(":log-group:")[-1].removesuffix(":*")
        return create(backend, **asked)

    return create_flow_logs


def _for_encryption(create: Callable[..., Any]) -> Callable[..., Any]:
    """A key of which nothing is said encrypts and decrypts (AWS: "CreateKey", KeyUsage and KeySpec).

    moto 5.2.5 tells of such a key no use and no kind at all.
    """

    def create_key(backend: KmsBackend, policy: Any, key_usage: Any, key_spec: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - moto's own
        return create(backend, policy, key_usage or "ENCRYPT_DECRYPT", key_spec or "SYMMETRIC_DEFAULT", *more, **named)

    return create_key


def _delete_schedule_group(backend: EventBridgeSchedulerBackend, name: str | None) -> None:
    """Deletes a group with its schedules, and refuses one that is not there (AWS: "DeleteScheduleGroup").

    moto 5.2.5 crashes on one that is not there.
    """
    if backend.schedule_groups.pop(name or "default", None) is None:
        raise ScheduleGroupNotFound(name or "default")


_create_flow_logs: Final = FlowLogsBackend.create_flow_logs
_create_key: Final = KmsBackend.create_key


def apply() -> None:
    """Set right what is listed here, once, before moto serves."""
    setattr(SecurityGroupRule, "description", property(_description))  # noqa: B010 - moto is untyped here
    setattr(EventPattern, "_flatten_dict", staticmethod(_flat))  # noqa: B010 - moto is untyped here
    setattr(S3Backend, "put_object_lock_configuration", _lock)  # noqa: B010 - moto is untyped here
    setattr(NetworkACLs, "_get_param", _acl_parameter)  # noqa: B010 - moto is untyped here
    setattr(FlowLogsBackend, "create_flow_logs", _naming_the_group(_create_flow_logs))  # noqa: B010 - moto is untyped here
    setattr(KmsBackend, "create_key", _for_encryption(_create_key))  # noqa: B010 - moto is untyped here
    setattr(EventBridgeSchedulerBackend, "delete_schedule_group", _delete_schedule_group)  # noqa: B010 - moto is untyped here
    backup_plans.apply()
    bucket_policy.apply()
    certificates.apply()
    file_system_policies.apply()
    queue_attributes.apply()
    secret_rotations.apply()
