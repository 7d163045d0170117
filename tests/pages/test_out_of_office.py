"""Out of office and reassigning on their pages, as who has no JavaScript uses them."""

import re

import pytest

from inbox.operations.bulk import runner
from intents.accounts.models import Absence, Group, Member, Workspace
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.pages.browser import Browser

HERE = "/settings/out-of-office"
BOB, ANN = "bob@myorg.example", "ann@myorg.example"

# The clock stands at Tuesday 15 January 2030, 09:00 in UTC.
WEEK = {"first_day": "2030-01-15", "last_day": "2030-01-21", "stand_in": ANN, "message": "At the sea"}


@pytest.fixture
def ann(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, ANN, Role.OPERATOR)


def test_what_goes_to_whom_is_shown_before_it_is_saved_and_names_tell_it_afterwards(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, ann: PersonCaller, bobs: Browser, alices: Browser
) -> None:
    goes, stays = ask(shop, assignees=[BOB], title="Refund of 129?"), ask(shop, title="Everybody's?")
    preview = bobs.post(HERE, WEEK | {"preview": "yes"})
    assert "1 task goes to ann@myorg.example" in preview.text
    assert "Goes to ann@myorg.example" in preview.text
    assert "Stays: others in its group or role can decide it" in preview.text
    assert 'name="save"' in preview.html
    assert not Absence.objects.exists()
    assert bobs.post(HERE, WEEK).status == 200, "Enter shows it once more"
    shown = {"save": "yes", "previewed": re.findall(r'name="previewed" value="([^"]*)"', preview.html)[0]}
    for anew in ({"last_day": "2030-01-22"}, {"stand_in": ""}):
        other = bobs.post(HERE, WEEK | shown | anew)
        assert (other.status, "This has changed since the preview." in other.text) == (422, True)
    assert not Absence.objects.exists()
    assert bobs.post(HERE, WEEK | shown).location == HERE
    text = bobs.get(HERE).text
    assert "You are out of office until" in text
    assert "ann@myorg.example stands in." in text
    note = "out of office until Mon 21 Jan, ann@myorg.example stands in"
    member = Member.objects.get(user__email=BOB)
    anns = Browser().sign_in(ann.user)
    for page in ("/settings/people", f"/settings/people/{member.id}", f"/inbox/{stays.task_id}"):
        assert note in alices.get(page).html.replace("&#x27;", "'"), page
    assert f"{note} · At the sea" in alices.get("/settings/people").text
    assert "For bob@myorg.example" in anns.get("/inbox").text
    assert "You decide this in place of bob@myorg.example." in anns.get(f"/inbox/{goes.task_id}").text
    assert bobs.post(f"{HERE}/end").location == HERE
    assert not Absence.objects.exists()


def test_what_is_wrong_is_told_beside_its_field(now: SettableClock, ann: PersonCaller, bobs: Browser) -> None:
    wrong = bobs.post(HERE, WEEK | {"last_day": "2030-01-14", "save": "yes"})
    assert (wrong.status, "Before the first day." in wrong.text, Absence.objects.count()) == (422, True, 0)
    assert bobs.post(HERE, WEEK | {"stand_in": "nobody@myorg.example"}).status == 422


