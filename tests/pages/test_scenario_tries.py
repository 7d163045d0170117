"""Trying a draft of a scenario: what comes of it, and that nobody hears of it."""

import copy
import json

import pytest
from django.db import connection

from intents.kernel import clock
from intents.scenarios import trying
from intents.scenarios.models import ScenarioDraft
from intents.scenarios.services import drafts
from intents.schemas import bundles
from tests.callers import PersonCaller
from tests.inbox.conftest import person
from tests.pages.browser import Browser
from tests.pages.drafting import DOCUMENT, send, written


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def tried(browser: Browser, path: str, **played: str) -> tuple[str, list[tuple[str, str]], str]:
    """Try a draft: how it ended, its tries, and what the page says."""
    page = browser.post(f"{path}/try", {f"play.{step}": answer for step, answer in played.items()})
    assert page.status == 303, page.text
    shown = browser.get(page.location.partition("#")[0])
    kept = ScenarioDraft.objects.latest("changed_at").tried
    assert kept is not None
    found = json.loads(kept)
    return found["status"], [(one["step_id"], one["state"]) for one in found["steps"]], shown.text


def rows() -> dict[str, int]:
    """How much there is of everything but drafts and sessions."""
    names = connection.introspection.table_names()
    counted = {}
    with connection.cursor() as cursor:
        for name in names:
            if name.startswith(("intents_", "inbox_")) and name not in ("intents_scenariodraft", "intents_session"):
                cursor.execute(f'SELECT count(*) FROM "{name}"')
                (counted[name],) = cursor.fetchone()
    return counted


PLAYED: list[tuple[dict[str, str], str, list[str], str]] = [
    ({"check": "does", "sign": "approves"}, "COMPLETED", ["succeeded"] * 2, "Completed"),
    ({"sign": "rejects"}, "COMPLETED", ["succeeded", "failed", "succeeded"], "the step was decided: rejected"),
    ({"sign": "silent"}, "COMPLETED", ["succeeded", "failed", "succeeded"], "nobody decided in time"),
    ({"sign": "late"}, "COMPLETED", ["succeeded", "failed", "succeeded"], "answered after the time was over"),
    ({"sign": "asks"}, "COMPLETED", ["succeeded"] * 2, "The agent answered"),
    ({"check": "fails"}, "FAILED", ["failed"] * 2, "the simulated agent failed"),
    ({"check": "fails_once"}, "COMPLETED", ["failed", "succeeded", "succeeded"], "Completed"),
    ({"check": "silent"}, "FAILED", ["failed"] * 2, "the step was not done in time"),
]


def test_a_try_goes_as_a_run_would_by_what_is_played_and_nobody_hears_of_it(olgas: Browser, bob: PersonCaller) -> None:
    path = written(olgas, DOCUMENT)
    before = rows()
    for played, status, steps, said in PLAYED:
        ended, found, text = tried(olgas, path, **played)
        assert (ended, [state for _, state in found]) == (status, steps), played
        assert said in text, played
    assert rows() == before
    assert bob.get("/me/tasks").ok()["tasks"] == []


def test_a_silent_approver_without_a_deadline_is_waited_for_without_end(olgas: Browser) -> None:
    made = copy.deepcopy(DOCUMENT)
    del made["workflow"]["steps"][1]["step_deadline_seconds"]
    status, steps, text = tried(olgas, written(olgas, made), sign="silent")
    assert (status, steps[-1]) == ("WAITING", ("sign", "running"))
    assert "wait on without end" in text
    status, steps, _ = tried(olgas, written(olgas, made | {"durability": {"deadline_seconds": 7200}}), sign="silent")
    assert status == "TIMED_OUT"


def test_a_run_that_goes_in_a_circle_ends_and_delays_pass_at_once(olgas: Browser) -> None:
    made = copy.deepcopy(DOCUMENT)
    made["workflow"]["steps"][2] = {"step_id": "tell", "runtime_type": "delay", "config": {"days": 3}, "on_success": "sign"}
    status, steps, _ = tried(olgas, written(olgas, made), sign="rejects")
    assert (status, len(steps)) == ("FAILED", 200)


def test_a_try_lasts_no_longer_than_times_are_set(olgas: Browser) -> None:
    made = copy.deepcopy(DOCUMENT)
    longest = 2**31 - 1
    retry = {"max_retries": 100, "retry_delay_seconds": longest}
    made["workflow"]["steps"][0] |= {"step_deadline_seconds": longest, "retry": retry}
    status, steps, _ = tried(olgas, written(olgas, made), check="silent")
    assert (status, len(steps)) == ("FAILED", 101)


def test_of_a_long_payload_a_try_keeps_its_size_once_for_each_step(olgas: Browser) -> None:
    made = copy.deepcopy(DOCUMENT)
    made["intent"]["payload"] = {"text": "x" * 100_000}
    tried(olgas, written(olgas, made))
    kept = ScenarioDraft.objects.latest("changed_at").tried
    assert kept is not None
    assert len(kept) < 5000
    assert json.loads(kept)["steps"][0]["given"]["omitted"] is True


def test_an_approver_who_answers_does_so_in_time_however_short_it_is(olgas: Browser) -> None:
    made = copy.deepcopy(DOCUMENT)
    made["workflow"]["steps"][1]["step_deadline_seconds"] = 30
    path = written(olgas, made)
    for answer, said in (("approves", "approved"), ("asks", "The agent answered"), ("rejects", "was decided: rejected")):
        _, _, text = tried(olgas, path, sign=answer)
        assert said in text
        assert "nobody decided in time" not in text
    assert "nobody decided in time" in tried(olgas, path, sign="late")[2]


def test_a_try_of_a_draft_that_was_changed_meanwhile_says_so(olgas: Browser, olga: PersonCaller) -> None:
    path = written(olgas, DOCUMENT)
    draft = ScenarioDraft.objects.latest("changed_at")
    actor = person(olga)
    read, made = bundles.compiled(DOCUMENT, actor=actor)
    went = trying.rehearse(program=made.program, run=read.run, played={}, now=clock.now())
    send(olgas, path, "check", title="Changed meanwhile")
    drafts.keep_try(actor=actor, draft_id=draft.id, revision=draft.revision, rehearsal=went, played={})
    assert "The draft was changed after this try" in olgas.get(f"{path}/try").text


def test_what_is_not_valid_is_not_tried_and_says_why(olgas: Browser) -> None:
    path = written(olgas, DOCUMENT | {"agents": []})
    page = olgas.post(f"{path}/try", {})
    assert (page.status, "It can be tried once it is valid" in page.text) == (200, True)
    assert "workflow.steps.0.assigned_to" in page.text
    assert send(olgas, path, "try").location == f"{path}/try"
