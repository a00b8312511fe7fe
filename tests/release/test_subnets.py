"""How a network is cut: whatever its range, nothing overlaps, and nothing moves when it grows."""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.subnets import MOST_ZONES, SIZES, ZoneSubnets, plan

NETWORKS = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from(SIZES)).map(
    lambda drawn: IPv4Network(drawn, strict=False)
)
"""Any network that can be cut."""


def cut(network: IPv4Network, zones: int = MOST_ZONES) -> tuple[ZoneSubnets, ...]:
    return plan("eu-west-1", str(network), zones)


def private(network: IPv4Network) -> list[IPv4Network]:
    return [IPv4Network(zone.private_cidr) for zone in cut(network)]


def public(network: IPv4Network) -> list[IPv4Network]:
    return [IPv4Network(zone.public_cidr) for zone in cut(network)]


@given(NETWORKS)
def test_subnets_lie_in_the_network_and_never_overlap(network: IPv4Network) -> None:
    subnets = [*private(network), *public(network)]
    assert all(subnet.subnet_of(network) for subnet in subnets)
    assert not any(one.overlaps(other) for one in subnets for other in subnets if one is not other)
    assert max(subnet.prefixlen for subnet in subnets) <= 27, "a load balancer's subnet is /27 at least"


@given(NETWORKS, st.integers(1, MOST_ZONES - 1))
def test_another_zone_moves_none_of_those_before(network: IPv4Network, zones: int) -> None:
    assert cut(network, zones + 1)[:zones] == cut(network, zones)


@given(NETWORKS)
def test_subnets_of_a_kind_lie_side_by_side_from_a_boundary_of_their_own(network: IPv4Network) -> None:
    """So that who plans addresses can hand them on in blocks: a part of a network is a network."""
    assert private(network)[0].network_address == network.network_address
    for subnets in (private(network), public(network)):
        assert all(one.broadcast_address + 1 == other.network_address for one, other in pairwise(subnets))
        assert all(int(one.network_address) % one.num_addresses == 0 for one in subnets)


@given(NETWORKS)
def test_one_prefix_holds_all_public_subnets_and_no_private_one(network: IPv4Network) -> None:
    """A firewall elsewhere needs one line for the load balancers and NAT gateways of all zones."""
    last_quarter = list(network.subnets(prefixlen_diff=2))[MOST_ZONES]
    assert all(subnet.subnet_of(last_quarter) for subnet in public(network))
    assert not any(subnet.overlaps(last_quarter) for subnet in private(network))
    assert list(collapse_addresses([*private(network), last_quarter])) == [network]


@pytest.mark.parametrize(
    ("region", "zones"), [("eu-west-1", "abc"), ("ap-northeast-1", "acd"), ("ca-central-1", "abd")]
)
def test_zones_are_named_as_the_region_has_them(region: str, zones: str) -> None:
    assert [cut.zone for cut in plan(region, "10.0.0.0/16", 3)] == [f"{region}{letter}" for letter in zones]


@pytest.mark.parametrize("zones", [0, 4])
def test_more_zones_than_there_is_room_for_are_refused(zones: int) -> None:
    with pytest.raises(ValueError, match=f"zones is {zones}; allowed are 1 to 3"):
        plan("eu-west-1", "10.0.0.0/16", zones)


@given(st.integers(0, 32).filter(lambda length: not 16 <= length <= 23), st.integers(0, 2**32 - 1))
def test_a_network_with_no_room_for_its_subnets_is_refused_with_its_range(length: int, address: int) -> None:
    cidr = str(IPv4Network((address, length), strict=False))
    with pytest.raises(ValueError, match=f"cidr is '{cidr}'; allowed are /16 to /23"):
        plan("eu-west-1", cidr, 2)


@given(st.integers(16, 23), st.integers(0, 2**32 - 1))
def test_a_range_that_starts_inside_a_network_is_refused_with_the_one_that_was_meant(length: int, address: int) -> None:
    meant = IPv4Network((address, length), strict=False)
    inside = f"{meant.network_address + 1}/{length}"
    with pytest.raises(ValueError, match=f"would overlap others; write {meant}"):
        plan("eu-west-1", inside, 2)


@given(st.integers(16, 23), st.integers(2, 3))
def test_a_private_subnet_is_four_times_a_public_one_whatever_the_range(prefix: int, zones: int) -> None:
    cut = plan("eu-west-1", f"10.0.0.0/{prefix}", zones)
    sizes = {(IPv4Network(one.private_cidr).prefixlen, IPv4Network(one.public_cidr).prefixlen) for one in cut}
    assert sizes == {(prefix + 2, prefix + 4)}
