"""Who of those that wait goes next, and with whom."""

from collections.abc import Iterable
from uuid import UUID

import pytest

from axme_site import turns
from axme_site.turns import Neighbours, Turns


class Waiting:
    """One letter is a request, and its workspace."""

    def __init__(self, letters: str, *, shared: bool = False) -> None:
        self.now = 1000.0
        self.turns: Turns[str] = Turns(Neighbours(lambda: self.now))
        self.late: dict[str, int] = {}
        self.add(letters)
        if not shared:
            self.now += turns.SHARED_SECONDS

    def add(self, letters: str) -> None:
        for letter in letters:
            self.turns.add(_id(letter), letter)

    def next(self, *, held: str = "", kinds: Iterable[bool] = ()) -> tuple[str, bool]:
        late = {_id(letter): times for letter, times in self.late.items()}
        turn = self.turns.next(
            held=map(_id, held), kinds=kinds, late=lambda workspace_id: late.get(workspace_id, 0), most_late=2
        )
        return "".join(turn.group), turn.crowded


def _id(letter: str) -> UUID:
    return UUID(bytes=letter.encode() * 16)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST", 8)
    monkeypatch.setattr(turns, "SHARE", 3)


def test_each_workspace_has_its_turn_and_those_behind_come_first_next_time() -> None:
    waiting = Waiting("aaabbbcccdd")
    assert waiting.next() == ("abcdabcd", False)
    assert waiting.next() == ("abc", False)
    assert waiting.next() == ("", False)
    assert not waiting.turns


def test_of_more_workspaces_than_a_group_takes_the_others_are_the_next() -> None:
    waiting = Waiting("abcdefghij")
    waiting.add("abcdefgh")
    assert [waiting.next()[0] for _ in range(3)] == ["abcdefgh", "ijabcdef", "gh"]


def test_a_crowded_workspace_goes_apart_from_the_others() -> None:
    waiting = Waiting("a" * 20 + "bc", shared=True)
    assert waiting.next() == ("bc", False)
    waiting.add("b")
    assert waiting.next(held="bc", kinds=[False]) == ("a" * 3, True)
    assert waiting.next(held="abc", kinds=[False, True]) == ("", False)
    assert waiting.next(held="a", kinds=[True]) == ("b", False)


def test_a_crowded_workspace_waits_for_none_of_the_others_either() -> None:
    """However many of them come, its groups go on beside theirs."""
    waiting = Waiting("a" * 20 + "bc", shared=True)
    for _ in range(2):
        assert waiting.next(held="bc", kinds=[False]) == ("a" * 3, True)
        waiting.add("bc")


def test_crowded_workspaces_take_turns_among_them() -> None:
    waiting = Waiting("a" * 10 + "b" * 5)
    assert waiting.next() == ("abababab", True)
    assert waiting.next() == ("b", False)
    assert waiting.next() == ("a" * 6, True)


def test_while_others_come_too_a_crowded_workspaces_groups_are_small() -> None:
    waiting = Waiting("a" * 40, shared=True)
    assert waiting.next() == ("a" * 8, True)
    waiting.add("b")
    assert waiting.next() == ("b", False)
    assert waiting.next() == ("a" * 3, True)
    waiting.now += turns.SHARED_SECONDS - 1
    assert waiting.next() == ("a" * 3, True)
    waiting.now += 1
    assert waiting.next() == ("a" * 8, True)


def test_neighbours_are_those_of_all_lanes() -> None:
    neighbours = Neighbours(lambda: 1000.0)
    lanes: list[Turns[str]] = [Turns(neighbours), Turns(neighbours)]
    lanes[0].add(_id("a"), "a")
    lanes[1].add(_id("a"), "a")
    assert not neighbours.is_shared
    lanes[1].add(_id("b"), "b")
    assert neighbours.is_shared


def test_a_workspace_that_is_late_goes_alone_and_then_waits() -> None:
    waiting = Waiting("gagb")
    waiting.late = {"g": 1}
    assert waiting.next() == ("gg", False)
    waiting.add("gg")
    assert waiting.next(held="g") == ("ab", False)
    waiting.late = {"g": 2}
    assert waiting.next() == ("", False)
    assert waiting.turns.share(_id("g")) == 2
    assert waiting.turns.clear() == ["g", "g"]
