"""Whatever is sent, a route answers with a refusal that names the place, writes nothing, and never fails."""

import itertools
import json
from typing import Any

import pytest
from django.conf import LazySettings

from tests.callers import Answer, Caller, KeyCaller, PersonCaller
from tests.security.conftest import Store, Unchanged
from tests.security.routes import Route, routes, sound_body

WITH_BODY = [route for route in routes() if route.schema is not None]
PEOPLES = ("/tasks", "/approvals", "/me/", "/calendars", "/policies", "/schedules", "/intent-types", "/standing-grants")
PEOPLES += ("/auth", "/portal")

NO_JSON = {
    "cut off": b'{"a": ',
    "no JSON": b"hello",
    "two values": b"{} {}",
    "no UTF-8": b'{"a": "\xff"}',
    "NUL": b'{"a": "\\u0000"}',
    "raw NUL": b'{"a": "\x00"}',
    "NUL in a key": b'{"\\u0000": 1}',
    "lone surrogate": b'{"a": "\\ud800"}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a float that is infinite": b'{"a": 1e999}',
    "duplicate keys": b'{"a": 1, "a": 1}',
    "duplicate keys within": b'{"a": {"b": [{"c": 1, "c": 2}]}}',
    "an integer beyond 2^53": b'{"a": 9007199254740992}',
    "too many digits": b'{"a": ' + b"7" * 5000 + b"}",
    "65 levels": b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}",
    "100,000 levels": b"[" * 100_000,
    "an array": b"[]",
    "a number": b"5",
    "a text": b'"x"',
    "null": b"null",
}
VALUES: tuple[Any, ...] = (
    None,
    True,
    5,
    -1,
    0,
    1.5,
    1e300,
    2**31,
    2**53 - 1,
    -(2**53) + 1,
    "",
    "x",
    "\u202e\u200b😀",
    "x" * 10_000,
    "2001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2030-02-30T00:00:00Z",
    [],
    ["x"],
    [[]],
    {},
    {"x": {"y": None}},
)


ODD_IDS = ("\x00", "..", ".", " ", "ÿ", "😀", "a" * 3000, "a/b/c/d", "'--", "{}")


@pytest.fixture
def callers(machine: KeyCaller, alice: PersonCaller) -> dict[str, Caller]:
    return {"machine": machine, "person": alice}


def caller_of(route: Route, callers: dict[str, Caller]) -> Caller:
    """Who may use the route, so that nothing but the input is wrong."""
    return callers["person" if route.path.startswith(PEOPLES) else "machine"]


def refused(answer: Answer) -> dict[str, Any]:
    """The details of a refusal, whose shape is checked."""
    assert 400 <= answer.status < 500, (answer.status, answer.raw)
    body = answer.json
    assert body.keys() == {"error", "detail", "request_id"}
    details: dict[str, Any] = body["error"]["details"]
    return details


UNREAD = {"/callbacks/{token}", "/incoming/{tool_id}"}
# Nothing is read of what comes for a callback that nobody knows, or unsigned: bodies that are read have tests of their own.
KNOWN = [route for route in WITH_BODY if route.path not in UNREAD]


def test_a_body_that_is_no_sound_json_object_is_422_and_writes_nothing(
    ids: dict[str, str], unchanged: Unchanged, callers: dict[str, Caller]
) -> None:
    for route in KNOWN:
        with unchanged(route):
            for name, raw in NO_JSON.items():
                answer = caller_of(route, callers).send(route.method, route.at(ids), raw=raw)
                assert "field" in refused(answer), name
                assert answer.status == 422, name


def test_an_unknown_field_is_422_by_its_name_where_the_body_is_closed(
    ids: dict[str, str], unchanged: Unchanged, callers: dict[str, Caller]
) -> None:
    for route in WITH_BODY:
        schema, body = route.schema or {}, sound_body(route) or {}
        if schema.get("additionalProperties") is not False:
            assert route.path in OPEN, "the protocol names the bodies that may be open"
            continue
        odd = "workspace_id" if "workspace_id" not in schema["properties"] else "id"
        with unchanged(route):
            for name in ("surprise", odd, "__proto__", "状態"):
                raw = json.dumps(body | {name: 1}, ensure_ascii=False).encode()
                answer = caller_of(route, callers).send(route.method, route.at(ids), raw=raw)
                assert (answer.status, refused(answer)["field"]) == (422, name)


OPEN = {"/intents/{intent_id}/resume", "/scenarios/apply", "/scenarios/validate", *UNREAD}


@pytest.mark.slow
@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_the_documented_body_is_the_one_that_is_taken(route: Route, ids: dict[str, str], callers: dict[str, Caller]) -> None:
    body = json.dumps(sound_body(route)).encode()
    answer = caller_of(route, callers).send(route.method, route.at(ids), raw=body)
    assert answer.status not in (400, 422), answer.raw


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_no_value_of_any_field_makes_a_route_fail(
    route: Route, ids: dict[str, str], store: Store, callers: dict[str, Caller]
) -> None:
    schema, body = route.schema, sound_body(route)
    assert schema is not None
    assert body is not None
    caller, before = caller_of(route, callers), store.hashes()
    for name in schema.get("properties", {"action": {}, "task_result": {}, "lease_token": {}}):
        for value in VALUES:
            answer = caller.send(route.method, route.at(ids), raw=json.dumps(body | {name: value}).encode())
            assert answer.status < 500, (name, value, answer.raw)
            if answer.status == 422:
                assert {"field", "address"} & refused(answer).keys(), (name, value)
            if answer.status >= 400:
                after = store.hashes()
                assert after == before, (name, value)
            else:
                before = store.hashes()


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


def one_of_words(route: Route) -> bool:
    """Whether `payload` says what kind of it is wanted."""
    return "enum" in json.dumps((route.schema or {})["properties"]["payload"])


WITH_PAYLOAD = [
    route for route in WITH_BODY if "payload" in (route.schema or {}).get("properties", {}) and not one_of_words(route)
]


@pytest.mark.parametrize("route", WITH_PAYLOAD, ids=str)
def test_a_payload_of_200_kib_is_refused_wherever_it_would_be_kept_as_one(
    route: Route, ids: dict[str, str], store: Store, callers: dict[str, Caller]
) -> None:
    body = (sound_body(route) or {}) | {"payload": {"text": "x" * 200 * 1024}}
    before = store.hashes()
    answer = caller_of(route, callers).send(route.method, route.at(ids), raw=json.dumps(body).encode())
    assert (answer.status, answer.code) == (413, "payload_too_large")
    assert store.hashes() == before


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
