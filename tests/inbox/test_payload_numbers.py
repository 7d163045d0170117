"""Numbers of payloads that are kept where people look for them: never another answer than payloads give."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest

from axme_site.waking import Waking
from inbox.jobs import carry_out
from inbox.operations import numbers, selectors
from inbox.operations.models import PayloadNumber, PayloadPath
from intents.engine import erasing
from intents.engine.models import Intent
from intents.engine.selectors import lock_many
from intents.kernel import clock, live, statements
from intents.kernel.unit_of_work import unit
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import person
from tests.intents.feeds import ids_from

SECONDS = 60
AMOUNTS: list[Any] = [
    -3,
    0,
    1,
    7.5,
    100,
    1e5,
    "7.5",
    "100",
    "0100",
    " 100",
    "none",
    None,
    True,
    [100],
    {"of": 100},
    "9" * 30,
    2**53 - 1,
    "1" * 31,
]
COMPARISONS = (
    "payload.amount:>7",
    "payload.amount:>=100",
    "payload.amount:<7.5",
    "payload.amount:<=-3",
    "payload.amount:>0",
)
DEEP = ("payload.order.total:>10", "payload.lines.0.price:>10", "payload.order.total:>10 payload.amount:>0")


@pytest.fixture(autouse=True)
def filled(shop: KeyCaller, worker: KeyCaller) -> list[str]:
    """Intents with all kinds of amounts, some without, and some that are over."""
    payloads = [{"amount": amount} for amount in AMOUNTS]
    payloads += [
        {},
        {"order": {"total": 20}, "amount": 5},
        {"order": {"total": 20}},
        {"lines": [{"price": 11}, {"price": 9}]},
    ]
    ids = [shop.submit(payload=payload) for payload in payloads]
    for amount in (500, "600"):
        worker.post(f"/intents/{shop.submit(payload={'amount': amount})}/resume", {"done": True}).ok()
    return ids


def found(olga: PersonCaller, q: str) -> tuple[list[str], int]:
    who = person(olga)
    rows, _ = selectors.page(who, q, limit=200)
    return [str(one.id) for one in rows], selectors.total(who, q)


def in_place(monkeypatch: pytest.MonkeyPatch, olga: PersonCaller, q: str) -> tuple[list[str], int]:
    """What payloads say."""
    with monkeypatch.context() as patched:
        patched.setattr(numbers, "asked", lambda *args: None)
        return found(olga, q)


QUERIES = [f"{q} is:open" for q in (*COMPARISONS, *DEEP)] + [
    f"-{COMPARISONS[0]} is:open",
    COMPARISONS[0],
    f"{COMPARISONS[0]} is:done",
]


def test_numbers_are_used_once_there_are_some(olga: PersonCaller) -> None:
    who = person(olga)
    assert [numbers.asked(who.workspace_id, ["amount"]) for _ in range(2)] == [None, None]
    numbers.keep(tidy=False)
    assert numbers.asked(who.workspace_id, ["amount"]) is not None


def test_a_search_finds_the_same_before_its_numbers_are_kept_while_some_are_and_when_all_are(
    monkeypatch: pytest.MonkeyPatch, olga: PersonCaller, shop: KeyCaller
) -> None:
    wanted = {q: in_place(monkeypatch, olga, q) for q in QUERIES}
    assert all(ids and total == len(ids) for ids, total in wanted.values())
    assert {q: found(olga, q) for q in QUERIES} == wanted
    monkeypatch.setattr(numbers, "_ADD", numbers._ADD.replace(f"LIMIT {numbers.BATCH}", "LIMIT 5"))
    for _ in range(6):
        numbers.keep(tidy=False)
        assert {q: found(olga, q) for q in QUERIES} == wanted
    monkeypatch.undo()
    numbers.keep(tidy=True)
    assert {q: found(olga, q) for q in QUERIES} == wanted


def test_what_comes_and_what_ends_after_numbers_were_kept_is_found_as_it_is(
    monkeypatch: pytest.MonkeyPatch, olga: PersonCaller, shop: KeyCaller, worker: KeyCaller, filled: list[str]
) -> None:
    q = "payload.amount:>7 is:open"
    found(olga, q)
    numbers.keep(tidy=True)
    new = shop.submit(payload={"amount": 8})
    ended = filled[AMOUNTS.index(100)]
    worker.post(f"/intents/{ended}/resume", {"done": True}).ok()
    ids, total = found(olga, q)
    assert new in ids
    assert ended not in ids
    assert (ids, total) == in_place(monkeypatch, olga, q)
    assert PayloadNumber.objects.filter(intent_id=ended).exists()
    numbers.keep(tidy=True)
    assert not PayloadNumber.objects.filter(intent_id=ended).exists()
    assert found(olga, q) == (ids, total)


def test_what_comes_with_an_old_id_is_found_once_numbers_are_tidied(
    monkeypatch: pytest.MonkeyPatch, olga: PersonCaller, shop: KeyCaller
) -> None:
    q = "payload.amount:>7 is:open"
    found(olga, q)
    numbers.keep(tidy=True)
    with ids_from(hours=3):
        late = shop.submit(payload={"amount": 8})
    numbers.keep(tidy=False)
    numbers.keep(tidy=True)
    ids, total = found(olga, q)
    assert late in ids
    assert (ids, total) == in_place(monkeypatch, olga, q)


def test_once_they_are_kept_no_payload_is_read(monkeypatch: pytest.MonkeyPatch, olga: PersonCaller) -> None:
    q = "payload.amount:>99 is:open"
    really, read = statements.rows, list[int]()

    def rows(query: str, params: Any) -> Any:
        if "inbox_payloadnumber" in query and query.lstrip().startswith(("SELECT", "WITH")):
            ((plan,),) = really(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}", params)
            read.extend(
                node["Actual Loops"] for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == "intents_intentbody"
            )
        return really(query, params)

    found(olga, q)
    numbers.keep(tidy=False)
    monkeypatch.setattr(statements, "rows", rows)
    found(olga, q)
    assert read
    assert set(read) == {0}


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """All nodes of a plan."""
    return [plan, *(one for part in plan.get("Plans", ()) for one in nodes(part))]


def test_a_worker_keeps_what_is_asked_for_and_forgets_what_is_not_any_more(
    now: SettableClock, monkeypatch: pytest.MonkeyPatch, olga: PersonCaller
) -> None:
    monkeypatch.setattr(numbers, "KEEP_SECONDS", -1.0)
    monkeypatch.setattr(numbers, "TIDY_SECONDS", -1.0)
    carry_out(0.0)
    assert not PayloadNumber.objects.exists()
    found(olga, "payload.amount:>7 is:open")
    carry_out(0.0)
    assert PayloadNumber.objects.count() == Intent.objects.exclude(status="COMPLETED").count()
    now.advance(seconds=timedelta(days=2).total_seconds())
    carry_out(0.0)
    assert PayloadNumber.objects.count() == Intent.objects.exclude(status="COMPLETED").count(), "for who looks again"
    now.advance(seconds=timedelta(days=31).total_seconds())
    carry_out(0.0)
    assert not PayloadPath.objects.exists()
    assert not PayloadNumber.objects.exists()


def test_a_worker_begins_at_once_with_what_is_asked_for_for_the_first_time(olga: PersonCaller, filled: list[str]) -> None:
    live.asked.clear()
    step = Waking(None)
    thread = threading.Thread(target=step._keep, daemon=True)
    thread.start()
    found(olga, "payload.amount:>7 is:open")
    until = time.monotonic() + SECONDS
    while not PayloadPath.objects.filter(kept_at__isnull=False).exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert PayloadNumber.objects.count() == len(filled)
    found(olga, "payload.amount:>8 is:open")
    assert not live.asked.is_set(), "it is kept already"
    step.stop(None)
    thread.join(SECONDS)
    assert not thread.is_alive()
    live.asked.clear()


def test_a_worker_goes_on_until_all_are_kept_and_the_next_call_where_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch, olga: PersonCaller, filled: list[str]
) -> None:
    monkeypatch.setattr(numbers, "_kept_at", -numbers.KEEP_SECONDS)
    monkeypatch.setattr(numbers, "BATCH", 5)
    for name in ("_ADD", "_ADD_OLDER"):
        monkeypatch.setattr(numbers, name, getattr(numbers, name).replace("LIMIT 20000", "LIMIT 5"))
    found(olga, "payload.amount:>7 is:open")
    carry_out(0.0)
    assert PayloadNumber.objects.count() == 5
    carry_out(0.0)
    assert PayloadNumber.objects.count() == 10, "it does not wait until it is time to look for new ones"
    carry_out(60.0)
    assert PayloadNumber.objects.count() == len(filled)
    assert PayloadPath.objects.get().kept_at is not None


def test_seldom_asked_paths_are_tidied_each_hour_whenever_the_others_were(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[dict[str, bool]] = []
    monkeypatch.setattr(numbers, "keep", lambda **how: kept.append(how))
    now = time.monotonic()
    for name, ago in (("_kept_at", 60.0), ("_tidied_at", 30.0), ("_all_tidied_at", 3600.0)):
        monkeypatch.setattr(numbers, name, now - ago)
    carry_out(0.0)
    assert kept == [{"tidy": True, "every": True}]


def test_of_all_paths_that_are_asked_for_the_last_are_kept(now: SettableClock, olga: PersonCaller) -> None:
    for number in range(numbers.MOST + 3):
        found(olga, f"payload.p{number}:>1 is:open")
        now.advance(seconds=1)
    numbers.keep(tidy=True)
    assert sorted(path for (path,) in PayloadPath.objects.values_list("path__0")) == sorted(
        f"p{number}" for number in range(3, numbers.MOST + 3)
    )


def test_the_numbers_of_what_is_erased_are_erased(olga: PersonCaller, worker: KeyCaller, filled: list[str]) -> None:
    found(olga, "payload.amount:>7 is:open")
    numbers.keep(tidy=False)
    worker.post(f"/intents/{filled[0]}/resume", {"done": True}).ok()
    intent = Intent.objects.get(id=filled[0])

    @unit
    def erase() -> None:
        locked = lock_many([intent.id])
        erasing.erase(intents=list(locked.intents.values()), by="test", reason="test", now=clock.now())

    erase()
    assert not PayloadNumber.objects.filter(intent_id=intent.id).exists()
    assert PayloadNumber.objects.exists()


def test_a_workspace_has_paths_and_numbers_of_its_own(
    olga: PersonCaller, foreign_machine: KeyCaller, filled: list[str]
) -> None:
    found(olga, "payload.amount:>7 is:open")
    foreign = foreign_machine.submit(payload={"amount": 1000})
    numbers.keep(tidy=False)
    assert not PayloadNumber.objects.filter(intent_id=foreign).exists()
    assert foreign not in found(olga, "payload.amount:>7 is:open")[0]
