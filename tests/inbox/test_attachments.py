"""Files that a task shows, and files that a decision brings."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from inbox.tasks.models import Task
from inbox.tasks.services import attachments
from inbox.tasks.services import open as opening
from intents.engine.models import IntentBody
from intents.files.models import Media
from intents.kernel import canonical
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, ask_midway
from tests.intents.media import PDF, announce, ready, sha256
from tests.security.routes import UNKNOWN


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_DIR = tmp_path / "media"


def test_a_task_shows_the_files_it_names_and_those_its_payload_names(shop: KeyCaller, bob: PersonCaller) -> None:
    image, paper = ready(shop), ready(shop, PDF, "application/pdf", filename="invoice.pdf")
    payload = {"lines": [{"scan": {"media_id": paper}}, {"scan": {"media_id": image}}], "media_id": "a name"}
    task = ask(shop, payload, attachments=[image.upper()]).task(bob)
    assert [one["upload_id"] for one in task["attachments"]] == [image, paper]
    assert task["attachments"][1] == {
        "upload_id": paper,
        "filename": "invoice.pdf",
        "mime_type": "application/pdf",
        "size_bytes": len(PDF),
        "sha256": sha256(PDF),
    }
    assert task["human_task"]["attachments"] == [image, paper]
    assert task["payload"] == payload


def test_a_payload_shows_no_file_that_is_not_its_agents(shop: KeyCaller, stranger: KeyCaller, bob: PersonCaller) -> None:
    theirs = ready(stranger, owner_agent="stranger")
    assert ask(shop, {"media_id": theirs}).task(bob)["attachments"] == []
    assert shop.get(f"/media/{theirs}").status == 404


@pytest.mark.parametrize("which", ["unfinished", "foreign", "stranger's", "unknown"])
def test_an_attachment_that_is_no_finished_file_of_ones_own_is_422_by_its_place(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, foreign_machine: KeyCaller, which: str
) -> None:
    bad = {
        "unfinished": lambda: announce(shop).ok()["upload_id"],
        "foreign": lambda: ready(foreign_machine),
        "stranger's": lambda: ready(stranger, owner_agent="stranger"),
        "unknown": lambda: UNKNOWN,
    }[which]()
    task = {"attachments": [ready(shop), bad]}
    body = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {}, "human_task": task}
    refused = shop.post("/intents", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "human_task.attachments.1")
    good = shop.submit()
    task = {"attachments": [bad]}
    refused = worker.post(f"/intents/{good}/wait", {"for": "human", "human_task": task})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "human_task.attachments.0")
    first, second = shop.post("/intents/batch", {"intents": [body, body | {"human_task": {}}]}).ok()["intents"]
    assert (first["ok"], first["error"]["details"]["field"]) == (False, "human_task.attachments.1")
    assert second["ok"] is True


@pytest.mark.parametrize("given", [[], "x", [5], ["x"], [UNKNOWN, UNKNOWN], [UNKNOWN] * 21])
def test_attachments_are_a_list_of_ids_each_once(shop: KeyCaller, given: Any) -> None:
    body = {"intent_type": "a.b.v1", "to_agent": "x", "payload": {}, "human_task": {"attachments": given}}
    refused = shop.post("/intents", body)
    assert refused.status == 422
    assert refused.json["error"]["details"]["field"].startswith("human_task.attachments")


def test_the_digest_of_what_is_shown_is_that_of_the_files_too(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, attachments=[ready(shop)])
    row = Task.objects.select_related("intent").get(id=asked.task_id)
    spec, body = canonical.loads(row.spec), IntentBody.objects.get(intent_id=row.intent_id)

    def digest() -> bytes:
        media = attachments.shown(intent=row.intent, body=body, spec=spec)
        return opening.digest(task=row, spec=spec, intent=row.intent, body=body, media=media)

    assert digest() == bytes(row.digest)
    for change in ({"sha256": b"x" * 32}, {"filename": "other.png"}, {"mime_type": "image/gif"}):
        Media.objects.update(**change)
        assert digest() != bytes(row.digest)


def test_who_sees_the_intent_sees_its_files(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, foreign_machine: KeyCaller
) -> None:
    image = ready(shop)
    assert worker.get(f"/media/{image}").status == 404
    ask(shop, attachments=[image])
    worker.get(f"/media/{image}").ok()
    assert stranger.get(f"/media/{image}").status == foreign_machine.get(f"/media/{image}").status == 404


@pytest.mark.parametrize(
    "data", [None, {}, {"evidence": ""}, {"evidence": []}, {"evidence": None}, {"evidence": ["  "]}, {"evidence": 7}]
)
def test_without_the_evidence_that_is_required_the_task_stays_open(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, bob: PersonCaller, data: dict[str, Any] | None
) -> None:
    asked = ask_midway(shop, worker, task_type="manual_action", evidence_required=True)
    refused = asked.decide(bob, "completed", data=data)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "data.evidence")
    photo = ready(machine)
    assert worker.get(f"/media/{photo}").status == 404
    asked.decide(bob, "completed", data={"evidence": ["behind the door", photo]}).ok()
    assert worker.get(f"/media/{photo}").ok()["upload"]["status"] == "ready"


@pytest.mark.parametrize("given", ["INV-7, in the green folder", ["https://drive.example/photo"]])
def test_evidence_may_be_a_text_as_command_lines_send_it(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, given: object
) -> None:
    asked = ask_midway(shop, worker, task_type="manual_action", evidence_required=True)
    sent = {"task_result": {"outcome": "completed", "data": {"evidence": given}}}
    bob.post(f"/intents/{asked.intent_id}/resume", sent).ok()
    assert bob.get(f"/tasks/{asked.task_id}").ok()["task"]["decision"]["data"] == {"evidence": given}


@pytest.mark.parametrize("shape", ["list", "object", "text"])
@pytest.mark.parametrize("which", ["unfinished", "foreign", "unknown"])
def test_evidence_that_is_no_finished_file_of_the_workspace_is_422_by_its_place(
    shop: KeyCaller, foreign_machine: KeyCaller, bob: PersonCaller, which: str, shape: str
) -> None:
    bad = {
        "unfinished": lambda: announce(shop).ok()["upload_id"],
        "foreign": lambda: ready(foreign_machine),
        "unknown": lambda: UNKNOWN,
    }[which]()
    asked = ask(shop)
    given, place = {"list": (["seen", bad], ".1"), "object": ([{"media_id": bad}], ".0"), "text": (bad, "")}[shape]
    refused = asked.decide(bob, "approved", data={"evidence": given})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, f"data.evidence{place}")
    asked.decide(bob, "approved", data={"evidence": "I saw it"}).ok()


def test_evidence_stands_beside_a_form_that_takes_no_other_field(shop: KeyCaller, bob: PersonCaller) -> None:
    form = {"type": "object", "properties": {"count": {"type": "integer"}}, "additionalProperties": False}
    asked, photo = ask(shop, task_type="form", form_schema=form, evidence_required=True), ready(shop)
    refused = asked.decide(bob, "submitted", data={"count": "many", "evidence": [photo]})
    assert refused.json["error"]["details"]["field"] == "data.count"
    done = asked.decide(bob, "submitted", data={"count": "3", "evidence": [photo]}).ok()
    assert done["decision"]["data"] == {"count": 3, "evidence": [photo]}


def test_a_decision_taken_by_resume_brings_evidence_the_same_way(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, evidence_required=True)
    body = {"task_result": {"outcome": "approved", "evidence": [UNKNOWN]}}
    refused = bob.post(f"/intents/{asked.intent_id}/resume", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "task_result.data.evidence.0")
    bob.post(f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "approved", "evidence": [ready(shop)]}}).ok()
