"""Two services without a load balancer: `till` calls `ledger` through Service Connect, and nobody else does."""

from collections.abc import Mapping, Sequence

import pulumi

from components.calls import Callee
from components.cluster import Cluster, ClusterArgs
from components.http_namespace import HttpNamespace, HttpNamespaceArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, ServiceArgs
from components.service_connect import Endpoint, NamedPort, ServiceConnect
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from release.ways_out import Nat

ACCOUNT, REGION, VERSION, PORT = "111111111111", "eu-west-1", "1.0.0", 9000

network = Network(
    "till",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.1.0.0/16", zones=2, nat=Nat.ONE)),
)
namespace = HttpNamespace("till", HttpNamespaceArgs(namespace_name="test"))
cluster = Cluster("till", ClusterArgs(cluster_name="till", namespace_arn=namespace.arn))


def service(
    name: str,
    environment: Mapping[str, str],
    port: int | None = None,
    endpoint: Endpoint | None = None,
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
            named_port=endpoint.port if endpoint else None,
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
            connect=ServiceConnect(
                namespace_arn=namespace.arn, log_group=definition.log_group, region=REGION, endpoint=endpoint
            ),
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


offered = Endpoint(
    port=NamedPort(name="ledger", protocol="http"),
    dns_name="ledger",
    client_port=80,
    idle_seconds=60,
    request_seconds=10,
)
ledger = service("ledger", {}, port=PORT, endpoint=offered)
callee = Callee(service_name="ledger", security_group_id=ledger.security_group_id, ports=[PORT])
till = service("till", {"LEDGER_URL": "http://ledger"}, calls=[callee])
pulumi.export("runs", {"ledger": ledger.version, "till": till.version})
