"""Push configs that are set again: they lose nothing, and tell what nobody was told."""

import pytest

from intents.a2a.models import TaskNotification
from intents.accounts.models import AgentKey
from intents.kernel import clock
from intents.sending.models import Attempt
from tests.a2a.rpc import Client
from tests.a2a.test_push import ask, at, decide, post_due, posted
from tests.callers import PersonCaller
from tests.intents.receivers import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]


def test_set_again_it_tells_of_the_end_that_nobody_was_told_of(agent: Client, bob: PersonCaller, outside: Receiver) -> None:
    task = ask(agent, url=at(outside))
    AgentKey.objects.update(revoked_at=clock.now())
    decide(bob, task)
    post_due()
    AgentKey.objects.update(revoked_at=None)
    for path, told in (("/takes", 1), ("/takes", 1), ("/ok", 2)):
        agent.do("CreateTaskPushNotificationConfig", taskId=task, url=at(outside, path))
        post_due()
        assert [body["task"]["status"]["state"] for _, body in posted(outside)] == ["TASK_STATE_COMPLETED"] * told
    assert (TaskNotification.objects.count(), Attempt.objects.count()) == (1, 1)


def test_set_again_it_loses_nothing_that_has_no_place_yet(agent: Client, bob: PersonCaller, outside: Receiver) -> None:
    task = ask(agent, url=at(outside))
    post_due()
    item = bob.get("/me/tasks").ok()["tasks"][0]["task_id"]
    bob.post(f"/tasks/{item}/ask", {"question": "Which order?"}).ok()
    agent.do("CreateTaskPushNotificationConfig", taskId=task, url=at(outside))
    post_due()
    assert [body["task"]["status"]["state"] for _, body in posted(outside)] == ["TASK_STATE_INPUT_REQUIRED"]
