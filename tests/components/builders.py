"""One of every component, with arguments that are good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

from components.alert_topic import AlertTopic, AlertTopicArgs
from components.autoscaling import Autoscaling, AutoscalingArgs, Queue, Schedule, Step
from components.cluster import Cluster, ClusterArgs
from components.containers import ContainerSecret
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.image import Image, ImageArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.permissions import Permission
from components.release_journal import ReleaseJournal, ReleaseJournalArgs
from components.repository import Repository, RepositoryArgs
from components.rollout_provider import RolloutProvider
from components.service import Service
from components.service_alarms import ServiceAlarms, ServiceAlarmsArgs
from components.service_args import Deployment, Place, Release, Routing, ServiceArgs
from components.target_group import TargetGroup, TargetGroupArgs
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.service_alarms import AlarmBounds
from tests.recording_engine import ACCOUNT, DIGEST, REGION, Engine, run

URL: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/auth-service"
SECRET_ARN: Final = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:auth-service/key-AbCdEf"

NETWORK: Final = NetworkArgs(
    source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.0.0.0/16", zones=2, nat_gateway_per_zone=True)
)
FLOW_LOGS: Final = FlowLogsArgs(
    vpc_id="vpc-1", log_group="/vpc/network/flow-logs", retention_days=365, account=ACCOUNT, region=REGION
)
CLUSTER: Final = ClusterArgs(cluster_name="microservices-cluster")
LOAD_BALANCER: Final = LoadBalancerArgs(
    vpc_id="vpc-1",
    subnet_ids=["subnet-1", "subnet-2"],
    deletion_protection=True,
    certificate_arn="arn:aws:acm:eu-west-1:111111111111:certificate/1",
)
REPOSITORY: Final = RepositoryArgs(repository_name="auth-service", moving_tags=("dev*",), kept_images=100)
JOURNAL: Final = ReleaseJournalArgs(
    bucket_name="slipway-journal-111111111111-eu-west-1", readers=["222222222222"], locked_days=365
)
IMAGE: Final = ImageArgs(
    repository_name="auth-service",
    repository_arn=f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/auth-service",
    repository_url=URL,
    version="1.0.0",
)
TARGET_GROUP: Final = TargetGroupArgs(
    vpc_id="vpc-1",
    health_path="/health",
    interval=10,
    timeout=5,
    healthy_threshold=2,
    unhealthy_threshold=3,
    deregistration_delay=30,
)
TASK_DEFINITION: Final = TaskDefinitionArgs(
    family="auth-service",
    image=f"{URL}@{DIGEST}",
    repository_arn=f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/auth-service",
    cpu=256,
    memory=512,
    port=8080,
    user="65532:65532",
    environment={"MODE": "fast"},
    secrets=[ContainerSecret(variable="API_KEY", arn=SECRET_ARN)],
    permissions=[Permission(name="read-avatars", actions=["s3:GetObject"], resources=["arn:aws:s3:::avatars/a"])],
    stop_timeout=30,
    log_group="/ecs/auth-service",
    log_retention_days=365,
    account=ACCOUNT,
    region=REGION,
)
SERVICE: Final = ServiceArgs(
    service_name="auth-service",
    cluster_name="microservices-cluster",
    vpc_id="vpc-1",
    subnet_ids=["subnet-1", "subnet-2"],
    port=8080,
    egress_ports=(443,),
    desired_count=2,
    health_check_grace_period=30,
    routing=Routing(
        listener_arn="arn:listener",
        load_balancer_security_group_id="sg-balancer",
        target_group_arn="arn:target-group",
        alternate_target_group_arn="arn:target-group-alternate",
        shifting_role_arn="arn:shifting-role",
        paths=["/*"],
        priority=10,
    ),
    deployment=Deployment(minimum_healthy_percent=100, maximum_percent=200),
    release=Release(
        version="1.0.0",
        digest=DIGEST,
        task_definition_arn="arn:task-definition:1",
        task_definition_content="{}",
        needs=[],
    ),
    place=Place(account=ACCOUNT, region=REGION, role_arn="arn:role"),
)

ALERT_TOPIC: Final = AlertTopicArgs(
    topic_name="alerts", account=ACCOUNT, region=REGION, emails=["on-call@example.com", "team@example.com"]
)
SERVICE_ALARMS: Final = ServiceAlarmsArgs(
    service_name="auth-service",
    cluster_name="microservices-cluster",
    load_balancer="app/microservices/1",
    target_groups=["targetgroup/auth/1", "targetgroup/auth-alt/2"],
    log_group="/ecs/auth-service",
    bounds=AlarmBounds(),
    topic_arn="arn:topic",
    pages=True,
    runbooks="https://example.com/alarms.md",
    account=ACCOUNT,
    region=REGION,
)
AUTOSCALING: Final = AutoscalingArgs(
    cluster_name="microservices-cluster",
    service_name="auth-service",
    minimum=2,
    maximum=10,
    load_balancer="app/microservices/1",
    target_groups=["targetgroup/auth/1", "targetgroup/auth-alt/2"],
    cpu=60,
    memory=70,
    requests_per_task=1000,
    queue=Queue(name="jobs", messages_per_task=20),
    steps=[Step(above=95, add=5), Step(above=80, add=2)],
    schedules=[Schedule(name="day", when="cron(0 7 ? * MON-FRI *)", time_zone="Europe/Berlin", minimum=4, maximum=12)],
)

COMPONENTS: Final[Mapping[type[pulumi.ComponentResource], Any]] = {
    Network: NETWORK,
    FlowLogs: FLOW_LOGS,
    Cluster: CLUSTER,
    LoadBalancer: LOAD_BALANCER,
    Repository: REPOSITORY,
    ReleaseJournal: JOURNAL,
    Image: IMAGE,
    TargetGroup: TARGET_GROUP,
    TaskDefinition: TASK_DEFINITION,
    Service: SERVICE,
    AlertTopic: ALERT_TOPIC,
    ServiceAlarms: SERVICE_ALARMS,
    Autoscaling: AUTOSCALING,
}
"""Component -> good arguments."""

LOOK_UPS: Final = {"aws:ecr/getImage:getImage": {"imageDigest": DIGEST}}


def build(make: Callable[..., Any], args: Any, name: str = "thing", **options: Any) -> Engine:
    """What the component registers under providers as the program's."""

    def program() -> None:
        provider = aws.Provider("aws", region=REGION, default_tags=aws.ProviderDefaultTagsArgs(tags={"Project": "p"}))
        providers = [provider, docker.Provider("docker"), RolloutProvider("slipway")]
        make(name, args, pulumi.ResourceOptions(providers=providers))

    return run(program, **{"calls": LOOK_UPS, **options})


def with_release(**changed: Any) -> ServiceArgs:
    """The service with another release."""
    return replace(SERVICE, release=replace(SERVICE.release, **changed))
