"""Lists of tasks: what they hold, in which order, and that history costs them nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.tasks import selectors
from inbox.tasks.models import Assignment, Task
from inbox.vocabulary.lifecycle import LIVE
from intents.engine.models import IntentBody
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask, person


def test_my_tasks_have_the_public_shape(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, title="Refund?", description="129.00 EUR", assignees=["bob@myorg.example"])
    (task,) = bob.get("/me/tasks").ok()["tasks"]
    assert task["intent_id"] == asked.intent_id
    assert task["task_id"] == asked.task_id
    assert task["intent_type"] == "order.fulfill.v1"
    assert task["status"] == "WAITING"
    assert task["from_agent"] == "agent://myorg/production/shop"
    assert task["assigned_at"].endswith("Z")
    assert "due_at" not in task
    assert task["human_task"] == {
        "title": "Refund?",
        "description": "129.00 EUR",
        "task_type": "approval",
        "allowed_outcomes": ["approved", "rejected"],
        "required_comment": False,
        "evidence_required": False,
        "assignees": ["bob@myorg.example"],
        "risk": "medium",
        "separation_of_duties": False,
    }


@pytest.mark.parametrize(("path", "newest_first"), [("/me/tasks", False), ("/tasks", True)])
def test_pages_hold_each_task_once_in_order(shop: KeyCaller, bob: PersonCaller, path: str, newest_first: bool) -> None:
    # Some are assigned to Bob in three ways.
    everything = ["bob@myorg.example", "approver", "admin"]
    made = [ask(shop, assignees=everything) if n % 2 else ask(shop) for n in range(7)]
    seen, query = [], {"limit": 3}
    while True:
        page = bob.get(path, **query).ok()
        assert len(page["tasks"]) <= 3
        seen += [task["task_id"] for task in page["tasks"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [one.task_id for one in (reversed(made) if newest_first else made)]


def test_a_decided_task_moves_to_the_history(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    def listed(**query: Any) -> list[tuple[str, str]]:
        return [(one["task_id"], one["state"]) for one in bob.get("/tasks", **query).ok()["tasks"]]

    assert listed() == listed(state="undecided") == [(asked.task_id, "open")]
    asked.decide(bob, "approved").ok()
    assert listed() == listed(state="expired") == listed(state="withdrawn") == []
    assert listed(state="decided") == [(asked.task_id, "decided")]
    (shown,) = bob.get("/tasks", state="decided").ok()["tasks"]
    assert (shown["outcome"], shown["decided_by"]) == ("approved", "bob@myorg.example")
    assert bob.get("/tasks", state="lost").status == 422
    assert bob.get("/tasks", cursor="x").status == 422


def test_live_assignments_are_those_of_decidable_tasks(shop: KeyCaller, bob: PersonCaller) -> None:
    for outcome in ("approved", None):
        asked = ask(shop)
        if outcome:
            asked.decide(bob, outcome).ok()
    states = set(Assignment.objects.values_list("live", "task__state"))
    assert states == {(True, "open"), (False, "decided")}


def test_a_list_costs_the_same_queries_however_long(shop: KeyCaller, bob: PersonCaller) -> None:
    def cost(path: str) -> int:
        bob.get(path).ok()  # signs in
        with CaptureQueriesContext(connection) as captured:
            bob.get(path).ok()
        return len(captured)

    ask(shop)
    before = {path: cost(path) for path in ("/me/tasks", "/tasks")}
    for _ in range(5):
        ask(shop)
    assert {path: cost(path) for path in before} == before


def plan(query: str, params: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_history_costs_the_lists_nothing(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    with filled(asked, decided=10_000, live=20):
        me = person(bob)
        undecided = selectors.tasks(me).filter(state__in=sorted(LIVE)).order_by("-id")[:51]
        assert "Seq Scan on inbox_task" not in plan(*undecided.query.sql_with_params())
        of_intent = selectors.tasks(me).filter(intent_id=asked.intent_id).order_by("-id")[:1]
        assert "Seq Scan on inbox_task" not in plan(*of_intent.query.sql_with_params())
        assert len(bob.get("/me/tasks").ok()["tasks"]) == 21


@contextmanager
def filled(asked: Asked, *, decided: int, live: int) -> Iterator[None]:
    """Tasks beside `asked`, made in SQL, each of an intent and a wait of its own; they leave no trace."""
    like = Task.objects.get(id=asked.task_id)
    columns = [field.column for field in Task._meta.concrete_fields if not field.generated]
    intent_columns = [field.column for field in like.intent._meta.concrete_fields]
    wait_columns = [field.column for field in like.wait._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE made AS SELECT gen_random_uuid() AS intent, gen_random_uuid() AS wait,"
            " gen_random_uuid() AS task, n <= %s AS old FROM generate_series(1, %s) n",
            [decided, decided + live],
        )
        for table, names, swap in (
            ("intents_intent", intent_columns, {"id": "made.intent"}),
            ("intents_wait", wait_columns, {"id": "made.wait", "intent_id": "made.intent"}),
            (
                "inbox_task",
                columns,
                {
                    "id": "made.task",
                    "intent_id": "made.intent",
                    "wait_id": "made.wait",
                    "state": "CASE WHEN made.old THEN 'expired' ELSE 'open' END",
                },
            ),
        ):
            values = ", ".join(swap.get(name, f"t.{name}") for name in names)
            key = {"intents_intent": like.intent_id, "intents_wait": like.wait_id, "inbox_task": like.id}[table]
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} t, made WHERE t.id = %s", [key]
            )
            cursor.execute(f"ANALYZE {table}")  # or each row's foreign key is looked up by reading the whole table
        body_columns = ["document", *(field.column for field in IntentBody._meta.concrete_fields)]
        values = ", ".join({"intent_id": "made.intent"}.get(name, f"t.{name}") for name in body_columns)
        cursor.execute(
            f"INSERT INTO intents_intentbody ({', '.join(body_columns)})"
            f" SELECT {values} FROM intents_intentbody t, made WHERE t.intent_id = %s",
            [like.intent_id],
        )
        cursor.execute(
            "INSERT INTO inbox_assignment (id, workspace_id, task_id, principal, live, authority, due_order, risk_order)"
            " SELECT gen_random_uuid(), %s, task, 'role:approver', NOT old, 'direct', t.due_order, t.risk_order"
            " FROM made JOIN inbox_task t ON t.id = task",
            [like.workspace_id],
        )
        cursor.execute("ANALYZE inbox_assignment; ANALYZE intents_intentbody; DROP TABLE made")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM inbox_assignment WHERE task_id <> %s", [like.id])
        cursor.execute("DELETE FROM inbox_task WHERE id <> %s", [like.id])
        cursor.execute("DELETE FROM intents_intentbody WHERE intent_id <> %s", [like.intent_id])
        cursor.execute("DELETE FROM intents_wait WHERE id <> %s", [like.wait_id])
        cursor.execute("DELETE FROM intents_intent WHERE id <> %s", [like.intent_id])
        cursor.execute("SET session_replication_role = origin")
