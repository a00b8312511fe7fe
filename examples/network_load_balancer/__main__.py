"""A service that speaks TCP, behind a network load balancer of the VPC alone."""

import pulumi

from components.cluster import Cluster, ClusterArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.network_listener import NetworkListener, NetworkListenerArgs
from components.network_load_balancer import NetworkLoadBalancer, NetworkLoadBalancerArgs
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, ServiceArgs, TcpRouting
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.ways_out import Nat

ACCOUNT, REGION, VERSION, PORT = "111111111111", "eu-west-1", "1.0.0", 1883
VPC = "10.1.0.0/16"

network = Network(
    "bus",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr=VPC, zones=2, nat=Nat.ONE)),
)
cluster = Cluster("bus", ClusterArgs(cluster_name="bus"))
balancer = NetworkLoadBalancer(
    "bus",
    NetworkLoadBalancerArgs(
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        internal=True,
        sources=[VPC],
        ports=[PORT],
        deletion_protection=False,
    ),
)
listener = NetworkListener(
    "broker", NetworkListenerArgs(load_balancer_arn=balancer.arn, vpc_id=network.vpc_id, port=PORT)
)
repository = Repository("broker", RepositoryArgs(repository_name="broker", kept_images=100))
image = Image(
    "broker",
    ImageArgs(repository_name="broker", repository_arn=repository.arn, repository_url=repository.url, version=VERSION),
)
definition = TaskDefinition(
    "broker",
    TaskDefinitionArgs(
        family="broker",
        image=image.reference,
        repository_arn=repository.arn,
        cpu=256,
        memory=512,
        port=PORT,
        user="65532:65532",
        environment={},
        stop_timeout=30,
        log_group="/ecs/broker",
        log_retention_days=365,
        account=ACCOUNT,
        region=REGION,
    ),
)
service = Service(
    "broker",
    ServiceArgs(
        service_name="broker",
        cluster_name=cluster.cluster_name,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        egress_ports=(443,),
        desired_count=1,
        port=PORT,
        health_check_grace_period=30,
        routing=TcpRouting(
            load_balancer_security_group_id=balancer.security_group_id,
            target_group_arn=listener.target_group_arn,
        ),
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
