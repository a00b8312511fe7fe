"""IAM documents of needs: statements, split into managed policies that AWS takes. Pure."""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from access.need import EVERYTHING, Need, When

VERSION: Final = "2012-10-17"
LONGEST: Final = 6_144
"""Characters of a managed policy, white space not counted. AWS: "IAM and AWS STS quotas": *documented*."""
MOST: Final = 10
"""Managed policies of a role, by default. The same page: *documented*."""
_MANY: Final = 4_000
"""Characters of ARNs in one statement: what is longer is told in several."""

NAMED_KEYS: Final = "named_key"
"""In `Setting.names`: the aliases of keys that somebody else makes."""

Statement = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What the placeholders of needs stand for in one stack."""

    account: str
    region: str
    partition: str = "aws"
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Placeholder -> names, with wildcards where part of a name is not known."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The tags that every resource of the stack carries: what it owns."""
    boundary: str = ""
    """ARN of the policy that bounds each role that is made; empty: none does."""

    def arns(self, template: str) -> list[str]:
        """The ARNs that a template stands for: none where the program has none of the names."""
        keys = [key for _, key, _, _ in string.Formatter().parse(template) if key]
        place = {"account": [self.account], "region": [self.region], "partition": [self.partition]}
        choices = [list({**self.names, **place}.get(key, ())) for key in keys]
        return [template.format(**dict(zip(keys, chosen, strict=True))) for chosen in product(*choices)]

    def conditions(self, need: Need) -> dict[str, dict[str, Any]]:
        """The conditions of a need, as IAM has them."""
        bound = {"StringEquals": {"iam:PermissionsBoundary": self.boundary}} if self.boundary else {}
        made = {f"aws:RequestTag/{key}": value for key, value in sorted(self.tags.items())}
        clusters = self.arns("arn:{partition}:ecs:{region}:{account}:cluster/{cluster}")
        known: dict[When, dict[str, dict[str, Any]]] = {
            When.ALWAYS: {},
            When.OWNED: {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in sorted(self.tags.items())}},
            When.MADE: {"StringEquals": made},
            When.TAGGED_WHILE_MADE: {"StringEquals": made, "Null": {"ec2:CreateAction": "false"}},
            When.BOUNDED: bound,
            When.ATTACHED: {**bound, "ArnLike": {"iam:PolicyARN": self._attached()}},
            When.PASSED: {"StringEquals": {"iam:PassedToService": need.service}},
            When.SERVICE_LINKED: {"StringEquals": {"iam:AWSServiceName": need.service}},
            When.SCALES_ECS: {"StringEquals": {"application-autoscaling:service-namespace": "ecs"}},
            When.NAMED: {"ForAnyValue:StringEquals": {"kms:ResourceAliases": list(self.names.get(NAMED_KEYS, ()))}},
            When.IN_CLUSTER: {"ArnEquals": {"ecs:cluster": clusters}},
        }
        return known[need.when]

    def _attached(self) -> list[str]:
        """The policies that the program attaches. One that it makes itself is known by its account alone."""
        own = f"arn:{self.partition}:iam::{self.account}:policy/{EVERYTHING}"
        return sorted({arn if arn.startswith("arn:") else own for arn in self.names.get("attached", ())})


def statements(needs: Iterable[Need], setting: Setting) -> list[Statement]:
    """What allows all the needs: actions on the same resources under the same condition together."""
    together: dict[str, tuple[set[str], list[str], dict[str, Any]]] = {}
    for need in needs:
        if need.when is When.NAMED and not setting.names.get(NAMED_KEYS):
            continue
        resources = sorted({arn for template in need.on for arn in setting.arns(template)})
        if not resources:
            continue
        conditions = setting.conditions(need)
        key = json.dumps([resources, conditions], sort_keys=True)
        together.setdefault(key, (set(), resources, conditions))[0].update(need.each)
    return [
        _statement(actions, some, conditions)
        for actions, resources, conditions in together.values()
        for some in _chunks(resources)
    ]


def _statement(actions: Iterable[str], resources: Sequence[str], conditions: Mapping[str, Any]) -> Statement:
    made: Statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return {**made, "Condition": dict(conditions)} if conditions else made


def _chunks(resources: Sequence[str]) -> Iterable[Sequence[str]]:
    chunk: list[str] = []
    for arn in resources:
        if chunk and sum(map(len, chunk)) + len(arn) > _MANY:
            yield chunk
            chunk = []
        chunk.append(arn)
    yield chunk


def document(some: Sequence[Statement]) -> str:
    """A policy document as short as JSON can be."""
    return json.dumps({"Version": VERSION, "Statement": list(some)}, separators=(",", ":"))


def split(all_of_them: Sequence[Statement]) -> list[str]:
    """Documents that AWS takes as managed policies of one role, in the order of the statements.

    Raises `ValueError` where ten are not enough.
    """
    documents: list[list[Statement]] = [[]]
    for statement in all_of_them:
        if documents[-1] and len(document([*documents[-1], statement])) > LONGEST:
            documents.append([])
        documents[-1].append(statement)
    written = [document(some) for some in documents if some]
    if len(written) > MOST or any(len(one) > LONGEST for one in written):
        raise ValueError(
            f"the role needs {len(written)} policies of {LONGEST} characters, and AWS attaches {MOST} to a role: "
            "divide the services among several stacks"
        )
    return written
