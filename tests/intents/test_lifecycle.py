"""The table of moves is the protocol's."""

import itertools

import pytest

from intents.engine.lifecycle import EVENT_OF, MOVES, TERMINAL, WAYS, Status, ensure_move
from intents.kernel.errors import InvalidTransition

# The protocol's page, by hand.
TABLE = """
CREATED | SUBMITTED
SUBMITTED | DELIVERED, IN_PROGRESS, WAITING, FAILED, CANCELED, TIMED_OUT
DELIVERED | ACKNOWLEDGED, IN_PROGRESS, WAITING, FAILED, CANCELED, TIMED_OUT
ACKNOWLEDGED | IN_PROGRESS, WAITING, FAILED, CANCELED, TIMED_OUT
IN_PROGRESS | WAITING, COMPLETED, FAILED, CANCELED, TIMED_OUT
WAITING | IN_PROGRESS, FAILED, CANCELED, TIMED_OUT
"""
ALLOWED = {
    (start.strip(), end.strip())
    for start, _, ends in (line.partition("|") for line in TABLE.strip().splitlines())
    for end in ends.split(",")
}
IMPLIED = {
    ("SUBMITTED", "ACKNOWLEDGED"): ["DELIVERED", "ACKNOWLEDGED"],
    ("SUBMITTED", "COMPLETED"): ["IN_PROGRESS", "COMPLETED"],
    ("DELIVERED", "COMPLETED"): ["IN_PROGRESS", "COMPLETED"],
    ("ACKNOWLEDGED", "COMPLETED"): ["IN_PROGRESS", "COMPLETED"],
    ("WAITING", "COMPLETED"): ["IN_PROGRESS", "COMPLETED"],
}


def test_the_table_of_moves_is_the_protocols() -> None:
    assert {(str(start), str(end)) for start, ends in MOVES.items() for end in ends} == ALLOWED


@pytest.mark.parametrize(("start", "end"), list(itertools.product(Status, Status)))
def test_a_move_passes_through_the_table_or_is_refused(start: Status, end: Status) -> None:
    if (start, end) in ALLOWED:
        assert ensure_move(start, end) == (end,)
    elif (start, end) in IMPLIED:
        assert list(ensure_move(start, end)) == IMPLIED[start, end]
    elif way := WAYS.get((start, end)):
        # Steps between are moves of the table too, and lead nowhere that the table does not.
        assert all(step in ALLOWED for step in itertools.pairwise((start, *way)))
        assert start not in TERMINAL
    else:
        with pytest.raises(InvalidTransition) as refused:
            ensure_move(start, end)
        assert refused.value.details["status"] == start


def test_nothing_leaves_a_terminal_status() -> None:
    assert {status for status in Status if not MOVES[status]} == TERMINAL == {"COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"}
    assert not [pair for pair in WAYS if pair[0] in TERMINAL]


def test_no_status_is_entered_from_itself() -> None:
    assert not [pair for pair in WAYS if pair[0] is pair[1]]


def test_each_status_has_an_event_of_its_own() -> None:
    assert len(set(EVENT_OF.values())) == len(Status)
    assert {status: str(kind) for status, kind in EVENT_OF.items()} == {
        status: f"intent.{status.lower()}" for status in Status
    }
