"""The one clock is the database's, unless a test sets it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection, transaction

from intents.kernel import clock
from tests.callers import KeyCaller
from tests.conftest import SettableClock

MOMENT = datetime(2031, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


def test_the_time_is_the_databases(database: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        before = cursor.fetchone()[0]
        read = clock.now()
        cursor.execute("SELECT clock_timestamp()")
        assert before <= read <= cursor.fetchone()[0]


def test_the_time_goes_on_within_a_transaction(database: None) -> None:
    with transaction.atomic():
        assert clock.now() < clock.now()


def test_a_set_time_holds_until_it_is_let_go(database: None) -> None:
    with clock.frozen_at(MOMENT):
        assert clock.now() == clock.override() == MOMENT
        with clock.frozen_at(MOMENT + timedelta(days=1)):
            assert clock.now() == MOMENT + timedelta(days=1)
        assert clock.now() == MOMENT
    assert clock.override() is None
    assert clock.now() != MOMENT


def test_a_time_is_shown_in_utc_with_microseconds() -> None:
    assert clock.rfc3339(MOMENT) == "2031-02-03T04:05:06.000789Z"
    east = MOMENT.astimezone(timezone(timedelta(hours=14)))
    assert clock.rfc3339(east) == "2031-02-03T04:05:06.000789Z"


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_what_is_written_carries_the_set_time(machine: KeyCaller, now: SettableClock, moment: datetime) -> None:
    now.set(moment)
    intent_id = machine.submit()
    shown = machine.intent(intent_id)
    assert shown["created_at"] == shown["updated_at"] == clock.rfc3339(moment)
    assert {event["at"] for event in machine.events(intent_id)} == {clock.rfc3339(moment)}
