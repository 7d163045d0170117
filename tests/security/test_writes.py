"""What is written is seen by the tests that look for it."""

from collections.abc import Callable

import pytest
from django.db import transaction

from intents.accounts.models import Member, User
from tests.callers import PersonCaller
from tests.security import writes
from tests.security.conftest import Store

WRITES: dict[str, Callable[[User], object]] = {
    "update": lambda user: User.objects.filter(id=user.id).update(name="Other"),
    "delete": lambda user: Member.objects.filter(user=user).delete(),
}


@pytest.mark.parametrize("what", WRITES)
def test_whatever_writes_is_counted_and_seen(store: Store, alice: PersonCaller, what: str) -> None:
    before, count = store.hashes(), writes.count()
    WRITES[what](alice.user)
    assert writes.count() > count
    assert store.hashes() != before


def test_looking_is_not_counted_and_what_is_undone_changes_nothing(store: Store, alice: PersonCaller) -> None:
    before, count = store.hashes(), writes.count()
    assert list(User.objects.all())
    assert writes.count() == count
    with transaction.atomic():
        User.objects.all().update(name="Other")
        transaction.set_rollback(True)
    assert store.hashes() == before