def test_everything_that_waits_for_a_member_goes_to_somebody_else_with_a_result_for_each(
    now: SettableClock,
    shop: KeyCaller,
    alice: PersonCaller,
    bob: PersonCaller,
    ann: PersonCaller,
    alices: Browser,
    bobs: Browser,
) -> None:
    asked = [ask(shop, assignees=[BOB]) for _ in range(3)]
    ask(shop)
    asked[0].post(bob, "claim").ok()
    voted = ask(shop, assignees=[BOB, ANN], quorum="all")
    voted.decide(bob, "approved").ok()
    member = Member.objects.get(user__email=BOB)
    page, here = f"/settings/people/{member.id}", f"/settings/people/{member.id}/reassign"
    assert "tasks wait for them by name" in alices.get(page).text
    assert bobs.get(here).status == 403
    chosen = {"to": ANN, "reason": "Bob leaves"}
    preview = alices.post(here, chosen | {"preview": "yes"})
    assert "3 tasks go over" in preview.text
    assert "1 skipped: they voted already" in preview.text
    seen = re.search(r'name="seen" value="(\d+)"', preview.html)
    assert seen
    assert alices.post(here, chosen | {"start": "yes", "seen": "99"}).status == 422
    shown = {"seen": seen[1], "previewed": ANN}
    other = alices.post(here, chosen | shown | {"start": "yes", "previewed": "dan@myorg.example"})
    assert (other.status, "This has changed since the preview." in other.text) == (422, True)
    assert alices.post(here, chosen | shown).status == 200, "Enter shows it once more"
    bulk = alices.post(here, chosen | {"start": "yes"} | shown).location
    runner.work()
    text = alices.get(bulk).text
    assert "Reassign" in text
    assert ann.get("/me/tasks").ok()["tasks"]
    for one in asked:
        task = one.task(ann)
        assert [decider["email"] for decider in task["deciders"]] == [ANN]
        (told,) = [happened for happened in task["history"] if happened["action"] == "reassigned"]
        assert told["actor"] == "alice@myorg.example"
        assert (told["details"]["reassigned_from"], told["details"]["assigned_to"]) == (BOB, ANN)
        assert told["details"]["message"] == "Bob leaves"
        assert one.decide(bob, "approved").code == "policy_denied"
        assert "reassigned it from" in alices.get(f"/inbox/{one.task_id}").text
    assert asked[0].decide(ann, "approved").ok()["decision"]["authority"] == "direct"


def test_tasks_are_given_to_anybody_of_a_large_workspace(
    workspace: Workspace, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, ann: PersonCaller, alices: Browser
) -> None:
    Group.objects.bulk_create(Group(workspace=workspace, name=f"00 {number:03}") for number in range(200))
    ask(shop, assignees=[BOB])
    here = f"/settings/people/{Member.objects.get(user__email=BOB).id}/reassign"
    assert "1 task goes over" in alices.post(here, {"to": ANN, "reason": "Bob leaves", "preview": "yes"}).text


def test_what_is_claimed_or_was_put_to_an_address_before_its_member_came_goes_over_too(
    workspace: Workspace, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, ann: PersonCaller, alices: Browser
) -> None:
    ask(shop, assignees=[BOB]).post(bob, "claim").ok()
    ask(shop, assignees=["new@myorg.example"])
    make_person(workspace, "new@myorg.example", Role.APPROVER)
    for email in (BOB, "new@myorg.example"):
        page = f"/settings/people/{Member.objects.get(user__email=email).id}"
        assert "1 task waits for them by name" in alices.get(page).text
        chosen = {"to": ANN, "reason": "They leave", "preview": "yes"}
        assert "1 task goes over" in alices.post(f"{page}/reassign", chosen).text


def test_what_somebody_else_has_claimed_goes_over_too(
    workspace: Workspace, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, ann: PersonCaller, alices: Browser
) -> None:
    make_person(workspace, "dan@myorg.example", Role.APPROVER)
    asked = ask(shop, assignees=[BOB, ANN])
    asked.post(ann, "claim").ok()
    page = f"/settings/people/{Member.objects.get(user__email=BOB).id}"
    assert "1 task waits for them by name" in alices.get(page).text
    chosen = {"to": "dan@myorg.example", "reason": "Bob leaves"}
    preview = alices.post(f"{page}/reassign", chosen | {"preview": "yes"})
    assert "1 task goes over" in preview.text
    alices.post(f"{page}/reassign", chosen | {"start": "yes", "seen": "1", "previewed": chosen["to"]})
    runner.work()
    assert asked.task(ann)["state"] == "claimed", "who claimed it keeps it"
    asked.post(ann, "release").ok()
    assert {decider["email"] for decider in asked.task(ann)["deciders"]} == {ANN, "dan@myorg.example"}
