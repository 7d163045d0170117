"""Who makes standing grants, within which bounds, and what their makers are told."""

from typing import Any

import pytest

from inbox.standing.models import GrantUse
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.granting import LIMITS, MATCH, REFUND, come, make_grant, try_grant
from tests.inbox.outgoing import notified, send
from tests.mailbox import Mailbox


def test_machines_and_viewers_make_no_grants_and_others_see_none(
    shop: KeyCaller, machine: KeyCaller, alice: PersonCaller, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller
) -> None:
    assert [try_grant(who).code for who in (shop, machine, vera)] == ["policy_denied"] * 3
    grant_id = make_grant(alice)
    assert [who.get(f"/standing-grants/{grant_id}").status for who in (bob, charlie)] == [404, 404]
    assert bob.get("/standing-grants", state="all").ok()["standing_grants"] == []
    assert machine.get("/standing-grants").code == "policy_denied"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("match.intent_types", {"match": {"intent_types": ["*"]}}),
        ("match.intent_types", {"match": {"intent_types": ["[a-z]*"]}}),
        ("match.intent_types", {"match": {"intent_types": ["order.*", "[!]_]?*.[!0]*"]}}),
        ("match.intent_types", {"match": {}}),
        ("match.payload.0", {"match": MATCH | {"payload": [{"field": "amount", "is": 1, "at_most": 2}]}}),
        ("match", {"match": MATCH | {"payload": [{"field": "x", "one_of": [f"{n:0100}" for n in range(200)]}]}}),
        ("limits", {"limits": {}}),
        ("limits", {"limits": {"each": {"EUR": 5}}}),
        ("limits.per_day.sums", {"limits": {"per_day": {"sums": {"EUR": 0}}}}),
        ("expires_at", {"days": 91}),
        ("expires_at", {"days": -1}),
        ("name", {"name": " "}),
    ],
)
def test_a_grant_without_a_bound_is_refused(bob: PersonCaller, field: str, given: dict[str, Any]) -> None:
    refused = try_grant(bob, **given)
    assert (refused.code, refused.json["error"]["details"]["field"].startswith(field)) == ("schema_invalid", True)


def test_a_preview_tells_what_would_have_been_decided_and_what_people_did(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    for outcome in ("approved", "approved", "rejected", None):
        asked = ask(shop, REFUND | {"amount": 30})
        if outcome:
            asked.decide(alice, outcome, comment="So be it.").ok()
    ask(shop, REFUND | {"customer": "Globex"})
    body = {"match": MATCH, "limits": LIMITS, "risk": "medium"}
    found = bob.post("/standing-grants/preview", body).ok()
    # The fourth would be more than three a day.
    assert [found[name] for name in ("would_decide", "same", "otherwise", "over_limits")] == [3, 2, 1, 1]
    assert {one["amount"] for one in found["tasks"]} == {"30"}
    assert not GrantUse.objects.exists()


def test_the_maker_is_told_of_each_decision_in_one_digest(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    assert bob.patch("/me/notification-settings", {"unsubscribed": ["granted"]}).code == "schema_invalid"
    make_grant(bob)
    come(shop, at_once=2)
    send()
    assert [one for one in notified() if one[0] == "bob"] == [("bob", "granted", 0)] * 2
    assert mailbox.mails == []
    now.advance(days=1)
    send()
    mail = mailbox.only()
    assert (mail["To"], mail["Subject"]) == ("bob@myorg.example", "2 tasks decided by your standing grants in production")


def test_what_a_person_keeps_deciding_the_same_way_is_suggested_until_they_dismiss_it(
    shop: KeyCaller, bob: PersonCaller
) -> None:
    def suggested() -> list[Any]:
        found: list[Any] = bob.get("/standing-grants/suggestions").ok()["suggestions"]
        return found

    for number in range(10):
        assert suggested() == []
        ask(shop, REFUND | {"amount": 30 + number}).decide(bob, "approved").ok()
    (one,) = suggested()
    assert (one["intent_type"], one["agent"], one["outcome"], one["count"]) == ("order.fulfill.v1", "shop", "approved", 10)
    assert (one["highest_amount"], one["currency"]) == ("39", "EUR")
    grant_id = make_grant(bob)
    assert suggested() == []
    bob.post(f"/standing-grants/{grant_id}/revoke").ok()
    assert len(suggested()) == 1
    bob.post("/standing-grants/suggestions/dismiss", {"intent_type": one["intent_type"], "agent": one["agent"]}).ok()
    assert suggested() == []


def test_one_refusal_among_many_approvals_suggests_nothing(shop: KeyCaller, bob: PersonCaller) -> None:
    for number in range(11):
        ask(shop, REFUND).decide(bob, "rejected" if number == 5 else "approved", comment="Seen.").ok()
    assert bob.get("/standing-grants/suggestions").ok()["suggestions"] == []
