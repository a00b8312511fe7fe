"""Reads the properties of the imitated types and functions out of the installed pulumi_aws SDK.

`python -m sandbox.standins.aws.read_sdk` writes them to facts.json, which the plugin reads in their place: importing
the SDK would cost it a second of every `pulumi` command. A test compares the file with the SDK.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import _types

from sandbox.standins.aws.facts import FACTS_FILE

RESOURCES: Mapping[str, str] = {
    "acm": "Certificate CertificateValidation",
    "appautoscaling": "Policy ScheduledAction Target",
    "backup": "Plan Selection Vault",
    "cloudwatch": "CompositeAlarm Dashboard EventRule EventTarget LogGroup LogMetricFilter LogResourcePolicy "
    "MetricAlarm",
    "ec2": "DefaultSecurityGroup Eip FlowLog InternetGateway NatGateway NetworkAcl Route RouteTable "
    "RouteTableAssociation SecurityGroup Subnet Vpc VpcEndpoint",
    "ecr": "LifecyclePolicy PullThroughCacheRule RegistryPolicy RegistryScanningConfiguration ReplicationConfiguration "
    "Repository RepositoryCreationTemplate RepositoryPolicy",
    "ecs": "Cluster ClusterCapacityProviders Service TaskDefinition",
    "efs": "AccessPoint FileSystem FileSystemPolicy MountTarget",
    "iam": "OpenIdConnectProvider Policy Role RolePolicy RolePolicyAttachment",
    "kms": "Alias Key",
    "lambda_": "Permission",
    "lb": "Listener ListenerRule LoadBalancer TargetGroup",
    "route53": "Record",
    "s3": "Bucket BucketLifecycleConfiguration BucketObjectLockConfiguration BucketPolicy BucketPublicAccessBlock "
    "BucketServerSideEncryptionConfiguration BucketVersioning",
    "scheduler": "Schedule ScheduleGroup",
    "secretsmanager": "Secret SecretRotation SecretVersion",
    "servicediscovery": "HttpNamespace PrivateDnsNamespace Service",
    "sns": "Topic TopicSubscription",
    "sqs": "Queue QueuePolicy",
    "vpc": "SecurityGroupEgressRule SecurityGroupIngressRule",
    "wafv2": "WebAclAssociation",
}
FUNCTIONS: Mapping[str, str] = {
    "": "get_availability_zones get_caller_identity get_partition get_region",
    "ec2": "get_subnet get_subnets get_vpc",
    "ecr": "get_authorization_token get_image get_repositories",
    "iam": "get_policy_document",
    "kms": "get_key",
    "s3": "get_bucket",
    "secretsmanager": "get_secret",
}


def read() -> dict[str, Any]:
    """All facts: for every token the types of its properties, and which of them a program must or may set."""
    resources, functions = {}, {}
    for module, names in RESOURCES.items():
        package = importlib.import_module(f"pulumi_aws.{module}")
        for name in names.split():
            cls = getattr(package, name)
            resources[cls.pulumi_type] = _resource(cls)
    for module, names in FUNCTIONS.items():
        package = importlib.import_module(f"pulumi_aws.{module}" if module else "pulumi_aws")
        for name in names.split():
            token, facts = _function(getattr(package, name))
            functions[token] = facts
    return {"resources": resources, "functions": functions}


def _resource(cls: type) -> dict[str, Any]:
    module = sys.modules[cls.__module__]
    # Where a nested input has the name of the resource's arguments, the latter are called ...InitArgs.
    args = next(getattr(module, name) for name in module.__all__ if re.fullmatch(f"{cls.__name__}(Init)?Args", name))
    names = _types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args.__init__).parameters
    required = [name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty]
    return {
        "inputs": sorted(names.values()),
        "required": sorted(names[name] for name in required if name in names),
        "properties": {name: _kind(kind) for name, kind in sorted(_types.resource_types(cls).items())},
    }


def _function(function: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 - the SDK's functions have no common type
    source = inspect.getsource(function)
    token = re.search(r"invoke\('([^']+)'", source)
    result = re.search(r"typ=(\w+)", source)
    if token is None or result is None:
        raise ValueError(f"{function} is no function of the SDK as it is generated today")
    shape = getattr(sys.modules[function.__module__], result[1])
    return token[1], {
        "inputs": sorted(re.findall(r"__args__\['(\w+)'\]", source)),
        "outputs": sorted(_types.output_type_types(shape)),
    }


def _kind(hint: Any) -> Any:  # noqa: ANN401 - type hints have no common type
    """A type hint as data: "string", "boolean", "integer", "number", [element], {"*": value} or {property: ...}."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = [_kind(argument) for argument in arguments if argument is not type(None)]
        return "string" if "string" in kinds else kinds[0]
    if origin in (list, Sequence):
        return [_kind(arguments[0])]
    if origin in (dict, Mapping):
        return {"*": _kind(arguments[1])}
    if _types.is_output_type(hint):
        return {name: _kind(kind) for name, kind in sorted(_types.output_type_types(hint).items())}
    if isinstance(hint, type) and issubclass(hint, str):
        return "string"
    return {bool: "boolean", int: "integer", float: "number"}[hint]


if __name__ == "__main__":
    FACTS_FILE.write_text(json.dumps(read(), indent=1, sort_keys=True) + "\n", "utf-8")
