"""What must hold of an installation once its clients are done: nothing lost, nothing doubled, every history whole."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from intents.engine.invariants import EVERY, RULES
from tests.load import journal as journals
from tests.load.sites import Site

TERMINAL = ("COMPLETED", "FAILED", "CANCELED", "TIMED_OUT")


def mailbox(address: str) -> str:
    return address.rpartition("/")[2]


def eventually(found: Callable[[], Any], what: str, seconds: float = 120.0) -> Any:
    """The first true value of `found()`. Fails, naming `what`, when none came in time."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return value


def open_intents(site: Site, address: str) -> list[tuple[Any, ...]]:
    """(id, status, deliveries) of the intents to `address` that are not over."""
    return site.rows(
        "SELECT i.id, i.status, (SELECT array_agg((d.state, d.attempt, d.lease_expires_at, d.carried_by IS NULL)::text)"
        " FROM intents_delivery d WHERE d.intent_id = i.id) FROM intents_intent i"
        " WHERE i.mailbox = %s AND NOT i.status = ANY(%s)",
        mailbox(address),
        list(TERMINAL),
    )


def wait_until_over(site: Site, address: str, seconds: float) -> None:
    """Until every intent to `address` has ended."""
    deadline = time.monotonic() + seconds
    while left := open_intents(site, address):
        assert time.monotonic() < deadline, f"{len(left)} intents not over within {seconds:.0f} s: {left[:5]}"
        time.sleep(0.2)


def nothing_is_broken(site: Site) -> None:
    """Every invariant of what is stored holds."""
    with site.connect() as connection:
        for rule, query in RULES.items():
            broken = connection.execute(f"{EVERY} {query}").fetchmany(5)
            assert broken == [], rule


def every_accepted_intent_is_squared(site: Site, address: str, journal: Path, least: int) -> None:
    """The numbers up to `least`, at least, were accepted; each made one intent, which is COMPLETED with its square."""
    accepted: dict[int, set[str]] = defaultdict(set)
    for line in journals.read(journal, "accepted"):
        accepted[line["n"]].add(line["intent_id"])
    assert set(range(least)) <= set(accepted)
    assert [n for n, ids in accepted.items() if len(ids) != 1] == []
    query = """
        SELECT i.id::text, i.status, (b.payload::jsonb ->> 'n')::int, (e.details::jsonb #>> '{result,square}')::bigint
        FROM intents_intent i JOIN intents_intentbody b ON b.intent_id = i.id
        LEFT JOIN intents_intentevent e ON e.intent_id = i.id AND e.seq = i.seq
        WHERE i.mailbox = %s
    """
    found = site.rows(query, mailbox(address))
    stored, told = {row[0] for row in found}, {next(iter(ids)) for ids in accepted.values()}
    assert stored == told, f"never told {stored - told}, never stored {told - stored}"
    assert [row for row in found if row[1] != "COMPLETED" or row[3] != row[2] ** 2] == []


def no_two_held_one_intent(lines: Sequence[dict[str, Any]], killed: dict[int, float]) -> int:
    """Of the agents' `held` and `left` lines: no two held an intent at the same time. An agent that was killed held it until
    then (`killed`: process id -> time). Returns how many deliveries there were."""
    ended = {line["token"]: line["at"] for line in lines if line["what"] == "left"}
    spans: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for line in lines:
        if line["what"] == "held":
            end = ended.get(line["token"], killed.get(line["pid"], float("inf")))
            spans[line["intent_id"]].append((line["at"], end, line["attempt"]))
    for intent_id, held in spans.items():
        held.sort()
        for first, second in pairwise(held):
            assert first[1] <= second[0], f"{intent_id} was held twice at once: {held}"
            # A standstill of the server counts against no delivery: then two may have the same number.
            assert first[2] <= second[2], f"{intent_id} has deliveries out of order: {held}"
    return sum(map(len, spans.values()))


def only_told_to_come_again(journal: Path) -> None:
    """What failed had no answer, or was a 503 that says when to come again."""
    lines = journals.read(journal, "trouble")
    assert [line for line in lines if line["status"] not in (None, 503)] == []
    assert [line for line in lines if line["status"] == 503 and not line["retry_after"]] == []
