"""The pages of a workspace where nothing goes on: it is said at once, by whom and what one can do, and no button leads to a
question whose answer is refused."""

import pytest
from django.test import RequestFactory

from axme_site import problems
from inbox.operations.models import Bulk
from inbox.tasks.models import Task
from intents.accounts.models import AgentStop, TenantStatus, User, Workspace
from intents.accounts.services import closing
from intents.accounts.stops import MOVING, WorkspaceMoving
from intents.kernel import clock
from intents.management.setup import ACTOR
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser

BOB = {"assignees": ["bob@myorg.example"], "separation_of_duties": False}
MEANS = "This workspace is suspended: nothing is accepted, decided or delivered here."


@pytest.fixture
def suspended(shop: KeyCaller, workspace: Workspace, alice: PersonCaller) -> tuple[str, str]:
    """The ids of a task for Bob and of a risky one, in a workspace that Alice suspended."""
    User.objects.filter(id=alice.user.id).update(name="ann of the Owners")
    asked, risky = ask(shop, title="Go?", **BOB), ask(shop, title="Drop it?", risk="critical", **BOB)
    alice.patch(f"/workspaces/{workspace.id}", {"status": "suspended"}).ok()
    return asked.task_id, risky.task_id


def test_a_task_says_at_once_that_all_stands_still_and_whose_doing_that_is(
    suspended: tuple[str, str], alices: Browser, bobs: Browser
) -> None:
    task, _risky = suspended
    page = bobs.get(f"/inbox/{task}")
    bar = page.html[page.html.index('id="decide-bar"') :]
    assert f"{MEANS} Suspended by ann of the Owners, " in page.text
    assert "An owner or admin can let it go on." in page.text
    assert bar.count('type="button" disabled aria-describedby="why-stopped"') == 2
    for gone in ('type="submit" form="decide-form"', 'id="why"', 'name="to"', 'id="new-comment"', "/claim"):
        assert gone not in bar, gone
    assert "Snooze (only for you)" in page.text, "what is for oneself alone goes on"
    theirs = alices.get(f"/inbox/{task}").html
    assert ("Override assignees" in theirs, "/settings/people/status" in theirs) == (False, True)


def test_nothing_is_asked_of_who_sends_a_decision_all_the_same(suspended: tuple[str, str], bobs: Browser) -> None:
    _task, risky = suspended
    digest = bytes(Task.objects.get(id=risky).digest).hex()
    page = bobs.post(f"/inbox/{risky}/decide", {"outcome": "approved", "payload_digest": digest}, HX_Request="true")
    assert "This workspace is suspended" in page.text
    assert "confirm-now" not in page.html
    assert "Why?" not in page.text


def test_many_are_not_decided_together_either(suspended: tuple[str, str], bobs: Browser) -> None:
    html = bobs.get("/inbox").flat
    assert html.count('data-together disabled aria-describedby="why-not-together"') == 2
    page = bobs.post("/inbox/bulk", {"task": suspended, "outcome": "no"}, HX_Request="true")
    assert "None of these can be decided together" in page.text
    assert f"{MEANS[:-1]} 2" in page.text
    assert "Open each one" not in page.text, "there it is not decided either"
    assert "bulk-form" not in page.html


def test_what_the_operator_of_the_server_has_stopped_only_they_let_go_on(
    workspace: Workspace, shop: KeyCaller, alices: Browser
) -> None:
    closing.set_status(actor=ACTOR, of=workspace.organization, status=TenantStatus.ARCHIVED)
    page = alices.get("/inbox")
    assert "This workspace is archived" in page.text
    assert "Stopped with its organization by the operator of this server" in page.text
    assert "Only the operator of this server can let it go on." in page.text
    assert "/settings/people/status" not in page.html


OWN = "The workspace itself is stopped, which "
WHOLE = "So is its organization, which "


