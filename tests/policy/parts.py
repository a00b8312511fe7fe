"""What the programs of the rules are put together from: good resources, and ways to change them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policy.checked_resource import CheckedResource

Program = Sequence[CheckedResource]


def resource(
    token: str, name: str = "it", /, depends: Mapping[str, str] | None = None, **properties: Any
) -> CheckedResource:
    """A resource; `depends` names, for a property, the resource that it is made of."""
    links = {key: (f"urn:pulumi:prod::slipway::{target}",) for key, target in (depends or {}).items()}
    return CheckedResource(
        urn=f"urn:pulumi:prod::slipway::{token}::{name}",
        type=token,
        name=name,
        properties=properties,
        depends=links,
    )


@dataclass(frozen=True)
class Cases:
    """The programs of one rule."""

    keeps: Program
    breaks: Mapping[str, Program]
    """How it is broken -> the program."""
    also_keep: Mapping[str, Program] = field(default_factory=dict)


def with_(base: CheckedResource, **changed: Any) -> Program:
    """The program of one resource with other properties; None takes one away. `a__b` is `b` inside `a`."""
    properties: dict[str, Any] = copy.deepcopy(dict(base.properties))
    for path, value in changed.items():
        *above, last = path.split("__")
        holder = properties
        for key in above:
            holder = holder.setdefault(key, {})
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    return [CheckedResource(urn=base.urn, type=base.type, name=base.name, properties=properties, depends=base.depends)]


SERVICE = resource(
    "aws:ecs/service:Service",
    platformVersion="LATEST",
    networkConfiguration={"assignPublicIp": False},
    tags={"Environment": "prod"},
)
TASK_SET = resource("aws:ecs/taskSet:TaskSet", networkConfiguration={"assignPublicIp": False})
CONTAINER: dict[str, Any] = {
    "name": "app",
    "user": "65532:65532",
    "readonlyRootFilesystem": True,
    "logConfiguration": {"logDriver": "awslogs"},
    "environment": [{"name": "PORT", "value": "8080"}],
}


def task(*containers: Mapping[str, Any], **properties: Any) -> CheckedResource:
    return resource(
        "aws:ecs/taskDefinition:TaskDefinition",
        **{
            "networkMode": "awsvpc",
            "tags": {"Environment": "prod"},
            "containerDefinitions": json.dumps(containers or [CONTAINER]),
            **properties,
        },
    )


def container(**changed: Any) -> Program:
    """A task of a good container and one with this changed; None takes a key away."""
    other = {key: value for key, value in {**CONTAINER, "name": "sidecar", **changed}.items() if value is not None}
    return [task(CONTAINER, other)]


def efs(**configuration: Any) -> CheckedResource:
    return task(volumes=[{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", **configuration}}])


CLUSTER = resource(
    "aws:ecs/cluster:Cluster",
    settings=[{"name": "containerInsights", "value": "enhanced"}],
    tags={"Environment": "prod"},
)
CAPACITY_PROVIDER = resource(
    "aws:ecs/capacityProvider:CapacityProvider", autoScalingGroupProvider={"managedTerminationProtection": "ENABLED"}
)
REPOSITORY = resource(
    "aws:ecr/repository:Repository",
    imageScanningConfiguration={"scanOnPush": True},
    imageTagMutability="IMMUTABLE",
    encryptionConfigurations=[{"encryptionType": "KMS", "kmsKey": "arn:aws:kms:eu-west-1:111111111111:key/1"}],
)
LIFECYCLE = resource(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy", "of-it", depends={"repository": "aws:ecr/repository:Repository::it"}
)
PUBLIC = resource("aws:ecrpublic/repository:Repository", tags={"Environment": "prod"})
BALANCER = resource(
    "aws:lb/loadBalancer:LoadBalancer",
    loadBalancerType="application",
    subnets=["subnet-a", "subnet-b"],
    dropInvalidHeaderFields=True,
    desyncMitigationMode="strictest",
    enableDeletionProtection=True,
    accessLogs={"enabled": True, "bucket": "logs"},
)
NETWORK_BALANCER = with_(BALANCER, loadBalancerType="network", dropInvalidHeaderFields=None, desyncMitigationMode=None)
WEB_ACL = resource(
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "of-it",
    depends={"resourceArn": "aws:lb/loadBalancer:LoadBalancer::it"},
)
HTTP = resource(
    "aws:lb/listener:Listener",
    protocol="HTTP",
    defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}],
)
FORWARDING = with_(HTTP, defaultActions=[{"type": "forward"}])
HTTPS = resource(
    "aws:lb/listener:Listener",
    protocol="HTTPS",
    sslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    defaultActions=[{"type": "forward"}],
)
TARGETS = resource("aws:lb/targetGroup:TargetGroup", protocol="HTTPS", healthCheck={"protocol": "HTTPS"})
VPC = resource("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16")
IN_VPC = {"vpcId": "aws:ec2/vpc:Vpc::it"}
DEFAULT_GROUP = resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default", depends=IN_VPC)
FLOW_LOG = resource("aws:ec2/flowLog:FlowLog", "flows", depends=IN_VPC)
SUBNET = resource("aws:ec2/subnet:Subnet", mapPublicIpOnLaunch=False)
INGRESS = resource(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    cidrIpv4="0.0.0.0/0",
    ipProtocol="tcp",
    fromPort=443,
    toPort=443,
)
GROUP = resource("aws:ec2/securityGroup:SecurityGroup", ingress=[])
GROUP_RULE = resource(
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    type="ingress",
    cidrBlocks=["10.0.0.0/16"],
    protocol="tcp",
    fromPort=22,
    toPort=22,
)
ACL = resource(
    "aws:ec2/networkAcl:NetworkAcl",
    subnetIds=["subnet-a"],
    ingress=[{"action": "allow", "cidrBlock": "0.0.0.0/0", "protocol": "tcp", "fromPort": 443, "toPort": 443}],
)
ACL_RULE = resource(
    "aws:ec2/networkAclRule:NetworkAclRule",
    ruleAction="allow",
    egress=False,
    cidrBlock="0.0.0.0/0",
    protocol="tcp",
    fromPort=1024,
    toPort=3388,
)
ACL_ASSOCIATION = resource(
    "aws:ec2/networkAclAssociation:NetworkAclAssociation",
    "one",
    depends={"networkAclId": "aws:ec2/networkAcl:NetworkAcl::it"},
)
ALARM = resource(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    actionsEnabled=True,
    alarmActions=["arn:aws:sns:eu-west-1:111111111111:alerts"],
)
LOG_GROUP = resource("aws:cloudwatch/logGroup:LogGroup", retentionInDays=365)
KEY = resource("aws:kms/key:Key", enableKeyRotation=True)
SECRET = resource("aws:secretsmanager/secret:Secret", name="auth/db")
ROTATION = resource(
    "aws:secretsmanager/secretRotation:SecretRotation",
    depends={"secretId": "aws:secretsmanager/secret:Secret::it"},
    rotationRules={"automaticallyAfterDays": 30},
)
CERTIFICATE = resource("aws:acm/certificate:Certificate", validationMethod="DNS", keyAlgorithm="RSA_2048")


def endpoint(service: str) -> CheckedResource:
    return resource(
        "aws:ec2/vpcEndpoint:VpcEndpoint", service, depends=IN_VPC, serviceName=f"com.amazonaws.eu-west-1.{service}"
    )


def policy(kind: str = "aws:iam/policy:Policy", /, *statements: Mapping[str, Any]) -> Program:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return [resource(kind, policy=json.dumps(document))]


def allow(action: Any, on: Any = "arn:aws:s3:::bucket/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def inline(*statements: Mapping[str, Any]) -> Program:
    document = json.dumps({"Statement": list(statements)})
    return [resource("aws:iam/role:Role", inlinePolicies=[{"name": "all", "policy": document}])]


def key_policy(principal: Any, **more: Any) -> Program:
    return policy(
        "aws:kms/key:Key", {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": principal, **more}
    )


QUEUE = resource("aws:sqs/queue:Queue", sqsManagedSseEnabled=True, tags={"Environment": "prod"})


def queue_policy(principal: Any, **condition: Mapping[str, Any]) -> Program:
    """A queue that the principal may send to, on these conditions."""
    more = {"Condition": condition} if condition else {}
    return policy(QUEUE.type, allow("sqs:SendMessage", "*", Principal=principal, **more))


ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ALL_KEYS = "arn:aws:kms:eu-west-1:111111111111:key/*"
ONE_KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
