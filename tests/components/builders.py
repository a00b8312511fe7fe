"""One of every component, with arguments that are good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

from components.access_logs import AccessLogs, AccessLogsArgs
from components.alarm_receivers import AlarmReceivers, AlarmReceiversArgs
from components.alert_topic import AlertTopic, AlertTopicArgs
from components.alias_records import AliasRecords, AliasRecordsArgs
from components.auditor_role import AuditorRole, AuditorRoleArgs
from components.autoscaling import Autoscaling, AutoscalingArgs, Queue, Schedule, Step
from components.backup_plan import BackupPlan, BackupPlanArgs
from components.certificate import Certificate, CertificateArgs
from components.cluster import Cluster, ClusterArgs
from components.containers import ContainerSecret
from components.deployer_role import DeployerRole, DeployerRoleArgs, GitHub
from components.encryption_key import LONGEST_ALIAS, EncryptionKey, EncryptionKeyArgs
from components.event_log import EventLog, EventLogArgs
from components.file_system import FileSystem, FileSystemArgs
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.hook_role import HookRole, HookRoleArgs
from components.http_namespace import HttpNamespace, HttpNamespaceArgs
from components.image import Image, ImageArgs
from components.key_policy import used_for_log_groups
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.namespace import Namespace, NamespaceArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.network_listener import NetworkListener, NetworkListenerArgs
from components.network_load_balancer import NetworkLoadBalancer, NetworkLoadBalancerArgs
from components.permissions import LONGEST_NEED, Permission
from components.queue_alarms import QueueAlarms, QueueAlarmsArgs
from components.registry import Registry, RegistryArgs, Replica, Upstream
from components.release_journal import ReleaseJournal, ReleaseJournalArgs
from components.repository import Repository, RepositoryArgs
from components.rollout_provider import RolloutProvider
from components.scheduled_task import ScheduledTask
from components.scheduled_task_args import LONGEST_TASK_NAME, ScheduledTaskArgs, TaskRun, Timetable
from components.secret_rotation import SecretRotation, SecretRotationArgs
from components.service import Service
from components.service_alarms import LONGEST_LINK, ServiceAlarms, ServiceAlarmsArgs
from components.service_args import Deployment, Place, Release, Routing, ServiceArgs
from components.service_dashboard import ServiceDashboard, ServiceDashboardArgs
from components.service_metrics import Measured
from components.service_registry import ServiceRegistry, ServiceRegistryArgs
from components.stack_dashboard import ShownService, StackDashboard, StackDashboardArgs
from components.target_group import TargetGroup, TargetGroupArgs
from components.task_definition import PinnedRevision, TaskDefinition, TaskDefinitionArgs
from components.test_listener import TestListener, TestListenerArgs
from components.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs
from components.work_queue import Sender, WorkQueue, WorkQueueArgs
from release.service_alarms import AlarmBounds
from release.ways_out import Nat
from release.work_queue import LONGEST_NAME as LONGEST_QUEUE
from release.work_queue import Delivery
from tests.recording_engine import ACCOUNT, DIGEST, REGION, Engine, run

URL: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/auth-service"
SECRET_ARN: Final = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:auth-service/key-AbCdEf"

NETWORK: Final = NetworkArgs(
    source=NewNetwork(
        account=ACCOUNT,
        region=REGION,
        cidr="10.0.0.0/16",
        zones=2,
        nat=Nat.PER_ZONE,
    )
)
FILE_SYSTEM: Final = FileSystemArgs(file_system_name="uploads", vpc_id="vpc-1", subnet_ids=["subnet-1", "subnet-2"])
FLOW_LOGS: Final = FlowLogsArgs(
    vpc_id="vpc-1", log_group="/vpc/network/flow-logs", retention_days=365, account=ACCOUNT, region=REGION
)
ENCRYPTION_KEY: Final = EncryptionKeyArgs(
    alias_name="logs/payments",
    description="Logs of payments",
    account=ACCOUNT,
    uses=[used_for_log_groups("Logs", REGION, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/payments")],
)
BACKUP_PLAN: Final = BackupPlanArgs(vault_name="files", account=ACCOUNT, region=REGION)
SECRET_ROTATION: Final = SecretRotationArgs(
    secret_arn=SECRET_ARN, function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
)
NETWORK_LOAD_BALANCER: Final = NetworkLoadBalancerArgs(
    vpc_id="vpc-1",
    subnet_ids=["subnet-a", "subnet-b"],
    internal=True,
    sources=["10.0.0.0/16"],
    ports=[1883],
    deletion_protection=False,
)
NETWORK_LISTENER: Final = NetworkListenerArgs(
    load_balancer_arn=f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/net/bus/0123456789abcdef",
    vpc_id="vpc-1",
    port=1883,
)
VPC_ENDPOINTS: Final = VpcEndpointsArgs(
    vpc_id="vpc-1",
    services=("s3", "ecr.api", "ecr.dkr"),
    subnets={"10.0.0.0/18": "subnet-1", "10.0.64.0/18": "subnet-2"},
    route_table_ids=["rtb-1", "rtb-2"],
    account=ACCOUNT,
    region=REGION,
)
CLUSTER: Final = ClusterArgs(cluster_name="microservices-cluster")
NAMESPACE: Final = NamespaceArgs(namespace_name="test.internal", vpc_id="vpc-1")
HTTP_NAMESPACE: Final = HttpNamespaceArgs(namespace_name="test")
SERVICE_REGISTRY: Final = ServiceRegistryArgs(registry_name="orders", namespace_id="ns-1")
ACCESS_LOGS: Final = AccessLogsArgs(
    bucket_name=f"access-logs-{ACCOUNT}-{REGION}", account=ACCOUNT, region=REGION, retention_days=365
)
RIGHTS: Final = [
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecs:ListTasks", "Resource": "*"}]}
]
ENGINEERS: Final = f"arn:aws:iam::{ACCOUNT}:role/engineers"
DEPLOYER_ROLE: Final = DeployerRoleArgs(
    role_name="slipway-deployer",
    account=ACCOUNT,
    documents=RIGHTS,
    github=GitHub(repository="acme/shop", environment="test"),
    people=[ENGINEERS],
)
AUDITOR_ROLE: Final = AuditorRoleArgs(role_name="slipway-auditor", documents=RIGHTS, people=[ENGINEERS])
LOAD_BALANCER: Final = LoadBalancerArgs(
    vpc_id="vpc-1",
    subnet_ids=["subnet-1", "subnet-2"],
    deletion_protection=True,
    certificate_arn="arn:aws:acm:eu-west-1:111111111111:certificate/1",
    web_acl_arn="arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/shop/0f3c",
)
CERTIFICATE: Final = CertificateArgs(
    domain="shop.example.com", alternatives=["*.shop.example.com", "example.com"], zone_id="Z0123456789"
)
ALIAS_RECORDS: Final = AliasRecordsArgs(
    zone_id="Z0123456789",
    domains=["shop.example.com", "*.shop.example.com"],
    target_dns_name="shop-1.eu-west-1.elb.amazonaws.com",
    target_zone_id="Z32O12XQLNTSW2",
)
TEST_LISTENER: Final = TestListenerArgs(
    load_balancer_arn=f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/microservices/1",
    security_group_id="sg-balancer",
    cidrs=("10.0.0.0/16", "192.168.0.0/24"),
    certificate_arn="arn:aws:acm:eu-west-1:111111111111:certificate/1",
)
HOOK_ROLE: Final = HookRoleArgs(function_arns=[f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:smoke"])
REPOSITORY: Final = RepositoryArgs(repository_name="auth-service", moving_tags=("dev*",), kept_images=100)
REGISTRY: Final = RegistryArgs(
    account=ACCOUNT,
    region=REGION,
    replicas=[Replica(account=ACCOUNT, region="eu-central-1")],
    replicas_from=["222222222222"],
    upstreams=[Upstream(prefix="ecr-public", registry="ecr-public")],
)
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

SCHEDULED_TASK: Final = ScheduledTaskArgs(
    task_name="tidy-carts",
    cluster_name="microservices-cluster",
    run=TaskRun(
        family="auth-service",
        task_definition_arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/auth-service:1",
        role_arns=[f"arn:aws:iam::{ACCOUNT}:role/execution", f"arn:aws:iam::{ACCOUNT}:role/task"],
        command=["tidy", "--carts"],
    ),
    timetable=Timetable(when="cron(0 3 * * ? *)", time_zone="Europe/Berlin", window_minutes=15),
    vpc_id="vpc-1",
    subnet_ids=["subnet-1", "subnet-2"],
    topic_arn="arn:topic",
    pages=True,
    runbooks="https://example.com/alarms.md",
    account=ACCOUNT,
    region=REGION,
)
ALERT_TOPIC: Final = AlertTopicArgs(
    topic_name="alerts", account=ACCOUNT, region=REGION, emails=["on-call@example.com", "team@example.com"]
)
EVENT_LOG: Final = EventLogArgs(
    cluster_name="microservices-cluster",
    log_group="/aws/events/microservices-cluster",
    retention_days=365,
    account=ACCOUNT,
    region=REGION,
)
SERVICE_ALARMS: Final = ServiceAlarmsArgs(
    service_name="auth-service",
    cluster_name="microservices-cluster",
    load_balancer="app/microservices/1",
    target_groups=["targetgroup/auth/1", "targetgroup/auth-alt/2"],
    log_group="/ecs/auth-service",
    bounds=AlarmBounds(),
    topic_arn="arn:topic",
    events=EVENT_LOG.events,
    pages=True,
    runbooks="https://example.com/alarms.md",
    account=ACCOUNT,
    region=REGION,
)
WORK_QUEUE: Final = WorkQueueArgs(
    queue_name="mails",
    senders=[Sender(service="sns.amazonaws.com", source_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:orders")],
    account=ACCOUNT,
    region=REGION,
)
QUEUE_ALARMS: Final = QueueAlarmsArgs(
    queue_name="mails",
    watched_name="mails",
    dead_letters_name="mails-dead-letters",
    topic_arn="arn:topic",
    pages=True,
    runbooks="https://example.com/alarms.md",
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

ALARM_RECEIVERS: Final = AlarmReceiversArgs(
    cluster_name="microservices-cluster",
    receivers=[
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager",
        f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/chat/0b3f",
    ],
    pages=True,
    account=ACCOUNT,
    region=REGION,
)
SERVICE_DASHBOARD: Final = ServiceDashboardArgs(
    dashboard_name="auth-service-eu-west-1",
    service_name="auth-service",
    cluster_name="microservices-cluster",
    load_balancer="app/microservices/1",
    target_groups=["targetgroup/auth/1", "targetgroup/auth-alt/2"],
    log_group="/ecs/auth-service",
    bounds=AlarmBounds(),
    alarms=["arn:alarm:1", "arn:alarm:2"],
    events=EVENT_LOG.events,
    runbooks="https://example.com/alarms.md",
    overview="slipway-eu-west-1",
    account=ACCOUNT,
    region=REGION,
)
STACK_DASHBOARD: Final = StackDashboardArgs(
    dashboard_name="slipway-eu-west-1",
    title="slipway test",
    services=[
        ShownService(
            service_name="auth-service",
            dashboard_name="auth-service-eu-west-1",
            measured=Measured(
                cluster="microservices-cluster",
                service="auth-service",
                load_balancer="app/microservices/1",
                target_groups=["targetgroup/auth/1", "targetgroup/auth-alt/2"],
            ),
            unwell="arn:alarm:1",
        )
    ],
    region=REGION,
)

COMPONENTS: Final[Mapping[type[pulumi.ComponentResource], Any]] = {
    Network: NETWORK,
    EncryptionKey: ENCRYPTION_KEY,
    FileSystem: FILE_SYSTEM,
    FlowLogs: FLOW_LOGS,
    VpcEndpoints: VPC_ENDPOINTS,
    Cluster: CLUSTER,
    Namespace: NAMESPACE,
    HttpNamespace: HTTP_NAMESPACE,
    ServiceRegistry: SERVICE_REGISTRY,
    AccessLogs: ACCESS_LOGS,
    DeployerRole: DEPLOYER_ROLE,
    AuditorRole: AUDITOR_ROLE,
    LoadBalancer: LOAD_BALANCER,
    Certificate: CERTIFICATE,
    AliasRecords: ALIAS_RECORDS,
    Repository: REPOSITORY,
    Registry: REGISTRY,
    SecretRotation: SECRET_ROTATION,
    BackupPlan: BACKUP_PLAN,
    ReleaseJournal: JOURNAL,
    Image: IMAGE,
    TargetGroup: TARGET_GROUP,
    TestListener: TEST_LISTENER,
    HookRole: HOOK_ROLE,
    TaskDefinition: TASK_DEFINITION,
    Service: SERVICE,
    ScheduledTask: SCHEDULED_TASK,
    AlertTopic: ALERT_TOPIC,
    ServiceAlarms: SERVICE_ALARMS,
    WorkQueue: WORK_QUEUE,
    QueueAlarms: QUEUE_ALARMS,
    Autoscaling: AUTOSCALING,
    EventLog: EVENT_LOG,
    AlarmReceivers: ALARM_RECEIVERS,
    ServiceDashboard: SERVICE_DASHBOARD,
    StackDashboard: STACK_DASHBOARD,
    NetworkLoadBalancer: NETWORK_LOAD_BALANCER,
    NetworkListener: NETWORK_LISTENER,
}
"""Component -> good arguments."""

LOOK_UPS: Final = {"aws:ecr/getImage:getImage": {"imageDigest": DIGEST}}


LONGEST: Final[Mapping[type[pulumi.ComponentResource], Any]] = {
    **COMPONENTS,
    EncryptionKey: replace(ENCRYPTION_KEY, alias_name="a" * LONGEST_ALIAS),
    FlowLogs: replace(FLOW_LOGS, log_group="g" * 512),
    Cluster: replace(CLUSTER, cluster_name="c" * 255),
    HttpNamespace: replace(HTTP_NAMESPACE, namespace_name="n" * 1024),
    Namespace: replace(NAMESPACE, namespace_name=".".join(["n" * 63] * 3 + ["n" * 61])),
    ServiceRegistry: replace(SERVICE_REGISTRY, registry_name="r" * 63),
    Repository: replace(REPOSITORY, repository_name="r" * 256),
    BackupPlan: replace(BACKUP_PLAN, vault_name="v" * 50),
    Registry: replace(REGISTRY, upstreams=[Upstream(prefix="p" * 30, registry="quay")]),
    ReleaseJournal: replace(JOURNAL, bucket_name="b" * 63),
    TaskDefinition: replace(
        TASK_DEFINITION,
        family="f" * 255,
        log_group="g" * 512,
        secrets=[ContainerSecret(variable="V" * 255, arn=SECRET_ARN)],
        permissions=[Permission(name="p" * LONGEST_NEED, actions=["s3:GetObject"], resources=["arn:aws:s3:::a/b"])],
        pinned=PinnedRevision(revision=1, secrets=[f"{SECRET_ARN[:-20]}{'s' * 512}-AbCdEf"]),
    ),
    Service: replace(SERVICE, service_name="s" * 24),
    AlarmReceivers: replace(
        ALARM_RECEIVERS,
        cluster_name="c" * 255,
        alarm_prefix="p" * 23,
        receivers=[
            f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/{'d' * 64}/{'0' * 36}",
            f"arn:aws:sqs:{REGION}:{ACCOUNT}:{'q' * 80}",
        ],
    ),
    EventLog: replace(EVENT_LOG, cluster_name="c" * 255, log_group=f"/aws/events/{'g' * 500}"),
    ServiceDashboard: replace(SERVICE_DASHBOARD, dashboard_name="d" * 255),
    StackDashboard: replace(STACK_DASHBOARD, dashboard_name="d" * 255),
    ScheduledTask: replace(
        SCHEDULED_TASK,
        task_name="t" * LONGEST_TASK_NAME,
        cluster_name="c" * 255,
        run=replace(SCHEDULED_TASK.run, family="f" * 255),
        runbooks=f"https://example.com/{'p' * (LONGEST_LINK - 20)}",
    ),
    AlertTopic: replace(ALERT_TOPIC, topic_name="t" * 256),
    ServiceAlarms: replace(
        SERVICE_ALARMS,
        service_name="s" * (255 - len("-unhealthy-targets")),
        cluster_name="c" * 255,
        runbooks=f"https://example.com/{'p' * (LONGEST_LINK - 20)}",
    ),
    WorkQueue: replace(WORK_QUEUE, queue_name="q" * LONGEST_QUEUE, delivery=Delivery(fifo=True)),
    QueueAlarms: replace(
        QUEUE_ALARMS, queue_name="q" * 80, runbooks=f"https://example.com/{'p' * (LONGEST_LINK - 20)}"
    ),
    Autoscaling: replace(
        AUTOSCALING,
        schedules=[
            Schedule(name="d" * 200, when="rate(1 day)", time_zone="Europe/Berlin", minimum=1, maximum=2),
        ],
    ),
}
"""Component -> arguments whose names are as long as they may be."""


def build(
    make: Callable[..., Any],
    args: Any,
    name: str = "thing",
    options: pulumi.ResourceOptions | None = None,
    **engine: Any,
) -> Engine:
    """What the component registers under providers as the program's."""

    def program() -> None:
        provider = aws.Provider("aws", region=REGION, default_tags=aws.ProviderDefaultTagsArgs(tags={"Project": "p"}))
        providers = [provider, docker.Provider("docker"), RolloutProvider("slipway")]
        make(name, args, pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(providers=providers)))

    return run(program, **{"calls": LOOK_UPS, **engine})


def with_release(**changed: Any) -> ServiceArgs:
    """The service with another release."""
    return replace(SERVICE, release=replace(SERVICE.release, **changed))
