"""Whatever ids, queries and headers are sent, a route answers with a refusal and never fails."""

import itertools
import json

import pytest
from django.conf import LazySettings

from tests.callers import Caller, KeyCaller
from tests.security.refusals import caller_of, refused
from tests.security.routes import routes, sound_body

ODD_IDS = ("\x00", "..", ".", " ", "ÿ", "😀", "a" * 3000, "a/b/c/d", "'--", "{}")


def test_an_odd_id_is_refused(ids: dict[str, str], callers: dict[str, Caller], subtests: pytest.Subtests) -> None:
    for route in routes():
        caller, body = caller_of(route, callers), sound_body(route)
        raw = b"" if body is None else json.dumps(body).encode()
        for name, odd in itertools.product(route.names, ODD_IDS):
            with subtests.test(f"{route} {name} {odd[:9]!r}"):
                answer = caller.send(route.method, route.at(ids | {name: odd}), raw=raw)
                if name in ("tool", "key") and odd != "\x00":
                    assert answer.status < 500, answer.raw
                else:
                    refused(answer)


QUERIES = ("", "x", "-1", "0", "1.5", "9" * 30, "\x00", "\ud7ff", "1e5", "' or 1=1", "a" * 3000, "2030-02-30")


def test_no_query_makes_a_route_fail(ids: dict[str, str], callers: dict[str, Caller], subtests: pytest.Subtests) -> None:
    for route in routes():
        for name, value in itertools.product(route.query, QUERIES):
            with subtests.test(f"{route} {name} {value[:9]!r}"):
                answer = caller_of(route, callers).send(route.method, route.at(ids), query={name: value})
                assert answer.status < 500, answer.raw


@pytest.mark.parametrize(
    "header", ["x-owner-agent", "idempotency-key", "authorization", "x-api-key", "x-trace-id", "content-type"]
)
def test_no_header_makes_a_route_fail(machine: KeyCaller, header: str, settings: LazySettings) -> None:
    body = json.dumps({"intent_type": "a.b.v1", "to_agent": "x", "payload": {}}).encode()
    for value in (
        "",
        " ",
        "\xff",
        "x" * 8000,
        "a/b/c/d",
        "Bearer",
        "Bearer \xff",
        "multipart/form-data; boundary=x",
        "text/plain",
    ):
        answer = machine.send("POST", "/intents", raw=body, headers={header: value})
        assert answer.status < 500, (value, answer.raw)
