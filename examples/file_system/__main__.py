"""A worker whose tasks share files: on EFS, encrypted at rest and on the way, and still there after the tasks."""

import pulumi

from components.cluster import Cluster, ClusterArgs
from components.file_system import FileSystem, FileSystemArgs
from components.image import Image, ImageArgs
from components.network import Network, NetworkArgs, NewNetwork
from components.repository import Repository, RepositoryArgs
from components.service import Service
from components.service_args import Deployment, Place, Release, ServiceArgs
from components.task_definition import TaskDefinition, TaskDefinitionArgs
from components.volumes import Mount, Volume
from release.ways_out import Nat

ACCOUNT, REGION, VERSION = "111111111111", "eu-west-1", "1.0.0"

network = Network(
    "post",
    NetworkArgs(source=NewNetwork(account=ACCOUNT, region=REGION, cidr="10.1.0.0/16", zones=2, nat=Nat.ONE)),
)
cluster = Cluster("post", ClusterArgs(cluster_name="post"))
files = FileSystem(
    "letters",
    FileSystemArgs(
        file_system_name="letters",
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        # An example leaves nothing behind. Without this the files outlive their stack.
        deleted_with_its_files=True,
    ),
)
repository = Repository("archivist", RepositoryArgs(repository_name="archivist", kept_images=100))
image = Image(
    "archivist",
    ImageArgs(
        repository_name="archivist", repository_arn=repository.arn, repository_url=repository.url, version=VERSION
    ),
)
definition = TaskDefinition(
    "archivist",
    TaskDefinitionArgs(
        family="archivist",
        image=image.reference,
        repository_arn=repository.arn,
        cpu=256,
        memory=512,
        user="65532:65532",
        environment={},
        volumes=[Volume(name="letters", efs=files.access)],
        mounts=[Mount(volume="letters", path="/letters")],
        stop_timeout=30,
        log_group="/ecs/archivist",
        log_retention_days=365,
        account=ACCOUNT,
        region=REGION,
    ),
)
service = Service(
    "archivist",
    ServiceArgs(
        service_name="archivist",
        cluster_name=cluster.cluster_name,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        egress_ports=(443,),
        calls=[files.callee],
        desired_count=1,
        deployment=Deployment(minimum_healthy_percent=100, maximum_percent=200),
        release=Release(
            version=VERSION,
            digest=image.digest,
            task_definition_arn=definition.arn,
            task_definition_content=definition.content,
            needs=[*definition.policies, *files.ready],
        ),
        place=Place(account=ACCOUNT, region=REGION, role_arn=""),
    ),
)
pulumi.export("runs", service.version)
