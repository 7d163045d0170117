"""The pages of schemas, of usage and of access requests."""

import pytest

from intents.access.models import AccessRequest
from intents.accounts.models import Invitation, Member
from intents.quotas.models import QuotaPolicy
from intents.semantics.models import SemanticSchema
from tests.callers import KeyCaller
from tests.pages.browser import Browser

SCHEMA = {"schema_json": '{"required": ["amount"]}', "mode": "strict", "active": "on"}
LIMITS = {"soft_threshold_percent": "80", "overage_mode": "block", "revision": "0"}


def test_an_owner_registers_a_schema_tries_it_and_goes_on(alices: Browser) -> None:
    assert "None yet" in alices.get("/settings/schemas").text
    made = alices.post("/settings/schemas/new", SCHEMA | {"semantic_type": "refund.pay.v1"})
    page = alices.get(made.location)
    assert "Refuse the intent" in page.text
    assert (
        "It would be refused payload.amount : this field is required" in alices.post(made.location, {"payload": "{}"}).text
    )
    assert "It matches" in alices.post(made.location, {"payload": '{"amount": 1}'}).text
    assert "refund.pay.v2" in alices.get(f"{made.location}/next").html
    after = alices.post(f"{made.location}/next", SCHEMA | {"semantic_type": "refund.pay.v2", "mode": "backward"})
    assert "Versions" in alices.get(after.location).text
    alices.post(f"{after.location}/edit", {"schema_json": "{}", "mode": "warn"})
    row = SemanticSchema.objects.get(semantic_type="refund.pay.v2")
    assert (row.mode, row.active, row.document) == ("warn", False, "{}")
    assert "refund.pay.v2" in alices.get("/settings/schemas").text


def test_a_schema_that_was_changed_meanwhile_is_not_overwritten_unseen(alices: Browser, machine: KeyCaller) -> None:
    made = alices.post("/settings/schemas/new", SCHEMA | {"semantic_type": "refund.pay.v1"}).location
    before = alices.get(f"{made}/edit").html.partition('name="revision" value="')[2].partition('"')[0]
    theirs = {"semantic_type": "refund.pay.v1", "schema_json": {"required": ["sum"]}, "compatibility_mode": "strict"}
    machine.post("/schemas", theirs).ok()
    page = alices.post(f"{made}/edit", SCHEMA | {"mode": "warn", "revision": before})
    assert (page.status, "Somebody else changed this" in page.text) == (409, True)
    assert SemanticSchema.objects.get().document == '{"required":["sum"]}'
    again = page.html.partition('name="revision" value="')[2].partition('"')[0]
    alices.post(f"{made}/edit", SCHEMA | {"mode": "warn", "revision": again})
    assert SemanticSchema.objects.get().mode == "warn"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema_json": "{"}, "JSON"),
        ({"schema_json": "[]"}, "A JSON object"),
        ({"schema_json": '{"type": "list"}'}, "list"),
        ({"semantic_type": "refund"}, "ends in its version"),
        ({"semantic_type": "taken.pay.v1"}, "already"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(alices: Browser, change: dict[str, str], said: str) -> None:
    alices.post("/settings/schemas/new", SCHEMA | {"semantic_type": "taken.pay.v1"})
    page = alices.post("/settings/schemas/new", SCHEMA | {"semantic_type": "refund.pay.v1"} | change)
    assert page.status == 422
    assert said in page.text
    assert SemanticSchema.objects.count() == 1


def test_usage_is_shown_beside_its_limits(alices: Browser, shop: KeyCaller) -> None:
    assert "Nothing is limited." in alices.get("/settings/usage").text
    for _ in range(4):
        shop.post("/intents", {"intent_type": "a.b.v1", "to_agent": "demo", "payload": {}}).ok()
    assert alices.post("/settings/usage/edit", LIMITS | {"intents_per_day": "5"}).location == "/settings/usage"
    page = alices.get("/settings/usage").text
    assert "Intents today 4 5 Nearly used up" in page
    assert "4 intents" in page
    assert 'value="5"' in alices.get("/settings/usage/edit").html
    assert "Somebody else changed this" in alices.post("/settings/usage/edit", LIMITS).text
    assert QuotaPolicy.objects.get().limits == {"intents_per_day": 5}


def test_they_are_for_owners_and_admins(bobs: Browser) -> None:
    for path in ("/settings/schemas", "/settings/schemas/new", "/settings/usage", "/settings/usage/edit"):
        assert bobs.get(path).status == 403


def test_a_member_asks_for_a_role_and_an_owner_decides(alices: Browser, veras: Browser) -> None:
    assert "Nobody has asked" in veras.get("/settings/access").text
    form = {"kind": "elevated_role", "role": "approver", "justification": "I decide refunds now"}
    assert "Choose a role" in veras.post("/settings/access/new", form | {"role": ""}).text
    assert veras.post("/settings/access/new", form).location == "/settings/access"
    assert "I decide refunds now" in veras.get("/settings/access").text
    row = AccessRequest.objects.get()
    assert "Approve vera@myorg.example" in alices.get("/settings/access").html
    assert veras.post(f"/settings/access/{row.id}/review", {"decision": "approve"}).status == 403
    alices.post(f"/settings/access/{row.id}/review", {"decision": "approve"})
    assert "Approved" in veras.get("/settings/access").text
    assert Member.objects.get(user__email="vera@myorg.example").role == "approver"


def test_who_decides_puts_a_request_on_the_waiting_list_and_says_what_they_decide(alices: Browser, veras: Browser) -> None:
    veras.post(
        "/settings/access/new", {"kind": "elevated_role", "role": "approver", "justification": "I decide refunds now"}
    )
    path = f"/settings/access/{AccessRequest.objects.get().id}/review"
    assert "Waitlist vera@myorg.example" in alices.get("/settings/access").html
    alices.post(path, {})
    assert AccessRequest.objects.get().state == "pending"
    alices.post(path, {"decision": "waitlist"})
    assert "On the waiting list" in veras.get("/settings/access").text
    assert 'value="waitlist"' not in alices.get("/settings/access").html


def test_what_brings_somebody_in_asks_who_decides_to_show_that_it_is_them(alices: Browser, machine: KeyCaller) -> None:
    body = {"request_type": "join_organization", "requester_actor_id": "new@example.com"}
    asked = machine.post("/access-requests", body).ok()["access_request"]["access_request_id"]
    path = f"/settings/access/{asked}/review"
    assert alices.post(path, {"decision": "approve"}).location.startswith("/account/confirm?")
    assert not Invitation.objects.exists()
    alices.confirmed().post(path, {"decision": "approve"})
    assert Invitation.objects.get().email == "new@example.com"