@pytest.mark.parametrize(
    ("own", "whole", "can"),
    [
        (True, False, f"{OWN}only the operator of this server changes. {WHOLE}whoever owns all its workspaces can change."),
        (False, True, f"{OWN}an owner or admin can change. {WHOLE}only the operator of this server changes."),
        (True, True, "Only the operator of this server can let it go on."),
    ],
)
def test_where_the_organization_is_stopped_as_well_it_is_said_who_lets_either_go_on(
    own: bool, whole: bool, can: str, workspace: Workspace, alice: PersonCaller, alices: Browser
) -> None:
    """`own` and `whole` are whether the operator of the server stopped the workspace and the organization."""
    if own:
        closing.set_status(actor=ACTOR, of=workspace, status=TenantStatus.SUSPENDED)
    else:
        alice.patch(f"/workspaces/{workspace.id}", {"status": "suspended"}).ok()
    if whole:
        closing.set_status(actor=ACTOR, of=workspace.organization, status=TenantStatus.ARCHIVED)
    else:
        alice.patch(f"/organizations/{workspace.organization_id}", {"status": "archived"}).ok()
    page = alices.get("/inbox")
    assert can in page.text
    assert page.text.count("can let it go on") == (own and whole)
    assert ("/settings/people/status" in page.html) is not own


def test_in_operations_nothing_is_repaired_and_its_page_says_why(suspended: tuple[str, str], alices: Browser) -> None:
    page = alices.get("/operations/intents?q=is:open")
    assert "Repair" not in page.text
    assert 'form="picked"' not in page.html
    intent_id = Task.objects.get(id=suspended[0]).intent_id
    page = alices.get(f"/operations/intents/{intent_id}")
    assert page.text.count(MEANS) == 2, "in the banner, and in the place of the forms"
    assert 'name="reason"' not in page.html


def test_nothing_is_ordered_in_bulk_that_would_fail_for_each(
    suspended: tuple[str, str], alices: Browser, alice: PersonCaller
) -> None:
    order = {"action": "cancel", "filter": {"q": "is:open"}, "reason": "Not needed"}
    for sent in (order, order | {"preview": True}):
        refused = alice.post("/operations/bulk", sent)
        assert (refused.status, refused.json["error"]["message"]) == (403, MEANS[0].lower() + MEANS[1:-1])
    page = alices.get("/operations/bulk/new?q=is:open")
    assert (page.status, page.text.count(MEANS)) == (422, 2)
    assert 'id="order"' not in page.html
    page = alices.post("/operations/bulk/new", form={"q": "is:open", "action": "cancel", "reason": "x", "preview": "yes"})
    assert (page.status, page.text.count(MEANS)) == (422, 2)
    assert not Bulk.objects.exists()


def test_while_it_moves_to_another_cell_that_is_said_and_nothing_is_lost(
    workspace: Workspace, shop: KeyCaller, alices: Browser, bobs: Browser
) -> None:
    task = ask(shop, title="Go?", **BOB).task_id
    digest = bytes(Task.objects.get(id=task).digest).hex()
    AgentStop.objects.create(workspace=workspace, name="", state=MOVING, by="command", at=clock.now())
    for path in ("/inbox", f"/inbox/{task}"):
        page = bobs.get(path)
        assert "This workspace is being moved to another server since " in page.text
        assert "If it takes longer, tell whoever runs this server." in page.text
    assert "disabled" not in page.html[page.html.index('id="decide-bar"') :], "in a moment it is answered"
    sent = {"outcome": "approved", "payload_digest": digest, "comment": "fine by me"}
    page = bobs.post(f"/inbox/{task}/decide", sent, HX_Request="true")
    assert "This workspace is being moved; try again in a moment" in page.text
    assert "fine by me" in page.html
    refused = problems.refused_page(RequestFactory().get("/x"), WorkspaceMoving())
    assert (refused.status_code, b"<h1>Try again in a moment</h1>" in refused.content) == (503, True)
    intent_id = Task.objects.get(id=task).intent_id
    pressed = alices.post(f"/operations/intents/{intent_id}/cancel", {"reason": "x"})
    assert pressed.status == 303, "back to the page"
    assert "This workspace is being moved; try again in a moment" in alices.get("/inbox").text
    AgentStop.objects.all().delete()
    assert "being moved" not in bobs.get("/inbox").text
