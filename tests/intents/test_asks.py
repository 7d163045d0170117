"""What is asked together is answered as if each had been asked alone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.accounts.models import User
from intents.kernel import statements
from intents.kernel.asks import VALUE, Ask, Sql, alone, together
from intents.kernel.models import new_id

pytestmark = pytest.mark.django_db
AT, ONE = datetime(2026, 11, 30, 18, 0, 0, 120_000, tzinfo=UTC), new_id()


def asked(text: str, *columns: str, writes: bool = False, **params: Any) -> Ask[list[list[Any]]]:
    return Ask(Sql(text, columns, writes), params, lambda rows: [list(row) for row in rows])


def text(query: str, **params: Any) -> Ask[Any]:
    return Ask(Sql(query, VALUE), params, lambda rows: rows[0][0] if rows else None)


def test_each_is_answered_as_if_it_were_alone() -> None:
    values = "SELECT * FROM (VALUES (%(at)s::timestamptz, %(one)s::uuid, %(said)s::text, 1, true, NULL::uuid)) v"
    columns = ("seen_at", "row_id", "said", "number", "truth", "other_id")
    asks = [
        asked(values, *columns, at=AT, one=ONE, said='a "quoted" \\ line\n\u2028'),
        asked(values, *columns, at=None, one=None, said=None),
        asked("SELECT n FROM generate_series(1, %(most)s) n ORDER BY n DESC", "number", most=3),
        asked("SELECT n FROM generate_series(1, %(most)s) n ORDER BY n DESC", "number", most=2),
        asked("WITH found AS (SELECT 7 AS n) SELECT n FROM found WHERE false", "number"),
        text("SELECT %(said)s::text", said="one text, be it long"),
        text("SELECT 'none' WHERE false"),
    ]
    with CaptureQueriesContext(connection) as captured:
        found = together(*asks)
    assert len(captured.captured_queries) == 1
    assert found == [alone(ask) for ask in asks]
    assert found[0] == [[AT, ONE, 'a "quoted" \\ line\n\u2028', 1, True, None]]
    assert found[2:4] == [[[3], [2], [1]], [[2], [1]]]


def test_what_is_shared_is_the_same_to_all() -> None:
    told = "SELECT %(now)s::timestamptz"
    assert together(asked(told, "at", now=AT), asked(told, "at", now=AT)) == [[[AT]], [[AT]]]
    with pytest.raises(ValueError, match="now is not the same to all"):
        together(asked(told, "at", now=AT), asked(told, "at", now=None))


def test_what_writes_takes_effect_unseen_by_the_others() -> None:
    person = User.objects.create_user("ann@myorg.example", "a long password", name="Ann")
    name = "SELECT name FROM intents_user WHERE id = %(user)s"
    rename = "UPDATE intents_user SET name = 'Anna' WHERE id = %(user)s RETURNING name, id"
    read, written = together(text(name, user=person.id), asked(rename, "name", "user_id", writes=True, user=person.id))
    assert (read, written) == ("Ann", [["Anna", person.id]])
    assert statements.rows("SELECT name FROM intents_user WHERE id = %s", [person.id]) == [("Anna",)]
