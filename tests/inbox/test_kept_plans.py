"""Plans that were made while there was little, and are kept when there is much: PostgreSQL makes them anew only when the
tables are analysed, which takes a minute at best."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inbox.notifications.preferences import ASKING, LASTING
from inbox.notifications.services import fan_out
from inbox.tasks import audience
from inbox.tasks.models import Assignment, Task
from inbox.tasks.selectors import lookup
from inbox.vocabulary import principals
from intents.accounts.models import Member, User, Workspace
from intents.api.grouped import submits, taking
from intents.engine import histories
from intents.engine.histories import ReadFrom
from intents.kernel import clock, statements
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.inbox.deciding import done, yes
from tests.intents.test_group_commit import QUESTION, taken

pytestmark = pytest.mark.usefixtures("looked_up_once")

GROWING = ("intents_intent", "intents_intentbody", "intents_intentevent", "intents_wait", "inbox_task", "inbox_assignment")


def plans(sent: list[dict[str, Any]]) -> dict[str, str]:
    """Of each statement that was sent, which takes parameters, the plan that is kept of it where tables are new."""
    found = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(GROWING)} CASCADE")
        # What autovacuum has found out of rows of other tests, as that all are of one task, outlives those.
        cursor.execute("DELETE FROM pg_statistic WHERE starelid::regclass::text = ANY(%s)", [list(GROWING)])
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for query in sent:
            text, names = statements._numbered(query["sql"])
            if names and "$1" in text and text not in found:
                cursor.execute(f"PREPARE looked_at AS {text}")
                cursor.execute(f"EXPLAIN EXECUTE looked_at({', '.join(['NULL'] * len(names))})")
                found[text] = "\n".join(line for (line,) in cursor.fetchall())
                cursor.execute("DEALLOCATE looked_at")
        transaction.set_rollback(True)
    return found


def test_a_journey_finds_what_it_is_about_by_keys_however_much_there_is(shop: KeyCaller, bob: PersonCaller) -> None:
    group = [taken(shop, human_task=QUESTION) for _ in range(2)]
    with CaptureQueriesContext(connection) as captured:
        made = taking.run(submits.SUBMIT.lane, group)
        ids = [UUID(json.loads(one.answer or "")["intent_id"]) for one in made]
        assert shop.actor
        histories.opened([ReadFrom(shop.actor, one, 0) for one in ids], events=10, size=10_000)
        assert audience.asked(ids).keys() == set(ids)
        histories.chunks(dict.fromkeys(ids, 0), events=10, size=10_000)
        assert done(*(yes(bob, Asked(str(one), "")) for one in ids)) == [True, True]
    found = plans(captured.captured_queries)
    assert len(found) > 8, found.keys()
    for text, plan in found.items():
        whole = [one for one in GROWING if f"Seq Scan on {one} " in plan]
        assert not whole, f"{text}\n{plan}"
        # All tasks of the workspace would come one after the other.
        assert "task_in_workspace" not in plan, f"{text}\n{plan}"


def test_a_task_is_found_by_its_intents_id_by_a_key(database: None) -> None:
    (plan,) = plans([{"sql": lookup._NAMED}]).values()
    assert " OR " not in plan, plan
    assert "Index Cond: (intent_id = " in plan, plan


def test_people_are_not_gone_through_for_each_notice(workspace: Workspace, shop: KeyCaller, bob: PersonCaller) -> None:
    """A batch has hundreds, and a workspace may have thousands of people."""
    users = [User(email=f"{number}@myorg.example", password="!") for number in range(300)]
    User.objects.bulk_create(users)
    Member.objects.bulk_create([Member(workspace=workspace, user=user, role="viewer") for user in users])
    task = Task.objects.get(id=ask(shop).task_id)
    told = [fan_out._Pending(task.workspace_id, task.id, "reminder", number, None) for number in range(20)]
    params = {
        "pending": statements.records(told, fan_out._PENDING),
        "asking": list(ASKING),
        "lasting": list(LASTING),
        "roles": sorted(principals.DECIDERS),
        "now": clock.now(),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # As when much of it was removed, and nothing has cleaned up after that yet.
        cursor.execute(
            "INSERT INTO inbox_assignment SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(),"
            " 'principal', 'gone:' || n))).* FROM inbox_assignment a, generate_series(1, 10000) n WHERE a.id = %s",
            [Assignment.objects.filter(task=task)[0].id],
        )
        cursor.execute("DELETE FROM inbox_assignment WHERE principal LIKE 'gone:%'")
        cursor.execute("ANALYZE intents_member, intents_user, inbox_task, inbox_assignment")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        text, names = statements._numbered(fan_out._WHOM)
        cursor.execute(f"PREPARE looked_at AS {text}")
        cursor.execute(
            f"EXPLAIN (ANALYZE, TIMING OFF) EXECUTE looked_at({', '.join(['%s'] * len(names))})",
            [params[name] for name in names],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE looked_at")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM inbox_assignment")
    (scan,) = [line for line in plan.splitlines() if "CTE Scan on addressed" in line]
    assert "loops=1)" in scan, plan
