"""The pages of scenarios: writing one, what is kept of it, who may, and running it."""

import copy
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.engine.models import Intent
from intents.scenarios.models import RunStep, ScenarioDraft, ScenarioVersion
from tests.callers import KeyCaller, PersonCaller
from tests.intents.test_scenarios import finish
from tests.pages.browser import Browser
from tests.pages.drafting import DOCUMENT, document, fields, new, saved, send, written

PAGE = "/operations/scenarios/all/order.fulfil.v1"


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def changed(**more: Any) -> dict[str, Any]:
    return copy.deepcopy(DOCUMENT) | more


def test_a_scenario_is_written_by_its_form_alone_and_saved_as_a_version(olgas: Browser) -> None:
    path = new(olgas)
    page = send(olgas, path, "add:humans", scenario_id="order.sign.v1", title="Sign an order")
    page = send(olgas, path, "add:workflow.steps", page, **{"humans.0.role": "boss", "humans.0.contact": "approver"})
    page = send(olgas, path, "add:workflow.steps", page, **{"workflow.steps.0.step_id": "sign"})
    page = send(olgas, path, "check", page, **{"workflow.steps.1.kind": "delay"})
    page = send(olgas, path, "check", page, **{"workflow.steps.1.runtime_config.seconds": "2"})
    page = send(olgas, path, "up:workflow.steps.1", page)
    assert [one["step_id"] for one in document(page)["workflow"]["steps"]] == ["step_2", "sign"]
    assert "Valid" in page.text
    assert send(olgas, path, "save", page).location == "/operations/scenarios/all/order.sign.v1"
    row = ScenarioVersion.objects.get()
    assert (row.version, row.created_by) == (1, "olga@myorg.example")
    steps = json.loads(row.document)["workflow"]["steps"]
    assert steps[0] == {"step_id": "step_2", "runtime_type": "delay", "runtime_config": {"seconds": 7200}}
    assert steps[1] == {"step_id": "sign", "assigned_to": "boss", "requires_approval": True}
    assert json.loads(row.document)["intent"]["type"] == "order.sign.v1"
    assert not ScenarioDraft.objects.exists()


FAULTS = [
    ({"workflow.steps.0.step_deadline_seconds": "soon"}, "workflow.steps.0.step_deadline_seconds"),
    ({"workflow.steps.1.human_task.allowed_outcomes": "yes, yes"}, "workflow.steps.1.human_task.allowed_outcomes"),
    ({"workflow.steps.0.input": "[1"}, "workflow.steps.0.input"),
    ({"workflow.steps.0.step_id": "sign"}, "workflow.steps.1.step_id"),
    ({"agents.0.role": "manager"}, "humans.0.role"),
    ({"scenario_id": "a b"}, "scenario_id"),
]


def test_a_fault_is_named_by_its_path_at_its_field_and_nothing_is_saved(olgas: Browser) -> None:
    draft = written(olgas, DOCUMENT)
    right = olgas.get(draft)
    for typed, path in FAULTS:
        page = send(olgas, draft, "check", right, **typed)
        assert (page.status, f'id="{path}-error"' in page.html, f'href="#{path}"' in page.html) == (200, True, True), path
    assert send(olgas, draft, "save", page).status == 422
    assert not ScenarioVersion.objects.exists()


@pytest.mark.parametrize("name", ["workflow.steps.0.step_deadline_seconds", "workflow.steps.0.retry.max_retries"])
def test_a_number_below_nothing_is_told_to_be_too_small(olgas: Browser, name: str) -> None:
    page = send(olgas, written(olgas, DOCUMENT), "check", **{name: "-5"})
    assert f'id="{name}-error"' in page.html
    assert re.findall(r"must be [a-z ]+", page.text.lower())[0].startswith("must be at least"), page.text
    assert fields(page)[name] == "-5"


