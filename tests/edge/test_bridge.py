"""What comes through the bridge, on both servers."""

import gzip
import hashlib
import http.client
import random
import time
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.edge.conftest import LIMIT, Hold, Process, eventually
from tests.edge.wire import assert_problem


def random_bytes(length: int) -> bytes:
    seed = time.time_ns()
    print("seed", seed)
    return random.Random(seed).randbytes(length)


def test_method_path_query_and_body_arrive(site: Process) -> None:
    answer = site.ask("PATCH /v1/echo/a%20b/c?x=1&y=%C3%A9", b"Content-Type: text/plain", body=b"hello")
    seen = answer.json()
    assert (seen["method"], seen["path"], seen["query"]) == ("PATCH", "/v1/echo/a b/c", "x=1&y=%C3%A9")
    assert (seen["length"], seen["digest"]) == (5, hashlib.sha256(b"hello").hexdigest())
    assert seen["headers"]["CONTENT_TYPE"] == "text/plain"
    assert seen["remote"] == "127.0.0.1"


def test_a_chunked_body_arrives_whole(site: Process) -> None:
    pieces = [random_bytes(length) for length in (1, 70_000, 8192, 3)]
    with site.wire() as wire:
        wire.request("POST /v1/echo", b"Transfer-Encoding: chunked")
        for piece in pieces:
            wire.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        seen = wire.send(b"0\r\n\r\n").answer().json()
    whole = b"".join(pieces)
    assert (seen["length"], seen["digest"]) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert seen["headers"]["CONTENT_LENGTH"] == str(len(whole))


@pytest.mark.parametrize("length", [8191, 8192, 8193, 65_536, 3 * 1024 * 1024, LIMIT])
def test_a_body_of_any_length_up_to_the_limit_arrives_whole(site: Process, length: int) -> None:
    body = random_bytes(length)
    seen = site.ask("POST /v1/echo", body=body).json()
    assert (seen["length"], seen["digest"]) == (length, hashlib.sha256(body).hexdigest())


def test_form_data_arrives_as_it_was_sent(site: Process) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nbroken'
    seen = site.ask("POST /v1/echo", b"Content-Type: multipart/form-data; boundary=b", body=body).json()
    assert seen["length"] == len(body)


def nested(depth: int, rest: int) -> bytes:
    """Multipart in multipart in multipart, and then very many lines."""
    opened = b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (k, k + 1) for k in range(depth))
    return opened + b"--b%d\r\n\r\n" % depth + b"a\n" * rest


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b'{"json": true}'),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=b0", nested(220, 500_000)),
        ("multipart/form-data; boundary=b0", b"--b0\r\n\r\n\r\n" * 100_000),
        ("application/x-www-form-urlencoded", b"a=1&" * 100_000),
    ],
)
def test_a_form_is_read_by_whoever_asks_for_it_and_never_before(site: Process, content_type: str, body: bytes) -> None:
    answer = site.ask("POST /v1/echo", f"Content-Type: {content_type}".encode(), body=body)
    assert (answer.status, answer.json()["length"]) == (200, len(body))
    assert answer.json()["digest"] == hashlib.sha256(body).hexdigest()


def test_a_body_beyond_the_limit_is_refused_while_every_thread_is_busy(site: Process, hold: Hold) -> None:
    busy = [site.wire().request(f"GET {hold.path()}") for _ in range(4)]
    assert_problem(site.ask("POST /v1/echo", body=b"x" * (LIMIT + 1)), 413, "payload_too_large")
    with site.wire() as wire:
        wire.request("POST /v1/echo", b"Transfer-Encoding: chunked")
        for _ in range(5):
            wire.send(b"100000\r\n%b\r\n" % (b"x" * 0x100000))
        assert_problem(wire.send(b"0\r\n\r\n").answer(), 413, "payload_too_large")
    # Too large by far: answered before it is sent.
    with site.wire() as wire:
        wire.send(b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (LIMIT * 1000))
        if site.server == "uvicorn":  # Daphne receives all of it first, keeping none
            assert_problem(wire.answer(), 413, "payload_too_large")
    assert not any(wire.answered for wire in busy)
    hold.release()
    assert [wire.finish().status for wire in busy] == [200] * 4


