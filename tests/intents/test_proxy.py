"""What goes out by a proxy: to addresses that were checked, encrypted all the way; past it, to allowed networks alone."""

from base64 import b64encode
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from intents.sending import connector
from intents.sending.connector import Fault, Unanswered
from tests.intents.certificates import Authority
from tests.intents.proxies import Proxy, proxy, resolves
from tests.intents.receivers import Receiver, receiver, says, trust

OK = {"/": says("200 OK", b"thanks")}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Who is called shop.example, by an authority that this machine trusts."""
    authority = Authority(tmp_path)
    trust(authority.trusted, monkeypatch)
    with receiver(OK, authority.serving("shop.example")) as listening:
        yield listening
    connector.close()


@pytest.fixture
def between(shop: Receiver, settings: Any) -> Iterator[Proxy]:
    with proxy(shop.port) as listening:
        settings.OUTGOING_PROXY = listening.url
        yield listening


def send(url: str, *, seconds: float = 20) -> connector.Answer:
    return connector.post(url, headers={}, body=b"{}", seconds=seconds)


def fault(url: str, *, seconds: float = 20) -> tuple[Fault, str]:
    with pytest.raises(Unanswered) as raised:
        send(url, seconds=seconds)
    return raised.value.fault, raised.value.text


@pytest.mark.parametrize(("address", "place"), [("8.8.8.8", "8.8.8.8"), ("2606:4700::1111", "[2606:4700::1111]")])
def test_it_is_asked_for_the_address_that_was_checked_and_the_name_is_for_the_certificate(
    shop: Receiver, between: Proxy, monkeypatch: pytest.MonkeyPatch, address: str, place: str
) -> None:
    asked = resolves(monkeypatch, shop=address)
    answer = send("https://shop.example:8443/")
    assert (answer.status, answer.body) == (200, b"thanks")
    assert between.lines == [f"CONNECT {place}:8443 HTTP/1.1"]
    assert b"shop.example" not in between.asked[0]
    assert shop.requests[0].lower().find(b"\r\nhost: shop.example:8443\r\n") > 0
    assert asked == ["shop.example"]
    assert send("https://shop.example:8443/").status == 200
    assert (len(between.asked), len(shop.requests)) == (1, 2)


def test_another_who_answers_at_the_end_of_the_tunnel_is_not_trusted(
    shop: Receiver, between: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves(monkeypatch, other="8.8.8.8")
    assert fault("https://other.example/")[0] == Fault.TLS
    assert shop.requests == []


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "8.8.8.8 169.254.169.254", "::1", "64:ff9b::7f00:1"])
def test_it_is_never_asked_for_what_is_inside(between: Proxy, monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    resolves(monkeypatch, rebinding=inside)
    assert fault("https://rebinding.example/")[0] == Fault.REFUSED
    assert between.asked == []


def test_the_owners_networks_are_gone_to_without_it_and_nothing_else_is(
    between: Proxy, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    resolves(monkeypatch, plain="8.8.8.8")
    with receiver(OK) as near:
        assert send(f"http://127.0.0.1:{near.port}/").status == 200
    assert fault("http://plain.example/")[0] == Fault.REFUSED
    assert between.asked == []


def test_it_is_told_its_own_password_and_the_receiver_is_not(
    shop: Receiver, between: Proxy, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves(monkeypatch, shop="8.8.8.8")
    settings.OUTGOING_PROXY = between.url.replace("//", "//axme:p%40ss@")
    assert send("https://shop.example/").status == 200
    assert b"Proxy-Authorization: Basic " + b64encode(b"axme:p@ss") in between.asked[0]
    assert b"Authorization" not in shop.requests[0]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", (Fault.CONNECT, "no connection: the proxy answered 403")),
        (b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n", (Fault.CONNECT, "no connection: the proxy answered 407")),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n", (Fault.CONNECT, "302")),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", (Fault.BROKEN, "broke off")),
    ],
)
def test_a_proxy_that_refuses_is_no_connection(
    shop: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch, answers: bytes, said: tuple[Fault, str]
) -> None:
    resolves(monkeypatch, shop="8.8.8.8")
    with proxy(shop.port, answers=answers) as refusing:
        settings.OUTGOING_PROXY = refusing.url
        found = fault("https://shop.example/")
    assert (found[0], said[1] in found[1]) == (said[0], True)
    assert shop.requests == []


def test_a_proxy_that_is_away_is_no_connection(shop: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, shop="8.8.8.8")
    with proxy(shop.port) as gone:
        settings.OUTGOING_PROXY = gone.url
    assert fault("https://shop.example/")[0] == Fault.CONNECT
    assert shop.requests == []


def test_a_proxy_that_says_nothing_is_waited_for_as_long_as_for_all_others(
    shop: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves(monkeypatch, shop="8.8.8.8")
    with proxy(shop.port, answers=b"HTTP/1.1 2") as silent:
        settings.OUTGOING_PROXY = silent.url
        assert fault("https://shop.example/", seconds=0.5)[0] == Fault.TIMEOUT


def test_an_address_that_it_does_not_get_to_leaves_the_next(
    shop: Receiver, between: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when it has no IPv6."""
    resolves(monkeypatch, shop="2606:4700::1111 8.8.8.8")
    between._answers = b"HTTP/1.1 503 No route\r\ncontent-length: 0\r\n\r\n"
    assert fault("https://shop.example/")[0] == Fault.CONNECT
    assert between.lines == ["CONNECT [2606:4700::1111]:443 HTTP/1.1", "CONNECT 8.8.8.8:443 HTTP/1.1"]