def test_what_no_field_is_about_and_odd_layouts_stay_as_they_were_written(olgas: Browser) -> None:
    odd = changed(extra={"kept": [1, 2.5, None]}, durability={"deadline_minutes": 5, "deadline_seconds": None})
    odd["workflow_steps"] = [one | {"note": "kept"} for one in odd.pop("workflow")["steps"]]
    odd["workflow_steps"][2]["config"] = odd["workflow_steps"][2].pop("runtime_config")
    odd["humans"][0]["display_name"] = ""
    path = written(olgas, odd)
    assert document(send(olgas, path, "check")) == odd
    page = send(olgas, path, "check", workflow_steps__2__config__subject="Sorry")
    odd["workflow_steps"][2]["config"]["subject"] = "Sorry"
    assert document(page) == odd


def test_what_is_no_row_is_neither_removed_nor_moved(olgas: Browser) -> None:
    draft = written(olgas, DOCUMENT)
    for does in ("remove", "up", "down"):
        for place in ("3", "9" * 5000, "-1", "x", ""):
            page = send(olgas, draft, f"{does}:workflow.steps.{place}")
            assert page.status == 200, (does, place[:10])
            assert document(page) == DOCUMENT, (does, place[:10])


def test_what_refers_to_a_step_or_a_role_follows_when_that_is_renamed(olgas: Browser) -> None:
    path = written(olgas, DOCUMENT)
    page = send(olgas, path, "check", **{"workflow.steps.2.step_id": "say", "agents.0.role": "worker"})
    steps = document(page)["workflow"]["steps"]
    assert (steps[0]["assigned_to"], steps[1]["on_failure"], steps[2]["step_id"]) == ("worker", "say", "say")


def test_saving_what_says_the_same_makes_no_version(olgas: Browser) -> None:
    saved(olgas, DOCUMENT)
    path = olgas.post(f"{PAGE}/edit").location
    assert send(olgas, path, "save", **{"intent.payload": '{"order": 8}'}).status == 303
    assert ScenarioVersion.objects.count() == 1
    assert "Nothing changed: version 1 stays" in olgas.get(PAGE).text


def test_who_saves_after_somebody_else_sees_both_and_keeps_one(olgas: Browser, alices: Browser) -> None:
    saved(olgas, DOCUMENT)
    mine, theirs = olgas.post(f"{PAGE}/edit").location, alices.post(f"{PAGE}/edit").location
    assert send(alices, theirs, "save", title="By Alice").status == 303
    page = send(olgas, mine, "save", title="By Olga")
    assert (page.status, ScenarioVersion.objects.count()) == (409, 2)
    for text in ("alice@myorg.example saved version 2", "By Alice", "By Olga", "Keep mine", "Take theirs"):
        assert text in page.text
    assert send(olgas, mine, "save", page).status == 409, "nobody is overwritten unawares"
    assert send(olgas, mine, "mine:2", page).status == 303
    assert [one.title for one in ScenarioVersion.objects.order_by("version")] == ["Fulfil an order", "By Alice", "By Olga"]
    shown = alices.get(PAGE)
    assert "title − &quot;By Alice&quot; + &quot;By Olga&quot;" in " ".join(shown.html.split()).replace(
        "</code> <del>", " "
    ).replace("</del> <ins>", " ")


def test_who_takes_theirs_goes_on_from_it(olgas: Browser, alices: Browser) -> None:
    saved(olgas, DOCUMENT)
    mine, theirs = olgas.post(f"{PAGE}/edit").location, alices.post(f"{PAGE}/edit").location
    send(alices, theirs, "save", title="By Alice")
    page = send(olgas, mine, "save", title="By Olga")
    assert send(olgas, mine, "theirs", page).status == 303
    assert fields(olgas.get(mine))["title"] == "By Alice"
    assert send(olgas, mine, "save", title="After Alice").status == 303
    assert ScenarioVersion.objects.latest("version").title == "After Alice"


