"""One service, from its network to its release, whose number of tasks follows their CPU."""

import pulumi

from components.autoscaling import Autoscaling, AutoscalingArgs
from components.cluster import Cluster, ClusterArgs
from components.image import Image, ImageArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, Routing, ServiceArgs
from components.target_group import TargetGroup, TargetGroupArgs
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.ways_out import Nat

ACCOUNT, REGION, VERSION, PORT = "111111111111", "eu-west-1", "1.0.0", 8080

network = Network(
    "shop",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.1.0.0/16", zones=2, nat=Nat.ONE)),
)
cluster = Cluster("shop", ClusterArgs(cluster_name="shop"))
balancer = LoadBalancer(
    "shop",
    LoadBalancerArgs(vpc_id=network.vpc_id, subnet_ids=network.public_subnet_ids, deletion_protection=False),
)
repository = Repository("carts", RepositoryArgs(repository_name="carts", kept_images=100))
image = Image(
    "carts",
    ImageArgs(repository_name="carts", repository_arn=repository.arn, repository_url=repository.url, version=VERSION),
)
targets = TargetGroup(
    "carts",
    TargetGroupArgs(
        vpc_id=network.vpc_id,
        health_path="/health",
        interval=10,
        timeout=5,
        healthy_threshold=2,
        unhealthy_threshold=3,
        deregistration_delay=30,
    ),
)
definition = TaskDefinition(
    "carts",
    TaskDefinitionArgs(
        family="carts",
        image=image.reference,
        repository_arn=repository.arn,
        cpu=256,
        memory=512,
        port=PORT,
        user="65532:65532",
        environment={},
        stop_timeout=30,
        log_group="/ecs/carts",
        log_retention_days=365,
        account=ACCOUNT,
        region=REGION,
    ),
)
service = Service(
    "carts",
    ServiceArgs(
        service_name="carts",
        cluster_name=cluster.cluster_name,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        port=PORT,
        egress_ports=(443,),
        desired_count=1,
        autoscaled=True,
        health_check_grace_period=30,
        routing=Routing(
            listener_arn=balancer.listener_arn,
            load_balancer_security_group_id=balancer.security_group_id,
            target_group_arn=targets.arn,
            alternate_target_group_arn=targets.alternate_arn,
            shifting_role_arn=balancer.shifting_role_arn,
            paths=["/carts/*"],
            priority=10,
            needs=[balancer],
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
Autoscaling(
    "carts",
    AutoscalingArgs(
        cluster_name=cluster.cluster_name,
        service_name=service.service_name,
        minimum=1,
        maximum=10,
        load_balancer=balancer.metrics_name,
        target_groups=targets.metrics_names,
        cpu=60,
    ),
)
pulumi.export("runs", service.version)
