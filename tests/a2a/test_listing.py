"""`ListTasks`: the tasks that a client may see, page by page, as the newer version lists them."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from intents.a2a import selectors
from intents.engine.models import THIS_TRANSACTION, Intent
from intents.kernel import clock
from tests.a2a.rpc import Client, text
from tests.a2a.test_push import ASK, decide
from tests.callers import KeyCaller, PersonCaller
from tests.security.edge import Loop

pytestmark = pytest.mark.django_db


def begun(agent: Client, words: str = ASK, **fields: Any) -> str:
    return str(agent.do("message/send", message=text(words, **fields))["id"])


def ids(told: dict[str, Any]) -> list[str]:
    return [one["id"] for one in told["tasks"]]


def test_tasks_are_listed_page_by_page_the_newest_first(agent: Client, outsider: Client) -> None:
    made = [begun(agent) for _ in range(5)][::-1]
    told = agent.do("ListTasks", pageSize=2)
    assert (ids(told), told["pageSize"], told["totalSize"]) == (made[:2], 2, 5)
    newer = begun(agent)
    told = agent.do("ListTasks", pageSize=2, pageToken=told["nextPageToken"])
    assert ids(told) == made[2:4]
    told = agent.do("ListTasks", pageSize=2, pageToken=told["nextPageToken"])
    assert (ids(told), told["nextPageToken"], told["totalSize"]) == (made[4:], "", 6)
    assert ids(agent.do("ListTasks")) == [newer, *made]
    assert outsider.do("ListTasks") == {"tasks": [], "nextPageToken": "", "pageSize": 50, "totalSize": 0}


def times(told: dict[str, Any]) -> list[str]:
    return [one["status"]["timestamp"] for one in told["tasks"]]


def pages(agent: Client, between: Callable[[int], object], **asked: Any) -> list[dict[str, Any]]:
    """All pages, with something done `between` one, of that number, and the next."""
    told = [agent.do("ListTasks", **asked)]
    while told[-1]["nextPageToken"]:
        between(len(told))
        told.append(agent.do("ListTasks", **asked, pageToken=told[-1]["nextPageToken"]))
    return told


def test_what_changed_last_comes_first(agent: Client, bob: PersonCaller) -> None:
    first, second, third = (begun(agent) for _ in range(3))
    assert ids(agent.do("ListTasks")) == [third, second, first]
    decide(bob, first)
    agent.do("CancelTask", id=second)
    told = agent.do("ListTasks")
    assert ids(told) == [second, first, third]
    assert times(told) == sorted(times(told), reverse=True)
    assert times(told)[1] == agent.do("GetTask", id=first)["status"]["timestamp"]
    # A remark after the question is a change, too.
    item = next(one for one in bob.get("/me/tasks").ok()["tasks"] if one["intent_id"] == third)
    bob.post(f"/tasks/{item['task_id']}/ask", {"question": "Which order?"}).ok()
    bob.post(f"/tasks/{item['task_id']}/comment", {"comment": "I wait."}).ok()
    told = agent.do("ListTasks", status="TASK_STATE_INPUT_REQUIRED")
    assert times(told) == [Intent.objects.get(id=third).updated_at.isoformat().replace("+00:00", "Z")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("narrowed", [{}, {"status": "TASK_STATE_WORKING"}])
def test_what_changes_while_pages_are_turned_is_not_passed_over(
    agent: Client, bob: PersonCaller, narrowed: dict[str, Any]
) -> None:
    made = [begun(agent) for _ in range(7)]

    def change(page: int) -> None:
        # One that comes later, one that was told, and one that is new.
        for one in (made[page - 1], made[-page]):
            item = next(item for item in bob.get("/me/tasks").ok()["tasks"] if item["intent_id"] == one)
            bob.post(f"/tasks/{item['task_id']}/comment", {"comment": "Looking."}).ok()
        begun(agent)

    told = pages(agent, change, pageSize=2, **narrowed)
    found = [one for page in told for one in ids(page)]
    assert set(made) <= set(found)
    assert ids(told[0]) == made[:-3:-1]
    assert all(times(page) == sorted(times(page), reverse=True) for page in told)
    assert len(found) <= len(made) + 3, "and nothing is told again that did not change"


@pytest.mark.django_db(transaction=True)
def test_what_was_changed_by_a_transaction_that_went_on_is_not_passed_over(agent: Client, machine: KeyCaller) -> None:
    made = [begun(agent) for _ in range(4)]
    changed, listed = threading.Event(), threading.Event()

    def change() -> None:
        try:
            with transaction.atomic():
                machine.post(f"/intents/{made[0]}/controls", {"controls_patch": {"colour": "red"}}).ok()
                changed.set()
                listed.wait(60)
        finally:
            changed.set()
            connection.close()

    def commit(_page: int) -> None:
        listed.set()
        other.join(60)

    other = threading.Thread(target=change)
    other.start()
    assert changed.wait(60)
    told = pages(agent, commit, pageSize=1)
    assert [one for page in told for one in ids(page)] == made[::-1]


def test_what_changed_since_the_workspace_came_from_another_server_is_not_passed_over(
    agent: Client, machine: KeyCaller
) -> None:
    """There the numbers of transactions were greater."""
    made = [begun(agent) for _ in range(3)]
    token = agent.do("ListTasks", pageSize=1)["nextPageToken"]
    machine.post(f"/intents/{made[0]}/controls", {"controls_patch": {"colour": "red"}}).ok()
    came = re.sub(r"l[0-9a-f]+", f"l{'f' * 15}", token)
    assert sorted(ids(agent.do("ListTasks", pageToken=came))) == sorted(made[:2])


@pytest.mark.parametrize("looked_at", [10_000, 2])
def test_a_narrow_list_is_in_order_whether_it_is_short_or_long(
    agent: Client, machine: KeyCaller, loop: Loop, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr(selectors, "LOOKED_AT", looked_at)
    there = Client(loop, agent.caller, "/a2a/order-service")
    made = [begun(there, "Ship it") for _ in range(3)]
    for one in (made[1], made[0]):
        machine.post(f"/intents/{one}/progress", {"message": "On it"}).ok()
    told = there.do("ListTasks")
    assert (ids(told), told["totalSize"]) == ([made[0], made[1], made[2]], min(3, looked_at))


def test_what_is_listed_is_the_task_with_what_came_of_it_where_that_is_asked_for(agent: Client, bob: PersonCaller) -> None:
    task = begun(agent)
    decide(bob, task)
    (told,) = agent.do("ListTasks", historyLength=3)["tasks"]
    whole = agent.do("GetTask", id=task)
    assert told == {name: value for name, value in whole.items() if name != "artifacts"}
    assert agent.do("ListTasks", includeArtifacts=True)["tasks"] == [whole]


def test_a_list_is_narrowed_by_state_context_and_time(agent: Client, bob: PersonCaller) -> None:
    over, open_, asked = (begun(agent) for _ in range(3))
    decide(bob, over)
    item = next(one for one in bob.get("/me/tasks").ok()["tasks"] if one["intent_id"] == asked)
    bob.post(f"/tasks/{item['task_id']}/ask", {"question": "Which order?"}).ok()

    def listed(**narrowed: Any) -> list[str]:
        told = agent.do("ListTasks", **narrowed)
        assert told["totalSize"] == len(told["tasks"])
        return ids(told)

    assert listed(status="TASK_STATE_COMPLETED") == [over]
    assert listed(status="TASK_STATE_WORKING") == [open_]
    assert listed(status="TASK_STATE_INPUT_REQUIRED") == [asked]
    assert listed(status="TASK_STATE_SUBMITTED") == listed(status="TASK_STATE_REJECTED") == []
    assert listed(status="TASK_STATE_UNSPECIFIED") == [asked, over, open_]
    agent.do("message/send", message=text("Order 7", taskId=asked))
    assert listed(status="TASK_STATE_WORKING") == [asked, open_]
    assert listed(contextId=agent.do("GetTask", id=open_)["contextId"]) == [open_]
    assert listed(contextId="00000000-0000-4000-8000-000000000000") == []
    at = clock.rfc3339(clock.now())
    agent.do("CancelTask", id=open_)
    assert listed(statusTimestampAfter=at) == [open_]


def test_a_task_is_listed_in_the_state_in_which_who_looks_gets_it(agent: Client, bob: PersonCaller, loop: Loop) -> None:
    """What is asked is put to the agents of a task: to people who look at it, it is work."""
    task = begun(agent)
    (item,) = bob.get("/me/tasks").ok()["tasks"]
    bob.post(f"/tasks/{item['task_id']}/ask", {"question": "Which order?"}).ok()
    reader = Client(loop, bob)
    assert reader.do("GetTask", id=task)["status"]["state"] == "TASK_STATE_WORKING"
    for state, found in (("WORKING", [task]), ("INPUT_REQUIRED", [])):
        told = reader.do("ListTasks", status=f"TASK_STATE_{state}")
        assert (ids(told), told["totalSize"]) == (found, len(found))


def test_at_an_agents_address_its_own_tasks_are_listed(agent: Client, machine: KeyCaller, loop: Loop) -> None:
    begun(agent)
    there = Client(loop, agent.caller, "/a2a/order-service")
    task = begun(there, "Ship it")
    assert ids(there.do("ListTasks")) == [task]
    assert len(ids(Client(loop, machine).do("ListTasks"))) == 2
    # A key of one agent lists what that sent and what is for it.
    assert ids(Client(loop, machine, "/a2a/nobody").do("ListTasks")) == []


def test_a_page_ends_where_so_many_were_looked_at(agent: Client, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    over = begun(agent)
    decide(bob, over)
    for _ in range(3):
        begun(agent)
    monkeypatch.setattr(selectors, "LOOKED_AT", 2)
    told = agent.do("ListTasks", status="TASK_STATE_COMPLETED")
    assert (ids(told), told["totalSize"]) == ([], 0)
    told = agent.do("ListTasks", status="TASK_STATE_COMPLETED", pageToken=told["nextPageToken"])
    assert ids(told) == [over]


@pytest.mark.django_db(transaction=True)
def test_what_was_not_looked_at_is_not_passed_over_when_another_moves_away_meanwhile(
    agent: Client, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(agent)
    over = begun(agent)
    decide(bob, over)
    _, moves, *_ = [begun(agent) for _ in range(4)]
    values, ends = QuerySet.values_list, []

    def moving(some: Any, *columns: str, **how: Any) -> Any:
        if columns == ("updated_at", "id"):
            ends.append(columns)
            if len(ends) == 2:  # the second page was looked at, and it is not known yet where that ended
                Intent.objects.filter(id=moves).update(changed_in=THIS_TRANSACTION)
        return values(some, *columns, **how)

    monkeypatch.setattr(QuerySet, "values_list", moving)
    monkeypatch.setattr(selectors, "LOOKED_AT", 2)
    told = pages(agent, lambda _page: None, status="TASK_STATE_COMPLETED")
    assert [one for page in told for one in ids(page)] == [over]
    assert len(ends) > 1


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"pageSize": 0}, "pageSize"),
        ({"pageSize": 101}, "pageSize"),
        ({"pageSize": "5"}, "pageSize"),
        ({"pageToken": "x"}, "pageToken"),
        ({"pageToken": 5}, "pageToken"),
        ({"pageToken": f"a{'0' * 32}"}, "pageToken"),
        ({"pageToken": f"l{'f' * 16}-0-0-{'0' * 32}"}, "pageToken"),
        ({"status": "working"}, "status"),
        ({"status": ["TASK_STATE_WORKING"]}, "status"),
        ({"contextId": "c"}, "contextId"),
        ({"contextId": 5}, "contextId"),
        ({"historyLength": -1}, "historyLength"),
        ({"statusTimestampAfter": "yesterday"}, "statusTimestampAfter"),
        ({"includeArtifacts": "yes"}, "includeArtifacts"),
    ],
)
def test_what_is_wrong_in_a_list_is_named(agent: Client, sent: dict[str, Any], named: str) -> None:
    error = agent.ask("ListTasks", **sent)["error"]
    assert (error["code"], error["data"][0]["metadata"]["field"]) == (-32602, named)
