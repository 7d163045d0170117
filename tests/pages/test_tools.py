"""The pages of outside tools that sign, and where people see a call that was refused."""

import re

from intents.engine.models import Tool
from tests.callers import Caller, KeyCaller
from tests.intents.waiting import token_of, wait
from tests.pages.browser import Browser

GITHUB = {
    "style": "github",
    "secret": "a secret of GitHub",
    "header": "",
    "timestamp_header": "",
    "tolerance_seconds": "300",
}
SECRET = "a secret of GitHub"


def test_an_owner_adds_a_tool_changes_it_and_removes_it(alices: Browser) -> None:
    alices.confirmed()
    assert "No tools yet." in alices.get("/settings/tools").text
    made = alices.post("/settings/tools/new", GITHUB | {"name": "ci"})
    page = alices.get(made.location)
    assert "Callbacks of ci must now be signed." in page.text
    assert "Signature GitHub Oldest accepted 300 seconds" in page.text
    assert "ci GitHub" in alices.get("/settings/tools").text
    form = alices.get(f"{made.location}/edit")
    for shown in (page, form, alices.get("/settings/tools")):
        assert SECRET not in shown.html
    kept = bytes(Tool.objects.get().signing)
    change = GITHUB | {"secret": "", "overlap": "24", "tolerance_seconds": "60"}
    assert alices.post(f"{made.location}/edit", change).location == made.location
    row = Tool.objects.get()
    assert (bytes(row.signing), row.tolerance_seconds) == (kept, 60)
    assert "Old secret" not in alices.get(made.location).text
    alices.post(f"{made.location}/edit", change | {"secret": "another secret"})
    assert "Old secret works until" in alices.get(made.location).text
    assert alices.post(f"{made.location}/remove", {}).location == "/settings/tools"
    assert not Tool.objects.exists()


def test_what_is_wrong_is_told_beside_its_field_and_the_secret_is_not_shown_again(alices: Browser) -> None:
    alices.confirmed()
    for wrong, words in (
        ({"secret": "short"}, "8 to 512 characters"),
        ({"name": " "}, "This field is required."),
        ({"style": "hmac"}, "Is required: the header that the signature is in."),
        ({"header": "X-Signature"}, "Is for the style hmac alone"),
        ({"tolerance_seconds": "5"}, "greater than or equal to 10"),
    ):
        page = alices.post("/settings/tools/new", GITHUB | {"name": "ci"} | wrong)
        assert page.status == 422
        assert words in page.text
        assert SECRET not in page.html
    alices.post("/settings/tools/new", GITHUB | {"name": "ci"})
    assert "configured already" in alices.post("/settings/tools/new", GITHUB | {"name": "ci"}).text
    assert Tool.objects.count() == 1


def test_a_refused_call_is_shown_with_its_reason_at_its_tool_and_at_its_intent(
    alices: Browser, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, nobody: Caller
) -> None:
    machine.put("/tools/printer", {"style": "github", "secret": SECRET}).ok()
    intent_id = shop.submit()
    token = token_of(wait(worker, intent_id, "tool", tool="printer"))
    assert nobody.post(f"/callbacks/{token}", {"pages": 3}).status == 403
    why = "the header x-hub-signature-256 is missing: calls of this tool are to be signed"
    listed = alices.get("/settings/tools")
    assert "never" not in listed.text
    (path,) = re.findall(r"/settings/tools/[0-9a-f-]{36}", listed.html)
    page = alices.get(path)
    assert why in page.text
    assert f"/operations/intents/{intent_id}" in page.html
    assert f"A call of the callback address was refused: {why}" in alices.get(f"/operations/intents/{intent_id}").text


def test_a_tool_gets_an_address_for_all_its_calls_before_it_has_a_secret_and_refusals_are_shown(
    alices: Browser, nobody: Caller, machine: KeyCaller
) -> None:
    alices.confirmed()
    stripe = GITHUB | {"style": "stripe", "secret": "", "name": "payments", "external_id_at": "/data/object/id"}
    refused = alices.post("/settings/tools/new", stripe | {"external_id_at": ""})
    assert (refused.status, 'id="id_secret_error"' in refused.html) == (422, True)
    wrong = alices.post("/settings/tools/new", stripe | {"external_id_at": "data.object.id"})
    assert (wrong.status, 'id="id_external_id_at_error"' in wrong.html) == (422, True)
    events = {"event_type_at": "/type", "event_types": "payment_intent.succeeded\npayment_intent.payment_failed"}
    where = alices.post("/settings/tools/new", stripe | events).location
    page = alices.get(where)
    tool = Tool.objects.get()
    assert f"/v1/incoming/{tool.id}</code>" in page.html
    assert "Every call is refused until you set it." in page.text
    assert "payment_intent.payment_failed" in page.text
    assert "none yet" in alices.get("/settings/tools").text
    assert nobody.post(f"/incoming/{tool.id}", {}).status == 403
    page = alices.get(where)
    assert "no signing secret is set for this tool yet" in page.text
    assert "not known" in page.text
    assert "never" not in alices.get("/settings/tools").text
    form = alices.get(f"{where}/edit")
    assert 'value="/data/object/id"' in form.html
    kept = {name: value for name, value in (stripe | events).items() if name != "name"} | {"overlap": "0"}
    alices.post(f"{where}/edit", kept | {"secret": "whsec_of_stripe"})
    assert "Every call is refused" not in alices.get(where).text
    assert Tool.objects.get().event_types == ["payment_intent.succeeded", "payment_intent.payment_failed"]


def test_only_owners_and_admins_see_the_tools(bobs: Browser, veras: Browser, machine: KeyCaller) -> None:
    machine.put("/tools/printer", {"style": "github", "secret": SECRET}).ok()
    tool = Tool.objects.get().id
    for who in (bobs.confirmed(), veras.confirmed()):
        for path in ("", "/new", f"/{tool}", f"/{tool}/edit"):
            assert who.get(f"/settings/tools{path}").status == 403
        assert "/settings/tools" not in who.get("/settings/profile").html
