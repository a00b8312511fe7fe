"""What services share, in a VPC that is there: cluster, load balancer, images, journal, flow logs."""

import pulumi
import pulumi_aws as aws

from components.access_logs import AccessLogs, AccessLogsArgs
from components.cluster import Cluster, ClusterArgs
from components.flow_logs import FlowLogs, FlowLogsArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import ExistingNetwork, Network, NetworkArgs
from components.release_journal import ReleaseJournal, ReleaseJournalArgs
from components.repository import Repository, RepositoryArgs

ACCOUNT, REGION = "111111111111", "eu-west-1"

found = aws.ec2.get_vpc(default=True)
subnets = tuple(sorted(aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": [found.id]}]).ids))[:2]
network = Network(
    "network",
    NetworkArgs(source=ExistingNetwork(vpc_id=found.id, private_subnet_ids=subnets, public_subnet_ids=subnets)),
)
FlowLogs(
    "flow-logs",
    FlowLogsArgs(
        vpc_id=network.vpc_id, log_group="/vpc/network/flow-logs", retention_days=365, account=ACCOUNT, region=REGION
    ),
)
cluster = Cluster("apps", ClusterArgs(cluster_name="apps"))
logs = AccessLogs(
    "access-logs",
    AccessLogsArgs(bucket_name=f"apps-logs-{ACCOUNT}-{REGION}", account=ACCOUNT, region=REGION, retention_days=365),
)
balancer = LoadBalancer(
    "apps",
    LoadBalancerArgs(
        vpc_id=network.vpc_id,
        subnet_ids=network.public_subnet_ids,
        deletion_protection=False,
        access_logs_bucket=logs.bucket,
    ),
)
repository = Repository("orders", RepositoryArgs(repository_name="orders", kept_images=100))
journal = ReleaseJournal("journal", ReleaseJournalArgs(bucket_name=f"apps-journal-{ACCOUNT}-{REGION}", locked_days=365))
pulumi.export("push images to", repository.url)
