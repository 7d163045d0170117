"""Whatever body is sent, a route takes it or refuses it with the place named, and writes nothing when it does."""

import json

import pytest

from tests import turns
from tests.callers import Caller
from tests.security.conftest import Store, Unchanged
from tests.security.refusals import UNREAD, WITH_BODY, caller_of, refused
from tests.security.routes import Route, sound_body

KNOWN = [route for route in WITH_BODY if route.path not in UNREAD]
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


@pytest.mark.parametrize("route", turns.each(WITH_BODY, of=2, ids=list(map(str, WITH_BODY))))
def test_the_documented_body_is_the_one_that_is_taken(route: Route, ids: dict[str, str], callers: dict[str, Caller]) -> None:
    body = json.dumps(sound_body(route)).encode()
    answer = caller_of(route, callers).send(route.method, route.at(ids), raw=body)
    assert answer.status not in (400, 422), answer.raw


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
