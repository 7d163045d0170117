"""Each case that is tried by turns has its turn."""

from pathlib import Path

import pytest

from tests import turns
from tests.adapters import frameworks


@pytest.mark.parametrize("of", [2, 3])
@pytest.mark.parametrize("file", ["test_streams.py", "test_trouble.py"])
def test_each_case_is_tried_once_in_so_many_turns(file: str, of: int) -> None:
    for place in range(7):
        tried = [turns.has_turn(turn, file, place, of) for turn in range(100, 100 + of)]
        assert tried.count(True) == 1


def test_each_thing_meets_each_case_in_so_many_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = ("a", "b", "c")
    for number in range(5):
        met = []
        for turn in range(200, 203):
            monkeypatch.setattr(turns, "TURN", turn)
            met += turns.within(cases, number)
        assert sorted(met) == list(cases)
    monkeypatch.setattr(turns, "TURN", -1)
    assert turns.within(cases, 4) == cases


def test_in_each_turn_one_of_so_many_cases_is_tried() -> None:
    cases = turns.each(list("abcdef"), of=3)
    for turn in range(1, 367):
        tried = [case for case in cases if turns.has_turn(turn, "test_x.py", *case.marks[0].args)]
        assert len(tried) == 2


def test_each_framework_of_the_adapters_is_installed_on_a_day_of_its_own() -> None:
    def day(framework: str) -> list[int]:
        turn = frameworks.marks(framework)[0].args
        file = f"test_{framework.replace('-', '_')}.py"
        assert (Path(frameworks.__file__).parent / file).exists()
        return [one for one in range(len(frameworks.NAMES)) if turns.has_turn(one, file, *turn)]

    assert sorted(map(day, frameworks.NAMES)) == [[one] for one in range(len(frameworks.NAMES))]
