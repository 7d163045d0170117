"""How long a receiver asks to be left alone."""

from datetime import UTC, datetime

import pytest

from intents.kernel import clock
from intents.sending.connector import Answer
from intents.sending.posting import LONGEST_WAIT, retry_after

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT_NOON, LATER = "Mon, 02 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 12:02:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "9" * 400}, LONGEST_WAIT),
        ({"retry-after": LATER}, 120),
        # Its clock is an hour ahead: it says so.
        ({"retry-after": "Mon, 02 Mar 2026 13:02:00 GMT", "date": "Mon, 02 Mar 2026 13:00:00 GMT"}, 120),
        ({"retry-after": "Monday, 02-Mar-26 12:02:00 GMT", "date": AT_NOON}, 120),
        ({"retry-after": "Mon Mar  2 12:02:00 2026"}, 120),
        ({"retry-after": AT_NOON}, 0),
        ({"retry-after": "Mon, 02 Mar 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "Tue, 02 Mar 2027 12:00:00 GMT"}, LONGEST_WAIT),
        ({"retry-after": LATER, "date": "now"}, 120),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "\u0661"}, None),
        ({"retry-after": "Mon, 99 Mar 2026 12:00:00 GMT"}, None),
        ({"retry-after": f"Mon, 02 Mar {'9' * 30} 12:00:00 GMT"}, None),
    ],
    ids=str,
)
def test_seconds_and_dates_are_understood(headers: dict[str, str], seconds: int | None) -> None:
    with clock.frozen_at(NOON):
        assert retry_after(Answer(429, headers, b"", cut=False, milliseconds=1)) == seconds
