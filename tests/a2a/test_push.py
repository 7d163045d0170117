"""Push notifications: clients are told at their URLs how it stands with their tasks, whatever dies in between."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from intents.a2a import notifications
from intents.a2a.models import PushConfig, TaskNotification
from intents.accounts.models import AgentKey
from intents.engine import erasing
from intents.feed import sequencer
from intents.kernel import clock, statements
from intents.sending import outbox
from intents.sending.models import Attempt
from tests.a2a.rpc import Client, text
from tests.callers import PersonCaller
from tests.intents.pushes import send_due
from tests.intents.receivers import Receiver, says
from tests.intents.waiting import look
from tests.security.edge import Loop
from tests.webhooks.dying import post_and_die

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

ASK = "Refund 129.00 EUR to ACME?"


def at(outside: Receiver, path: str = "/takes") -> str:
    return f"http://127.0.0.1:{outside.port}{path}"


def ask(agent: Client, **config: Any) -> str:
    """Ask people, and set where to be told: the task's id."""
    configuration = {"pushNotificationConfig": config} if config else {}
    task = agent.do("message/send", message=text(ASK), configuration=configuration)
    return str(task["id"])


def post_due() -> None:
    """Have everything happen that is due, and posted what clients are told."""
    look()
    while sequencer.sequence():
        pass
    send_due(notifications.CHANNEL)


def posted(outside: Receiver) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """The requests: their headers in lower case, and their bodies."""
    found = []
    for request in outside.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
        found.append(({name.lower(): value for name, value in lines}, json.loads(body)))
    return found


def decide(bob: PersonCaller, task: str) -> None:
    bob.post(f"/approvals/{task}/decision", {"decision": "approve"}).ok()


def test_a_client_is_told_at_its_url_with_its_token(agent: Client, bob: PersonCaller, outside: Receiver) -> None:
    given = {"schemes": ["Bearer"], "credentials": "its-own"}
    task = ask(agent, url=at(outside), token="known-to-us", authentication=given)
    post_due()
    assert posted(outside) == []
    decide(bob, task)
    post_due()
    ((headers, body),) = posted(outside)
    assert (headers["x-a2a-notification-token"], headers["authorization"]) == ("known-to-us", "Bearer its-own")
    assert headers["webhook-id"].startswith("msg_")
    assert (body["kind"], body["id"], body["status"]["state"]) == ("task", task, "completed")
    assert body["artifacts"][0]["parts"][0]["data"]["outcome"] == "approved"
    post_due()
    assert len(posted(outside)) == 1


def test_a_client_of_the_newer_version_is_told_as_that_has_it(agent: Client, bob: PersonCaller, outside: Receiver) -> None:
    given = {"url": at(outside), "token": "t", "authentication": {"scheme": "Basic", "credentials": "eDp5"}}
    message = {"messageId": "new-1", "role": "ROLE_USER", "parts": [{"text": ASK}]}
    sent = agent.do("SendMessage", message=message, configuration={"taskPushNotificationConfig": given})
    decide(bob, sent["task"]["id"])
    post_due()
    ((headers, body),) = posted(outside)
    assert (headers["authorization"], body["task"]["status"]["state"]) == ("Basic eDp5", "TASK_STATE_COMPLETED")


