"""The URLs of agents that are called: disabled when nothing but failures come, one try at a time where nobody answers."""

from dataclasses import replace
from typing import Any

import pytest

from intents.accounts.models import AuditEntry
from intents.dispatch.bindings import http
from intents.dispatch.models import Push
from intents.engine import invariants
from intents.engine.models import Delivery
from intents.sending import breaker, posting
from intents.sending.models import Email
from tests.callers import KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.intents.pushes import call_at, post_due
from tests.intents.receivers import Receiver, says
from tests.intents.test_push_settling import post
from tests.intents.waiting import look

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside", "called")]

ITEM: dict[str, Any] = {"intent_type": "order.fulfill.v1", "to_agent": "called", "payload": {}}
HUNG = 300


def endpoint(machine: KeyCaller) -> dict[str, Any]:
    account = machine.get("/agents/called").ok()["agent"]["service_account_id"]
    return dict(machine.get(f"/service-accounts/{account}/endpoint").ok()["endpoint"])


def enable(machine: KeyCaller) -> bool:
    account = machine.get("/agents/called").ok()["agent"]["service_account_id"]
    return bool(machine.post(f"/service-accounts/{account}/endpoint/enable").ok()["applied"])


def fails_for(hours: int, now: SettableClock, shop: KeyCaller) -> None:
    """An intent every six hours, and whatever is due then."""
    for _ in range(0, hours, 6):
        shop.submit("called")
        post_due()
        now.advance(hours=6)


