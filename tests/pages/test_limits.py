"""The page of limits of agents: what is used of each, and changing them."""

from typing import Any

import pytest

from tests.callers import KeyCaller, PersonCaller
from tests.pages.browser import Browser

LIMITS = "/operations/fleet/limits"
EDIT, OWN = f"{LIMITS}/edit", f"{LIMITS}/edit/order-service"


def policy(by: KeyCaller, name: str = "order-service") -> dict[str, Any]:
    found: dict[str, Any] = by.get(f"/mesh/agents/{name}/policies").ok()
    return found


def revision(browser: Browser, path: str) -> str:
    return browser.get(path).html.partition('name="revision" value="')[2].partition('"')[0]


def test_limits_of_all_and_of_one_are_set_and_what_is_used_is_shown(
    alices: Browser, machine: KeyCaller, worker: KeyCaller, shop: KeyCaller
) -> None:
    page = alices.get(LIMITS).text
    assert "Nothing is limited." in page
    assert "No limit" in page
    of_all = {"max_intents_per_hour": "10", "max_cost_per_day_usd": "2.5", "action_on_breach": "alert", "revision": "0"}
    assert alices.post(EDIT, of_all).location == LIMITS
    own = {"max_intents_per_hour": "2", "allowed_intent_types": "order.*\nrefund.pay.v1", "denied_tools": "printer"}
    assert alices.post(OWN, own | {"max_cost_per_intent_usd": "0.5", "revision": "0"}).location == LIMITS
    found = policy(machine)
    assert found["effective"] | {"action_on_anomaly": None} == {
        "max_intents_per_hour": 2,
        "max_intents_per_day": None,
        "max_cost_per_day_usd": "2.5",
        "max_cost_per_intent_usd": "0.5",
        "action_on_breach": "alert",
        "action_on_anomaly": None,
        "allowed_intent_types": ["order.*", "refund.pay.v1"],
        "denied_intent_types": None,
        "allowed_tools": None,
        "denied_tools": ["printer"],
    }
    shop.submit()
    shop.submit()
    shown = alices.get(LIMITS).text
    for words in ("2 of 2", "Used up", "1.00 USD of 2.50 USD", "1.00 USD set aside", "Own limits", "2 of 10", "order.*"):
        assert words in shown, words
    form = alices.get(OWN).html
    assert "All agents: 10." in form
    assert "As all agents: Refuse them, and ask an owner" in form
    assert 'value="2"' in form
    assert 'value="0.5"' in form


def test_an_empty_field_takes_a_limit_away_and_an_empty_list_stays_one(
    alices: Browser, machine: KeyCaller, worker: KeyCaller
) -> None:
    machine.put("/mesh/agents/order-service/policies/cost", {"max_intents_per_day": 7}).ok()
    machine.put("/mesh/agents/order-service/policies/action", {"allowed_tools": []}).ok()
    shown = alices.get(OWN).html
    assert ">\n!</textarea>" in shown or ">!</textarea>" in shown
    alices.post(OWN, {"allowed_tools": "!", "revision": revision(alices, OWN)})
    assert (policy(machine)["policy"]["max_intents_per_day"], policy(machine)["policy"]["allowed_tools"]) == (None, [])


def test_as_many_names_as_a_policy_may_hold_are_shown_and_saved(
    alices: Browser, machine: KeyCaller, worker: KeyCaller
) -> None:
    many = [f"order.kind{number}.*" for number in range(100)]
    machine.put("/mesh/agents/order-service/policies/action", {"allowed_intent_types": many}).ok()
    sent = {"allowed_intent_types": "\n".join(many), "max_intents_per_day": "9", "revision": revision(alices, OWN)}
    assert alices.post(OWN, sent).location == LIMITS
    assert policy(machine)["policy"]["allowed_intent_types"] == many
    sent |= {"allowed_intent_types": "\n".join([*many, "one.more"]), "revision": revision(alices, OWN)}
    assert alices.post(OWN, sent).status == 422


def test_what_was_changed_meanwhile_is_not_overwritten_unseen(
    alices: Browser, machine: KeyCaller, worker: KeyCaller
) -> None:
    before = revision(alices, OWN)
    machine.put("/mesh/agents/order-service/policies/cost", {"max_intents_per_day": 7}).ok()
    page = alices.post(OWN, {"max_intents_per_day": "9", "revision": before})
    assert (page.status, "Somebody else changed this" in page.text, 'value="9"' in page.html) == (409, True, True)
    assert policy(machine)["policy"]["max_intents_per_day"] == 7
    again = page.html.partition('name="revision" value="')[2].partition('"')[0]
    assert alices.post(OWN, {"max_intents_per_day": "9", "revision": again}).location == LIMITS
    assert policy(machine)["policy"]["max_intents_per_day"] == 9


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_intents_per_hour", "-1"),
        ("max_intents_per_hour", "1.5"),
        ("max_cost_per_day_usd", "1,50"),
        ("max_cost_per_day_usd", "NaN"),
        ("max_cost_per_intent_usd", "9" * 30),
        ("action_on_breach", "explode"),
        ("allowed_intent_types", "order*.pay"),
        ("denied_tools", "x" * 300),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    alices: Browser, machine: KeyCaller, worker: KeyCaller, field: str, value: str
) -> None:
    page = alices.post(OWN, {field: value, "revision": "0"})
    assert (page.status, f'aria-describedby="id_{field}' in page.html or "aria-invalid" in page.html) == (422, True)
    assert set(policy(machine)["policy"].values()) == {None}


def test_who_may(
    bobs: Browser, veras: Browser, olga: PersonCaller, alices: Browser, machine: KeyCaller, worker: KeyCaller
) -> None:
    olgas = Browser().sign_in(olga.user)
    assert [one.get(LIMITS).status for one in (bobs, veras, olgas, alices)] == [403, 200, 200, 200]
    for one in (bobs, veras, olgas):
        assert (one.get(EDIT).status, one.post(OWN, {"max_intents_per_day": "0"}).status) == (403, 403)
    assert "Change limits" not in veras.get(LIMITS).text
    assert alices.get(f"{EDIT}/nobody").status == 404
    assert set(policy(machine)["policy"].values()) == {None}
