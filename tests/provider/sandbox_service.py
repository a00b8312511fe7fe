"""A service on the sandbox's ECS, made by boto3 alone, so that `Rollout` can be tried without the rest of the house."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping

CLUSTER = "microservices-cluster"
SERVICE = "auth-service"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True)
class Released:
    """What was asked of ECS."""

    version: str
    task_definition: str
    digest: str


class SandboxService:
    """One load-balanced service in the sandbox's account `test`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        os.environ.update({name: value for name, value in environment.items() if name.startswith("AWS_")})
        self._session = boto3.Session(profile_name="test", region_name="eu-west-1")
        self.ecs = self._session.client("ecs")
        self._role = self._make_role()
        self._session.client("ecr").create_repository(repositoryName=SERVICE)
        self._session.client("logs").create_log_group(logGroupName=f"/ecs/{SERVICE}")
        self.subnets, self.security_group, vpc = self._make_network()
        self.target_group = self._make_target_group(vpc)
        self.ecs.create_cluster(clusterName=CLUSTER)

    def release(self, version: str, digest: str = "", secret: str = "") -> Released:
        """Registers a task definition for the version and moves the service to it.

        ``digest`` is that of another image, which may not exist; ``secret`` the ARN of one that its container is given.
        """
        asked = self.register(version, digest, secret)
        common: dict[str, Any] = {
            "cluster": CLUSTER,
            "taskDefinition": asked.task_definition,
            "desiredCount": 2,
            "deploymentConfiguration": {
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "maximumPercent": 200,
                "minimumHealthyPercent": 100,
            },
        }
        if self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]:
            self.ecs.update_service(service=SERVICE, **common)
            return asked
        network = {"subnets": self.subnets, "securityGroups": [self.security_group], "assignPublicIp": "ENABLED"}
        self.ecs.create_service(
            serviceName=SERVICE,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            **self.behind(),
            **common,
        )
        return asked

    def behind(self) -> dict[str, Any]:
        """What ECS is told of the load balancer."""
        balancer = {"targetGroupArn": self.target_group, "containerName": SERVICE, "containerPort": 8080}
        return {"loadBalancers": [balancer], "healthCheckGracePeriodSeconds": 300}

    def deployments(self) -> int:
        """How many service deployments there were."""
        return len(self.ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"])

    def delete(self) -> None:
        self.ecs.delete_service(cluster=CLUSTER, service=SERVICE, force=True)

    def register(self, version: str, digest: str = "", secret: str = "") -> Released:
        """Registers a task definition for the version, without moving the service to it."""
        ecr = self._session.client("ecr")
        uri = ecr.describe_repositories(repositoryNames=[SERVICE])["repositories"][0]["repositoryUri"]
        if not digest:
            found = ecr.describe_images(repositoryName=SERVICE, imageIds=[{"imageTag": version}])["imageDetails"]
            digest = found[0]["imageDigest"]
        log = {
            "awslogs-group": f"/ecs/{SERVICE}",
            "awslogs-region": "eu-west-1",
            "awslogs-stream-prefix": "ecs",
        }
        container = {
            "name": SERVICE,
            "image": f"{uri}@{digest}",
            "essential": True,
            "portMappings": [{"containerPort": 8080}],
            "logConfiguration": {"logDriver": "awslogs", "options": log},
            "secrets": [{"name": "SECRET", "valueFrom": secret}] if secret else [],
        }
        registered = self.ecs.register_task_definition(
            family=SERVICE,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=self._role,
            containerDefinitions=[container],
        )
        return Released(version, registered["taskDefinition"]["taskDefinitionArn"], digest)

    def _make_role(self) -> str:
        iam = self._session.client("iam")
        role = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        policy = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
        iam.attach_role_policy(RoleName="execution", PolicyArn=policy)
        return str(role["Arn"])

    def _make_network(self) -> tuple[list[str], str, str]:
        ec2 = self._session.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        subnets = []
        for index, zone in enumerate("ab"):
            made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"eu-west-1{zone}")
            subnets.append(made["Subnet"]["SubnetId"])
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[-1])
        group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
        everywhere = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[everywhere])
        return subnets, group, vpc

    def _make_target_group(self, vpc: str) -> str:
        elb = self._session.client("elbv2")
        balancer = elb.create_load_balancer(
            Name="alb", Scheme="internal", Subnets=self.subnets, SecurityGroups=[self.security_group]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        group = elb.create_target_group(
            Name="auth",
            Protocol="HTTP",
            Port=8080,
            VpcId=vpc,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=10,
            HealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
        elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
        forward = {"Type": "forward", "TargetGroupArn": group}
        elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[forward])
        return str(group)
