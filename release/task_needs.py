"""What a service's own code does with resources of AWS, and the IAM statements that each of it takes. Pure.

A need is declared as people say it: the service *reads* this bucket, *sends* to that queue. The actions are from AWS's
page "Actions, resources, and condition keys" of each service: documented.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Final

from release.kms_service import host_of

LONGEST_NAME: Final = 80
"""Characters of a need's name. With the task's name, its role and Pulumi's digits it is a role policy's, which has 128
(AWS: "PutRolePolicy")."""
VERSION: Final = "2012-10-17"
Statement = dict[str, Any]


class NeedError(ValueError):
    """A need that AWS has no rights for."""


class Verb(Enum):
    """What code does with a resource."""

    READS = "reads"
    WRITES = "writes"
    SENDS = "sends"
    RECEIVES = "receives"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Actions on one part of a resource."""

    actions: str
    """IAM actions, in one string, with spaces between them."""
    on: str = ""
    """What follows the resource's ARN."""
    listed: bool = False
    """Whether it lists the resource, and the prefix therefore is a condition."""


Grants = Mapping[Verb, Sequence[Grant]]


@dataclass(frozen=True)
class _Resource:
    name: str
    """As AWS has it. `{account}`, `{region}` and `{environment}` stand for those of the stack."""
    key: str = ""
    """The customer's KMS key that encrypts it: in the catalogue by its alias, such as `alias/orders`; in a component's
    arguments by its ARN. Empty: AWS's own key, which needs no right."""

    arn: ClassVar[str]
    """What stands before the name: `arn:{partition}:sqs:{region}:{account}:`."""
    names: ClassVar[str]
    """What AWS takes for a name, as a regular expression."""
    grants: ClassVar[Grants]
    encrypted_by: ClassVar[str] = ""
    """The service of AWS that uses the key, as `kms:ViaService` has it; empty: none that these rights could name."""

    @property
    def kind(self) -> str:
        """Its noun, as a name of a need has it."""
        return re.sub("(?<=[a-z])(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def path(self) -> str:
        """Its name as ARNs have it."""
        return self.name


@dataclass(frozen=True)
class Bucket(_Resource):
    """A bucket of S3. To read is to get objects and to list them, to write is to put and to delete them."""

    prefix: str = ""
    """Of the objects' keys, such as `avatars/`. Empty: all objects."""

    arn = "arn:{partition}:s3:::"
    names = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
    encrypted_by = "s3"
    grants: ClassVar[Grants] = {
        Verb.READS: (Grant(actions="s3:GetObject", on="/{prefix}*"), Grant(actions="s3:ListBucket", listed=True)),
        Verb.WRITES: (Grant(actions="s3:PutObject s3:DeleteObject s3:AbortMultipartUpload", on="/{prefix}*"),),
    }


@dataclass(frozen=True)
class Table(_Resource):
    """A table of DynamoDB with its indexes. A key of the customer's is used by grants that the table's owner gives."""

    arn = "arn:{partition}:dynamodb:{region}:{account}:table/"
    names = r"[A-Za-z0-9_.-]{3,255}"
    grants: ClassVar[Grants] = {
        Verb.READS: (
            Grant(actions="dynamodb:GetItem dynamodb:BatchGetItem dynamodb:Query dynamodb:Scan dynamodb:DescribeTable"),
            Grant(actions="dynamodb:Query dynamodb:Scan", on="/index/*"),
        ),
        Verb.WRITES: (
            Grant(
                actions="dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:BatchWriteItem "
                "dynamodb:ConditionCheckItem dynamodb:DescribeTable"
            ),
        ),
    }


@dataclass(frozen=True)
class Queue(_Resource):
    """A queue of SQS. To receive is also to delete what was received, and to ask for more time."""

    arn = "arn:{partition}:sqs:{region}:{account}:"
    names = r"(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?"
    encrypted_by = "sqs"
    grants: ClassVar[Grants] = {
        Verb.SENDS: (Grant(actions="sqs:SendMessage sqs:GetQueueUrl sqs:GetQueueAttributes"),),
        Verb.RECEIVES: (
            Grant(
                actions="sqs:ReceiveMessage sqs:DeleteMessage sqs:ChangeMessageVisibility "
                "sqs:GetQueueUrl sqs:GetQueueAttributes"
            ),
        ),
    }


@dataclass(frozen=True)
class Topic(_Resource):
    """A topic of SNS."""

    arn = "arn:{partition}:sns:{region}:{account}:"
    names = r"(?=.{1,256}$)[A-Za-z0-9_-]+(\.fifo)?"
    encrypted_by = "sns"
    grants: ClassVar[Grants] = {Verb.SENDS: (Grant(actions="sns:Publish"),)}


@dataclass(frozen=True)
class EventBus(_Resource):
    """A bus of EventBridge."""

    arn = "arn:{partition}:events:{region}:{account}:event-bus/"
    names = r"[/A-Za-z0-9_.-]{1,256}"
    grants: ClassVar[Grants] = {Verb.SENDS: (Grant(actions="events:PutEvents"),)}


@dataclass(frozen=True)
class Secret(_Resource):
    """A secret that the code asks Secrets Manager for while it runs. What it needs at its start stands in `secrets`."""

    arn = "arn:{partition}:secretsmanager:{region}:{account}:secret:"
    names = r"[A-Za-z0-9/_+=.@-]{1,512}"
    encrypted_by = "secretsmanager"
    # Secrets Manager adds a hyphen and six letters to the name (AWS: "What's in a Secrets Manager secret?").
    grants: ClassVar[Grants] = {
        Verb.READS: (Grant(actions="secretsmanager:GetSecretValue secretsmanager:DescribeSecret", on="-??????"),)
    }


@dataclass(frozen=True)
class Parameter(_Resource):
    """A parameter that the code asks Systems Manager for while it runs."""

    arn = "arn:{partition}:ssm:{region}:{account}:parameter/"
    names = r"[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+"
    encrypted_by = "ssm"
    grants: ClassVar[Grants] = {Verb.READS: (Grant(actions="ssm:GetParameter ssm:GetParameters"),)}

    @property
    def path(self) -> str:
        """Its name as ARNs have it."""
        return self.name.removeprefix("/")


AwsResource = Bucket | Table | Queue | Topic | EventBus | Secret | Parameter
KINDS: Final = (Bucket, Table, Queue, Topic, EventBus, Secret, Parameter)
KEY_ACTIONS: Final[Mapping[Verb, tuple[str, ...]]] = {
    Verb.READS: ("kms:Decrypt",),
    Verb.RECEIVES: ("kms:Decrypt",),
    Verb.WRITES: ("kms:Decrypt", "kms:GenerateDataKey"),
    Verb.SENDS: ("kms:Decrypt", "kms:GenerateDataKey"),
}
"""AWS: "Amazon SQS Key management" (a producer needs both), and the same of S3 for uploads in parts: documented."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the resources are."""

    account: str
    region: str
    partition: str = "aws"


@dataclass(frozen=True, kw_only=True)
class TaskNeed:
    """One need. It becomes a role policy of its own, so that it can go when it is no longer declared."""

    verb: Verb
    resource: AwsResource
    place: Place

    @property
    def name(self) -> str:
        """`reads-bucket-avatars`: what it is, for the name of its policy."""
        prefix = getattr(self.resource, "prefix", "")
        return policy_name(f"{self.verb.value}-{self.resource.kind}-", f"{self.resource.name}{prefix}")

    def document(self) -> dict[str, Any]:
        """The policy document."""
        return {"Version": VERSION, "Statement": [*self._grants(), *self._key()]}

    def _grants(self) -> Iterator[Statement]:
        place, prefix = vars(self.place), getattr(self.resource, "prefix", "")
        arn = self.resource.arn.format(**place) + self.resource.path
        for grant in self.resource.grants[self.verb]:
            statement = {
                "Effect": "Allow",
                "Action": sorted(grant.actions.split()),
                "Resource": [arn + grant.on.format(prefix=prefix)],
            }
            only = {"Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}}} if grant.listed and prefix else {}
            yield {**statement, **only}

    def _key(self) -> Iterator[Statement]:
        if self.resource.key:
            host = host_of(self.resource.encrypted_by, self.place.region, self.place.partition)
            yield {
                "Effect": "Allow",
                "Action": list(KEY_ACTIONS[self.verb]),
                "Resource": [self.resource.key],
                "Condition": {"StringEquals": {"kms:ViaService": host}},
            }


Declared = Mapping[Verb, Sequence[AwsResource]]


def check(declared: Declared) -> None:
    """Raises `NeedError` for what cannot be allowed: a verb that a resource has not, a name that AWS does not take."""
    for verb, resources in declared.items():
        for resource in resources:
            _check(verb, resource)
            if list(resources).count(resource) > 1:
                raise NeedError(f"{verb.value}: {resource.kind} {resource.name!r} stands there twice; once is enough")


def _check(verb: Verb, resource: AwsResource) -> None:
    what = f"{verb.value}: {resource.kind} {resource.name!r}"
    if verb not in resource.grants:
        known = ", ".join(f"`{one.value}`" for one in resource.grants)
        raise NeedError(f"{what}: what code does with a {resource.kind} is {known}")
    try:
        name = resource.name.format(account="1" * 12, region="eu-west-1", environment="test")
    except (KeyError, IndexError, ValueError):
        raise NeedError(f"{what}: a name takes {{account}}, {{region}} and {{environment}}, and nothing else") from None
    if not re.fullmatch(resource.names, name):
        raise NeedError(f"{what} is no name of a {resource.kind}; name it as AWS does, without its ARN")
    if re.search(r"[*?]", getattr(resource, "prefix", "")):
        raise NeedError(f"{what}: prefix {getattr(resource, 'prefix', '')!r} has a wildcard; what follows is its own")
    if resource.key and not resource.encrypted_by:
        raise NeedError(f"{what}: rights on its key go by grants of its owner; leave `key` out")


def needs_of(declared: Declared, place: Place) -> Sequence[TaskNeed]:
    """The needs, each once. Raises `NeedError` as `check` does."""
    check(declared)
    return tuple(
        TaskNeed(verb=verb, resource=resource, place=place)
        for verb, resources in declared.items()
        for resource in resources
    )


def policy_name(start: str, rest: str) -> str:
    """A name of a policy: lower-case words, 80 characters at most, with a sum where something of the rest is lost."""
    words = re.sub("[^a-z0-9]+", "-", rest.lower())
    if words == rest and len(start + words) <= LONGEST_NAME:
        return start + words
    digits = hashlib.sha256(rest.encode()).hexdigest()[:8]
    return f"{(start + words)[: LONGEST_NAME - len(digits) - 1].rstrip('-')}-{digits}"
