"""Which addresses the server may talk to for others."""

from ipaddress import ip_address, ip_network

import pytest

from intents.sending.reachable import is_reachable, parsed

OPEN = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::200e", "2620:4f:8000::1"]
CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "100::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "3fff::1",
    "5f00::1",
]
INSIDE = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0"]
"""IPv4 addresses that IPv6 ones carry inside."""


def carrying(inner: str) -> list[str]:
    """The IPv6 addresses that lead to an IPv4 one somewhere."""
    number = int(ip_address(inner))
    return [
        f"::ffff:{inner}",
        f"::ffff:0:{inner}",
        f"64:ff9b::{inner}",
        f"64:ff9b:1::{inner}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
    ]


@pytest.mark.parametrize("address", [*OPEN, "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"])
def test_the_open_internet_is_reachable(address: str) -> None:
    assert is_reachable(parsed(address))


@pytest.mark.parametrize("address", [*CLOSED, *(one for inner in INSIDE for one in carrying(inner))])
def test_what_is_not_of_the_open_internet_is_not(address: str) -> None:
    assert not is_reachable(parsed(address))


def test_a_zone_changes_nothing() -> None:
    assert not is_reachable(parsed("fe80::1%eth0"))


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"])
def test_networks_of_the_servers_owner_are_reachable(address: str) -> None:
    networks = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert is_reachable(parsed(address), networks)
    assert not is_reachable(parsed("192.168.1.1"), networks)


def test_a_network_opens_no_address_that_only_carries_one_of_it() -> None:
    assert not is_reachable(parsed("64:ff9b::10.1.2.3"), [ip_network("10.0.0.0/8")])