def test_configs_are_set_read_listed_and_deleted(agent: Client, outside: Receiver) -> None:
    task = ask(agent)
    wanted = {"id": "mine", "url": at(outside), "token": "t", "authentication": {"schemes": ["Bearer"], "credentials": "c"}}
    old = "tasks/pushNotificationConfig"
    assert agent.do(f"{old}/set", taskId=task, pushNotificationConfig=wanted) == {
        "taskId": task,
        "pushNotificationConfig": wanted,
    }
    new = {"taskId": task, "url": at(outside, "/ok")}
    assert agent.do("CreateTaskPushNotificationConfig", **new) == {"id": task, **new}
    assert agent.do(f"{old}/get", id=task)["pushNotificationConfig"]["id"] == "mine"
    shown = agent.do("GetTaskPushNotificationConfig", taskId=task, id="mine")
    assert shown == {"taskId": task, **wanted, "authentication": {"scheme": "Bearer", "credentials": "c"}}
    assert [one["pushNotificationConfig"]["id"] for one in agent.do(f"{old}/list", id=task)] == ["mine", task]
    listed = agent.do("ListTaskPushNotificationConfigs", taskId=task)
    assert [one["id"] for one in listed["configs"]] == ["mine", task]
    # Set again under its id it is another's place, not one more.
    agent.do(f"{old}/set", taskId=task, pushNotificationConfig=wanted | {"url": at(outside, "/ok")})
    assert agent.do(f"{old}/get", id=task, pushNotificationConfigId="mine")["pushNotificationConfig"]["url"].endswith("/ok")
    for _ in range(2):
        assert agent.do(f"{old}/delete", id=task, pushNotificationConfigId="mine") is None
    assert agent.do("DeleteTaskPushNotificationConfig", taskId=task, id=task) == {}
    assert agent.do(f"{old}/list", id=task) == []
    assert agent.refused(f"{old}/get", id=task) == (-32001, "TASK_NOT_FOUND")


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://user:pass@example.com/"}, "url"),
        ({"url": 5}, "url"),
        ({"url": "https://example.com/", "token": "a\r\nx-more: b"}, "token"),
        ({"url": "https://example.com/", "authentication": {"schemes": ["Bearer"]}}, "authentication"),
        ({"url": "https://example.com/", "authentication": {"schemes": "Bearer"}}, "authentication.schemes"),
        (
            {"url": "https://example.com/", "authentication": {"scheme": "B:x", "credentials": "c"}},
            "authentication.scheme",
        ),
        ({"url": "https://example.com/", "id": "ü"}, "id"),
    ],
)
def test_what_is_wrong_with_a_config_is_named_and_nothing_is_done(
    agent: Client, bob: PersonCaller, config: dict[str, Any], named: str
) -> None:
    sent = {"message": text(ASK), "configuration": {"pushNotificationConfig": config}}
    error = agent.ask("message/send", **sent)["error"]
    place = f"configuration.pushNotificationConfig.{named}"
    assert (error["code"], error["data"][0]["metadata"]["field"]) == (-32602, place)
    assert bob.get("/me/tasks").ok()["tasks"] == []


def test_without_networks_inside_only_https_is_taken(agent: Client, settings: Any) -> None:
    task = ask(agent)
    settings.OUTGOING_ALLOWED_NETWORKS = []
    for url, taken in (("http://example.com/", False), ("https://127.0.0.1:1/", True)):
        told = agent.ask("CreateTaskPushNotificationConfig", taskId=task, url=url)
        assert ("result" in told) is taken
    # Where it leads is looked at when it is posted.
    agent.do("tasks/cancel", id=task)
    post_due()
    assert Attempt.objects.get().fault == "refused"


def test_nobody_has_the_configs_of_another(
    agent: Client, outsider: Client, loop: Loop, machine: Any, alice: PersonCaller, outside: Receiver
) -> None:
    task = ask(agent, url=at(outside), token="secret")
    assert outsider.refused("ListTaskPushNotificationConfigs", taskId=task)[0] == -32001
    # Who sees the task has no configs of another's, nor reads their tokens.
    assert Client(loop, machine).do("ListTaskPushNotificationConfigs", taskId=task) == {"configs": []}
    assert Client(loop, alice).refused("ListTaskPushNotificationConfigs", taskId=task)[0] == -32011
    assert b"secret" not in bytes(PushConfig.objects.get().sealed)


def test_a_task_has_so_many_configs(agent: Client, outside: Receiver) -> None:
    task = ask(agent)
    for number in range(10):
        agent.do("CreateTaskPushNotificationConfig", taskId=task, url=at(outside), id=f"c{number}")
    assert agent.refused("CreateTaskPushNotificationConfig", taskId=task, url=at(outside), id="more")[0] == -32010
    agent.do("CreateTaskPushNotificationConfig", taskId=task, url=at(outside), id="c3")


