"""The connector: what it makes of bad receivers."""

import socket
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from intents.sending import connector
from intents.sending.connector import Fault, Unanswered, post
from tests.intents.certificates import Authority
from tests.intents.receivers import Receiver, drips, endless, hangs, raw, receiver, resets, says

SECONDS = 30.0
"""Of who answers, however busy the machine is; of who does not, SILENT_SECONDS."""
SILENT_SECONDS = 1.0
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
        send(f"http://127.0.0.1:{chaos.port}{path}", seconds=SILENT_SECONDS if fault == Fault.TIMEOUT else SECONDS)
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


@pytest.mark.usefixtures("inside")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    certified = Authority(tmp_path).serving("127.0.0.1")
    with receiver(BEHAVIOURS, certified) as listening, pytest.raises(Unanswered) as raised:
        send(f"https://127.0.0.1:{listening.port}/")
    assert raised.value.fault == Fault.TLS
    assert listening.requests == []


@pytest.mark.usefixtures("inside")
def test_encrypted_to_a_port_that_is_not_fails_as_such(chaos: Receiver) -> None:
    with pytest.raises(Unanswered) as raised:
        send(f"https://127.0.0.1:{chaos.port}/", seconds=SILENT_SECONDS)
    assert raised.value.fault in (Fault.TLS, Fault.TIMEOUT)


@pytest.mark.usefixtures("inside")
def test_a_redirect_is_an_answer_and_is_not_followed(chaos: Receiver) -> None:
    answer = send(f"http://127.0.0.1:{chaos.port}/redirect")
    assert (answer.status, answer.headers["location"]) == (302, "/")
    assert len(chaos.requests) == 1
