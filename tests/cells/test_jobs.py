"""What is under way while a workspace is closed goes on afterwards: nothing fails because it moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from inbox.operations.bulk import runner
from intents.accounts import stops
from intents.accounts.models import EVERYTHING, AgentStop, Workspace
from intents.accounts.services import tenancy
from intents.dispatch.bindings import http
from intents.kernel import clock
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.inbox.bulks import counts, order, shown
from tests.intents.pushes import call_at, called, inside, outside  # noqa: F401 - fixtures
from tests.intents.receivers import Receiver
from tests.intents.test_push_settling import leased_for, post


@contextmanager
def closed(workspace_id: UUID) -> Iterator[None]:
    """Closed as by a move that has not come further."""
    stop = AgentStop(workspace_id=workspace_id, name=EVERYTHING, state=stops.MOVING, by="command", at=clock.now())
    stop.save(force_insert=True)
    yield
    stop.delete()


def test_a_bulk_waits(olga: PersonCaller, shop: KeyCaller, workspace: Workspace) -> None:
    bulk = order(olga, [shop.submit() for _ in range(3)])["bulk_id"]
    with closed(workspace.id):
        runner.work()
        assert counts(shown(olga, bulk)) == (3, 0, 0, 0)
    with clock.frozen_at(clock.now() + timedelta(seconds=runner.LEASE_SECONDS + 1)):
        runner.work()
    assert counts(shown(olga, bulk)) == (3, 3, 0, 0)


def test_it_stays_closed_when_its_organization_gets_another_workspace(workspace: Workspace) -> None:
    with closed(workspace.id):
        tenancy.create_workspace(actor=SETUP, organization=workspace.organization, slug="second")
        with pytest.raises(stops.WorkspaceMoving):
            stops.ensure_workspace_open(workspace.id)


@pytest.mark.usefixtures("inside", "called")
def test_an_answer_of_an_agent_that_is_called_is_not_lost(
    workspace: Workspace,
    machine: KeyCaller,
    shop: KeyCaller,
    outside: Receiver,  # noqa: F811 - the fixture
) -> None:
    call_at(machine, outside, "/completes")
    (message,) = leased_for(shop, "called", 1)
    answer = post(message)
    with closed(workspace.id), pytest.raises(stops.WorkspaceMoving):
        http.CHANNEL.outbox.settle([answer])
    http.CHANNEL.outbox.settle([answer])
    assert shop.intent(str(message.intent_id))["status"] == "COMPLETED"