def test_who_sends_too_much_by_a_page_is_told_by_a_page_in_their_language(site: Process) -> None:
    browser = (b"Accept: text/html,*/*;q=0.8", b"Accept-Language: de")
    answer = site.ask("POST /inbox/evidence", *browser, body=b"x" * (LIMIT + 1))
    assert (answer.status, "<h1>Das ist zu groß</h1>" in answer.body.decode()) == (413, True)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (answer.headers["X-Content-Type-Options"], answer.headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert answer.headers["Referrer-Policy"] == answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert_problem(site.ask("POST /v1/echo", *browser, body=b"x" * (LIMIT + 1)), 413, "payload_too_large")


@pytest.mark.parametrize("length", [64 * 1024 + 1, LIMIT, LIMIT + 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_whoever_is_unknown_sends_no_large_body(site: Process, length: int, chunked: bool) -> None:
    body, head = b"x" * length, [b"X-Stranger: yes"]
    if chunked:
        head.append(b"Transfer-Encoding: chunked")
    with site.wire() as wire:
        if chunked:
            wire.request("POST /v1/echo", *head).send(b"%x\r\n%b\r\n0\r\n\r\n" % (length, body))
        else:
            wire.request("POST /v1/echo", *head, body=body)
        answer = wire.answer()
    if length > LIMIT and answer.status == 413:  # nobody may send that
        assert_problem(answer, 413, "payload_too_large")
    else:
        assert_problem(answer, 401, "missing")


def test_whoever_is_unknown_sends_small_bodies(site: Process) -> None:
    assert site.ask("POST /v1/echo", b"X-Stranger: yes", body=b"x" * 64 * 1024).status == 200


PLAIN = b'{"plain": true}'


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "foo", "GZIP", "gzip, gzip", "identity, gzip", "x" * 200])
@pytest.mark.parametrize("head", ["POST /v1/echo", "PUT /v1/stream/short", "POST /mcp", "POST /a2a", "POST /sign-in"])
def test_a_body_in_an_encoding_is_refused_by_the_headers_name(site: Process, head: str, encoding: str) -> None:
    for body in (PLAIN, gzip.compress(PLAIN)):
        answer = site.ask(head, f"Content-Encoding: {encoding}".encode(), body=body)
        assert_problem(answer, 415, "not_supported")
        assert f"Content-Encoding says {encoding[:40]}" in answer.json()["detail"]
        assert answer.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, gzip"])
def test_a_callback_in_an_encoding_arrives_as_it_was_sent(site: Process, encoding: str) -> None:
    """Whoever reads it knows for whom it is, and tells them what is wrong with it."""
    body = gzip.compress(PLAIN)
    first, *more = [f"Content-Encoding: {one}".encode() for one in encoding.split(", ")]
    seen = site.ask("POST /v1/callbacks/echo", first, *more, body=body).json()
    assert (seen["length"], seen["digest"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert seen["headers"]["HTTP_CONTENT_ENCODING"].replace(",", ", ") == encoding


@pytest.mark.parametrize("encoding", [b"identity", b" Identity ", b""])
def test_a_body_in_no_encoding_is_read(site: Process, encoding: bytes) -> None:
    answer = site.ask("POST /v1/echo", b"Content-Encoding: " + encoding, body=PLAIN)
    assert (answer.status, answer.json()["length"]) == (200, len(PLAIN))


def test_a_rush_on_the_sign_in_page_holds_up_nothing_else(site: Process, hold: Hold) -> None:
    rush = [site.wire().request(f"POST {hold.path('/sign-in')}", b"Content-Length: 0") for _ in range(8)]
    assert [site.ask("GET /v1/nothing").status for _ in range(20)] == [200] * 20
    assert not any(wire.answered for wire in rush)
    hold.release()
    assert [wire.finish().status for wire in rush] == [200] * 8


def test_clients_that_abort_leave_it_serving_and_their_calls_are_carried_through(site: Process, hold: Hold) -> None:
    names = [f"aborted{number}" for number in range(8)]
    begun = names[:3]  # of four threads, one has to tell what began
    for name in names:
        wire = site.wire().request(f"GET {hold.path(name=name)}")
        if name in begun:
            eventually(lambda name=name: name in site.ask("GET /v1/done").json()["started"])
        wire.reset()
    hold.release()
    for name in begun:
        eventually(lambda name=name: name in site.ask("GET /v1/done").json()["finished"])
    busy = [site.wire().request(f"GET {hold.path()}") for _ in range(8)]
    assert [wire.finish().status for wire in busy] == [200] * 8


def test_a_client_that_aborts_its_upload_leaves_it_serving(site: Process) -> None:
    for _ in range(8):
        site.wire().send(b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nhalf").reset()
    assert site.ask("GET /v1/nothing").status == 200


def test_a_slow_body_holds_no_thread(site: Process) -> None:
    head = b"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n"
    slow = [site.wire().send(head + b"half") for _ in range(12)]
    assert [site.ask("GET /v1/nothing").status for _ in range(20)] == [200] * 20
    assert [wire.send(b"rest").finish().json()["length"] for wire in slow] == [8] * 12


def test_pipelined_requests_are_answered_in_order(site: Process) -> None:
    with site.wire() as wire:
        for number in range(3):
            wire.request(f"GET /v1/echo?number{number}")
        seen = wire.until(b"number2")
    assert seen.index(b"number0") < seen.index(b"number1") < seen.index(b"number2")


def test_an_empty_answer_has_no_body(site: Process) -> None:
    with site.wire() as wire:
        answer = wire.request("GET /v1/empty").answer()
        assert (answer.status, answer.body) == (204, b"")
        assert wire.request("GET /v1/nothing").answer().status == 200


def test_a_streaming_response_is_refused(site: Process) -> None:
    assert_problem(site.ask("GET /v1/streams"), 500, "internal_error")


def test_a_static_file_comes_whole(site: Process) -> None:
    answer = site.ask("GET /static/admin/css/base.css")
    file = finders.find("admin/css/base.css")
    assert isinstance(file, str)
    assert answer.body == Path(file).read_bytes()
    assert answer.headers["Content-Type"].startswith("text/css")


def test_errors_outside_of_the_api_have_its_shape(site: Process) -> None:
    assert_problem(site.ask("GET /v1/unknown"), 404, "not_supported")
    assert_problem(site.ask("GET /v1/callbacks/sesame"), 500, "internal_error")
    refused = site.ask("POST /v1/only-get", body=b"x")
    assert_problem(refused, 405, "not_supported")
    assert refused.headers["Allow"] == "GET"
    assert_problem(site.ask("GET /unknown"), 404, "not_supported")
    assert "json" not in site.ask("GET /unknown", b"Accept: text/html").headers["Content-Type"]
    for path in ("/health", "/v1/health"):
        assert site.ask(f"GET {path}").status == 200


def test_a_stream_that_fails_ends_instead_of_hanging(site: Process) -> None:
    assert_problem(site.ask("GET /v1/stream/fails"), 500, "internal_error")
    assert site.ask("GET /v1/stream/breaks").body == b"data: 1\n\n"


def test_half_a_file_does_not_look_like_a_whole_one(site: Process) -> None:
    with pytest.raises(http.client.IncompleteRead) as raised:
        site.ask("GET /v1/stream/half")
    assert raised.value.partial == b"half"
    with site.wire() as wire, pytest.raises(http.client.IncompleteRead):
        wire.request("GET /v1/stream/half").answer()
    eventually(lambda: len(site.lines("broken_off")) == 2)
    assert site.ask("GET /v1/nothing").status == 200


def test_a_request_is_one_log_line_without_secrets(site: Process) -> None:
    site.ask("GET /v1/callbacks/open-sesame?axme_sa_12_hidden", b"X-Request-Id: told-once", b"X-Api-Key: axme_sa_1_no")
    (line,) = eventually(lambda: [line for line in site.lines("http") if line.get("request_id") == "told-once"])
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/callbacks/<str:token>", 500)
    assert line["ms"] > 0
    (failure,) = [line for line in site.lines("django.request") if line.get("request_id") == "told-once"]
    assert "RuntimeError" in failure["exception"]
    for secret in ("open-sesame", "hidden", "axme_sa_1_no", "verysecret"):
        assert secret not in site.log()
