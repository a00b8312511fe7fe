"""The smallest network that services can run in."""

import pulumi

from components.network import Network, NetworkArgs, NewNetwork

network = Network(
    "network",
    NetworkArgs(
        source=NewNetwork(
            account="111111111111", region="eu-west-1", cidr="10.0.0.0/16", zones=2, nat_gateway_per_zone=False
        )
    ),
)
pulumi.export("vpc", network.vpc_id)
