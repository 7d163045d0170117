"""The connector: what it makes of bad receivers, and where it does not go."""

import datetime
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from intents.sending import connector
from intents.sending.connector import Fault, Unanswered, post
from tests.intents.receivers import Receiver, drips, endless, hangs, raw, receiver, resets, says
from tests.intents.spellings import SPELLINGS

SECONDS = 1.0
OK = says("200 OK", b"thanks")
BEHAVIOURS = {
    "/": OK,
    "/no-content": raw(b"HTTP/1.1 204 No Content\r\n\r\n<html>not expected</html>"),
    "/error": says("500 Internal Server Error", b"oops"),
    "/later": says("429 Too Many Requests", b"", "retry-after: 120"),
    "/redirect": says("302 Found", b"", "location: /"),
    "/continue": raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    "/huge": says("200 OK", b"x" * 3_000_000),
    "/endless": endless(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"5\r\nagain\r\n"),
    "/endless-headers": endless(b"HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n"),
    "/cut": raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
    "/silent-body": drips(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b"x" * 50, pause=0.01),
    "/drips": drips(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", pause=0.2),
    "/hangs": hangs,
    "/resets": resets,
    "/no-http": raw(b"220 mail.example ESMTP\r\n"),
    "/empty": raw(b""),
}


@pytest.fixture(autouse=True)
def no_connection_is_left() -> Iterator[None]:
    yield
    connector.close()


@pytest.fixture
def inside(settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def chaos() -> Iterator[Receiver]:
    with receiver(BEHAVIOURS) as listening:
        yield listening


def send(url: str, **given: Any) -> connector.Answer:
    return post(
        url, headers={"content-type": "application/json"}, body=b"{}", seconds=given.pop("seconds", SECONDS), **given
    )


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("path", "status", "body", "cut"),
    [
        ("/", 200, b"thanks", False),
        ("/no-content", 204, b"", False),
        ("/error", 500, b"oops", False),
        ("/later", 429, b"", False),
        ("/redirect", 302, b"", False),
        ("/continue", 200, b"ok", False),
        ("/huge", 200, b"x" * 2048, True),
        ("/endless", 200, (b"again" * 500)[:2048], True),
        ("/cut", 200, b"half", True),
    ],
)
def test_an_answer_is_its_first_status_and_the_beginning_of_its_body(
    chaos: Receiver, path: str, status: int, body: bytes, cut: bool
) -> None:
    answer = send(f"http://127.0.0.1:{chaos.port}{path}", seconds=20)
    assert (answer.status, answer.body, answer.cut) == (status, body, cut)


@pytest.mark.usefixtures("inside")
def test_a_status_stands_when_the_body_takes_too_long(chaos: Receiver) -> None:
    answer = send(f"http://127.0.0.1:{chaos.port}/silent-body", seconds=3)
    assert (answer.status, answer.cut) == (200, True)
    assert answer.body == b"x" * 50


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/drips", Fault.TIMEOUT),
        ("/hangs", Fault.TIMEOUT),
        ("/endless-headers", Fault.BROKEN),
        ("/resets", Fault.BROKEN),
        ("/no-http", Fault.BROKEN),
        ("/empty", Fault.BROKEN),
    ],
)
def test_what_is_no_answer_says_why(chaos: Receiver, path: str, fault: Fault) -> None:
    with pytest.raises(Unanswered) as raised:
        send(f"http://127.0.0.1:{chaos.port}{path}")
    assert raised.value.fault == fault


@pytest.mark.usefixtures("inside")
def test_nobody_listening_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unanswered) as raised:
        send(f"http://127.0.0.1:{port}/")
    assert raised.value.fault == Fault.CONNECT


@pytest.mark.usefixtures("inside")
def test_a_name_without_an_address_says_so() -> None:
    with pytest.raises(Unanswered) as raised:
        send("https://nobody.invalid/")
    assert raised.value.fault == Fault.DNS


