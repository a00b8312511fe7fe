"""Two services without a load balancer: `kiosk` finds `prices` by a name in the VPC, and nobody else gets in there."""

from collections.abc import Mapping, Sequence

import pulumi

from components.calls import Callee
from components.cluster import Cluster, ClusterArgs
from components.image import Image, ImageArgs
from components.namespace import Namespace, NamespaceArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, ServiceArgs
from components.service_registry import ServiceRegistry, ServiceRegistryArgs
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.ways_out import Nat

ACCOUNT, REGION, VERSION, PORT, ZONE = "111111111111", "eu-west-1", "1.0.0", 9000, "test.internal"

network = Network(
    "kiosk",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.1.0.0/16", zones=2, nat=Nat.ONE)),
)
cluster = Cluster("kiosk", ClusterArgs(cluster_name="kiosk"))
namespace = Namespace("kiosk", NamespaceArgs(namespace_name=ZONE, vpc_id=network.vpc_id))


def service(
    name: str,
    environment: Mapping[str, str],
    port: int | None = None,
    registry: ServiceRegistry | None = None,
    calls: Sequence[Callee] = (),
) -> Service:
    """A service of this name, from its repository to its release."""
    repository = Repository(name, RepositoryArgs(repository_name=name, kept_images=100))
    image = Image(
        name,
        ImageArgs(repository_name=name, repository_arn=repository.arn, repository_url=repository.url, version=VERSION),
    )
    definition = TaskDefinition(
        name,
        TaskDefinitionArgs(
            family=name,
            image=image.reference,
            repository_arn=repository.arn,
            cpu=256,
            memory=512,
            port=port,
            user="65532:65532",
            environment=environment,
            stop_timeout=30,
            log_group=f"/ecs/{name}",
            log_retention_days=365,
            account=ACCOUNT,
            region=REGION,
        ),
    )
    return Service(
        name,
        ServiceArgs(
            service_name=name,
            cluster_name=cluster.cluster_name,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            port=port,
            egress_ports=(443,),
            calls=calls,
            registry_arn=registry.arn if registry else None,
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


found = ServiceRegistry("prices", ServiceRegistryArgs(registry_name="prices", namespace_id=namespace.namespace_id))
prices = service("prices", {}, port=PORT, registry=found)
callee = Callee(service_name="prices", security_group_id=prices.security_group_id, ports=[PORT])
kiosk = service("kiosk", {"PRICES_URL": f"http://prices.{ZONE}:{PORT}"}, calls=[callee])
pulumi.export("runs", {"prices": prices.version, "kiosk": kiosk.version})
