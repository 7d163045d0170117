"""What tests need, the order they run in, and which of them share a process.

The slow ones begin first. Those that start servers wait for most of their time, so each has one beside it that works.
"""

import inspect
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

HERE = Path(__file__).parent
BROWSER = "tests/browser/"
PAGES = "tests/browser/test_pages.py"
"""Every page at every width, which takes long enough alone."""
SECURITY = "tests/security/"
"""Tests that go to every route or page, and take longest of those that need a database at most."""

# What a test needs, by the folder it is in, or the file. Elsewhere it asks for the database, or is "unit" and needs nothing.
PLACES = {
    **dict.fromkeys(("acceptance", "adapters", "demo", "edge", "examples", "flows", "load", "runtime"), "process"),
    **dict.fromkeys(
        ("a2a/test_official.py", "docs/test_blocks.py", "mcp/test_clients.py", "mcp/test_restarts.py"), "process"
    ),
    "browser": "browser",
}
TABLES = {"db", "transactional_db", "django_db_setup"}
NEEDS = ("browser", "process", "db", "unit")


def mark(items: Iterable[pytest.Item]) -> None:
    """Give each test one mark of NEEDS, and those that `slow.txt` names the mark `slow`."""
    slow = slow_tests()
    for item in items:
        path = item.path.relative_to(HERE)
        place = PLACES.get(path.parts[0]) or PLACES.get(str(path))
        item.add_marker(place or ("db" if _asks_for_tables(item) else "unit"))
        if item.nodeid.partition("[")[0] in slow:
            item.add_marker("slow")


def slow_tests() -> set[str]:
    """Those of `slow.txt`, by file and name, for all their parameters."""
    return {line for line in (HERE / "slow.txt").read_text().splitlines() if not line.startswith("#")}


def _asks_for_tables(item: pytest.Item) -> bool:
    """Whether a test uses the database, or may: one that takes `request` asks for what it likes when it runs."""
    assert isinstance(item, pytest.Function)
    asks = TABLES & set(item.fixturenames) or item.get_closest_marker("django_db")
    return bool(asks) or "request" in inspect.signature(item.function).parameters


def in_order(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Marked tests, file by file: those of the browser, those of processes and of the database in turn, the others."""
    files: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    by_need: dict[str, list[list[pytest.Item]]] = {need: [] for need in NEEDS}
    for tests in files.values():
        by_need[next(need for need in NEEDS if any(test.get_closest_marker(need) for test in tests))].append(tests)
    browser, waiting, working, rest = by_need.values()
    working.sort(key=lambda tests: not tests[0].nodeid.startswith(SECURITY))
    in_turn = chain.from_iterable(zip_longest(waiting, working, fillvalue=[]))
    return chain.from_iterable(chain(browser, in_turn, rest))


class Spreading(LoadFileScheduling):
    """Tests of a file run in one process of xdist's, and so do those that share a browser and its server, but for PAGES."""

    def _split_scope(self, nodeid: str) -> str:
        alone = nodeid.startswith(PAGES) or not nodeid.startswith(BROWSER)
        return super()._split_scope(nodeid) if alone else BROWSER


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spreading | None:
    """Of `make test` and `make quick`, which name this way."""
    return Spreading(config, log) if config.getvalue("dist") == "loadfile" else None
