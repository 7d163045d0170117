"""Addresses of the web as the network reads them."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Link:
    """An address. `host` is the host as it goes over the network; `odd` when it is written in other letters than a–z."""

    url: str
    host: str
    odd: bool


def link(url: str) -> Link | None:
    """An http address as a link. None for anything else, `javascript:` above all, and for what could lead to another host
    than the one that is read in it: with a name before the host, a backslash, or a host that browsers rewrite."""
    url = url.strip()
    if "\\" in url or any(ord(one) <= 32 or ord(one) == 127 for one in url):
        return None
    try:
        parts = urlsplit(url)
        written, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not written or "@" in parts.netloc:
        return None
    host = _host(written)
    return Link(url, host, odd=not written.isascii() or "xn--" in host) if host else None


def _host(written: str) -> str:
    """By UTS 46, as browsers do it; "" when that is no host, or is not the one that is written."""
    if ":" in written:
        return f"[{written}]" if _is_ip(written) else ""
    if written.isascii():
        host = written
    else:
        try:
            host = idna.encode(written, uts46=True, transitional=False).decode("ascii").lower()
        except idna.IDNAError:
            return ""
    if not _HOST.fullmatch(host) or len(host) > 253:
        return ""
    # A host that ends with a number is an IPv4 address, whatever its spelling: 0x7f.1 leads to 127.0.0.1.
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) and not _is_ip(host):
        return ""
    return host


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
