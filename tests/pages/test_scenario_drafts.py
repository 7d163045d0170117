"""Drafts of scenarios: whatever is written in them, in however many windows, and under whichever id."""

import copy
import json
import re
from typing import Any

import pytest

from intents.scenarios.models import ScenarioVersion
from intents.scenarios.services import applying
from tests.callers import PersonCaller
from tests.pages.browser import Browser
from tests.pages.drafting import DOCUMENT, document, fields, new, saved, send, written

PAGE = "/operations/scenarios/all/order.fulfil.v1"


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def changed(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT) | more


def test_a_draft_that_takes_the_id_of_another_scenario_gets_that_ones_version(olgas: Browser) -> None:
    saved(olgas, DOCUMENT)
    saved(olgas, changed(scenario_id="order.other.v1", title="Other"))
    mine = olgas.post(f"{PAGE}/edit").location
    page = send(olgas, mine, "save", scenario_id="order.other.v1")
    assert page.status == 409
    theirs = send(olgas, mine, "theirs", page).location
    assert fields(olgas.get(theirs))["title"] == "Other"


def test_a_draft_is_judged_once_something_is_written(olgas: Browser) -> None:
    page = olgas.get(new(olgas))
    assert "Begin with an id and a title." in page.text
    assert "aria-invalid" not in page.html
    page = send(olgas, new(olgas), "check", title="Ship")
    assert "Begin with an id and a title." not in page.text
    assert 'href="#scenario_id"' in page.html


NAMES: list[Any] = [{"a": 1}, ["clerk"], 7, None, True]


def test_names_that_are_no_texts_are_faults_of_a_draft_that_can_be_mended(olgas: Browser) -> None:
    path = new(olgas)
    for name in NAMES:
        odd = copy.deepcopy(DOCUMENT)
        for row in (odd["agents"][0], odd["humans"][0]):
            row["role"] = name
        for step in odd["workflow"]["steps"]:
            step.update(dict.fromkeys(("step_id", "assigned_to", "on_success", "on_failure", "human_task"), name))
        odd["workflow"]["steps"][0]["runtime_type"] = name
        assert send(olgas, path, "text", text=json.dumps(odd)).status == 200, name
        for does in ("add:workflow.steps", "add:agents", "up:workflow.steps.1", "remove:workflow.steps.0"):
            page = send(olgas, path, does)
            assert (page.status, 'id="faults"' in page.html) == (200, True), (name, does)
        page = send(olgas, path, "check", **{"agents.0.role": "clerk", "workflow.steps.1.step_id": "sign"})
        assert document(page)["agents"][0]["role"] == "clerk"
    assert send(olgas, path, "text", text=json.dumps(DOCUMENT)).status == 200
    assert send(olgas, path, "save").status == 303


def test_a_text_of_more_steps_than_a_scenario_may_have_is_shown_in_part_and_sent_back(olgas: Browser) -> None:
    step = {"assigned_to": "manager", "requires_approval": True}
    steps = [step | {"step_id": f"s{number}"} for number in range(300)]
    path = written(olgas, changed(workflow={"steps": steps}))
    page = olgas.get(path)
    assert len(fields(page)) < 5000
    assert 'id="row-workflow.steps.99"' in page.html
    assert 'id="row-workflow.steps.100"' not in page.html
    assert send(olgas, path, "save", page, title="Long").status == 422
    assert document(olgas.get(path)) == changed(workflow={"steps": steps}, title="Long")


def test_a_row_that_is_nowhere_is_left_alone(olgas: Browser) -> None:
    path = written(olgas, DOCUMENT)
    for place in ("9" * 5000, "3", "-1", "", "steps.0", "0.role"):
        page = send(olgas, path, f"remove:workflow.steps.{place}")
        assert (page.status, document(page)) == (200, DOCUMENT), place


TYPED = [
    ("title", "Ship ", "Ship"),
    ("description", "Two\nlines \n", "Two\nlines"),
    ("workflow.steps.1.human_task.allowed_outcomes", "approved, rejected, ", ["approved", "rejected"]),
    ("intent.payload", '{"order":8 }', {"order": 8}),
]


def test_what_is_typed_stays_as_it_is_typed_while_it_says_the_same(olgas: Browser) -> None:
    path = written(olgas, DOCUMENT)
    for name, text, value in TYPED:
        page = send(olgas, path, "check", **{name: text})
        assert fields(page)[name] == text
        found = document(page)
        for part in name.split("."):
            found = found[int(part) if part.isdecimal() else part]
        assert found == value
    unit = {"durability.deadline_seconds": "60", "durability.deadline_seconds.unit": "minutes"}
    page = send(olgas, path, "check", **unit)
    assert {one: fields(page)[one] for one in unit} == unit
    assert document(page)["durability"] == {"deadline_seconds": 3600}
    assert fields(olgas.get(path))["title"] == "Ship"


def test_who_types_on_overwrites_no_other_window_unless_they_choose_to(olgas: Browser) -> None:
    path = new(olgas)
    first, second = olgas.get(path), olgas.get(path)
    send(olgas, path, "check", first, title="In the first")
    page = send(olgas, path, "check", second, title="In the second")
    for does in ("check", "add:humans", "save", "try"):
        page = send(olgas, path, does, page, title="Typed on")
        assert (page.status, "You changed this draft in another window" in page.text) == (409, True), does
        assert fields(olgas.get(path))["title"] == "In the first", does
    assert send(olgas, path, "theirs", page).location == path
    assert fields(olgas.get(path))["title"] == "In the first"


