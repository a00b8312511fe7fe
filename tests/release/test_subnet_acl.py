"""The network ACL of private subnets: nobody logs in from outside, and no answer is lost."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from release.subnet_acl import ALL, ANYWHERE, ICMP, TCP, UDP, AclRule, ways_in, ways_out

NETWORK = IPv4Network("10.2.0.0/16")
INSIDE = st.ip_addresses(network=NETWORK)
OUTSIDE = st.ip_addresses(v=4).filter(lambda address: address not in NETWORK)
PORTS = st.integers(0, 65_535)
LOGINS = (22, 3389)
"""SSH and RDP."""
LINUX = st.integers(32_768, 61_000)
"""From which tasks ask (AWS: "Ephemeral ports")."""
QUOTA = 20
"""Rules of a network ACL in one direction (AWS: "Amazon VPC quotas")."""

RULES = ways_in(str(NETWORK))


def lets_through(rules: tuple[AclRule, ...], source: IPv4Address, protocol: str, port: int) -> bool:
    """As AWS decides it: by the first rule that fits, and none is no."""
    return any(
        source in IPv4Network(rule.cidr)
        and (rule.protocol == ALL or (rule.protocol == protocol and (rule.ports[0] <= port <= rule.ports[1])))
        for rule in rules
    )


@given(INSIDE, st.sampled_from([TCP, UDP]), PORTS)
def test_who_is_inside_reaches_everything(source: IPv4Address, protocol: str, port: int) -> None:
    """Load balancers, tasks, endpoints, file systems: security groups are their lock."""
    assert lets_through(RULES, source, protocol, port)


@given(OUTSIDE, st.sampled_from([TCP, UDP]), st.sampled_from(LOGINS))
def test_nobody_logs_in_from_outside(source: IPv4Address, protocol: str, port: int) -> None:
    assert not lets_through(RULES, source, protocol, port)


@given(OUTSIDE, st.sampled_from([TCP, UDP]), PORTS.filter(lambda port: port not in LOGINS))
def test_nothing_else_is_lost(source: IPv4Address, protocol: str, port: int) -> None:
    assert lets_through(RULES, source, protocol, port)


@given(OUTSIDE, st.sampled_from([TCP, UDP]), LINUX)
def test_the_internet_answers_tasks(source: IPv4Address, protocol: str, port: int) -> None:
    assert lets_through(RULES, source, protocol, port)


@given(OUTSIDE)
def test_a_router_may_say_that_packets_are_too_big(source: IPv4Address) -> None:
    """Without it connections hang (AWS: "Path MTU Discovery")."""
    assert lets_through(RULES, source, ICMP, 0)


@given(OUTSIDE, st.sampled_from([TCP, UDP, ICMP]), PORTS)
def test_everything_gets_out(target: IPv4Address, protocol: str, port: int) -> None:
    assert lets_through(ways_out(), target, protocol, port)


def test_no_rule_alone_opens_a_login_to_the_world() -> None:
    """Security Hub EC2.21 looks at each rule by itself, whatever is refused before it."""
    for rule in RULES:
        opens = rule.protocol == ALL or any(rule.ports[0] <= port <= rule.ports[1] for port in LOGINS)
        assert not (rule.cidr == ANYWHERE and opens), rule


def test_the_rules_are_in_order_and_within_awss_quota() -> None:
    numbers = [rule.number for rule in RULES]
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= QUOTA
