"""An answer is read before anything is locked, and what is locked holds up nobody else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from inbox.forms import data as formdata
from inbox.notifications.services import fan_out
from inbox.tasks.models import Notice
from intents.kernel.errors import Unavailable
from intents.kernel.jsonschema import judging
from intents.kernel.unit_of_work import unit
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask

SLOW = {"type": "object", "properties": {"a": {"items": {"anyOf": [{"const": f"x{n}"} for n in range(200)]}}}}
DOORS: dict[str, Callable[[Asked, PersonCaller], Any]] = {
    "decide": lambda asked, who: asked.decide(who, "approved", data={"a": ["x1"]}).ok(),
    "page": lambda asked, who: asked.decide_on_page(who, data={"a": ["x1"]}),
    "resume": lambda asked, who: who.post(
        f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "approved", "a": ["x1"]}}
    ).ok(),
    "decision": lambda asked, who: who.post(f"/approvals/{asked.task_id}/decision", {"decision": "approve"}).ok(),
    "inbox": lambda asked, who: who.post(f"/inbox/{asked.intent_id}/approve", {}).ok(),
}


@contextmanager
def another() -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the database, in a transaction that is never committed."""
    made = connections["default"].copy()
    try:
        made.set_autocommit(False)
        yield made
    finally:
        made.rollback()  # the server ends what a closed connection held only when it notices
        made.close()


def lock(by: BaseDatabaseWrapper, asked: Asked) -> None:
    with by.cursor() as cursor:
        cursor.execute("SELECT FROM intents_intent WHERE id = %s FOR UPDATE NOWAIT", [asked.intent_id])
        cursor.execute("SELECT FROM inbox_task WHERE id = %s FOR UPDATE NOWAIT", [asked.task_id])


@pytest.mark.parametrize("door", DOORS)
def test_while_an_answer_is_read_nothing_is_locked(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    asked, read, times = ask(shop, form_schema=SLOW), formdata.read, []

    def looking(data: dict[str, Any], schema: dict[str, Any], *, field: str) -> dict[str, Any]:
        with another() as other:
            lock(other, asked)
        times.append(data)
        return read(data, schema, field=field)

    monkeypatch.setattr(formdata, "read", looking)
    DOORS[door](asked, bob)
    assert len(times) == 1


@pytest.mark.parametrize("door", ["decide", "resume"])
def test_what_is_too_much_to_check_is_422_and_the_task_stays_open(shop: KeyCaller, bob: PersonCaller, door: str) -> None:
    asked = ask(shop, form_schema=SLOW)
    data = {"a": ["y"] * 1500}
    if door == "decide":
        refused, place = asked.decide(bob, "approved", data=data), "data"
    else:
        body = {"task_result": {"outcome": "approved", "data": data}}
        refused, place = bob.post(f"/intents/{asked.intent_id}/resume", body), "task_result.data"
    details = refused.json["error"]["details"]
    assert (refused.status, details["errors"]) == (422, [{"field": place, "message": judging.TOO_MUCH}])
    asked.decide(bob, "approved", data={"a": ["x1"]}).ok()


def test_who_comes_too_late_learns_it_whatever_they_send(shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> None:
    asked = ask(shop, form_schema=SLOW)
    asked.decide(bob, "approved", data={"a": ["x1"]}).ok()
    assert asked.decide(alice, "nonsense", data={"a": ["y"] * 1500}).code == "already_decided"


def test_a_task_that_is_locked_delays_no_notice_of_another(shop: KeyCaller, bob: PersonCaller) -> None:
    held, free = ask(shop, title="Held up"), ask(shop, title="Free")
    with another() as other:
        lock(other, held)
        assert fan_out.notify() == 1
        assert [str(one.task_id) for one in Notice.objects.all()] == [held.task_id]
        (told,) = bob.get("/me/notifications").ok()["notifications"]
        assert told["task_id"] == free.task_id
        assert fan_out.notify() == 0
    assert fan_out.notify() == 1
    assert not Notice.objects.exists()


def test_a_transaction_that_stood_still_too_long_is_unavailable_not_an_error(bob: PersonCaller) -> None:
    @unit
    def standing() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 1")
            cursor.execute("SELECT pg_backend_pid()")
            (mine,) = cursor.fetchone()
        with another() as other, other.cursor() as cursor:
            while True:
                cursor.execute("SELECT count(*) FROM pg_stat_get_activity(%s)", [mine])
                if cursor.fetchone() == (0,):
                    break
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    # The server's last words can be lost; without them it is a database that is away, which is answered alike.
    with pytest.raises((Unavailable, OperationalError)):
        standing()
    bob.get("/me/tasks").ok()