def test_a_new_scenario_takes_no_id_that_somebody_has(olgas: Browser) -> None:
    saved(olgas, DOCUMENT)
    mine = written(olgas, changed(title="Another"))
    page = send(olgas, mine, "save")
    assert page.status == 409
    assert ScenarioVersion.objects.count() == 1
    theirs = send(olgas, mine, "theirs", page).location
    assert fields(olgas.get(theirs))["title"] == "Fulfil an order"
    assert send(olgas, theirs, "save", title="After it").status == 303
    assert fields(olgas.get(mine))["title"] == "Another"
    assert [one.title for one in ScenarioVersion.objects.order_by("version")] == ["Fulfil an order", "After it"]


def test_a_draft_is_kept_as_it_is_typed_for_its_person_on_every_device(
    olga: PersonCaller, olgas: Browser, alices: Browser
) -> None:
    path = new(olgas)
    send(olgas, path, "check", title="Half of it")
    elsewhere = Browser().sign_in(olga.user)
    assert fields(elsewhere.get(path))["title"] == "Half of it"
    assert "Your drafts" in elsewhere.get("/operations/scenarios").text
    with CaptureQueriesContext(connection) as captured:
        elsewhere.get("/operations/scenarios")
    asked = [one["sql"] for one in captured if "scenariodraft" in one["sql"]]
    assert asked
    assert not [one for one in asked if '"tried"' in one or '"text"' in one], "a hundred may be long"
    assert alices.get(path).status == 404
    assert "Your drafts" not in alices.get("/operations/scenarios").text
    assert olgas.post(f"{path}/discard").status == 302
    assert olgas.get(path).status == 404


def test_a_text_that_is_no_json_yet_is_kept_as_it_is(olgas: Browser) -> None:
    path = new(olgas)
    page = send(olgas, path, "text", text='{"scenario_id": ')
    assert "The form is back when that is mended" in page.text
    assert fields(olgas.get(path))["text"] == '{"scenario_id": '
    assert send(olgas, path, "save").status == 422
    assert document(send(olgas, path, "text", text=json.dumps(DOCUMENT))) == DOCUMENT
    for text in (
        "[]",
        "7",
        '{"a": 1, "a": 2}',
        '{"agents": {"0": 1}, "workflow": [], "intent": 7}',
        "{}",
        "[" * 999,
    ):
        assert send(olgas, path, "text", text=text).status == 200, text


def test_two_windows_of_one_person_do_not_overwrite_each_other(olgas: Browser) -> None:
    path = new(olgas)
    first, second = olgas.get(path), olgas.get(path)
    send(olgas, path, "check", first, title="In the first")
    send(olgas, path, "check", first, title="In the first, again")
    page = send(olgas, path, "check", second, title="In the second")
    assert page.status == 409
    assert "You changed this draft in another window" in page.text
    assert fields(olgas.get(path))["title"] == "In the first, again"
    assert send(olgas, path, "mine:draft", page).status == 200
    assert fields(olgas.get(path))["title"] == "In the second"


def test_scenarios_are_written_and_run_by_who_may_apply_them_on_every_door(
    olgas: Browser, bobs: Browser, veras: Browser, bob: PersonCaller, olga: PersonCaller, vera: PersonCaller
) -> None:
    saved(olgas, DOCUMENT)
    draft = new(olgas)
    assert "New scenario" not in veras.get("/operations/scenarios").text
    assert veras.get(PAGE).status == 200
    for browser in (bobs, veras):
        for path in ("/operations/scenarios/new", f"{PAGE}/edit", f"{PAGE}/run"):
            assert browser.post(path, {"payload": "{}"}).status == 403, path
        for does in ("edit", "run"):
            assert browser.post(f"/operations/scenarios/all/no.such.v1/{does}", {}).status == 403
        assert browser.get(draft).status in (403, 404)
    for person in (bob, vera):
        assert person.post("/scenarios/apply", DOCUMENT).status == 403
    assert olga.post("/scenarios/apply", DOCUMENT).status == 200
    assert ScenarioVersion.objects.count() == 1


