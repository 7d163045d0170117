"""Whatever value a field has, a route never fails, and writes nothing when it refuses it."""

import json
from typing import Any

import pytest

from tests import turns
from tests.callers import Caller
from tests.security.conftest import Store
from tests.security.refusals import WITH_BODY, caller_of, refused
from tests.security.routes import Route, sound_body

VALUES: tuple[tuple[Any, ...], ...] = (
    (None,),
    (True,),
    (5, -1, 0),
    (1.5, 1e300),
    (2**31, 2**53 - 1, -(2**53) + 1),
    ("",),
    ("x", "\u202e\u200b😀", "x" * 10_000),
    ("2001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2030-02-30T00:00:00Z"),
    ([], ["x"], [[]]),
    ({}, {"x": {"y": None}}),
)
"""By kind: of each a field meets one each second day."""


@pytest.mark.parametrize("route", turns.each(WITH_BODY, of=2, ids=list(map(str, WITH_BODY))))
def test_no_value_of_any_field_makes_a_route_fail(
    route: Route, ids: dict[str, str], store: Store, callers: dict[str, Caller]
) -> None:
    schema, body = route.schema, sound_body(route)
    assert schema is not None
    assert body is not None
    caller, before = caller_of(route, callers), store.hashes()
    names = schema.get("properties", {"action": {}, "task_result": {}, "lease_token": {}})
    for number, name in enumerate(names, start=WITH_BODY.index(route)):
        for value in [value for kind in VALUES for value in turns.within(kind, number, of=2)]:
            answer = caller.send(route.method, route.at(ids), raw=json.dumps(body | {name: value}).encode())
            assert answer.status < 500, (name, value, answer.raw)
            if answer.status == 422:
                assert {"field", "address"} & refused(answer).keys(), (name, value)
            if answer.status >= 400:
                after = store.hashes()
                assert after == before, (name, value)
            else:
                before = store.hashes()
