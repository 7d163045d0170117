"""A peer's figures are held beside ours."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import compare

OURS = {
    "at": "2026-11-30T00:00:00+00:00",
    "workload": "w1",
    "mode": "scaled",
    "server": "uvicorn",
    "commit": "0123456789ab",
    "variants": {"0 exist": {"median": {"ops_per_s": 1500.0, "p99_ms": 24.0, "web_cpu_ms": 0.6}, "runs": []}},
}


def line(**changes: Any) -> str:
    figures = {"ops_per_s": 2000, "p99_ms": 20}
    return json.dumps({"peer": "Example 1", "workload": "w1", "variant": "0 exist", "figures": figures} | changes)


def test_ratios_are_ours_by_theirs_and_medians_of_their_runs() -> None:
    runs = [line(figures={"ops_per_s": count, "p99_ms": 48.0}) for count in (1000, 3000, 2000)]
    rows = compare.rows(compare.ours([OURS]), compare.peers(runs))
    assert [(row.figure, row.theirs, row.ratio, row.ahead) for row in rows] == [
        ("ops_per_s", 2000, 0.75, False),
        ("p99_ms", 48, 0.5, True),
    ]


def test_fewer_queries_and_messages_for_the_same_are_better() -> None:
    loads = {"queries_per_s": 5.0, "messages_per_s": 50.0}
    stored = OURS | {"variants": {"0 exist": {"median": loads, "runs": []}}}
    theirs = compare.peers([line(figures={"queries_per_s": 6, "messages_per_s": 40})])
    assert [row.ahead for row in compare.rows(compare.ours([stored]), theirs)] == [True, False]


def test_nothing_is_divided_by_nothing() -> None:
    (row,) = compare.rows(compare.ours([OURS]), compare.peers([line(figures={"p99_ms": 0})]))
    assert (row.ratio, row.ahead) == (None, False)
    assert "| 24 | 0 | - | behind |" in compare.table([row])


def test_what_we_have_not_measured_is_named() -> None:
    theirs = compare.peers([line(variant="7 exist"), line(figures={"p98_ms": 1, "p99_ms": 1})])
    assert compare.unmatched(compare.ours([OURS]), theirs) == ["Example 1: w1 7 exist", "Example 1: w1 0 exist, p98_ms"]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("nonsense", "line 2 is no JSON"),
        ("[]", "line 2 must be an object"),
        (line(peer=""), "line 2: peer must be a text"),
        (line(workload=1), "line 2: workload must be a text"),
        (line(figures={}), "line 2: figures must be an object"),
        (line(figures={"p50_ms": "1"}), "line 2: figures.p50_ms must be a number"),
        (line(figures={"p50_ms": True}), "line 2: figures.p50_ms must be a number"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(bad: str, says: str) -> None:
    with pytest.raises(compare.Unreadable, match=says):
        compare.peers([line(), bad])


def test_the_command_prints_a_table_of_what_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peer = tmp_path / "peer.jsonl"
    own = tmp_path / "own.json"
    peer.write_text(line() + "\n\n")
    own.write_text(json.dumps(OURS))
    assert compare.main([str(peer), "--ours", str(own)]) == 0
    said = capsys.readouterr().out
    assert "ours: w1 scaled uvicorn, 0123456789ab, 2026-11-30" in said
    assert "| Example 1: w1 0 exist, ops_per_s | 1,500 | 2,000 | 0.75 | behind |" in said


def test_the_command_finds_the_figures_of_the_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = json.loads((compare.RESULTS / "bench-w3-scaled-uvicorn.json").read_text())
    variant, figures = next((name, found["median"]) for name, found in stored["variants"].items())
    peer = tmp_path / "peer.jsonl"
    peer.write_text(line(workload="w3", variant=variant, figures=figures))
    assert compare.main([str(peer)]) == 0
    assert f"| Example 1: w3 {variant}, completed_per_s |" in capsys.readouterr().out


def test_the_command_tells_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peer = tmp_path / "peer.jsonl"
    peer.write_text(line())
    assert compare.main([str(tmp_path / "none.jsonl")]) == 2
    assert compare.main([str(peer), "--ours", str(tmp_path / "none.json")]) == 2
    peer.write_text("nonsense")
    assert compare.main([str(peer)]) == 2
    assert "line 1 is no JSON" in capsys.readouterr().err
    peer.write_bytes(b"\xff")
    assert compare.main([str(peer)]) == 2
