"""A worker: a service without a load balancer. It fetches what it does, and nobody reaches it."""

import pulumi

from components.cluster import Cluster, ClusterArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, ServiceArgs
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.ways_out import Nat

ACCOUNT, REGION, VERSION = "111111111111", "eu-west-1", "1.0.0"

network = Network(
    "post",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.1.0.0/16", zones=2, nat=Nat.ONE)),
)
cluster = Cluster("post", ClusterArgs(cluster_name="post"))
repository = Repository("printer", RepositoryArgs(repository_name="printer", kept_images=100))
image = Image(
    "printer",
    ImageArgs(repository_name="printer", repository_arn=repository.arn, repository_url=repository.url, version=VERSION),
)
definition = TaskDefinition(
    "printer",
    TaskDefinitionArgs(
        family="printer",
        image=image.reference,
        repository_arn=repository.arn,
        cpu=256,
        memory=512,
        user="65532:65532",
        environment={},
        stop_timeout=30,
        log_group="/ecs/printer",
        log_retention_days=365,
        account=ACCOUNT,
        region=REGION,
    ),
)
service = Service(
    "printer",
    ServiceArgs(
        service_name="printer",
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
