"""Standing grants decide what was said and nothing else."""

from inbox.tasks.models import Task
from intents.engine import invariants
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.inbox.granting import HANDS_OFF, LIMITS, MATCH, REFUND, come, make_grant, state, try_grant
from tests.intents.waiting import look


def states(intent_id: str) -> list[str]:
    """Of all tasks of an intent, the first first."""
    return list(Task.objects.filter(intent_id=intent_id).order_by("id").values_list("state", flat=True))


def test_what_its_maker_has_claimed_is_left_to_them(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    make_grant(bob)
    asked = ask(shop, REFUND)
    bob.post(f"/tasks/{asked.task_id}/claim").ok()
    look()
    assert state(alice, asked) == "claimed"


def test_a_question_that_a_policy_keeps_from_grants_is_not_decided_by_what_was_due_for_the_one_before(
    shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    make_grant(bob)
    intent_id = shop.submit(payload=REFUND)
    midway = {"for": "human", "human_task": {"title": "Pay?"}}
    worker.post(f"/intents/{intent_id}/wait", midway).ok()
    (first,) = alice.get("/tasks", intent_id=intent_id).ok()["tasks"]
    Asked(intent_id, first["task_id"]).decide(alice, "approved").ok()
    alice.post("/policies", HANDS_OFF).ok()
    worker.post(f"/intents/{intent_id}/wait", midway).ok()
    look()
    assert states(intent_id) == ["decided", "open"]


def test_what_an_agent_asks_with_the_token_of_somebody_along_waits_for_people(
    shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    make_grant(bob)
    found = []
    for by in (worker, worker.also(bob)):
        intent_id = shop.submit(payload=REFUND)
        by.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"title": "Pay?"}}).ok()
        look()
        found += states(intent_id)
    assert found == ["decided", "open"]


def test_conditions_mean_what_was_said_once_they_are_stored(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    for wrong in ({"at_most": None}, {"at_least": None}, {"one_of": None}):
        match = MATCH | {"payload": [{"field": "amount"} | wrong]}
        assert try_grant(bob, match=match).code == "schema_invalid"
    make_grant(bob, match=MATCH | {"payload": [{"field": "hold", "is": None}]})
    assert [state(alice, one) for one in [*come(shop), *come(shop, hold="yes"), *come(shop, hold=None)]] == [
        "open",
        "open",
        "decided",
    ]
    make_grant(bob, match=MATCH | {"payload": [{"field": "customer", "one_of": ["Globex", 7, True]}]})
    found = [state(alice, one) for name in (1, "7", "Globex", 7, True) for one in come(shop, customer=name, amount=1)]
    assert found == ["open"] * 2 + ["decided"] * 3
    assert bob.get("/standing-grants/suggestions").ok()["suggestions"] == []


def test_limits_without_any_sum_break_no_rule(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    make_grant(bob, limits={"per_day": {"count": 2, "sums": {}}, "total": {"count": 5, "sums": {}}})
    assert [state(alice, one) for one in come(shop)] == ["decided"]
    assert invariants.findings() == []


def test_a_preview_takes_the_yes_of_each_kind_of_task_for_the_same(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    for outcome in ("confirmed", "denied"):
        ask(shop, REFUND, task_type="confirmation").decide(alice, outcome, comment="Seen.").ok()
    found = bob.post("/standing-grants/preview", {"match": MATCH, "limits": LIMITS, "risk": "medium"}).ok()
    assert [found[name] for name in ("would_decide", "same", "otherwise")] == [2, 1, 1]
