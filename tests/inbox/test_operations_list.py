"""What a query finds: each term by intents that were brought there, page by page, and for whom."""

from datetime import timedelta
from typing import Any

import pytest

from intents.engine.lifecycle import Status, WaitReason
from intents.engine.services.deliveries import reclaim_expired
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.intents.factory import STATES, make, take
from tests.intents.waiting import look


def found(by: Caller, q: str, **query: Any) -> list[str]:
    """The ids that `q` finds, all pages of them, and checked against the total."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = by.get("/operations/intents", q=q, **query, **cursor).ok()
        ids += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            assert page["total"] == len(ids), q
            return ids
        cursor = {"cursor": page["next_cursor"]}


@pytest.fixture
def everything(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> dict[str, str]:
    """An intent in every state there is, by the name of the state."""
    # The one that nobody has taken comes last: making the others takes all that there is.
    numbered = list(enumerate(STATES))
    made = [(state, make(state, sender=shop, handler=worker, payload={"n": n})) for n, state in numbered[1:] + numbered[:1]]
    return {state.value: one.id for state, one in made}


FINDS: dict[str, set[str]] = {
    "": {state.value for state in STATES},
    "is:waiting": {reason.value for reason in WaitReason},
    "is:done": {"COMPLETED"},
    "is:failed": {"FAILED"},
    "is:canceled": {"CANCELED"},
    "is:expired": {"TIMED_OUT"},
    "is:failed,expired": {"FAILED", "TIMED_OUT"},
    "-is:open": {"COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"},
    "is:open -is:waiting": {"SUBMITTED", "DELIVERED", "ACKNOWLEDGED", "IN_PROGRESS"},
    "is:open is:failed": set(),
    "for:human": {"WAITING_FOR_HUMAN"},
    "for:tool,time": {"WAITING_FOR_TOOL", "WAITING_FOR_TIME"},
    "is:waiting -for:human": {"WAITING_FOR_TOOL", "WAITING_FOR_TIME", "WAITING_FOR_AGENT"},
    "status:SUBMITTED,COMPLETED": {"SUBMITTED", "COMPLETED"},
    "is:overdue": set(),
    "is:due-soon": set(),
    "is:stuck": set(),
    "is:unroutable": set(),
    "is:retrying": set(),
    "is:dead": set(),
    "is:rerun": set(),
    "risk:medium": {"WAITING_FOR_HUMAN"},
    "is:waiting -risk:medium": {"WAITING_FOR_TOOL", "WAITING_FOR_TIME", "WAITING_FOR_AGENT"},
    "risk:high": set(),
    "ended:<1h": {"COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"},
    "is:failed ended:<1h": {"FAILED"},
    "ended:>1h": set(),
    "-ended:<1h is:done": set(),
    "created:>1h": set(),
    "age:>1h": set(),
    "payload.n:0": {"SUBMITTED"},
    "payload.n:<=1": {"SUBMITTED", "DELIVERED"},
    "is:waiting payload.n:>4 payload.n:<6": {"WAITING_FOR_TOOL"},
    "payload.nothing:0": set(),
}


@pytest.mark.parametrize("limit", [3, 200])
def test_a_query_finds_what_its_terms_say(everything: dict[str, str], olga: PersonCaller, limit: int) -> None:
    names = {intent_id: name for name, intent_id in everything.items()}
    for q, expected in FINDS.items():
        ids = found(olga, q, limit=limit)
        assert {names[one] for one in ids} == expected, q
        assert ids == sorted(ids, reverse=True), q
    assert len(found(olga, "created:<1h age:<1h agent:order-service from:shop type:fulfill")) == len(STATES)


def test_words_addresses_and_ids_find_an_intent(shop: KeyCaller, olga: PersonCaller) -> None:
    wanted = shop.submit("billing", payload={"who": "ACME Inc", "amount": "129.50", "a b": 1}, intent_type="refund.make.v1")
    shop.submit("billing-2", payload={"who": "Others"}, intent_type="order_make.v1")
    shown = olga.intent(wanted)
    for q in (
        "acme",
        "ACM",
        "refund -others",
        f"id:{wanted}",
        wanted,
        wanted[:8] + " acme",
        f"correlation:{shown['correlation_id']}",
        "type:refund",
        "type:REFUND.make",
        "-type:order_make",
        "agent:billing",
        "agent:agent://myorg/production/billing",
        "agent:billing,nobody",
        'payload.who:"acme inc"',
        "payload.who:!=others",
        "payload.amount:129.5",
        "payload.amount:>=129.5",
        "payload.amount:>100",
        "-agent:billing-2",
    ):
        assert found(olga, q) == [wanted], q
    for q in (
        "agent:agent://rivals/production/billing",
        "type:%",
        "type:refund_make",
        "payload.amount:>129.5",
        "agent:bill",
    ):
        assert found(olga, q) == [], q


def test_what_lies_untaken_for_an_hour_is_stuck(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    lying, held = shop.submit(), shop.submit("billing")
    now.advance(minutes=59)
    assert found(olga, "is:stuck") == []
    now.advance(minutes=1)
    assert found(olga, "is:stuck") == [held, lying]
    take(worker)
    assert found(olga, "is:stuck") == [held]


def test_a_tool_that_is_silent_for_a_day_is_stuck_unless_that_has_an_end(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    endless, bounded, parent = shop.submit(), shop.submit(), shop.submit()
    worker.post(f"/intents/{endless}/wait", {"for": "tool", "tool": "printer"}).ok()
    worker.post(f"/intents/{bounded}/wait", {"for": "tool", "tool": "printer", "timeout_seconds": 3 * 86400}).ok()
    child = {"intent_type": "part.make.v1", "to_agent": "shop", "payload": {}}
    worker.post(f"/intents/{parent}/wait", {"for": "agent", "intents": [child]}).ok()
    now.advance(days=1)
    assert endless in found(olga, "is:stuck")
    assert not {bounded, parent} & set(found(olga, "is:stuck"))
    assert found(olga, "for:tool due:<3d") == [bounded]
    assert found(olga, "for:tool due:>1d") == [bounded]
    assert found(olga, "for:tool -due:<3d") == [endless]


def test_due_is_the_deadline_or_when_patience_with_the_risk_ends(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    critical = ask(shop, risk="critical", assignees=["bob@myorg.example"]).intent_id
    dated = shop.submit(deadline_at=(now.now + timedelta(hours=5)).isoformat())
    shop.submit()
    assert found(olga, "due:<5h") == []
    assert found(olga, "due:<=5h") == [dated]
    assert found(olga, "due:<=24h") == [dated, critical]
    assert found(olga, "due:>5h") == [critical]
    assert found(olga, f"due:<{(now.now + timedelta(hours=6)).isoformat()}") == [dated]
    now.advance(hours=4, minutes=30)
    assert found(olga, "is:due-soon") == [dated]
    assert found(olga, "is:overdue") == []
    now.advance(minutes=30)  # nothing has swept: the server is late
    assert found(olga, "is:overdue") == [dated]
    assert found(olga, "is:due-soon") == []
    look()
    assert olga.intent(dated)["status"] == "TIMED_OUT"
    assert found(olga, "is:overdue") == []
    now.advance(hours=19)
    assert found(olga, "is:overdue") == found(olga, "-due:>0s for:human") == [critical]


def test_work_that_came_back_is_retrying_and_then_a_dead_letter(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    lost = shop.submit(max_delivery_attempts=2)
    take(worker)
    assert found(olga, "is:retrying") == []
    now.advance(hours=1)
    reclaim_expired()
    assert found(olga, "is:retrying") == [lost]
    take(worker)
    assert found(olga, "is:retrying") == [lost]
    now.advance(hours=1)
    reclaim_expired()
    assert found(olga, "is:retrying") == []
    assert found(olga, "is:dead") == found(olga, "is:failed is:dead") == [lost]
    failed = shop.submit("billing")
    assert found(olga, "is:open") == [failed]


def test_a_retryable_failure_is_retrying(now: SettableClock, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller) -> None:
    again = shop.submit()
    take(worker)
    worker.post(f"/intents/{again}/fail", {"error": {"code": "busy"}, "retryable": True}).ok()
    assert found(olga, "is:retrying") == [again]
    (row,) = olga.get("/operations/intents", q="is:retrying").ok()["items"]
    assert (row["waits_for"]["kind"], row["attempts"]) == ("time", 2)


def test_who_is_asked_finds_an_intent(shop: KeyCaller, bob: PersonCaller, olga: PersonCaller) -> None:
    bobs = ask(shop, assignees=["bob@myorg.example"])
    olgas = ask(shop, assignees=["olga@myorg.example"]).intent_id
    nobodys = ask(shop, assignees=["Legal"]).intent_id
    roles = ask(shop, assignees=["approver"]).intent_id
    assert found(olga, "assignee:bob@myorg.example") == [bobs.intent_id]
    assert found(olga, "assignee:me") == [olgas]
    assert found(olga, "assignee:approver") == [roles]
    assert found(olga, "assignee:legal") == []
    assert found(olga, "assignee:Legal") == found(olga, "is:unroutable") == found(olga, "is:stuck") == [nobodys]
    assert found(olga, "for:human -assignee:bob@myorg.example,me") == [roles, nobodys]
    bobs.post(bob, "claim").ok()
    assert found(olga, "assignee:bob@myorg.example") == [bobs.intent_id]


def test_an_intent_is_shown_with_what_it_waits_for(shop: KeyCaller, worker: KeyCaller, olga: PersonCaller) -> None:
    asked = ask(shop, risk="high", assignees=["olga@myorg.example"])
    (row,) = olga.get("/operations/intents").ok()["items"]
    assert row["waits_for"] == {"kind": "human", "who": "olga@myorg.example", "until": None, "task_id": asked.task_id}
    assert (row["risk"], row["status"], row["attempts"], row["progress"]) == ("high", "WAITING", 0, None)
    working = shop.submit()
    take(worker)
    worker.post(f"/intents/{working}/progress", {"percent": 40, "message": "half"}).ok()
    worker.post(f"/intents/{working}/wait", {"for": "tool", "tool": "printer", "external_id": "job 1"}).ok()
    (row, _) = olga.get("/operations/intents").ok()["items"]
    assert row["waits_for"] == {"kind": "tool", "who": "printer job 1", "until": None, "task_id": None}
    assert row["progress"] == {"percent": 40, "message": "half"}
    assert (row["from_agent"], row["to_agent"]) == ("agent://myorg/production/shop", "order-service")


def test_pages_lose_and_repeat_nothing_while_intents_come_and_end(
    shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    made = [make(Status.SUBMITTED, sender=shop, handler=worker).id for _ in range(6)]
    first = olga.get("/operations/intents", q="is:open", limit=2).ok()
    shop.submit()
    shop.post(f"/intents/{made[4]}/resolve", {"status": "CANCELED", "reason": "late"}).ok()
    shop.post(f"/intents/{made[3]}/resolve", {"status": "CANCELED", "reason": "late"}).ok()
    rest = olga.get("/operations/intents", q="is:open", limit=50, cursor=first["next_cursor"]).ok()
    assert [one["id"] for one in first["items"]] == [made[5], made[4]]
    assert [one["id"] for one in rest["items"]] == [made[2], made[1], made[0]]


def test_who_only_decides_and_who_is_no_person_sees_nothing(
    alice: PersonCaller,
    olga: PersonCaller,
    vera: PersonCaller,
    bob: PersonCaller,
    charlie: PersonCaller,
    machine: KeyCaller,
    shop: KeyCaller,
) -> None:
    one = shop.submit()
    for caller in (alice, olga, vera, olga.also(shop)):
        assert found(caller, "") == [one]
    for caller in (bob, machine, shop):
        answer = caller.get("/operations/intents")
        assert (answer.status, answer.code) == (403, "policy_denied")
    assert found(charlie, "") == found(charlie, f"id:{one}") == found(charlie, "agent:order-service") == []


def test_a_word_that_means_nothing_is_refused_by_name(olga: PersonCaller) -> None:
    answer = olga.get("/operations/intents", q="is:open is:wating")
    assert (answer.status, answer.code) == (422, "schema_invalid")
    details = answer.json["error"]["details"]
    assert (details["field"], details["word"]) == ("q", "is:wating")
    assert "is:waiting" in details["suggestions"]
    assert olga.get("/operations/intents", cursor="i" + "0" * 32).status == 422
