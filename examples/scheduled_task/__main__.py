"""A report that is written every night at three, Berlin's time, and people who hear when it was not."""

import pulumi

from components.alert_topic import AlertTopic, AlertTopicArgs
from components.cluster import Cluster, ClusterArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.repository import Repository, RepositoryArgs
from components.scheduled_task import ScheduledTask
from components.scheduled_task_args import ScheduledTaskArgs, TaskRun, Timetable
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.ways_out import Nat

ACCOUNT, REGION, NAME = "111111111111", "eu-west-1", "reports"

network = Network(
    "shop",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.2.0.0/16", zones=2, nat=Nat.ONE)),
)
cluster = Cluster("jobs", ClusterArgs(cluster_name="jobs"))
topic = AlertTopic(
    "on-call", AlertTopicArgs(topic_name="on-call", account=ACCOUNT, region=REGION, emails=["on-call@example.com"])
)
repository = Repository(NAME, RepositoryArgs(repository_name=NAME, kept_images=100))
image = Image(
    NAME,
    ImageArgs(repository_name=NAME, repository_arn=repository.arn, repository_url=repository.url, version="1.0.0"),
)
definition = TaskDefinition(
    NAME,
    TaskDefinitionArgs(
        family=NAME,
        image=image.reference,
        repository_arn=repository.arn,
        cpu=256,
        memory=512,
        port=None,
        user="65532:65532",
        environment={},
        stop_timeout=30,
        log_group=f"/ecs/{NAME}",
        log_retention_days=365,
        account=ACCOUNT,
        region=REGION,
    ),
)
nightly = ScheduledTask(
    NAME,
    ScheduledTaskArgs(
        task_name=NAME,
        cluster_name=cluster.cluster_name,
        run=TaskRun(
            family=NAME,
            task_definition_arn=definition.arn,
            role_arns=definition.role_arns,
            command=["report", "--of", "yesterday"],
            needs=definition.policies,
        ),
        timetable=Timetable(when="cron(0 3 * * ? *)", time_zone="Europe/Berlin", window_minutes=15),
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        topic_arn=topic.arn,
        pages=True,
        runbooks="https://example.com/runbooks",
        account=ACCOUNT,
        region=REGION,
    ),
)
pulumi.export("run it now", nightly.run_now)
