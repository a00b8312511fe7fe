"""A row for each imitated type: how it is made, what may change in place, what replaces it, how it is imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.standins.small_engine import Resource
from tests.sandbox.standins.world import CONTAINER, TRUST, World, definition

Inputs = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """``changes`` are made one after the other, each on top of those before; None takes a property out."""

    token: str
    inputs: Callable[[World], Inputs]
    changes: Callable[[World], list[Inputs]] = field(default=lambda _: [])
    replacements: Callable[[World], list[Inputs]] = field(default=lambda _: [])
    import_id: Callable[[World, Resource], str] = field(default=lambda _, resource: resource.id)
    stays: bool = False
    """Deleting it leaves something of that id behind, as in AWS."""
    name: str = "it"
    can_be_imported: bool = True
    """Whether the real plugin takes its id for an import."""
    forgets: str = ""
    """What the sandbox does not tell an import."""


def _tags() -> list[Inputs]:
    return [{"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "3"}}, {"tags": None}]


def _policy(action: str, **more: Any) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": ["*"], **more}]}
    )


def _queue_policy(action: str) -> str:
    return _policy(action, Principal={"Service": "events.amazonaws.com"})


def _dead_letters(w: World, receives: int) -> str:
    return json.dumps({"deadLetterTargetArn": w.queues[0].outputs["arn"], "maxReceiveCount": receives})


def _run_task(w: World, **more: Any) -> Inputs:
    network = {"subnets": w.subnets, "securityGroups": w.groups[:1], "assignPublicIp": False}
    task = {
        "taskDefinitionArn": w.definition.outputs["arn"],
        "launchType": "FARGATE",
        "propagateTags": "TASK_DEFINITION",
        "enableEcsManagedTags": True,
        "networkConfiguration": network,
    }
    role = "arn:aws:iam::111111111111:role/scheduler"
    return {"arn": w.cluster.outputs["arn"], "roleArn": role, "ecsParameters": task, **more}


def _scanned(pattern: str) -> Inputs:
    return {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": pattern, "filterType": "WILDCARD"}]}


def _replicated(*regions: str) -> Inputs:
    return {
        "destinations": [{"region": region, "registryId": "111111111111"} for region in regions],
        "repositoryFilters": [{"filter": "shared/", "filterType": "PREFIX_MATCH"}],
    }


def _hub(number: int) -> str:
    return f"arn:aws:secretsmanager:eu-west-1:111111111111:secret:ecr-pullthroughcache/hub{number}-AbCdEf"


def _backup(days: int) -> Inputs:
    return {
        "ruleName": "daily",
        "targetVaultName": "files",
        "schedule": "cron(0 3 * * ? *)",
        "startWindow": 60,
        "lifecycle": {"deleteAfter": days},
    }


def _rules(*ports: int) -> list[Inputs]:
    return [{"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": ["10.0.0.0/8"]} for port in ports]


def _acl_rule(number: int, protocol: str, first: int, last: int) -> Inputs:
    ports = {"fromPort": first, "toPort": last}
    return {"ruleNo": number, "protocol": protocol, **ports, "action": "allow", "cidrBlock": "0.0.0.0/0"}


def _strategies(w: World) -> list[Inputs]:
    """Every way to shift traffic, one after the other, and back to rolling."""
    balancer = {"targetGroupArn": w.targets[0], "containerName": "web", "containerPort": 8080}
    advanced = {
        "alternateTargetGroupArn": w.targets[1],
        "productionListenerRule": w.forwarding_rule,
        "roleArn": w.role.outputs["arn"],
    }
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    return [
        {
            "loadBalancers": [{**balancer, "advancedConfiguration": advanced}],
            "deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "5"},
        },
        {
            "deploymentConfiguration": {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": "1",
                "linearConfiguration": {"stepPercent": 20, "stepBakeTimeInMinutes": "2"},
            }
        },
        {
            "deploymentConfiguration": {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "1",
                "canaryConfiguration": {"canaryPercent": 12.5, "canaryBakeTimeInMinutes": "3"},
                "lifecycleHooks": [pause],
            }
        },
        {"deploymentConfiguration": {"strategy": "ROLLING"}},
    ]


NETWORK = [
    Case(
        "aws:ec2/vpc:Vpc",
        lambda _: {"cidrBlock": "10.1.0.0/16"},
        lambda _: [{"enableDnsHostnames": True}, {"enableDnsSupport": False}, *_tags()],
        lambda _: [{"cidrBlock": "10.2.0.0/16"}, {"instanceTenancy": "dedicated"}],
    ),
    Case(
        "aws:ec2/subnet:Subnet",
        lambda w: {"vpcId": w.vpc, "cidrBlock": "10.0.9.0/24", "availabilityZone": "eu-west-1c"},
        lambda _: [{"mapPublicIpOnLaunch": True}, {"mapPublicIpOnLaunch": None}, *_tags()],
        lambda _: [{"cidrBlock": "10.0.8.0/24"}, {"availabilityZone": "eu-west-1a"}, {"vpcId": "vpc-1"}],
    ),
    Case("aws:ec2/internetGateway:InternetGateway", lambda _: {}, lambda _: _tags()),
    Case("aws:ec2/eip:Eip", lambda _: {"domain": "vpc"}, lambda _: _tags(), lambda _: [{"domain": "standard"}]),
    Case(
        "aws:ec2/natGateway:NatGateway",
        lambda w: {"connectivityType": "private", "subnetId": w.subnets[0]},
        lambda _: _tags(),
        lambda w: [{"subnetId": w.subnets[1]}, {"connectivityType": "public"}],
    ),
    Case(
        "aws:ec2/routeTable:RouteTable", lambda w: {"vpcId": w.vpc}, lambda _: _tags(), lambda _: [{"vpcId": "vpc-1"}]
    ),
    Case(
        "aws:ec2/route:Route",
        lambda w: {"routeTableId": w.tables[0], "destinationCidrBlock": "0.0.0.0/0", "gatewayId": w.gateway},
        lambda w: [{"gatewayId": None, "natGatewayId": w.nat}],
        lambda w: [{"destinationCidrBlock": "1.0.0.0/8"}, {"routeTableId": w.tables[1]}],
        lambda w, _: f"{w.tables[0]}_0.0.0.0/0",
    ),
    Case(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda w: {"routeTableId": w.tables[0], "subnetId": w.subnets[0]},
        lambda w: [{"routeTableId": w.tables[1]}],
        lambda w: [{"subnetId": w.subnets[1]}],
        lambda w, _: f"{w.subnets[0]}/{w.tables[1]}",
    ),
    Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda w: {
            "vpcId": w.vpc,
            "vpcEndpointType": "Interface",
            "serviceName": "com.amazonaws.eu-west-1.ecr.api",
            "privateDnsEnabled": True,
            "subnetIds": w.subnets[:1],
            "securityGroupIds": w.groups[:1],
        },
        lambda w: [{"subnetIds": w.subnets}, {"securityGroupIds": w.groups}, *_tags()],
        lambda _: [{"serviceName": "com.amazonaws.eu-west-1.ecr.dkr"}, {"vpcId": "vpc-1"}],
    ),
    Case(
        "aws:ec2/flowLog:FlowLog",
        lambda w: {
            "vpcId": w.vpc,
            "trafficType": "ALL",
            "logDestination": f"arn:aws:logs:eu-west-1:111111111111:log-group:{w.log_group}",
            "iamRoleArn": w.role.outputs["arn"],
        },
        lambda _: _tags(),
        lambda w: [
            {"trafficType": "REJECT"},
            {"vpcId": None, "subnetId": w.subnets[0]},
            {"maxAggregationInterval": 60},
            {"logDestination": "arn:aws:logs:eu-west-1:111111111111:log-group:other"},
        ],
    ),
    Case(
        "aws:ec2/networkAcl:NetworkAcl",
        lambda w: {
            "vpcId": w.vpc,
            "subnetIds": w.subnets[:1],
            "ingress": [_acl_rule(100, "tcp", 80, 80), _acl_rule(110, "17", 1024, 65535)],
            "egress": [_acl_rule(100, "-1", 0, 0)],
        },
        lambda w: [
            {"ingress": [_acl_rule(100, "6", 443, 443), {**_acl_rule(120, "1", 0, 0), "icmpType": 3, "icmpCode": 4}]},
            {"subnetIds": w.subnets},
            {"subnetIds": w.subnets[1:]},
            {"egress": [{**_acl_rule(100, "-1", 0, 0), "action": "deny"}]},
            *_tags(),
        ],
        lambda _: [{"vpcId": "vpc-1"}],
    ),
    Case(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda w: {"vpcId": w.vpc, "ingress": [*_rules(80, 443), {**_rules(81)[0], "cidrBlocks": [], "self": True}]},
        lambda w: [
            {"ingress": _rules(443)},
            {"egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "securityGroups": w.groups[:1]}]},
            {"ingress": [], "egress": []},
            *_tags(),
        ],
        lambda _: [{"description": "other"}, {"name": "other"}, {"vpcId": "vpc-1"}],
    ),
    Case(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        lambda w: {"vpcId": w.vpc},
        lambda _: [{"ingress": _rules(80)}, {"ingress": None}, *_tags()],
        stays=True,
    ),
    *(
        Case(
            f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule",
            lambda w: {
                "securityGroupId": w.groups[0],
                "ipProtocol": "tcp",
                "fromPort": 80,
                "toPort": 80,
                "cidrIpv4": "10.0.0.0/8",
            },
            lambda _: [
                {"description": "d"},
                {"description": None},
                {"toPort": 81},
                {"cidrIpv4": "10.1.0.0/16"},
                *_tags(),
            ],
            lambda w: [{"securityGroupId": w.groups[1]}],
        )
        for way in ("Ingress", "Egress")
    ),
]

BALANCING = [
    Case(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda w: {"internal": True, "subnets": w.subnets, "securityGroups": w.groups[:1], "idleTimeout": 30},
        lambda w: [
            {"idleTimeout": None},
            {"securityGroups": w.groups},
            {"enableDeletionProtection": True},
            {"enableDeletionProtection": False},
            {"dropInvalidHeaderFields": True},
            *_tags(),
        ],
        lambda _: [{"internal": False}, {"name": "other"}, {"loadBalancerType": "network"}],
    ),
    Case(
        "aws:lb/targetGroup:TargetGroup",
        lambda w: {
            "port": 8080,
            "protocol": "HTTP",
            "targetType": "ip",
            "vpcId": w.vpc,
            "healthCheck": {"path": "/health", "interval": 10, "timeout": 5, "matcher": "200"},
        },
        lambda _: [
            {"deregistrationDelay": 5},
            {"slowStart": 30},
            {"healthCheck": {"path": "/other", "matcher": "200-299"}},
            {"stickiness": {"type": "lb_cookie", "enabled": True, "cookieDuration": 60}},
            {"stickiness": {"type": "lb_cookie", "enabled": False}},
            {"slowStart": 0, "loadBalancingAlgorithmType": "weighted_random"},
            *_tags(),
        ],
        lambda _: [
            {"port": 81},
            {"protocol": "HTTPS"},
            {"protocolVersion": "GRPC"},
            {"targetType": "instance"},
            {"name": "other"},
        ],
    ),
    Case(
        "aws:lb/listener:Listener",
        lambda w: {
            "loadBalancerArn": w.balancer,
            "port": 8000,
            "defaultActions": [
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
            ],
        },
        lambda w: [
            {"port": 8001},
            {"defaultActions": [{"type": "forward", "targetGroupArn": w.targets[0]}]},
            {
                "defaultActions": [
                    {
                        "type": "forward",
                        "forward": {"targetGroups": [{"arn": arn, "weight": n} for n, arn in enumerate(w.targets)]},
                    }
                ]
            },
            {
                "defaultActions": [
                    {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}
                ]
            },
            *_tags(),
        ],
        lambda _: [{"loadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x/1"}],
    ),
    Case(
        "aws:lb/listenerRule:ListenerRule",
        lambda w: {
            "listenerArn": w.listener,
            "conditions": [{"pathPattern": {"values": ["/a", "/b"]}}],
            "actions": [{"type": "forward", "targetGroupArn": w.targets[0]}],
        },
        lambda w: [
            {"priority": 7},
            {"conditions": [{"hostHeader": {"values": ["x.example"]}}, {"queryStrings": [{"key": "a", "value": "b"}]}]},
            {"actions": [{"type": "forward", "targetGroupArn": w.targets[1]}]},
            *_tags(),
        ],
        lambda _: [{"listenerArn": "arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/x/1/2"}],
    ),
]

CONTAINERS = [
    Case(
        "aws:ecs/cluster:Cluster",
        lambda _: {"name": "cases", "settings": [{"name": "containerInsights", "value": "enabled"}]},
        lambda _: [{"settings": [{"name": "containerInsights", "value": "disabled"}]}, *_tags()],
        lambda _: [{"name": "other"}],
        lambda _, resource: str(resource.outputs["name"]),
    ),
    Case(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        lambda w: {
            "clusterName": w.cluster.outputs["name"],
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}],
        },
        lambda _: [
            {"defaultCapacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]},
            {"capacityProviders": ["FARGATE_SPOT"]},
        ],
        lambda _: [{"clusterName": "other"}],
        stays=True,
    ),
    Case(
        "aws:ecs/taskDefinition:TaskDefinition",
        lambda w: {
            **definition("cases"),
            "executionRoleArn": w.role.outputs["arn"],
            "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        },
        lambda _: [{"trackLatest": True}, {"trackLatest": False}, *_tags()],
        lambda _: [
            {"cpu": "512", "memory": "1024"},
            {"family": "other"},
            {"containerDefinitions": json.dumps([{**CONTAINER, "environment": []}])},
            {"executionRoleArn": None},
        ],
        lambda _, resource: str(resource.outputs["arn"]),
    ),
    Case(
        "aws:ecs/service:Service",
        lambda w: {
            **w.service_inputs(),
            "desiredCount": 1,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "loadBalancers": [{"targetGroupArn": w.targets[0], "containerName": "web", "containerPort": 8080}]
            if w.listener
            else [],
            "enableExecuteCommand": True,
        },
        lambda w: [
            {"desiredCount": 0},
            {"healthCheckGracePeriodSeconds": 60},
            {"healthCheckGracePeriodSeconds": None},
            {"enableExecuteCommand": None},
            {"desiredCount": 1},
            {"desiredCount": None},
            {"deploymentMaximumPercent": 150, "deploymentMinimumHealthyPercent": 50},
            {"networkConfiguration": {"subnets": w.subnets[:1], "securityGroups": w.groups[1:]}},
            {"deploymentCircuitBreaker": {"enable": False, "rollback": False}},
            *_strategies(w),
            {"triggers": {"why": "again"}, "forceNewDeployment": True},
            *_tags(),
        ],
        lambda w: [{"launchType": "EC2"}, {"name": "other"}, {"cluster": "other"}],
        lambda w, resource: f"{w.cluster.outputs['name']}/{resource.outputs['name']}",
    ),
    Case(
        "aws:ecr/repository:Repository",
        lambda _: {
            "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filter": "dev*", "filterType": "WILDCARD"}],
            "imageScanningConfiguration": {"scanOnPush": True},
        },
        lambda _: [
            {"imageScanningConfiguration": {"scanOnPush": False}},
            {"imageTagMutability": "IMMUTABLE", "imageTagMutabilityExclusionFilters": None},
            {"forceDelete": True},
            *_tags(),
        ],
        lambda _: [{"name": "other"}],
        name="It",
    ),
    Case(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        lambda w: {"repository": w.repository, "policy": _expiry(10)},
        replacements=lambda _: [{"policy": _expiry(20)}, {"repository": "other"}],
    ),
    Case(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        lambda w: {"repository": w.repository, "policy": _policy("ecr:BatchGetImage", Sid="pull", Principal="*")},
        lambda _: [{"policy": _policy("ecr:GetDownloadUrlForLayer", Sid="pull", Principal="*")}],
        lambda _: [{"repository": "other"}],
    ),
    Case(
        "aws:ecr/registryPolicy:RegistryPolicy",
        lambda _: {"policy": _policy("ecr:ReplicateImage", Principal="*")},
        lambda _: [{"policy": _policy("ecr:CreateRepository", Principal="*")}],
    ),
    Case(
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        lambda _: {"scanType": "BASIC", "rules": [_scanned("web*")]},
        lambda _: [{"rules": [_scanned("api*")]}, {"rules": None}],
        stays=True,
    ),
    Case(
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        lambda _: {"replicationConfiguration": {"rules": [_replicated("eu-central-1")]}},
        lambda _: [{"replicationConfiguration": {"rules": [_replicated("eu-west-2", "eu-west-3")]}}],
        stays=True,
    ),
    Case(
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        lambda _: {
            "prefix": "cached",
            "appliedFors": ["PULL_THROUGH_CACHE"],
            "description": "d",
            "encryptionConfigurations": [{"encryptionType": "AES256"}],
            "lifecyclePolicy": json.dumps({"rules": []}),
        },
        lambda _: [
            {"description": "other"},
            {"imageTagMutability": "IMMUTABLE"},
            {"appliedFors": ["PULL_THROUGH_CACHE", "REPLICATION"]},
        ],
        lambda _: [{"prefix": "other"}],
    ),
    Case(
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        lambda _: {
            "ecrRepositoryPrefix": "hub",
            "upstreamRegistryUrl": "registry-1.docker.io",
            "credentialArn": _hub(1),
        },
        lambda _: [{"credentialArn": _hub(2)}],
        lambda _: [{"ecrRepositoryPrefix": "other"}, {"upstreamRegistryUrl": "quay.io"}],
    ),
]


def _expiry(count: int) -> str:
    selection = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": count}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


IDENTITY = [
    Case(
        "aws:iam/role:Role",
        lambda _: {"assumeRolePolicy": json.dumps(TRUST), "description": "d"},
        lambda _: [
            {"description": "e"},
            {"maxSessionDuration": 7200},
            {"assumeRolePolicy": json.dumps(TRUST).replace("ecs-tasks", "lambda")},
            *_tags(),
        ],
        lambda _: [{"name": "other"}, {"path": "/other/"}],
    ),
    Case(
        "aws:iam/policy:Policy",
        lambda _: {"policy": _policy("s3:GetObject"), "description": "d"},
        lambda _: [*({"policy": _policy(f"s3:PutObject{number}")} for number in range(6)), *_tags()],
        lambda _: [{"name": "other"}, {"description": "e"}],
    ),
    Case(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        lambda _: {"url": "https://token.actions.githubusercontent.com", "clientIdLists": ["sts.amazonaws.com"]},
        lambda _: _tags(),
        lambda _: [{"url": "https://gitlab.example.com"}],
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        lambda w: {"role": w.role.id, "policy": _policy("s3:GetObject")},
        lambda _: [{"policy": _policy("s3:PutObject")}],
        lambda _: [{"role": "other"}, {"name": "other"}],
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda w: {"role": w.role.id, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        replacements=lambda _: [{"role": "other"}, {"policyArn": "arn:aws:iam::aws:policy/Other"}],
    ),
    Case(
        "aws:kms/key:Key",
        lambda _: {"description": "d", "deletionWindowInDays": 7, "enableKeyRotation": True},
        lambda _: [
            {"description": "e"},
            {"enableKeyRotation": False},
            {"isEnabled": False},
            {"isEnabled": True},
            *_tags(),
        ],
        lambda _: [{"keyUsage": "SIGN_VERIFY"}, {"multiRegion": True}],
    ),
    Case(
        "aws:backup/vault:Vault",
        lambda w: {"kmsKeyArn": f"arn:aws:kms:eu-west-1:111111111111:key/{w.key}"},
        lambda _: _tags(),
        lambda _: [{"name": "other"}],
    ),
    Case(
        "aws:backup/plan:Plan",
        lambda _: {"rules": [_backup(35)]},
        lambda _: [
            {"rules": [_backup(40)]},
            {"rules": [{**_backup(120), "lifecycle": {"deleteAfter": 120, "coldStorageAfter": 30}}]},
            *_tags(),
        ],
        lambda _: [{"name": "other"}],
    ),
    Case(
        "aws:backup/selection:Selection",
        lambda w: {
            "planId": w.backup_plan,
            "iamRoleArn": w.role.outputs["arn"],
            "resources": ["arn:aws:elasticfilesystem:*:*:file-system/*"],
            "conditions": [{"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}],
        },
        replacements=lambda _: [
            {"resources": ["*"]},
            {"conditions": [{"stringLikes": [{"key": "aws:ResourceTag/backup", "value": "d*"}]}]},
        ],
        import_id=lambda w, resource: f"{w.backup_plan}|{resource.id}",
    ),
    Case("aws:kms/alias:Alias", lambda w: {"targetKeyId": w.key}, replacements=lambda _: [{"name": "alias/other"}]),
    Case(
        "aws:secretsmanager/secret:Secret",
        lambda _: {"description": "d", "recoveryWindowInDays": 0},
        lambda _: [{"description": "e"}, {"recoveryWindowInDays": 7}, *_tags()],
        lambda _: [{"name": "other"}],
    ),
    Case(
        "aws:secretsmanager/secretRotation:SecretRotation",
        lambda w: {
            "secretId": w.valued_secret,
            "rotationLambdaArn": w.function,
            "rotationRules": {"automaticallyAfterDays": 30, "duration": "3h"},
            "rotateImmediately": False,
        },
        lambda _: [
            {"rotationRules": {"automaticallyAfterDays": 7}},
            {"rotationRules": {"scheduleExpression": "rate(9 days)"}},
        ],
        lambda _: [{"secretId": "other"}],
    ),
    Case(
        "aws:lambda/permission:Permission",
        lambda w: {
            "statementId": "rotate",
            "action": "lambda:InvokeFunction",
            "function": w.function,
            "principal": "secretsmanager.amazonaws.com",
            "sourceArn": w.valued_secret,
            "sourceAccount": "111111111111",
        },
        replacements=lambda _: [
            {"statementId": "other"},
            {"principal": "events.amazonaws.com"},
            {"sourceArn": "other"},
        ],
        import_id=lambda w, resource: f"{w.function}/{resource.id}",
    ),
    Case(
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda w: {"secretId": w.secret, "secretString": "hunter2"},
        replacements=lambda _: [{"secretString": "other"}, {"secretId": "other"}],
        stays=True,
    ),
]

WATCHING = [
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda _: {"retentionInDays": 30},
        lambda _: [{"retentionInDays": 7}, {"retentionInDays": None}, *_tags()],
        lambda _: [{"name": "other"}],
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda _: {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "metricName": "HTTPCode_Target_5XX_Count",
            "namespace": "AWS/ApplicationELB",
            "period": 60,
            "statistic": "Sum",
            "threshold": 1.5,
            "dimensions": {"LoadBalancer": "app/x/1"},
        },
        lambda _: [
            {"threshold": 2},
            {"alarmDescription": "d"},
            {"dimensions": {"LoadBalancer": "app/y/1"}},
            {"treatMissingData": "notBreaching"},
            {"alarmActions": ["arn:aws:sns:eu-west-1:111111111111:topic"]},
            *_tags(),
        ],
        lambda _: [{"name": "other"}],
    ),
    Case(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        lambda w: {"alarmName": "composite-case", "alarmRule": f'ALARM("{w.alarm}")'},
        lambda w: [
            {"alarmDescription": "d"},
            {"alarmRule": f'NOT ALARM("{w.alarm}")'},
            {"alarmActions": [w.topic], "okActions": [w.topic]},
            {"okActions": None},
            *_tags(),
        ],
        lambda _: [{"alarmName": "other"}, {"actionsEnabled": False}],
    ),
    Case(
        "aws:cloudwatch/dashboard:Dashboard",
        lambda _: {"dashboardName": "case", "dashboardBody": _dashboard("before")},
        lambda _: [{"dashboardBody": _dashboard("after")}],
        lambda _: [{"dashboardName": "other"}],
    ),
    Case(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        lambda w: {
            "logGroupName": w.log_group,
            "pattern": "ERROR",
            "metricTransformation": {"name": "Errors", "namespace": "Cases", "value": "1", "defaultValue": "0"},
        },
        lambda _: [
            {"pattern": "?ERROR ?FATAL"},
            {"metricTransformation": {"name": "Errors", "namespace": "Cases", "value": "2", "unit": "Count"}},
            {"pattern": ""},
        ],
        lambda _: [{"name": "other"}, {"logGroupName": "other"}],
        lambda w, resource: f"{w.log_group}:{resource.id}",
    ),
    Case(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        lambda _: {"policyName": "case", "policyDocument": _written_by("events.amazonaws.com")},
        lambda _: [{"policyDocument": _written_by("delivery.logs.amazonaws.com")}],
        lambda _: [{"policyName": "other"}],
    ),
    Case(
        "aws:cloudwatch/eventRule:EventRule",
        lambda _: {"eventPattern": json.dumps({"source": ["aws.ecs"]})},
        lambda _: [
            {"description": "d"},
            {"eventPattern": json.dumps({"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]})},
            {"state": "DISABLED"},
            *_tags(),
        ],
        lambda _: [{"name": "other"}, {"eventBusName": "other"}],
    ),
    Case(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda w: {"rule": w.event_rule, "targetId": "case", "arn": w.topic},
        lambda _: [
            {"inputTransformer": {"inputPaths": {"what": "$.detail.eventName"}, "inputTemplate": '"<what>"'}},
            {"retryPolicy": {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 1}},
            {"inputTransformer": None, "input": json.dumps({"a": 1})},
        ],
        lambda _: [{"targetId": "other"}, {"rule": "other"}],
        lambda w, _: f"{w.event_rule}/case",
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda w: {"topic": w.topic, "protocol": "email", "endpoint": "on-call@example.com"},
        lambda _: [{"filterPolicy": json.dumps({"a": ["b"]})}],
        lambda _: [{"endpoint": "other@example.com"}, {"protocol": "email-json"}, {"topic": "other"}],
    ),
    Case(
        "aws:sns/topic:Topic",
        lambda _: {"displayName": "d"},
        lambda _: [{"displayName": "e"}, {"kmsMasterKeyId": "alias/aws/sns"}, *_tags()],
        lambda _: [{"name": "other"}],
    ),
    Case(
        "aws:sqs/queue:Queue",
        lambda _: {"messageRetentionSeconds": 1_209_600},
        lambda w: [
            {"visibilityTimeoutSeconds": 120, "receiveWaitTimeSeconds": 20},
            {"redrivePolicy": _dead_letters(w, 5)},
            {"redrivePolicy": _dead_letters(w, 3)},
            {"policy": _queue_policy("sqs:SendMessage")},
            {"delaySeconds": 10},
            {"policy": None, "redrivePolicy": None, "delaySeconds": None},
            {"redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})},
            {"kmsMasterKeyId": "alias/aws/sqs", "kmsDataKeyReusePeriodSeconds": 600},
            *_tags(),
        ],
        lambda _: [{"name": "other"}, {"name": "other.fifo", "fifoQueue": True}],
    ),
    Case(
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda w: {"queueUrl": w.queues[0].id, "policy": _queue_policy("sqs:SendMessage")},
        lambda _: [{"policy": _queue_policy("sqs:ReceiveMessage")}],
        lambda w: [{"queueUrl": w.queues[1].id}],
    ),
    Case("aws:scheduler/scheduleGroup:ScheduleGroup", lambda _: {}, lambda _: _tags(), lambda _: [{"name": "other"}]),
    Case(
        "aws:scheduler/schedule:Schedule",
        lambda w: {
            "groupName": w.schedule_group,
            "scheduleExpression": "rate(1 hour)",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": _run_task(w),
        },
        lambda w: [
            {"scheduleExpression": "cron(0 3 * * ? *)", "scheduleExpressionTimezone": "Europe/Berlin"},
            {"flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15}},
            {"target": _run_task(w, input=json.dumps({"containerOverrides": [{"name": "web", "command": ["a"]}]}))},
            {"target": _run_task(w, retryPolicy={"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 2})},
            {"target": _run_task(w, deadLetterConfig={"arn": w.queues[0].outputs["arn"]})},
            {"state": "DISABLED", "description": "off"},
            {"description": None, "state": None},
        ],
        lambda _: [{"name": "other"}, {"groupName": "other"}],
    ),
    Case(
        "aws:appautoscaling/target:Target",
        lambda w: {**_scaled(w), "minCapacity": 1, "maxCapacity": 4},
        lambda _: [{"maxCapacity": 5}, {"minCapacity": 2}],
        lambda _: [{"resourceId": "service/other/other"}],
        lambda w, _: f"ecs/{_scaled(w)['resourceId']}/ecs:service:DesiredCount",
        forgets="tagsAll",
    ),
    Case(
        "aws:appautoscaling/policy:Policy",
        lambda w: {**_scaled(w), "policyType": "TargetTrackingScaling", _TRACKING: _tracking(w, 50)},
        lambda w: [{_TRACKING: _tracking(w, 60.5)}, {_TRACKING: _tracking_math()}, _steps(2), _steps(3)],
        lambda _: [{"name": "other"}],
        lambda w, resource: f"ecs/{_scaled(w)['resourceId']}/ecs:service:DesiredCount/{resource.outputs['name']}",
    ),
    Case(
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        lambda w: {
            **_scaled(w),
            "schedule": "cron(0 7 ? * MON-FRI *)",
            "timezone": "Europe/Berlin",
            "scalableTargetAction": {"minCapacity": 2, "maxCapacity": 4},
        },
        lambda _: [
            {"schedule": "cron(0 8 ? * MON-FRI *)"},
            {"timezone": "UTC"},
            {"scalableTargetAction": {"minCapacity": 3, "maxCapacity": 4}},
        ],
        lambda _: [{"name": "other"}],
        can_be_imported=False,
    ),
    Case(
        "aws:servicediscovery/httpNamespace:HttpNamespace",
        lambda _: {"name": "cases"},
        lambda _: _tags(),
        lambda _: [{"name": "other"}, {"description": "d"}],
    ),
    Case(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        lambda w: {"name": "cases.local", "vpc": w.vpc},
        lambda _: [{"description": "d"}, *_tags()],
        lambda _: [{"name": "other.local"}, {"vpc": "vpc-1"}],
        lambda w, resource: f"{resource.id}:{w.vpc}",
    ),
    Case(
        "aws:servicediscovery/service:Service",
        lambda w: {"dnsConfig": {"namespaceId": w.namespace, "dnsRecords": [{"type": "A", "ttl": 10}]}},
        lambda w: [
            {"description": "d"},
            {"dnsConfig": {"namespaceId": w.namespace, "dnsRecords": [{"type": "A", "ttl": 20}]}},
            *_tags(),
        ],
        lambda _: [{"name": "other"}],
    ),
]
_TRACKING = "targetTrackingScalingPolicyConfiguration"


def _written_by(service: str) -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "logs:PutLogEvents", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def _scaled(w: World) -> Inputs:
    resource = f"service/{w.cluster.outputs['name']}/{w.service.outputs['name']}"
    return {"resourceId": resource, "scalableDimension": "ecs:service:DesiredCount", "serviceNamespace": "ecs"}


def _tracking(w: World, value: float) -> Inputs:
    if "target" not in w.__dict__:
        inputs = {**_scaled(w), "minCapacity": 1, "maxCapacity": 4}
        w.__dict__["target"] = w.engine.create("aws:appautoscaling/target:Target", "world-target", inputs)
    metric = {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}
    return {"targetValue": value, "predefinedMetricSpecification": metric}


def _tracking_math() -> Inputs:
    """Messages in a queue for each task."""
    metric = {
        "namespace": "AWS/SQS",
        "metricName": "ApproximateNumberOfMessagesVisible",
        "dimensions": [{"name": "QueueName", "value": "q"}],
    }
    metrics = [
        {"id": "messages", "metricStat": {"metric": metric, "stat": "Sum"}, "returnData": False},
        {"id": "each", "expression": "messages / 2", "label": "per task"},
    ]
    return {"targetValue": 10, "scaleInCooldown": 60, "customizedMetricSpecification": {"metrics": metrics}}


def _steps(add: int) -> Inputs:
    adjustments = [
        {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "15", "scalingAdjustment": add},
        {"metricIntervalLowerBound": "15", "scalingAdjustment": 5},
    ]
    steps = {"adjustmentType": "ChangeInCapacity", "cooldown": 60, "stepAdjustments": adjustments}
    return {"policyType": "StepScaling", "stepScalingPolicyConfiguration": steps, _TRACKING: None}


def _dashboard(text: str) -> str:
    return json.dumps({"widgets": [{"type": "text", "width": 6, "properties": {"markdown": text}}]})


BUCKETS = [
    Case(
        "aws:s3/bucket:Bucket",
        lambda _: {"tags": {"a": "0"}},
        lambda _: [{"forceDestroy": True}, *_tags()],
        lambda _: [{"bucket": "another-bucket"}, {"objectLockEnabled": True}],
        name="It",
    ),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda w: {"bucket": w.bucket, "versioningConfiguration": {"status": "Enabled"}},
        lambda _: [{"versioningConfiguration": {"status": "Suspended"}}],
        lambda _: [{"bucket": "another-bucket"}],
        stays=True,
    ),
    Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        lambda w: {
            "bucket": w.bucket,
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}],
        },
        lambda _: [{"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]}],
        lambda _: [{"bucket": "another-bucket"}],
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda w: {
            "bucket": w.bucket,
            "rules": [{"id": "old", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": 365}}],
        },
        lambda _: [
            {"rules": [{"id": "old", "status": "Disabled", "filter": {"prefix": "a/"}, "expiration": {"days": 7}}]}
        ],
        lambda _: [{"bucket": "another-bucket"}],
    ),
    Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        lambda w: {"bucket": w.bucket, "blockPublicAcls": True, "blockPublicPolicy": True},
        lambda _: [{"ignorePublicAcls": True}, {"blockPublicAcls": None}],
        lambda _: [{"bucket": "another-bucket"}],
    ),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        lambda w: {"bucket": w.bucket, "policy": _policy("s3:GetObject", Principal="*")},
        lambda _: [{"policy": _policy("s3:PutObject", Principal="*")}],
        lambda _: [{"bucket": "another-bucket"}],
    ),
    Case(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        lambda w: {"bucket": w.locked_bucket, "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 3}}},
        lambda _: [{"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 5}}}],
        lambda _: [{"bucket": "another-bucket"}],
    ),
]

NAMES = [
    Case(
        "aws:acm/certificate:Certificate",
        lambda _: {
            "domainName": "it.world.example",
            "validationMethod": "DNS",
            "subjectAlternativeNames": ["*.it.world.example", "it.world.example"],
        },
        lambda _: _tags(),
        lambda _: [{"domainName": "other.world.example"}, {"subjectAlternativeNames": ["it.world.example"]}],
    ),
    Case(
        "aws:acm/certificateValidation:CertificateValidation",
        lambda w: {"certificateArn": w.certificate.id, "validationRecordFqdns": [w.validation]},
        replacements=lambda _: [{"certificateArn": "other"}],
        can_be_imported=False,
        stays=True,
    ),
    Case(
        "aws:route53/record:Record",
        lambda w: {"zoneId": w.zone, "name": "it.world.example.", "type": "A", "ttl": 60, "records": ["10.0.0.1"]},
        lambda _: [
            {"records": ["10.0.0.2", "10.0.0.1"]},
            {"ttl": 300},
            {"type": "CNAME", "records": ["other.example"]},
            {"type": "A", "ttl": None, "records": None, "aliases": [_alias(True)]},  # noqa: FBT003
            {"aliases": [_alias(False)]},  # noqa: FBT003
        ],
        lambda _: [{"name": "other.world.example"}, {"zoneId": "Z1"}],
    ),
    Case(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        lambda w: {"resourceArn": w.balancer, "webAclArn": w.web_acls[0]},
        replacements=lambda w: [{"webAclArn": w.web_acls[1]}, {"resourceArn": "other"}],
    ),
]


def _alias(evaluated: bool) -> Inputs:  # noqa: FBT001 - Route 53's own word
    name = "dualstack.It-1.eu-west-1.elb.amazonaws.com"
    return {"name": name, "zoneId": "Z32O12XQLNTSW2", "evaluateTargetHealth": evaluated}


_DOOR: Inputs = {
    "posixUser": {"uid": 1000, "gid": 1000},
    "rootDirectory": {"path": "/a", "creationInfo": {"ownerUid": 1000, "ownerGid": 1000, "permissions": "0750"}},
}


def _over_tls(action: str) -> str:
    return _policy(action, Principal={"AWS": "*"}, Condition={"Bool": {"aws:SecureTransport": "true"}})


FILES = [
    Case(
        "aws:efs/fileSystem:FileSystem",
        lambda _: {"encrypted": True, "throughputMode": "elastic"},
        lambda _: _tags(),
        lambda _: [{"encrypted": False}, {"performanceMode": "maxIO"}, {"creationToken": "other"}],
    ),
    Case(
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        lambda w: {"fileSystemId": w.files, "policy": _over_tls("elasticfilesystem:ClientMount")},
        lambda _: [{"policy": _over_tls("elasticfilesystem:ClientWrite")}],
        lambda _: [{"fileSystemId": "fs-other"}],
    ),
    Case(
        "aws:efs/mountTarget:MountTarget",
        lambda w: {"fileSystemId": w.files, "subnetId": w.subnets[0], "securityGroups": w.groups[:1]},
        lambda w: [{"securityGroups": w.groups}],
        lambda w: [{"subnetId": w.subnets[1]}, {"fileSystemId": "fs-other"}],
    ),
    Case(
        "aws:efs/accessPoint:AccessPoint",
        lambda w: {"fileSystemId": w.files, **_DOOR},
        lambda _: _tags(),
        lambda _: [{"posixUser": {"uid": 1001, "gid": 1000}}, {"rootDirectory": {"path": "/b"}}],
    ),
]
CASES = [*NETWORK, *BALANCING, *NAMES, *CONTAINERS, *IDENTITY, *WATCHING, *BUCKETS, *FILES]
