"""A certificate that DNS proves, and a load balancer that speaks HTTPS by it under a name of its own."""

import pulumi

from components.alias_records import AliasRecords, AliasRecordsArgs
from components.certificate import Certificate, CertificateArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import Network, NetworkArgs, NewNetwork
from release.ways_out import Nat

zone = pulumi.Config().require("zone")
network = Network(
    "shop",
    NetworkArgs(
        source=NewNetwork(account="111111111111", region="eu-west-1", cidr="10.0.0.0/16", zones=2, nat=Nat.ONE)
    ),
)
certificate = Certificate(
    "shop", CertificateArgs(domain="shop.example.com", alternatives=["*.shop.example.com"], zone_id=zone)
)
balancer = LoadBalancer(
    "shop",
    LoadBalancerArgs(
        vpc_id=network.vpc_id,
        subnet_ids=network.public_subnet_ids,
        deletion_protection=False,
        certificate_arn=certificate.arn,
    ),
)
records = AliasRecords(
    "shop",
    AliasRecordsArgs(
        zone_id=zone,
        domains=["shop.example.com", "*.shop.example.com"],
        target_dns_name=balancer.dns_name,
        target_zone_id=balancer.zone_id,
    ),
)
pulumi.export("names", records.names)
