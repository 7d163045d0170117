"""Many who ask at once share an answer, and nobody gets one that was begun before they asked."""

import threading
import time

import pytest

from inbox.views.kit.rounds import MOST, Rounds

PATIENCE = 60


def test_who_comes_while_an_answer_is_made_shares_the_next_one() -> None:
    rounds, made, given = Rounds[str](), [], []
    begun, go_on = threading.Event(), threading.Event()

    def make() -> str:
        made.append(len(made))
        begun.set()
        assert go_on.wait(PATIENCE)
        return str(made[-1])

    first = threading.Thread(target=lambda: given.append(rounds.answer("k", make)))
    first.start()
    assert begun.wait(PATIENCE)
    asked = threading.Barrier(6)

    def ask() -> None:
        asked.wait(PATIENCE)
        given.append(rounds.answer("k", make))

    others = [threading.Thread(target=ask) for _ in range(5)]
    for one in others:
        one.start()
    asked.wait(PATIENCE)
    go_on.set()
    for one in [first, *others]:
        one.join(PATIENCE)
    assert len(given) == 6
    assert given.count("0") == 1, "an answer that was under way is the first one's alone"
    assert len(made) <= 6


def test_who_asks_later_gets_a_new_answer() -> None:
    rounds, made = Rounds[str](), iter("abc")
    assert [rounds.answer("k", lambda: next(made)) for _ in range(3)] == ["a", "b", "c"]


def test_who_came_before_an_answer_was_begun_shares_it_however_late_a_thread_took_them_up() -> None:
    rounds, made, came = Rounds[str](), iter("abc"), time.monotonic()
    assert [rounds.answer("k", lambda: next(made), since=came) for _ in range(5)] == ["a"] * 5
    assert rounds.answer("k", lambda: next(made), since=time.monotonic()) == "b"


def test_a_failure_is_nobody_elses_answer() -> None:
    rounds = Rounds[str]()

    def fail() -> str:
        raise ValueError("away")

    with pytest.raises(ValueError, match="away"):
        rounds.answer("k", fail)
    assert rounds.answer("k", lambda: "made") == "made"


def test_what_was_asked_long_ago_is_forgotten() -> None:
    rounds = Rounds[str]()
    for number in range(MOST + 5):
        rounds.answer(number, lambda: "x")
    assert len(rounds._rounds) == MOST
