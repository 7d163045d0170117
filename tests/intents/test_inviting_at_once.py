"""Invitations of one address that are made at the same time."""

from concurrent.futures import ThreadPoolExecutor

from intents.accounts.models import Invitation, Workspace
from intents.sending.models import Email
from tests.callers import PersonCaller
from tests.intents.waiting import at_once, pool

__all__ = ["pool"]

BODY = {"owner_agent": "demo", "email": "new@myorg.example", "role": "approver"}


def test_all_are_answered_and_one_is_open(alice: PersonCaller, workspace: Workspace, pool: ThreadPoolExecutor) -> None:
    for _ in range(5):
        answers = at_once(pool, *[lambda: alice.post("/invites/create", BODY)] * 6)
        assert [one.status for one in answers] == [200] * 6, [one.raw for one in answers]
    still = Invitation.objects.filter(email=BODY["email"], revoked_at=None, accepted_at=None)
    assert still.count() == 1, "the last one takes the place of those before it"
    assert Email.objects.count() == 30


def test_those_of_different_addresses_do_not_touch_each_other(alice: PersonCaller, pool: ThreadPoolExecutor) -> None:
    calls = [lambda n=n: alice.post("/invites/create", BODY | {"email": f"{n}@myorg.example"}) for n in range(6)]
    assert {one.status for one in at_once(pool, *calls)} == {200}
    assert Invitation.objects.filter(revoked_at=None).count() == 6


def test_links_without_an_address_stay_side_by_side(alice: PersonCaller, pool: ThreadPoolExecutor) -> None:
    body = {name: value for name, value in BODY.items() if name != "email"}
    assert {one.status for one in at_once(pool, *[lambda: alice.post("/invites/create", body)] * 6)} == {200}
    assert Invitation.objects.filter(revoked_at=None).count() == 6