@pytest.mark.usefixtures("inside")
def test_the_request_is_sent_as_it_was_given(chaos: Receiver) -> None:
    post(
        f"http://127.0.0.1:{chaos.port}/?a=1&b=%20",
        headers={"content-type": "application/json", "webhook-id": "msg_1"},
        body='{"name":"Zoë"}'.encode(),
    )
    head, _, body = chaos.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /?a=1&b=%20 HTTP/1.1\r\n")
    assert b"\r\nwebhook-id: msg_1" in head.lower()
    assert body.decode() == '{"name":"Zoë"}'


@pytest.mark.usefixtures("inside")
def test_a_connection_is_used_again(chaos: Receiver) -> None:
    for _ in range(3):
        assert send(f"http://127.0.0.1:{chaos.port}/").status == 200
    assert (len(chaos.requests), chaos.connections) == (3, 1)


@pytest.fixture
def certified(tmp_path: Path) -> ssl.SSLContext:
    """What a server needs that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.mark.usefixtures("inside")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certified: ssl.SSLContext) -> None:
    with receiver(BEHAVIOURS, certified) as listening, pytest.raises(Unanswered) as raised:
        send(f"https://127.0.0.1:{listening.port}/")
    assert raised.value.fault == Fault.TLS
    assert listening.requests == []


@pytest.mark.usefixtures("inside")
def test_encrypted_to_a_port_that_is_not_fails_as_such(chaos: Receiver) -> None:
    with pytest.raises(Unanswered) as raised:
        send(f"https://127.0.0.1:{chaos.port}/")
    assert raised.value.fault in (Fault.TLS, Fault.TIMEOUT)


def test_there_are_many_spellings() -> None:
    assert len(set(SPELLINGS)) >= 150


def test_no_spelling_of_an_address_reaches_what_is_inside(chaos: Receiver) -> None:
    answered = [spelling for spelling in SPELLINGS if _is_answered(spelling.replace("PORT", str(chaos.port)))]
    assert (answered, chaos.connections, chaos.requests) == ([], 0, [])


def _is_answered(url: str) -> bool:
    try:
        send(url, seconds=0.5)
    except Unanswered:
        return False
    return True


def addresses(*answers: str, port: int) -> Any:
    """A resolver that says something else each time."""
    left = list(answers)

    def resolve(*_: Any, **__: Any) -> list[Any]:
        said = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in said.split()]

    return resolve


@pytest.mark.parametrize("said", ["127.0.0.1", "8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8"])
def test_a_name_that_leads_inside_as_well_is_not_connected_to(
    chaos: Receiver, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses(said, port=chaos.port))
    with pytest.raises(Unanswered) as raised:
        send(f"https://rebinding.example:{chaos.port}/")
    assert raised.value.fault == Fault.REFUSED
    assert chaos.connections == 0


def test_a_name_that_is_looked_up_once_more_leads_nowhere_else(chaos: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second answer of the resolver is never asked for: the connection is made to the address that was checked."""
    asked: list[str] = []

    def resolve(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        asked.append(host)
        said = "192.0.2.1" if len(asked) == 1 and host == "rebinding.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (said, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(connector.reachable, "is_reachable", lambda ip, networks=(): str(ip) == "192.0.2.1")
    with pytest.raises(Unanswered):
        send(f"https://rebinding.example:{chaos.port}/", seconds=0.5)
    assert asked.count("rebinding.example") == 1
    assert chaos.connections == 0


def test_unencrypted_it_goes_to_the_owners_networks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses("8.8.8.8", port=80))
    with pytest.raises(Unanswered) as raised:
        send("http://plain.example/")
    assert raised.value.fault == Fault.REFUSED
    assert "https" in raised.value.text


@pytest.mark.usefixtures("inside")
def test_a_redirect_is_an_answer_and_is_not_followed(chaos: Receiver) -> None:
    answer = send(f"http://127.0.0.1:{chaos.port}/redirect")
    assert (answer.status, answer.headers["location"]) == (302, "/")
    assert len(chaos.requests) == 1
