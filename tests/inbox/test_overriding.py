"""An owner or admin decides what was assigned to others: with a reason, and the owners hear of it."""

from uuid import UUID

import pytest

from inbox.notifications.services import fan_out
from inbox.tasks import selectors
from inbox.tasks.answers import Answer as Decision
from inbox.tasks.models import Notice
from inbox.tasks.services import hold
from inbox.tasks.services.decide import Channel, decide
from intents.accounts.models import Workspace
from intents.accounts.services import agents
from intents.kernel.actors import Role, Scope
from tests.callers import KeyCaller, PersonCaller, make_machine, make_person
from tests.inbox.conftest import Asked, ask, person
from tests.inbox.test_fan_out import notified


@pytest.fixture
def ada(workspace: Workspace) -> PersonCaller:
    """An admin."""
    return make_person(workspace, "ada@myorg.example", Role.ADMIN)


@pytest.fixture
def bobs(shop: KeyCaller, bob: PersonCaller) -> Asked:
    """A task that is assigned to Bob alone."""
    return ask(shop, assignees=["bob@myorg.example"])


def test_an_admin_decides_in_the_place_of_others_with_a_reason_and_owners_are_told(
    bobs: Asked, bob: PersonCaller, alice: PersonCaller, ada: PersonCaller
) -> None:
    assert bobs.decide(ada, "approved", comment="Bob is away").code == "policy_denied"
    refused = bobs.decide(ada, "approved", override=True)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "comment")
    decided = bobs.decide(ada, "approved", override=True, comment="Bob is away").ok()["decision"]
    assert (decided["authority"], decided["decided_by"]) == ("override", "ada@myorg.example")
    Notice.objects.filter(kind="assigned").delete()
    fan_out.notify()
    assert notified() == [("alice", "overridden", 0)]
    (event,) = [one for one in bob.events(bobs.intent_id) if "decision" in one["details"]]
    assert event["details"]["decision"]["authority"] == "override"


def test_who_was_asked_decides_by_their_own_right_all_the_same(bobs: Asked, bob: PersonCaller, alice: PersonCaller) -> None:
    assert bobs.decide(bob, "approved", override=True).ok()["decision"]["authority"] == "direct"
    assert not Notice.objects.filter(kind="overridden").exists()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.VIEWER])
def test_only_owners_and_admins_override(workspace: Workspace, bobs: Asked, role: Role) -> None:
    other = make_person(workspace, "other@myorg.example", role)
    assert bobs.decide(other, "approved", override=True, comment="I want to").code == "policy_denied"


def test_who_stands_behind_the_agent_does_not_override_and_nor_does_a_machine(
    workspace: Workspace, alice: PersonCaller, bob: PersonCaller
) -> None:
    agents.create_agent(actor=person(alice), workspace=workspace, name="alices")
    asked = ask(make_machine(workspace, "alices"), risk="high", assignees=["bob@myorg.example"])
    refused = asked.decide(alice, "approved", override=True, comment="It is mine")
    assert refused.code == "policy_denied"
    assert "separation of duties" in refused.json["error"]["message"]
    clerk = make_machine(workspace, "clerk", Scope.WORKSPACE)
    assert asked.decide(clerk, "approved", override=True, comment="beep").code == "policy_denied"


def test_a_claimed_task_is_overridden_only_after_it_was_given_back(
    bobs: Asked, bob: PersonCaller, ada: PersonCaller
) -> None:
    bobs.post(bob, "claim").ok()
    assert bobs.decide(ada, "approved", override=True, comment="Bob is away").status == 409
    bobs.post(ada, "release").ok()
    bobs.decide(ada, "approved", override=True, comment="Bob is away").ok()


def test_an_override_that_is_taken_back_is_told_nobody(bobs: Asked, alice: PersonCaller, ada: PersonCaller) -> None:
    Notice.objects.all().delete()
    given = Decision(outcome="approved", comment="Bob is away")
    seen = selectors.task(person(ada), UUID(bobs.task_id))
    decide(actor=person(ada), seen=seen, answer=given, channel=Channel.WEB, override=True)
    fan_out.notify()
    hold.undo(actor=person(ada), task_id=UUID(bobs.task_id))
    fan_out.notify()
    assert notified() == []
    assert not Notice.objects.exists()
