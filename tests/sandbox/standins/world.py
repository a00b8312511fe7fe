"""What resources under test stand on: a network, a load balancer, a cluster. Made when first asked for, and once."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cached_property
from typing import Any

import boto3

from tests.sandbox.standins.small_engine import Resource, SmallEngine

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sts:AssumeRole"],
            "Principal": {"Service": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]},
        }
    ],
}
CONTAINER = {
    "name": "web",
    "image": "127.0.0.1/web@sha256:" + "0" * 64,
    "portMappings": [{"containerPort": 8080}],
    "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
}


class World:
    """One network and one cluster for all cases."""

    def __init__(self, engine: SmallEngine) -> None:
        self.engine = engine

    def _make(self, token: str, name: str, /, **inputs: Any) -> Resource:
        return self.engine.create(token, f"world-{name}", inputs)

    @cached_property
    def vpc(self) -> str:
        return self._make("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16").id

    def _subnet(self, number: int) -> str:
        zone = f"eu-west-1{'abc'[number]}"
        made = self._make(
            "aws:ec2/subnet:Subnet", zone, vpcId=self.vpc, cidrBlock=f"10.0.{number}.0/24", availabilityZone=zone
        )
        return made.id

    @cached_property
    def subnets(self) -> list[str]:
        return [self._subnet(1), self._subnet(0)]

    @cached_property
    def files(self) -> str:
        return self._make("aws:efs/fileSystem:FileSystem", "files", encrypted=True).id

    @cached_property
    def gateway(self) -> str:
        return self._make("aws:ec2/internetGateway:InternetGateway", "gateway", vpcId=self.vpc).id

    @cached_property
    def nat(self) -> str:
        address = self._make("aws:ec2/eip:Eip", "nat", domain="vpc").id
        return self._make("aws:ec2/natGateway:NatGateway", "nat", allocationId=address, subnetId=self.subnets[0]).id

    @cached_property
    def tables(self) -> list[str]:
        return [self._make("aws:ec2/routeTable:RouteTable", f"table{n}", vpcId=self.vpc).id for n in (0, 1)]

    @cached_property
    def groups(self) -> list[str]:
        return [self._make("aws:ec2/securityGroup:SecurityGroup", f"group{n}", vpcId=self.vpc).id for n in (0, 1)]

    @cached_property
    def balancer(self) -> str:
        assert self.gateway
        return self._make(
            "aws:lb/loadBalancer:LoadBalancer", "lb", subnets=self.subnets, securityGroups=self.groups[:1]
        ).id

    def _target(self, name: str) -> str:
        inputs = {"port": 8080, "protocol": "HTTP", "targetType": "ip", "vpcId": self.vpc}
        return self._make("aws:lb/targetGroup:TargetGroup", name, **inputs).id

    @cached_property
    def targets(self) -> list[str]:
        return [self._target("blue"), self._target("green")]

    @cached_property
    def listener(self) -> str:
        forward = [{"type": "forward", "targetGroupArn": self.targets[0]}]
        return self._make(
            "aws:lb/listener:Listener", "http", loadBalancerArn=self.balancer, port=80, defaultActions=forward
        ).id

    @cached_property
    def forwarding_rule(self) -> str:
        """A rule that forwards to both target groups, all of it to the first one."""
        groups = [{"arn": arn, "weight": weight} for arn, weight in zip(self.targets, (100, 0), strict=True)]
        return self._make(
            "aws:lb/listenerRule:ListenerRule",
            "shift",
            listenerArn=self.listener,
            priority=77,
            actions=[{"type": "forward", "forward": {"targetGroups": groups}}],
            conditions=[{"pathPattern": {"values": ["/*"]}}],
        ).id

    @cached_property
    def role(self) -> Resource:
        return self._make("aws:iam/role:Role", "role", assumeRolePolicy=json.dumps(TRUST))

    @cached_property
    def cluster(self) -> Resource:
        return self._make("aws:ecs/cluster:Cluster", "cluster", name="world")

    @cached_property
    def definition(self) -> Resource:
        return self._make(
            "aws:ecs/taskDefinition:TaskDefinition", "web", **definition("world"), taskRoleArn=self.role.outputs["arn"]
        )

    @cached_property
    def service(self) -> Resource:
        return self._make("aws:ecs/service:Service", "web", name="world", **self.service_inputs())

    def service_inputs(self) -> dict[str, Any]:
        return {
            "cluster": self.cluster.id,
            "taskDefinition": self.definition.outputs["arn"],
            "launchType": "FARGATE",
            "networkConfiguration": {"subnets": self.subnets, "securityGroups": self.groups[:1]},
        }

    @cached_property
    def repository(self) -> str:
        return self._make("aws:ecr/repository:Repository", "web", name="world/web", forceDelete=True).id

    @cached_property
    def bucket(self) -> str:
        return self._make("aws:s3/bucket:Bucket", "bucket").id

    @cached_property
    def locked_bucket(self) -> str:
        return self._make("aws:s3/bucket:Bucket", "locked-bucket", objectLockEnabled=True).id

    @cached_property
    def key(self) -> str:
        return self._make("aws:kms/key:Key", "key").id

    @cached_property
    def backup_plan(self) -> str:
        return self._make("aws:backup/plan:Plan", "plan", rules=[{"ruleName": "r", "targetVaultName": "v"}]).id

    @cached_property
    def secret(self) -> str:
        return self._make("aws:secretsmanager/secret:Secret", "secret").id

    @cached_property
    def valued_secret(self) -> str:
        secret = self._make("aws:secretsmanager/secret:Secret", "valued-secret").id
        self._make("aws:secretsmanager/secretVersion:SecretVersion", "valued-secret", secretId=secret, secretString="x")
        return secret

    @cached_property
    def function(self) -> str:
        """A function's ARN. Functions are no imitated type: somebody else's are named."""
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", "def handler(event, context): ...")
        made = boto3.client("lambda", region_name="eu-west-1").create_function(
            FunctionName="world",
            Runtime="python3.13",
            Handler="index.handler",
            Role=self.role.outputs["arn"],
            Code={"ZipFile": code.getvalue()},
        )
        return str(made["FunctionArn"])

    @cached_property
    def zone(self) -> str:
        """A hosted zone's id. Zones are no imitated type: they are there before a program."""
        made = boto3.client("route53").create_hosted_zone(Name="world.example", CallerReference="world")
        return str(made["HostedZone"]["Id"].rpartition("/")[2])

    @cached_property
    def certificate(self) -> Resource:
        return self._make("aws:acm/certificate:Certificate", "tls", domainName="world.example", validationMethod="DNS")

    @cached_property
    def validation(self) -> str:
        """The name of the record that proves the certificate's name."""
        [option] = self.certificate.outputs["domainValidationOptions"]
        record = {"name": option["resourceRecordName"], "type": option["resourceRecordType"], "ttl": 300}
        made = self._make(
            "aws:route53/record:Record", "tls", **record, records=[option["resourceRecordValue"]], zoneId=self.zone
        )
        return str(made.outputs["fqdn"])

    @cached_property
    def web_acls(self) -> list[str]:
        """ARNs of web ACLs. They are no imitated type: whoever guards the account makes them."""
        visible = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "world"}
        waf = boto3.client("wafv2", region_name="eu-west-1")
        made = [
            waf.create_web_acl(
                Name=f"world{number}", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=visible
            )
            for number in (0, 1)
        ]
        return [str(one["Summary"]["ARN"]) for one in made]

    @cached_property
    def alarm(self) -> str:
        return self._make(
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "alarm",
            name="world-alarm",
            comparisonOperator="GreaterThanThreshold",
            evaluationPeriods=1,
            metricName="Errors",
            namespace="World",
            period=60,
            statistic="Sum",
            threshold=1,
        ).id

    @cached_property
    def topic(self) -> str:
        return self._make("aws:sns/topic:Topic", "topic").id

    @cached_property
    def queues(self) -> list[Resource]:
        return [self._make("aws:sqs/queue:Queue", f"queue{n}") for n in (0, 1)]

    @cached_property
    def schedule_group(self) -> str:
        return self._make("aws:scheduler/scheduleGroup:ScheduleGroup", "schedules").id

    @cached_property
    def log_group(self) -> str:
        return self._make("aws:cloudwatch/logGroup:LogGroup", "logs").id

    @cached_property
    def event_rule(self) -> str:
        pattern = json.dumps({"source": ["aws.ecs"]})
        return self._make("aws:cloudwatch/eventRule:EventRule", "rule", eventPattern=pattern).id

    @cached_property
    def namespace(self) -> str:
        return self._make(
            "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "ns", name="world.local", vpc=self.vpc
        ).id


def definition(family: str, **container: Any) -> dict[str, Any]:
    """The inputs of a Fargate task definition."""
    return {
        "family": family,
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": json.dumps([{**CONTAINER, **container}]),
    }