def test_a_run_begun_on_the_page_is_the_persons_and_goes_on_by_its_agents(
    olgas: Browser, worker: KeyCaller, olga: PersonCaller
) -> None:
    saved(olgas, DOCUMENT)
    run = olgas.post(f"{PAGE}/run", {"payload": '{"order": 9}'}).location.rpartition("/")[2]
    assert finish(worker)["payload"]["parent_payload"] == {"order": 9}
    intent = Intent.objects.get(id=run)
    assert (intent.person_id, intent.account_id, intent.status) == (olga.user.id, None, "WAITING")
    assert olgas.post(f"{PAGE}/run", {"payload": "[1]"}).status == 303
    assert Intent.objects.filter(mailbox__startswith="scenarios/").count() == 1


def test_the_form_of_a_run_that_is_sent_again_begins_no_other(olgas: Browser) -> None:
    saved(olgas, DOCUMENT)
    (form,) = re.findall(r'name="form" value="(\w+)"', olgas.get(PAGE).html)
    first, again = (olgas.post(f"{PAGE}/run", {"payload": "{}", "form": form}).location for _ in range(2))
    assert first == again
    assert olgas.post(f"{PAGE}/run", {"payload": '{"order": 9}', "form": form}).location != first
    assert form not in olgas.get(PAGE).html


def test_keys_of_agents_that_a_run_registers_are_shown_once_to_who_manages_agents(olgas: Browser, alices: Browser) -> None:
    saved(olgas, changed(agents=[{"role": "clerk", "address": "new-clerk", "create_if_missing": True}]))
    assert olgas.post(f"{PAGE}/run", {"payload": "{}"}).status == 403
    page = alices.post(f"{PAGE}/run", {"payload": "{}"})
    assert "copy their keys now" in page.text
    run = Intent.objects.get(mailbox__startswith="scenarios/").id
    assert f'data-address="/operations/runs/{run}"' in page.html
    assert alices.post(f"{PAGE}/run", {"payload": "{}"}).status == 302


def test_long_runs_are_shown_in_pages_and_long_results_cut_with_all_of_it_behind(
    olgas: Browser, olga: PersonCaller, worker: KeyCaller
) -> None:
    saved(olgas, DOCUMENT)
    run = olgas.post(f"{PAGE}/run", {"payload": "{}"}).location.rpartition("/")[2]
    finish(worker, text="x" * 100_000, end="of it")
    sign = RunStep.objects.get(run_id=run, step_id="sign")
    RunStep.objects.filter(id=sign.id).update(number=121)
    copies = [
        RunStep(
            workspace_id=sign.workspace_id,
            run_id=run,
            number=number,
            step_id="check",
            kind="agent",
            state="failed",
            started_at=sign.started_at,
            ended_at=sign.started_at,
            error=json.dumps({"code": f"no_{number}"}),
        )
        for number in range(2, 121)
    ]
    RunStep.objects.bulk_create(copies)
    page = olgas.get(f"/operations/runs/{run}")
    assert "no_120" in page.text
    assert "no_71" not in page.text
    assert "no_71" in olgas.get(f"/operations/runs/{run}?before=72").text
    first = olgas.get(f"/operations/runs/{run}?before=2")
    assert "Show all" in first.text
    assert len(first.html) < 40_000
    assert "of it" in olgas.get(f"/operations/runs/{run}/tries/1").text
    assert olgas.get(f"/operations/runs/{run}/tries/999").status == 404
    told = olga.get(f"/scenarios/runs/{run}").ok()["run"]
    assert ([one["number"] for one in told["steps"]], told["next_after"]) == (list(range(1, 101)), 100)
    assert told["steps"][0]["result"] == {"omitted": True, "bytes": 100_025}
    rest = olga.get(f"/scenarios/runs/{run}", after=100).ok()["run"]
    assert (len(rest["steps"]), rest["next_after"]) == (21, None)
    assert olga.get(f"/scenarios/runs/{run}/steps/1").ok()["step"]["result"]["end"] == "of it"
    assert olga.get(f"/scenarios/runs/{run}/steps/999").status == 404
