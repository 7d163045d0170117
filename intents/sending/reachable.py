"""Which addresses the server may talk to for others: those of the open internet, and the networks that whoever runs it has
named. Uses the standard library alone, so that a confined process can import it.

By the IANA special-purpose address registries, RFC 6890; which of them Python calls global changes with its version.
"""

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_CLOSED = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
]
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is given out of IPv6."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses as hosts without IPv4 spell them (NAT64, RFC 6052)."""


def parsed(text: str) -> Address:
    """The address that a socket names, without its zone. Raises ValueError."""
    return ipaddress.ip_address(text.partition("%")[0])


def is_reachable(address: Address, networks: Sequence[Network] = ()) -> bool:
    """Whether the server may connect to `address`: a unicast one of the open internet, or one in `networks`. One that
    carries another inside is as reachable as that, and as it is itself."""
    if is_within(address, networks):
        return True
    address = _plain(address)
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            return is_reachable(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _UNICAST or (address.sixtofour and not is_reachable(address.sixtofour)):
            return False
    return not any(address in network for network in _CLOSED)


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether `address` is one of these networks'."""
    return any(_plain(address) in network for network in networks)


def _plain(address: Address) -> Address:
    """An IPv4 address also where a socket of both kinds spells it as IPv6 does."""
    return (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address
