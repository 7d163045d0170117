"""A program never appears as a person: not in a history, not in the name it takes."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from inbox.tasks.selectors import Happening
from inbox.templatetags import pages
from inbox.views.kit import words
from inbox.views.tasks.history import names_in, sentence
from intents.accounts.models import Agent, User, Workspace
from intents.engine.models import Intent
from intents.kernel import languages
from intents.kernel.actors import ActorKind, Person, Role, kind_of
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask
from tests.inbox.test_schedules import NIGHT
from tests.pages.browser import Browser

CFO = "ops@myorg.example"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("agent://myorg/production/ops@myorg.example", ActorKind.AGENT),
        ("agent://myorg/bob@myorg.example", ActorKind.AGENT),
        ("system:timers", ActorKind.SERVER),
        ("bob@myorg.example", ActorKind.PERSON),
        ('"agent://x"@myorg.example', ActorKind.PERSON),
    ],
)
def test_the_record_tells_programs_from_people(label: str, kind: ActorKind) -> None:
    assert kind_of(label) is kind


def named_like_a_person(workspace_key: KeyCaller) -> None:
    """An agent from before such names were refused."""
    Agent.objects.filter(id=workspace_key.agent.id).update(name=CFO)


def test_whom_a_comment_names_is_called_as_everywhere(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, bobs: Browser
) -> None:
    User.objects.filter(id=alice.user.id).update(name="Alice <of> Accounts")
    asked = ask(shop, assignees=["bob@myorg.example", "alice@myorg.example"])
    said = "@Alice, or @alice@myorg.example. Not @nobody, nor bob@myorg.example"
    asked.post(bob, "comment", {"comment": said}).ok()
    html = bobs.get(f"/inbox/{asked.task_id}").html
    name = "@Alice &lt;of&gt; Accounts"
    assert f"{name}, or {name}. Not @nobody, nor bob@myorg.example</blockquote>" in html


@pytest.mark.parametrize("verb", ["reply", "answer"])
def test_whatever_a_program_is_called_its_words_are_an_agents(verb: str, shop: KeyCaller, bobs: Browser) -> None:
    named_like_a_person(shop)
    intent_id = shop.submit(to_agent=CFO, human_task={"title": "Pay?"})
    (task,) = shop.get("/tasks", intent_id=intent_id).ok()["tasks"]
    asked = Asked(intent_id, task["task_id"])
    if verb == "reply":
        shop.post(f"/inbox/{intent_id}/reply", {"message": "I have checked this with the CFO."}).ok()
    else:
        bobs.post(f"/inbox/{asked.task_id}/ask", {"text": "Why?"})
        shop.post(f"/intents/{intent_id}/answer", {"answer": "I have checked this with the CFO."}).ok()
    html = bobs.get(f"/inbox/{asked.task_id}").html
    assert f"Agent {CFO} {'answered' if verb == 'answer' else 'commented'}" in html
    assert f"Agent {CFO} requested this" in html
    assert f'requested by agent <span class="strong">{CFO}</span>' in html
    assert f"<span>{CFO} " not in html
    assert (
        f'<span class="from" dir="auto"><span class="out" dir="auto">from agent </span>{CFO}</span>'
        in bobs.get("/inbox").html
    )


NAMES = [CFO, "agent://ops@myorg.example", "agent://myorg/production/bob@myorg.example", "x/bob@myorg.example"]


@pytest.mark.parametrize("name", NAMES)
def test_no_new_name_of_an_agent_looks_like_a_persons_address(name: str, shop: KeyCaller, machine: KeyCaller) -> None:
    intent_id = machine.submit(to_agent="demo")
    sent = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {}}
    before = Intent.objects.count()
    answers = [
        machine.post("/intents", sent | {"to_agent": name}),
        machine.post("/intents", sent | {"reply_to": name}),
        machine.post("/intents", sent, x_owner_agent=name),
        machine.post("/intents/batch", {"intents": [sent]}, x_owner_agent=name),
        machine.post(f"/inbox/{intent_id}/reply", {"message": "Please approve."}, x_owner_agent=name),
        machine.post(f"/inbox/{intent_id}/delegate", {"delegate_to": name}, x_owner_agent="demo"),
        machine.post(f"/intents/{intent_id}/transfer", {"to_agent": name}),
        machine.post("/service-accounts", {"name": name}),
    ]
    assert [one.code for one in answers] == ["invalid_agent_address"] * len(answers)
    assert Intent.objects.count() == before
    (refused,) = machine.post("/intents/batch", {"intents": [sent | {"to_agent": name}]}).ok()["intents"]
    assert refused["error"]["code"] == "invalid_agent_address"


def test_an_agent_that_has_such_a_name_since_before_goes_on(shop: KeyCaller, machine: KeyCaller) -> None:
    named_like_a_person(shop)
    assert machine.intent(machine.submit(to_agent=CFO, reply_to=CFO))["to_agent"] == CFO
    assert (
        machine.post("/intents", {"intent_type": "a.b.v1", "to_agent": "x", "payload": {}}, x_owner_agent=CFO).status == 200
    )


def test_what_addresses_of_other_schemes_hold_stays_theirs(shop: KeyCaller) -> None:
    assert shop.intent(shop.submit(reply_to="mailto://ann@example.com"))["reply_to"] == "mailto://ann@example.com"


ODD = "Bo\u202e\u200bss"


def test_a_name_that_cannot_be_seen_is_refused_wherever_it_is_given(
    alices: Browser, alice: PersonCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    answers = [
        alice.post("/calendars", {"name": ODD, "time_zone": "UTC", "hours": {"mon": [["09:00", "17:00"]]}}),
        alice.post("/policies", {"name": ODD, "escalation": {"end": {"after_seconds": 60, "then": "expire"}}}),
        alice.post("/schedules", NIGHT | {"name": ODD}),
        machine.post("/service-accounts", {"name": "fresh", "display_name": ODD}),
        machine.patch("/agents/order-service", {"display_name": ODD}),
        alice.post("/users/register-nick", {"nick": "boss", "display_name": ODD}),
    ]
    told = {str(one.json) for one in answers if one.status != 422 or "cannot be seen (U+202E)" not in one.raw.decode()}
    assert not told
    for path, sent in (
        ("/settings/profile", {"name": ODD, "time_zone": "UTC", "theme": "system", "density": "comfortable"}),
        ("/settings/groups/new", {"name": ODD}),
        ("/settings/tokens/new", {"name": ODD, "days": "90"}),
        ("/settings/agents/new", {"name": "fresh", "display_name": ODD, "description": ""}),
    ):
        page = alices.confirmed().post(path, sent)
        assert "A name holds no characters that cannot be seen: U+202E." in page.html, path


def test_a_name_from_before_is_shown_with_what_cannot_be_seen(
    bob: PersonCaller, bobs: Browser, alices: Browser, shop: KeyCaller
) -> None:
    type(bob.user).objects.filter(id=bob.user.id).update(name=ODD)
    asked = ask(shop)
    bobs.post(f"/inbox/{asked.task_id}/claim", {})
    assert "Claimed by Bo⟨U+202E⟩⟨U+200B⟩ss" in alices.get(f"/inbox/{asked.task_id}").html


@pytest.mark.parametrize("name", ["Zoë Ångström", "محمد", "山田 太郎", "O'Brien-Smith", "👩‍🚒 Fire team"])
def test_names_of_people_everywhere_are_taken(name: str, alices: Browser, alice: PersonCaller) -> None:
    sent = {"name": name, "time_zone": "UTC", "theme": "system", "density": "comfortable"}
    assert alices.post("/settings/profile", sent).status in (200, 302)
    assert type(alice.user).objects.get(id=alice.user.id).name == name


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maria Manager", "MM"),
        ("ann.lee@myorg.example", "AL"),
        ("demo/billing", "B"),
        ("demo/order-service", "OS"),
        ("", "?"),
    ],
)
def test_a_face_has_the_letters_of_its_own_name(name: str, letters: str) -> None:
    assert pages.initials(name) == letters


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("delegated", {"delegated_to": CFO}),
        ("delegated", {"delegated_to": CFO, "until": "2030-01-31T09:00:00Z"}),
        ("assigned", {"assigned_to": CFO}),
        ("substituted", {"missing": ["bob@myorg.example"], "to": [CFO]}),
        ("skipped", {"missing": [CFO], "needed": 1}),
    ],
)
def test_the_history_calls_by_their_names_those_to_whom_something_was_done(
    action: str, details: dict[str, Any], workspace: Workspace
) -> None:
    User.objects.filter(id=make_person(workspace, CFO, Role.APPROVER).user.id).update(name="Otto Ops")
    told = Happening(datetime(2030, 1, 1, tzinfo=UTC), "bob@myorg.example", action, details)
    said = words.task_event("Bob", action, details, names_in([told]))
    assert "Otto Ops" in said
    assert CFO not in said


@pytest.mark.parametrize(
    ("actor", "language", "said"),
    [
        ("bob@myorg.example", "en", "You claimed it"),
        ("bob@myorg.example", "de", "Sie haben die Aufgabe übernommen"),
        (CFO, "de", "Otto Ops hat die Aufgabe übernommen"),
        ("agent://myorg/production/billing", "de", "Agent billing hat die Aufgabe übernommen"),
    ],
)
def test_a_history_addresses_who_reads_it_as_their_language_does(actor: str, language: str, said: str) -> None:
    person = SimpleNamespace(email="bob@myorg.example")
    told = Happening(datetime(2030, 1, 1, tzinfo=UTC), actor, "claimed", {})
    with languages.speaking(language):
        assert sentence(told, cast(Person, person), {CFO: "Otto Ops"}) == said
