"""Ids: UUIDv7, in the order in which they are made."""

import time
from uuid import RFC_4122

from intents.kernel.models import new_id


def test_ids_of_one_process_come_in_order_also_within_a_moment() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_an_id_is_a_uuid_of_version_7_that_tells_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, RFC_4122)
    # Many made at once run ahead of the clock, each by a 4096th of a millisecond.
    assert before <= made.int >> 80 <= after + 10