def test_a_task_that_is_over_is_told_of_at_once(agent: Client, bob: PersonCaller, outside: Receiver) -> None:
    task = ask(agent)
    decide(bob, task)
    agent.do("CreateTaskPushNotificationConfig", taskId=task, url=at(outside))
    post_due()
    assert [body["task"]["status"]["state"] for _, body in posted(outside)] == ["TASK_STATE_COMPLETED"]


def test_what_is_late_tells_how_it_stands_and_what_is_overtaken_is_not_told(
    agent: Client, bob: PersonCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = ask(agent, url=at(outside, "/later"))
    item = bob.get("/me/tasks").ok()["tasks"][0]["task_id"]
    bob.post(f"/tasks/{item}/ask", {"question": "Which order?"}).ok()
    post_due()
    assert [body["status"]["state"] for _, body in posted(outside)] == ["input-required"]
    agent.do("message/send", message=text("Order 7", taskId=task))
    decide(bob, task)
    monkeypatch.setitem(outside._behaviours, "/later", says("200 OK"))
    with clock.frozen_at(clock.now() + timedelta(days=1)):
        post_due()
    assert [body["status"]["state"] for _, body in posted(outside)] == ["input-required", "completed"]
    assert sorted(TaskNotification.objects.values_list("state", flat=True)) == ["sent", "skipped"]


def test_one_that_hangs_holds_up_no_other(agent: Client, bob: PersonCaller, outside: Receiver, nowhere: str) -> None:
    tasks = [ask(agent, url=nowhere) for _ in range(6)] + [ask(agent, url=at(outside))]
    for task in tasks:
        decide(bob, task)
    post_due()
    assert [body["id"] for _, body in posted(outside)] == tasks[-1:]
    assert TaskNotification.objects.filter(state="ready").count() == 6


def test_a_key_that_is_not_in_force_is_told_nothing(agent: Client, bob: PersonCaller, outside: Receiver) -> None:
    task = ask(agent, url=at(outside))
    AgentKey.objects.update(revoked_at=clock.now())
    decide(bob, task)
    post_due()
    assert (posted(outside), TaskNotification.objects.get().state) == ([], "skipped")


def test_what_a_killed_process_was_posting_is_posted_again_with_the_same_id(
    agent: Client, bob: PersonCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(bob, ask(agent, url=at(outside), token="t"))
    while sequencer.sequence():
        pass
    post_and_die(outside, monkeypatch)
    assert TaskNotification.objects.get().state == "leased"
    with clock.frozen_at(clock.now() + timedelta(seconds=outbox.LEASE_SECONDS + 1)):
        post_due()
    first, second = [headers["webhook-id"] for headers, _ in posted(outside)]
    assert first == second
    assert TaskNotification.objects.get().state == "sent"


def test_what_was_told_is_erased_with_its_intent_and_forgotten_in_time(
    agent: Client, bob: PersonCaller, outside: Receiver
) -> None:
    first, second = (ask(agent, url=at(outside)) for _ in range(2))
    for task in (first, second):
        decide(bob, task)
    post_due()
    erasing.erase_beside([UUID(first)])
    assert {str(one) for one in PushConfig.objects.values_list("intent_id", flat=True)} == {second}
    assert (TaskNotification.objects.count(), Attempt.objects.count()) == (1, 1)
    notifications.prune()
    assert PushConfig.objects.count() == 1
    with clock.frozen_at(clock.now() + timedelta(days=31)):
        notifications.prune()
    assert [table.objects.count() for table in (PushConfig, TaskNotification, Attempt)] == [0, 0, 0]


def test_what_is_forgotten_is_found_by_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[str] = []
    really = statements.rows

    def rows(query: str, params: Any) -> Any:
        plans.extend(row[0] for row in really(f"EXPLAIN {query}", params))
        return really(query, params)

    monkeypatch.setattr(statements, "rows", rows)
    with transaction.atomic():
        really("SET LOCAL enable_seqscan = off", ())
        notifications.prune()
    assert [one for one in plans if "Seq Scan on intents_pushconfig" in one or "Seq Scan on intents_tasknot" in one] == []
    assert any("intents_tasknotification_pkey" in one for one in plans)
