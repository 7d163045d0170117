"""What the head of a request and of an answer may hold, on both servers."""

import pytest

from tests.edge.conftest import LIMIT, Process
from tests.edge.wire import assert_problem


def test_a_head_request_gets_the_headers_alone(site: Process) -> None:
    with site.wire() as wire:
        head = wire.request("HEAD /v1/nothing").answer("HEAD")
        assert (head.status, head.headers["Content-Length"], head.body) == (200, "2", b"")
        # Nothing of a body came either: the next answer starts where it should.
        assert wire.request("GET /v1/nothing").answer().body == b"{}"


def test_headers_of_one_name_are_joined(site: Process) -> None:
    seen = site.ask("GET /v1/echo", b"X-One: 1", b"X-One: 2", b"Cookie: a=1; b=2", b"Cookie: c=3").json()
    assert seen["headers"]["HTTP_X_ONE"] == "1,2"
    assert seen["headers"]["HTTP_COOKIE"] == "a=1; b=2; c=3"
    assert seen["cookies"] == {"a": "1", "b": "2", "c": "3"}


def test_a_header_with_underscores_cannot_pass_for_another(site: Process) -> None:
    seen = site.ask("GET /v1/echo", b"X_Forwarded_For: 1.2.3.4", b"Content_Length: 7").json()
    assert "HTTP_X_FORWARDED_FOR" not in seen["headers"]
    assert seen["headers"]["CONTENT_LENGTH"] == "0"


def test_several_cookies_are_set(site: Process) -> None:
    cookies = site.ask("GET /v1/cookies").headers.get_all("Set-Cookie")
    assert sorted(cookie.partition(";")[0] for cookie in cookies) == ["a=1", "b=2"]


def test_header_bytes_beyond_ascii_arrive_as_they_were_sent(site: Process) -> None:
    seen = site.ask("GET /v1/echo", b"X-Name: J\xe9r\xf4me \xe2\x82\xac").json()
    assert seen["headers"]["HTTP_X_NAME"].encode("latin-1") == b"J\xe9r\xf4me \xe2\x82\xac"


def test_a_path_beyond_ascii_arrives_decoded(site: Process) -> None:
    assert site.ask("GET /v1/echo/caf%C3%A9/%E2%82%AC").json()["path"] == "/v1/echo/café/€"
    # No text in any encoding we speak: Django shows such bytes as they came.
    assert site.ask("GET /v1/echo/%FFx").json()["path"] == "/v1/echo/%FFx"


@pytest.mark.parametrize(
    "raw",
    [
        *(b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: localhost", b"GET /v1/echo?a=\xff HTTP/1.1\r\nHost: localhost"),
        *(b"nonsense", b"GET /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: many"),
    ],
)
def test_what_is_no_request_is_refused_in_words(site: Process, raw: bytes) -> None:
    with site.wire() as wire:
        answer = wire.send(raw + b"\r\n\r\n").answer()
    assert_problem(answer, 400, "schema_invalid")
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]
    assert site.ask("GET /v1/nothing").status == 200


LONG = 20_000


@pytest.mark.parametrize(
    ("status", "head", "headers"),
    [
        (414, "GET /v1/" + "x" * LONG, []),
        (414, "GET /v1/echo?" + "x" * LONG, []),
        (431, "GET /v1/echo", [b"X-Long: " + b"x" * LONG]),
        (431, "GET /v1/echo", [b"X-%d: " % number + b"x" * 100 for number in range(LONG // 100)]),
        (431, "GET /v1/stream/short", [b"Cookie: a=" + b"x" * LONG]),
        # Reading a quoted cookie takes a time that grows with the square of the backslashes.
        (431, "GET /v1/echo", [b'Cookie: a="' + b"\\" * 8_000 + b'"']),
        (431, "GET /v1/stream/short", [b'Cookie: a="' + b'\\"' * 2_000 + b'"', b'Cookie: b="\\"']),
        (431, "GET /unknown", [b'Cookie: a=1; b="' + b"\\" * 300 + b'"']),
    ],
)
def test_a_head_beyond_its_limits_is_refused_before_it_is_read(
    site: Process, status: int, head: str, headers: list[bytes]
) -> None:
    assert_problem(site.ask(head, *headers), status, "payload_too_large")
    assert site.ask("GET /v1/nothing").status == 200


def test_an_ordinary_quoted_cookie_is_read(site: Process) -> None:
    assert site.ask("GET /v1/echo", b'Cookie: a="say \\"yes\\"\\073"').json()["cookies"] == {"a": 'say "yes";'}


@pytest.mark.parametrize(
    "head",
    [
        *("GET /v1/nothing", "GET /v1/unknown", "GET /v1/callbacks/x", "GET /health", "POST /v1/echo"),
        *("GET /v1/stream/fails", "GET /v1/stream/breaks", "GET /v1/stream/short"),
    ],
)
def test_every_answer_carries_the_requests_ids(site: Process, head: str) -> None:
    body = b"x" * (LIMIT + 1) if head.startswith("POST") else b""
    given = site.ask(head, b"X-Trace-Id: trace-7", b"X-Request-Id: request.9", body=body).headers
    assert (given["X-Trace-Id"], given["X-Request-Id"]) == ("trace-7", "request.9")
    made = site.ask(head, b"X-Trace-Id: two words", b"X-Request-Id: " + b"x" * 129, body=body).headers
    assert len(made["X-Trace-Id"]) == len(made["X-Request-Id"]) == 36
    assert made["X-Trace-Id"] != made["X-Request-Id"]
