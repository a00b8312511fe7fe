"""A worker whose log goes through Fluent Bit and whose traces go to X-Ray, by two containers beside its own."""

import pulumi

from components.cluster import Cluster, ClusterArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, ServiceArgs
from components.sidecars import collector, log_router, to_log_group
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.ways_out import Nat

ACCOUNT, REGION, VERSION = "111111111111", "eu-west-1", "1.0.0"
LOGS = "/ecs/mailer"
AWS_IMAGES = "public.ecr.aws/aws-observability"
# Of the versions that you have read the notes of: a digest is one image for ever.
ROUTER = f"{AWS_IMAGES}/aws-for-fluent-bit@sha256:{'1' * 64}"
COLLECTOR = f"{AWS_IMAGES}/aws-otel-collector@sha256:{'2' * 64}"

network = Network(
    "post",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.1.0.0/16", zones=2, nat=Nat.ONE)),
)
cluster = Cluster("post", ClusterArgs(cluster_name="post"))
repository = Repository("mailer", RepositoryArgs(repository_name="mailer", kept_images=100))
image = Image(
    "mailer",
    ImageArgs(repository_name="mailer", repository_arn=repository.arn, repository_url=repository.url, version=VERSION),
)
definition = TaskDefinition(
    "mailer",
    TaskDefinitionArgs(
        family="mailer",
        image=image.reference,
        repository_arn=repository.arn,
        cpu=256,
        memory=512,
        user="65532:65532",
        environment={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317"},
        sidecars=[log_router(ROUTER), collector(COLLECTOR)],
        log_routing=to_log_group(LOGS, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{LOGS}", REGION),
        stop_timeout=30,
        log_group=LOGS,
        log_retention_days=365,
        account=ACCOUNT,
        region=REGION,
    ),
)
service = Service(
    "mailer",
    ServiceArgs(
        service_name="mailer",
        cluster_name=cluster.cluster_name,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        egress_ports=(443,),
        desired_count=1,
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
pulumi.export("runs", service.version)
