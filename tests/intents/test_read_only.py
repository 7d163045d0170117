"""A database that takes no writes, as a standby or one before a switch, is one that is away: 503, and not a bug."""

from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connection, transaction

from intents.accounts.models import Workspace
from intents.dispatch import scheduler
from intents.kernel import statements
from tests.callers import KeyCaller, PersonCaller
from tests.intents.factory import take
from tests.pages.browser import Browser


@pytest.fixture
def read_only(database: None) -> Iterator[None]:
    yield
    connection.cursor().execute("SET default_transaction_read_only = off")


def make_read_only() -> None:
    connection.cursor().execute("SET default_transaction_read_only = on")


@pytest.mark.usefixtures("looked_up_once", "read_only")
def test_what_writes_is_told_to_come_again_and_what_reads_is_answered(
    shop: KeyCaller, worker: KeyCaller, alice: PersonCaller
) -> None:
    intent_id = shop.submit()
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
    for caller, path, sent in (
        (shop, "/intents", body),
        (shop, "/intents/batch", {"intents": [body]}),
        (shop, f"/intents/{intent_id}/controls", {"controls_patch": {"timeout_seconds": 60}}),
        (alice, f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no"}),
        (worker, f"/intents/{intent_id}/progress", {"percent": 1}),
    ):
        # Each refusal lets go of its connection.
        make_read_only()
        answer = caller.post(path, sent)
        assert (answer.status, answer.code, answer.headers.get("retry-after")) == (503, "unavailable", "1"), path
    make_read_only()
    assert shop.get(f"/intents/{intent_id}").status == 200


@pytest.mark.usefixtures("read_only")
@pytest.mark.parametrize("how", ["by a statement", "by the ORM", "in a transaction"])
def test_a_refused_write_is_a_database_that_is_away_and_connects_anew(workspace: Workspace, how: str) -> None:
    writes: dict[str, Callable[[], object]] = {
        "by a statement": lambda: statements.rows("UPDATE intents_workspace SET name = name", ()),
        "by the ORM": workspace.save,
        "in a transaction": transaction.atomic(workspace.save),
    }
    make_read_only()
    with pytest.raises(OperationalError):
        writes[how]()
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is None
    workspace.save()


@pytest.mark.usefixtures("read_only")
def test_work_is_delivered_and_timers_fire_when_it_takes_writes_again(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = shop.submit()
    make_read_only()
    for work in (lambda: take(worker), scheduler.sweep_all):
        with pytest.raises(OperationalError):
            work()
        make_read_only()
    connection.cursor().execute("SET default_transaction_read_only = off")
    scheduler.sweep_all()
    assert [str(one.intent.id) for one in take(worker)] == [intent_id]


@pytest.mark.usefixtures("read_only")
@pytest.mark.parametrize("path", ["/sign-in", "/account/forgotten"])
def test_a_sign_in_that_cannot_be_counted_is_told_to_come_again_and_not_of_too_many(path: str, bob: PersonCaller) -> None:
    browser = Browser()
    browser.get(path)
    make_read_only()
    page = browser.post(path, {"login": bob.user.email, "email": bob.user.email, "password": "wrong"})
    assert (page.status, page.headers.get("retry-after")) == (503, "1")
