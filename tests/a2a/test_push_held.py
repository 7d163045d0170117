"""Push notifications to where nobody answers take no place from others, and those of a stopped agent wait."""

import re
from datetime import timedelta
from typing import Any

import pytest

from intents.a2a import notifications
from intents.a2a.models import PushConfig, TaskNotification
from intents.feed import sequencer
from intents.kernel import clock
from intents.sending.breaker import FAULTS
from intents.sending.connector import Fault, Unanswered
from intents.sending.models import Attempt, EndpointHealth
from intents.sending.outbox import SendResult
from tests.a2a.rpc import Client
from tests.a2a.test_push import ask, at, decide, post_due, posted
from tests.callers import KeyCaller, PersonCaller
from tests.intents.receivers import Receiver
from tests.pages.browser import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

OUTBOX = notifications.CHANNEL.outbox


def told_at(agent: Client, bob: PersonCaller, *urls: str) -> list[str]:
    """Tasks that are over, of which each is to be told at a URL; none yet."""
    tasks = [ask(agent, url=url) for url in urls]
    for task in tasks:
        decide(bob, task)
    while sequencer.sequence():
        pass
    return tasks


def hosts(leased: list[Any]) -> list[str]:
    return sorted(one.url for one in leased)


def unanswered(message: Any) -> SendResult[Any]:
    return SendResult(message, sent=False, answer="no answer", detail=Unanswered(Fault.TIMEOUT, "no answer"))


def test_where_nobody_answers_one_try_at_a_time_is_made(agent: Client, bob: PersonCaller) -> None:
    told_at(agent, bob, *(f"https://hangs.example/{number}" for number in range(8)))
    for _ in range(2):
        leased = OUTBOX.lease(limit=16)
        assert len(leased) == 4
        OUTBOX.settle([unanswered(one) for one in leased])
    assert EndpointHealth.objects.get().faults == 8 >= FAULTS
    with clock.frozen_at(clock.now() + timedelta(hours=1)):
        assert len(OUTBOX.lease(limit=16)) == 1
    assert OUTBOX.lease(limit=16) == []


def test_what_is_taken_again_or_forgotten_leaves_nothing_behind(agent: Client, bob: PersonCaller, outside: Receiver) -> None:
    (task,) = told_at(agent, bob, "https://hangs.example/")
    OUTBOX.settle([unanswered(one) for one in OUTBOX.lease(limit=16)])
    assert EndpointHealth.objects.count() == 1
    agent.do("DeleteTaskPushNotificationConfig", taskId=task, id=task)
    assert EndpointHealth.objects.count() == 0


def test_what_goes_elsewhere_now_leaves_nothing_behind(agent: Client, bob: PersonCaller) -> None:
    (task,) = told_at(agent, bob, "https://hangs.example/")
    OUTBOX.settle([unanswered(one) for one in OUTBOX.lease(limit=16)])
    assert EndpointHealth.objects.count() == 1
    agent.do("CreateTaskPushNotificationConfig", taskId=task, id=task, url="https://elsewhere.example/")
    assert EndpointHealth.objects.count() == 0


def test_an_origin_is_one_however_its_host_is_written(agent: Client, bob: PersonCaller) -> None:
    told_at(
        agent, bob, *(f"https://{host}/" for host in ("one.example", "ONE.example", "one.example:443", "one.example:444"))
    )
    assert TaskNotification.objects.values("target_id").distinct().count() == 2


def test_that_a_url_is_gone_stops_no_other_of_its_origin_and_nothing_is_switched_off(
    agent: Client, bob: PersonCaller, outside: Receiver
) -> None:
    told_at(agent, bob, at(outside, "/gone"))
    post_due()
    assert TaskNotification.objects.get().state == "failed"
    assert EndpointHealth.objects.get().disabled_at is None
    with clock.frozen_at(clock.now() + timedelta(days=6)):
        told_at(agent, bob, at(outside, "/error"))
        post_due()
        assert not EndpointHealth.objects.filter(disabled_at__isnull=False).exists()


def test_to_so_many_origins_of_a_workspace_is_posted_at_a_time(
    agent: Client, outsider: Client, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [f"https://hangs-{number}.example/" for number in range(notifications.AT_ONCE + 2)]
    told_at(agent, bob, *urls)
    theirs = outsider.do(
        "message/send",
        message={"kind": "message", "role": "user", "messageId": "theirs", "parts": [{"kind": "text", "text": "Ask"}]},
        configuration={"pushNotificationConfig": {"url": "https://theirs.example/"}},
    )
    outsider.do("tasks/cancel", id=theirs["id"])
    while sequencer.sequence():
        pass
    leased = OUTBOX.lease(limit=64)
    first = hosts(leased)
    assert (len(first), "https://theirs.example/" in first) == (notifications.AT_ONCE + 1, True)
    assert OUTBOX.lease(limit=64) == []
    # Those that were under way gave their places up.
    OUTBOX.settle([unanswered(one) for one in leased])
    assert hosts(OUTBOX.lease(limit=64)) == sorted(set(urls) - set(first))


@pytest.mark.parametrize("how", ["quarantine", "kill"])
def test_what_is_for_a_stopped_agent_waits_until_it_goes_on(
    agent: Client, alice: PersonCaller, bob: PersonCaller, outside: Receiver, shop: KeyCaller, how: str
) -> None:
    task = ask(agent, url=at(outside))
    alice.post("/mesh/agents/shop/" + how, {"reason": "it asks for too much"}).ok()
    decide(bob, task)
    post_due()
    assert (posted(outside), TaskNotification.objects.get().state) == ([], "ready")
    alice.post("/mesh/agents/shop/resume", {}).ok()
    post_due()
    assert [body["status"]["state"] for _, body in posted(outside)] == ["completed"]
    assert (PushConfig.objects.count(), Attempt.objects.count()) == (1, 1)


def test_the_page_of_an_intent_shows_what_clients_were_told(
    agent: Client, alice: PersonCaller, bob: PersonCaller, outside: Receiver
) -> None:
    (task,) = told_at(agent, bob, at(outside, "/error") + "?token=secret")
    post_due()
    page = Browser().sign_in(alice.user).confirmed().get(f"/operations/intents/{task}")
    told = re.search(r'aria-labelledby="told-title"><h2.*?</section>', page.html, re.DOTALL)
    assert told
    assert all(words in told[0] for words in ("127.0.0.1", "HTTP 503", "Waiting"))
    assert "secret" not in told[0]
