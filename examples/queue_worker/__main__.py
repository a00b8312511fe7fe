"""A worker that works off a queue, as many tasks as there are messages for, and who hears when it falls behind."""

import pulumi

from components.alert_topic import AlertTopic, AlertTopicArgs
from components.autoscaling import Autoscaling, AutoscalingArgs, Queue
from components.cluster import Cluster, ClusterArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.queue_alarms import QueueAlarms, QueueAlarmsArgs
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, ServiceArgs
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from components.work_queue import WorkQueue, WorkQueueArgs
from release.container_order import HealthCheck
from release.ways_out import Nat
from release.work_queue import Delivery

ACCOUNT, REGION, VERSION = "111111111111", "eu-west-1", "1.0.0"

network = Network(
    "post",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.1.0.0/16", zones=2, nat=Nat.ONE)),
)
cluster = Cluster("post", ClusterArgs(cluster_name="post"))
mails = WorkQueueArgs(queue_name="mails", delivery=Delivery(longest_work=60), account=ACCOUNT, region=REGION)
queue = WorkQueue("mails", mails)
repository = Repository("sender", RepositoryArgs(repository_name="sender", kept_images=100))
image = Image(
    "sender",
    ImageArgs(repository_name="sender", repository_arn=repository.arn, repository_url=repository.url, version=VERSION),
)
definition = TaskDefinition(
    "sender",
    TaskDefinitionArgs(
        family="sender",
        image=image.reference,
        repository_arn=repository.arn,
        cpu=256,
        memory=512,
        user="65532:65532",
        environment={"QUEUE_URL": mails.url},
        receives=[mails.resource],
        health_check=HealthCheck(command=("CMD", "/sender", "health")),
        stop_timeout=30,
        log_group="/ecs/sender",
        log_retention_days=365,
        account=ACCOUNT,
        region=REGION,
    ),
)
service = Service(
    "sender",
    ServiceArgs(
        service_name="sender",
        cluster_name=cluster.cluster_name,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        egress_ports=(443,),
        desired_count=1,
        autoscaled=True,
        deployment=Deployment(minimum_healthy_percent=100, maximum_percent=200),
        release=Release(
            version=VERSION,
            digest=image.digest,
            task_definition_arn=definition.arn,
            task_definition_content=definition.content,
            needs=definition.policies,
        ),
        place=Place(account=ACCOUNT, region=REGION, role_arn=""),
    ),
)
Autoscaling(
    "sender",
    AutoscalingArgs(
        cluster_name=cluster.cluster_name,
        service_name=service.service_name,
        minimum=1,
        maximum=10,
        queue=Queue(name=queue.queue_name, messages_per_task=100),
    ),
)
topic = AlertTopic("alerts", AlertTopicArgs(topic_name="alerts", account=ACCOUNT, region=REGION))
QueueAlarms(
    "mails",
    QueueAlarmsArgs(
        queue_name="mails",
        watched_name=queue.queue_name,
        dead_letters_name=queue.dead_letters_name,
        topic_arn=topic.arn,
        pages=True,
        runbooks="https://example.com/runbooks",
    ),
)
pulumi.export("queue", queue.url)
pulumi.export("runs", service.version)