def test_a_url_of_nothing_but_failures_is_disabled_and_its_owner_is_told(
    now: SettableClock, alice: PersonCaller, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/error")
    fails_for(120, now, shop)
    assert endpoint(machine)["state"] == "failing"
    told = list(Email.objects.order_by("created_at").values_list("to", "subject"))
    assert told == [("alice@myorg.example", "Deliveries to called are failing")] * 2
    fails_for(6, now, shop)
    assert (endpoint(machine)["state"], endpoint(machine)["disabled_reason"]) == ("disabled", "failing")
    assert Email.objects.latest("created_at").subject == "called is disabled: nothing is sent to it any more"
    actions = AuditEntry.objects.filter(action__startswith="endpoint.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["endpoint.fail", "endpoint.fail", "endpoint.disable"]
    assert invariants.findings() == []


def test_what_is_sent_to_a_disabled_url_waits_until_it_is_enabled(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_at(machine, outside, "/gone")
    shop.submit("called")
    post_due()
    assert (endpoint(machine)["state"], endpoint(machine)["disabled_reason"]) == ("disabled", "gone")
    waiting = [shop.submit("called") for _ in range(5)]
    for _ in range(3):
        now.advance(hours=20)
        post_due()
    assert len(outside.requests) == 1
    assert {row.state for row in Delivery.objects.filter(intent_id__in=waiting)} == {"ready"}
    monkeypatch.setitem(outside._behaviours, "/gone", says("200 OK"))
    assert (enable(machine), enable(machine)) == (True, False)
    post_due()
    assert {shop.intent(one)["status"] for one in waiting} == {"ACKNOWLEDGED"}
    assert len(outside.requests) == 6
    assert invariants.findings() == []


def test_a_try_to_come_is_made_at_once_when_a_url_is_enabled(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_at(machine, outside, "/error")
    shop.submit("called")
    post_due()
    monkeypatch.setitem(outside._behaviours, "/error", says("200 OK"))
    post_due()
    assert Push.objects.get().state == "ready"
    assert enable(machine) is True
    post_due()
    assert Push.objects.get().state == "sent"


def test_another_url_begins_with_a_clean_slate(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/gone")
    shop.submit("called")
    post_due()
    later = shop.submit("called")
    call_at(machine, outside, "/takes")
    assert endpoint(machine)["state"] == "ok"
    post_due()
    assert shop.intent(later)["status"] == "ACKNOWLEDGED"


def test_a_url_that_works_again_is_told_once(
    now: SettableClock,
    alice: PersonCaller,
    machine: KeyCaller,
    shop: KeyCaller,
    outside: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call_at(machine, outside, "/error")
    fails_for(66, now, shop)
    monkeypatch.setitem(outside._behaviours, "/error", says("200 OK"))
    fails_for(12, now, shop)
    subjects = list(Email.objects.order_by("created_at").values_list("subject", flat=True))
    assert subjects == ["Deliveries to called are failing", "Deliveries to called work again"]
    assert endpoint(machine)["state"] == "ok"


def called_at(machine: KeyCaller, url: str, name: str = "called") -> None:
    machine.patch(f"/agents/{name}", {"delivery_mode": "http", "callback_url": url}).ok()


def leased() -> list[Any]:
    return http.CHANNEL.outbox.lease(limit=http.SLOTS)


def settled(messages: list[Any]) -> None:
    http.CHANNEL.outbox.settle([post(message) for message in messages])


def test_where_nobody_answers_one_try_at_a_time_is_made_until_somebody_does(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver, nowhere: str
) -> None:
    called_at(machine, nowhere)
    shop.post("/intents/batch", {"intents": [ITEM] * 30}).ok()
    look()
    settled(leased())
    settled(leased())
    assert endpoint(machine)["state"] == "unreachable"
    assert leased() == []
    pause = breaker.FIRST_PAUSE.total_seconds()
    for _ in range(3):
        now.advance(seconds=breaker.LONGEST_PAUSE.total_seconds())
        single = leased()
        assert (len(single), leased()) == (1, [])
        settled(single)
        now.advance(seconds=pause)
        assert leased() == []
    now.advance(seconds=breaker.LONGEST_PAUSE.total_seconds())
    single = leased()
    settled([replace(message, url=f"http://127.0.0.1:{outside.port}/error") for message in single])
    assert endpoint(machine)["state"] == "failing"
    assert len(leased()) == posting.IN_FLIGHT


def test_hundreds_for_an_endpoint_that_hangs_take_no_place_of_one_that_lives(
    now: SettableClock, workspace: Any, machine: KeyCaller, shop: KeyCaller, outside: Receiver, nowhere: str
) -> None:
    """What is in flight to it is counted: four, and once the circuit is broken one or none."""
    make_machine(workspace, "lively")
    called_at(machine, nowhere)
    called_at(machine, f"http://127.0.0.1:{outside.port}/takes", "lively")
    shop.post("/intents/batch", {"intents": [ITEM] * HUNG}).ok()
    for _ in range(HUNG // http.BATCH + 1):
        look()
    for most in (posting.IN_FLIGHT, posting.IN_FLIGHT, 0, 0):
        lively = shop.submit("lively")
        look()
        taken = leased()
        assert sum(str(message.intent_id) != lively for message in taken) <= most
        assert lively in {str(message.intent_id) for message in taken}
        settled(taken)
        assert shop.intent(lively)["status"] == "ACKNOWLEDGED"
    assert Push.objects.filter(state="ready", attempt=0).count() == HUNG - 2 * posting.IN_FLIGHT


def test_a_backlog_for_one_agent_keeps_no_other_waiting(
    workspace: Any, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    for name in ("called", "lively", "busy"):
        make_machine(workspace, name)
        called_at(machine, f"http://127.0.0.1:{outside.port}/takes", name)
    shop.post("/intents/batch", {"intents": [ITEM] * HUNG}).ok()
    lively, busy = shop.submit("lively"), [shop.submit("busy") for _ in range(3)]
    look()
    enqueued = [str(one) for one in Push.objects.values_list("delivery__intent_id", flat=True)]
    assert len(enqueued) == http.BATCH + 3  # and the first that is left of each of the three
    assert {lively, busy[0]} <= set(enqueued)
    for _ in range(HUNG // http.BATCH):
        look()
    assert Push.objects.count() == HUNG + 4


def test_only_owners_and_admins_read_what_a_url_answered(
    now: SettableClock,
    alice: PersonCaller,
    olga: PersonCaller,
    vera: PersonCaller,
    machine: KeyCaller,
    shop: KeyCaller,
    outside: Receiver,
) -> None:
    call_at(machine, outside, "/error")
    shop.submit("called")
    post_due()
    seen = []
    for person in (alice, olga, vera):
        (failing,) = person.get("/operations/deliveries", state="failing").ok()["items"]
        (attempt,) = failing["attempts"]
        seen.append((attempt["status"], attempt["answer"]))
    assert seen == [(503, "later"), (503, None), (503, None)]


def test_of_an_address_that_is_refused_nothing_is_kept(
    machine: KeyCaller, shop: KeyCaller, alice: PersonCaller, outside: Receiver, settings: Any
) -> None:
    call_at(machine, outside, "/error")
    settings.OUTGOING_ALLOWED_NETWORKS = []
    shop.submit("called")
    post_due()
    (failing,) = alice.get("/operations/deliveries", state="failing").ok()["items"]
    (attempt,) = failing["attempts"]
    assert (attempt["status"], attempt["fault"]) == (None, "refused")
    assert "later" not in attempt["answer"]
    assert outside.connections == 0


def test_only_who_manages_or_repairs_agents_enables_a_url(
    machine: KeyCaller, shop: KeyCaller, vera: PersonCaller, charlie: PersonCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/gone")
    account = machine.get("/agents/called").ok()["agent"]["service_account_id"]
    path = f"/service-accounts/{account}/endpoint/enable"
    assert (shop.post(path).status, vera.post(path).status, charlie.post(path).status) == (403, 403, 404)
