"""The arithmetic of sizes, held against what is known of queues and what the page says."""

import math
from pathlib import Path

import pytest

from bench import sizing
from bench.sizing import Load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"


def test_one_process_waits_as_a_single_queue_does() -> None:
    assert sizing.queued(0.6, 1) == pytest.approx(0.6)
    assert sizing.waiting(0.5, 1, 0.01, 0.99) == pytest.approx(math.log(0.5 / 0.01) * 0.01 / 0.5)


def test_many_processes_wait_less_at_the_same_share_of_work() -> None:
    # Of a table of Erlang C.
    assert sizing.queued(2, 3) == pytest.approx(0.4444, abs=1e-4)
    assert sizing.queued(8, 10) == pytest.approx(0.4092, abs=1e-4)
    waits = [sizing.waiting(0.6 * count, count, 0.001, 0.99) for count in (1, 2, 4, 16, 64)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 0 == waits[-1]


def test_more_work_than_processes_waits_for_ever() -> None:
    assert sizing.queued(3, 3) == 1
    assert sizing.waiting(3, 3, 0.001, 0.99) == math.inf


def test_processors_follow_the_load_and_are_never_fewer_than_two() -> None:
    small, large = sizing.size(Load(1000)), sizing.size(Load(1e9))
    assert set(small.processors.values()) == {2}
    for pool in sizing.POOLS:
        assert large.busy[pool] / small.busy[pool] == pytest.approx(1e6)
        assert large.busy[pool] / large.processors[pool] <= sizing.BUSY


def test_the_table_of_the_page_is_what_comes_out(capsys: pytest.CaptureFixture[str]) -> None:
    sizing.main([])
    assert capsys.readouterr().out in PAGE.read_text()
    sizing.main(["--people", "0", "--events", "0", "--intents-per-month", "1e9"])
    assert capsys.readouterr().out.splitlines()[-1] in PAGE.read_text()
