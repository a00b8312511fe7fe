"""Tags: how each service takes them, and the provider's default tags among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jmespath
from botocore.exceptions import ClientError

from sandbox.standins.aws.faults import code_of, is_gone
from sandbox.standins.aws.resource_type import ResourceType, Situation
from sandbox.standins.aws.settings import Settings
from sandbox.standins.aws.values import UNKNOWN

Tags = dict[str, Any]


@dataclass(frozen=True)
class TagCalls:
    """The calls of one service. ``key`` names a part of a tag, "" where tags are a map; ``resource`` may be a list."""

    resource: str
    tag: str = "TagResource"
    tags: str = "Tags"
    untag: str = "UntagResource"
    keys: str = "TagKeys"
    key: str = "Key"
    value: str = "Value"
    list: str = "ListTagsForResource"
    found: str = "Tags"


CALLS: Final[Mapping[str, TagCalls]] = {
    "acm": TagCalls(
        "CertificateArn",
        "AddTagsToCertificate",
        untag="RemoveTagsFromCertificate",
        keys="Tags",
        list="ListTagsForCertificate",
    ),
    "ec2": TagCalls("Resources", "CreateTags", "Tags", "DeleteTags", "Tags", list=""),
    "ecs": TagCalls("resourceArn", tags="tags", keys="tagKeys", key="key", value="value", found="tags"),
    "ecr": TagCalls("resourceArn", tags="tags", keys="tagKeys", found="tags"),
    "elbv2": TagCalls(
        "ResourceArns", "AddTags", untag="RemoveTags", list="DescribeTags", found="TagDescriptions[0].Tags"
    ),
    "efs": TagCalls("ResourceId"),
    "iam": TagCalls("RoleName", "TagRole", untag="UntagRole", list="ListRoleTags"),
    "logs": TagCalls("resourceArn", tags="tags", keys="tagKeys", key="", found="tags"),
    "cloudwatch": TagCalls("ResourceARN"),
    "events": TagCalls("ResourceARN"),
    "scheduler": TagCalls("ResourceArn"),
    "secretsmanager": TagCalls("SecretId", list="DescribeSecret"),
    "kms": TagCalls("KeyId", key="TagKey", value="TagValue", list="ListResourceTags"),
    "servicediscovery": TagCalls("ResourceARN"),
    "sns": TagCalls("ResourceArn"),
    "sqs": TagCalls("QueueUrl", "TagQueue", untag="UntagQueue", key="", list="ListQueueTags"),
    "backup": TagCalls("ResourceArn", keys="TagKeyList", key="", list="ListTags"),
    "application-autoscaling": TagCalls("ResourceARN", key=""),
}

OF_TYPES: Final[Mapping[str, TagCalls]] = {
    "aws:iam/policy:Policy": TagCalls("PolicyArn", "TagPolicy", untag="UntagPolicy", list="ListPolicyTags"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": TagCalls(
        "OpenIDConnectProviderArn",
        "TagOpenIDConnectProvider",
        untag="UntagOpenIDConnectProvider",
        list="ListOpenIDConnectProviderTags",
    ),
}
"""Where a service has calls for each of its types."""


def _calls(kind: ResourceType) -> TagCalls:
    return OF_TYPES.get(kind.token) or CALLS[kind.service]


def merged(settings: Settings, tags: Any) -> Any:  # noqa: ANN401 - tags may be unknown
    """All tags of a resource: the provider's default tags, and its own over them."""
    return UNKNOWN if tags is UNKNOWN else {**settings.default_tags, **(tags or {})}


def as_sent(service: str, tags: Tags) -> Any:  # noqa: ANN401 - a list or a map
    """The tags in the words of the service; None for none."""
    calls = CALLS[service]
    if not tags:
        return None
    return dict(tags) if not calls.key else [{calls.key: key, calls.value: str(value)} for key, value in tags.items()]


def on_create(kind: ResourceType, tags: Tags) -> dict[str, Any]:
    """The parameter of the create call that carries the tags. ``kind.tags`` names it; for EC2 the resource type."""
    sent = as_sent(kind.service, tags) if kind.tags not in ("", "after") else None
    if sent is None:
        return {}
    if kind.service == "ec2":
        return {"TagSpecifications": [{"ResourceType": kind.tags, "Tags": sent}]}
    return {kind.tags: sent}


def _resource(kind: ResourceType, situation: Situation) -> Any:  # noqa: ANN401 - a text or a list
    named = situation.p.get(kind.tagged)
    return [named] if _calls(kind).resource.endswith("s") else named


def change(kind: ResourceType, situation: Situation, before: Tags, after: Tags) -> None:
    """Bring the tags of an existing resource from ``before`` to ``after``."""
    if kind.service == "s3":
        _put_bucket_tags(situation, after)
        return
    calls = _calls(kind)
    where = {calls.resource: _resource(kind, situation)}
    lost = [key for key in before if key not in after]
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    if lost:
        keys = [{"Key": key} for key in lost] if calls.keys == "Tags" else lost
        situation.call(kind.service, calls.untag, **where, **{calls.keys: keys})
    if changed:
        situation.call(kind.service, calls.tag, **where, **{calls.tags: as_sent(kind.service, changed)})


def read(kind: ResourceType, situation: Situation, item: Mapping[str, Any]) -> Tags:
    """All tags of a resource but AWS's own and those that the provider ignores."""
    if kind.service == "s3":
        pairs = _bucket_tags(situation)
        return {key: value for key, value in pairs.items() if not _ignored(situation.aws.settings, key)}
    calls = _calls(kind)
    found = item.get("Tags") or item.get("tags")
    if calls.list and not (kind.service in ("ecs", "secretsmanager", "iam") and found is not None):
        try:
            answer = situation.call(kind.service, calls.list, **{calls.resource: _resource(kind, situation)})
        except ClientError as error:
            if code_of(error) != "NotImplemented":
                raise
            return dict(situation.p.get("tagsAll") or {})  # the sandbox keeps no tags here: what was said stays
        found = jmespath.search(calls.found, answer)
    pairs = found if isinstance(found, dict) else {tag[calls.key]: tag[calls.value] for tag in found or []}
    return {key: value for key, value in pairs.items() if not _ignored(situation.aws.settings, key)}


def _put_bucket_tags(situation: Situation, after: Tags) -> None:
    """S3 knows only all tags of a bucket at once."""
    bucket = situation.p["id"]
    if after:
        tagging = {"TagSet": [{"Key": key, "Value": value} for key, value in after.items()]}
        situation.call("s3", "PutBucketTagging", Bucket=bucket, Tagging=tagging)
    else:
        situation.call("s3", "DeleteBucketTagging", Bucket=bucket)


def _bucket_tags(situation: Situation) -> Tags:
    try:
        found = situation.call("s3", "GetBucketTagging", Bucket=situation.p["id"])["TagSet"]
    except ClientError as error:
        if not is_gone(error):
            raise
        return {}
    return {tag["Key"]: tag["Value"] for tag in found}


def _ignored(settings: Settings, key: str) -> bool:
    return key.startswith(("aws:", *settings.ignored_tag_prefixes)) or key in settings.ignored_tags


def own(settings: Settings, found: Tags, said: Tags | None) -> Tags:
    """The tags that are the resource's own: all but default tags, unless the program said them itself too."""
    return {
        key: value for key, value in found.items() if settings.default_tags.get(key) != value or key in (said or {})
    }