ELSEWISE: dict[str, Any] = {
    "scenario": "order.legacy.v1",
    "agents": [{"agent_uri": "order-service"}],
    "workflow": {"steps": [{"intent_type": "order.pick.v1", "to_agent": "order-service"}]},
}


def test_a_run_of_a_document_of_another_layout_makes_no_version(olgas: Browser) -> None:
    saved(olgas, ELSEWISE)
    page = "/operations/scenarios/all/order.legacy.v1"
    for payload in ('{"order": 1}', '{"order": 2}'):
        assert olgas.post(f"{page}/run", {"payload": payload}).status == 302
    assert ScenarioVersion.objects.count() == 1


def test_what_cannot_be_seen_in_names_is_named_where_they_are_read(olgas: Browser) -> None:
    saved(olgas, DOCUMENT)
    path = olgas.post(f"{PAGE}/edit").location
    odd = copy.deepcopy(DOCUMENT) | {"a\u202eb": 1}
    odd["workflow"]["steps"][0] |= {"step_id": "check\u202e", "on_success": "nobody\u202e"}
    page = send(olgas, path, "text", text=json.dumps(odd))
    shown = "".join(re.findall("<legend.*?</legend>|<code.*?</code>", page.html, re.DOTALL))
    assert "⟨U+202E⟩" in shown
    assert "\u202e" not in shown
    assert "\u202e" not in olgas.get(f"{path}/try").html
    del odd["workflow"]["steps"][0]["on_success"]
    send(olgas, path, "text", text=json.dumps(odd))
    assert send(olgas, path, "save").status == 303
    assert "\u202e" not in olgas.get(PAGE).html


def test_what_a_window_sends_counts_in_the_order_of_its_sending(olgas: Browser) -> None:
    path = new(olgas)
    page = olgas.get(path)
    name = fields(page)["window"]
    for turn, title in ((7, "First"), (9, "Third"), (8, "Second")):
        send(olgas, path, "check", page, title=title, window=f"{name}.{turn}")
    assert fields(olgas.get(path))["title"] == "Third"
    assert fields(send(olgas, path, "check", page, title="Last", window=f"{name}.10"))["window"] == name
    for window, title in ((name, "Before its script came"), (f"{name}.11", "After it")):
        send(olgas, path, "check", page, title=title, window=window)
        assert fields(olgas.get(path))["title"] == title
    assert send(olgas, path, "check", olgas.get(path), title="Elsewhere", window="other.1").status == 200
    assert send(olgas, path, "check", page, title="Late", window=f"{name}.12").status == 409


def test_what_was_saved_meanwhile_is_not_missing_to_who_saves_it_again(olgas: Browser) -> None:
    path = written(olgas, DOCUMENT)
    page = olgas.get(path)
    assert send(olgas, path, "save", page).status == 303
    again = send(olgas, path, "save", page)
    assert again.location == "/operations/scenarios"
    assert "This draft is gone: it was saved or discarded meanwhile." in olgas.get(again.location).text
    assert ScenarioVersion.objects.count() == 1


def test_two_saves_at_once_make_one_version(olgas: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(olgas, DOCUMENT)
    page, save = olgas.get(path), applying.save

    def saves_twice(**given: Any) -> ScenarioVersion:
        monkeypatch.setattr(applying, "save", save)
        assert send(olgas, path, "save", page).location == PAGE
        return save(**given)

    monkeypatch.setattr(applying, "save", saves_twice)
    assert send(olgas, path, "save", page).location == PAGE
    assert ScenarioVersion.objects.count() == 1


def test_drafts_are_told_apart_by_what_they_are_called(olgas: Browser) -> None:
    first, second = new(olgas), new(olgas)
    assert re.search(r"<title>\s*New scenario · Draft", olgas.get(first).html)
    named = [new(olgas) for _ in range(2)]
    for path in named:
        send(olgas, path, "check", title="Refund <b>")
    only_id = new(olgas)
    send(olgas, only_id, "check", scenario_id="refund.v1")
    called = {
        first: "New scenario",
        second: "New scenario (2)",
        named[0]: "Refund &lt;b&gt;",
        named[1]: "Refund &lt;b&gt; (2)",
        only_id: "refund.v1",
    }
    shown = dict(re.findall(r'href="(/operations/scenarios/drafts/[^"]+)"><bdi>([^<]+)<', drafts_shown(olgas)))
    assert shown == called
    send(olgas, only_id, "text", text='{"title": "no')
    assert "refund.v1" in drafts_shown(olgas), "what is no JSON for a moment is called as before"
    for title in ("null", "7", '" "', '"\\u0000"'):
        assert send(olgas, only_id, "text", text=f'{{"title": {title}, "scenario_id": "again.v1"}}').status in (200, 422)
    assert "again.v1" in drafts_shown(olgas)


def drafts_shown(browser: Browser) -> str:
    return browser.get("/operations/scenarios").html.partition("Your drafts")[2]
