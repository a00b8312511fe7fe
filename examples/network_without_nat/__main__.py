"""A network without a way to the internet: its tasks reach AWS's services through endpoints, and nobody else."""

import pulumi

from components.network import Network, NetworkArgs, NewNetwork
from release.ways_out import Nat

network = Network(
    "network",
    NetworkArgs(
        source=NewNetwork(account="111111111111", region="eu-west-1", cidr="10.0.0.0/16", zones=2, nat=Nat.NONE)
    ),
)
pulumi.export("vpc", network.vpc_id)
