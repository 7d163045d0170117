"""Counts by the hour: they say the same as the rows themselves, however often they are made and whatever commits late."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from inbox.tasks import rollup
from intents.kernel import clock
from intents.rollups import folding, histogram, selectors, sources
from intents.rollups.models import FoldedHour, HourlyCount
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask

PATIENCE = 60
LATER = timedelta(hours=1, minutes=30)
"""After the beginning of an hour: what happened in it is settled, and so is nothing of the next."""


@pytest.fixture
def busy(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> Counter[str]:
    """An hour of work: what happened in it."""
    done: Counter[str] = Counter()
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(12):
        done["arrived"] += 1
        match chance.choice(["complete", "fail", "approve", "wait"]):
            case "approve":
                ask(shop, title="Pay?", risk=(risk := chance.choice(["low", "high"]))).decide(bob, "approved").ok()
                done[f"decided {risk}"] += 1
                done["COMPLETED"] += 1
                done["WAITING_FOR_HUMAN"] += 1
            case "complete":
                worker.post(f"/intents/{shop.submit()}/resume", {}).ok()
                done["COMPLETED"] += 1
            case "fail":
                worker.post(f"/intents/{shop.submit()}/fail", {"error": {"code": "x"}, "retryable": False}).ok()
                done["FAILED"] += 1
            case "wait":
                worker.post(f"/intents/{(one := shop.submit())}/wait", {"for": "tool", "tool": "t", "external_id": one})
                shop.post("/tools/t/completions", {"external_id": one, "result": {}}).ok()
                done["WAITING_FOR_TOOL"] += 1
    return done


def read(shop: KeyCaller, *, now: datetime | None = None, hours: int = 3) -> selectors.Counted:
    now = now or clock.now()
    return selectors.counted(
        workspace_id=shop.agent.workspace_id,
        since=folding.hour_of(now) - timedelta(hours=hours),
        now=now,
        step=folding.HOUR,
        zone="Europe/Riga",
        by_week=(rollup.DECIDED,),
    )


def summed(counted: selectors.Counted) -> Counter[str]:
    found: Counter[str] = Counter()
    found["arrived"] = counted.total(sources.ARRIVED)
    for (measure, label), buckets in counted.histograms.items():
        if measure in (sources.ENDED, sources.WAITED):
            found[label] += sum(buckets.values())
        elif measure == rollup.DECIDED:
            found[f"decided {label}"] += sum(buckets.values())
    return +found


@contextmanager
def later(moment: datetime, by: timedelta = LATER) -> Iterator[datetime]:
    then = folding.hour_of(moment) + by
    with clock.frozen_at(then):
        yield then


def fold_all() -> None:
    """Count until no hour may change any more: another transaction, of a vacuum, may just be under way."""
    folding.fold()
    ends = time.monotonic() + PATIENCE
    while FoldedHour.objects.filter(final=False).exists():
        assert time.monotonic() < ends
        folding.fold()


def stored() -> set[tuple[object, ...]]:
    return set(HourlyCount.objects.values_list("workspace", "hour", "measure", "label", "bucket", "count"))


def test_an_hour_reads_the_same_before_and_after_it_was_counted(busy: Counter[str], shop: KeyCaller) -> None:
    now = clock.now()
    assert summed(read(shop)) == busy
    with later(now) as then:
        fold_all()
        assert stored() != set()
        assert summed(read(shop, now=then)) == busy


def test_counting_again_changes_nothing(busy: Counter[str], shop: KeyCaller) -> None:
    with later(clock.now()) as then:
        fold_all()
        before = stored()
        assert folding.fold() == 0, "what is final is not counted again"
        FoldedHour.objects.update(final=False)
        folding.fold()
        folding.recount(then - timedelta(days=1))
        assert folding.fold() > 0
        assert stored() == before


def test_what_commits_after_its_hour_was_counted_is_counted_all_the_same(shop: KeyCaller, worker: KeyCaller) -> None:
    written, may_commit = threading.Event(), threading.Event()

    def elsewhere() -> None:
        try:
            with transaction.atomic():
                shop.submit()
                written.set()
                assert may_commit.wait(PATIENCE)
        finally:
            connection.close()

    thread = threading.Thread(target=elsewhere)
    shop.submit()
    now = clock.now()
    thread.start()
    assert written.wait(PATIENCE)
    with later(now) as then:
        folding.fold()
        assert read(shop, now=then).total(sources.ARRIVED) == 1
        assert not FoldedHour.objects.get(hour=folding.hour_of(now)).final
        may_commit.set()
        thread.join(PATIENCE)
        fold_all()
        assert read(shop, now=then).total(sources.ARRIVED) == 2


def test_hours_that_nobody_counted_are_made_up_for_and_read_meanwhile(busy: Counter[str], shop: KeyCaller) -> None:
    now = clock.now()
    with later(now, timedelta(hours=5, minutes=30)) as then:
        folding.fold()
        # Somebody was interrupted: an hour in the middle is missing.
        FoldedHour.objects.filter(hour__in=(folding.hour_of(now), folding.hour_of(now - timedelta(minutes=2)))).delete()
        HourlyCount.objects.all().delete()
        assert summed(read(shop, now=then, hours=6)) == busy
        fold_all()
        assert summed(read(shop, now=then, hours=6)) == busy


def test_another_workspace_is_counted_for_itself(busy: Counter[str], shop: KeyCaller, foreign_machine: KeyCaller) -> None:
    foreign_machine.submit()
    assert read(foreign_machine).total(sources.ARRIVED) == 1
    with later(clock.now()) as then:
        folding.fold()
        assert read(foreign_machine, now=then).total(sources.ARRIVED) == 1
        assert summed(read(shop, now=then)) == busy


def test_a_decision_that_was_undone_counts_no_more(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, title="Pay?")
    asked.decide_on_page(bob)
    assert read(shop).total(rollup.DECIDED) == 1
    asked.post(bob, "undo").ok()
    assert read(shop).total(rollup.DECIDED) == 0


def test_days_and_weekdays_are_those_of_the_reader(shop: KeyCaller, bob: PersonCaller) -> None:
    ask(shop, title="Pay?").decide(bob, "approved").ok()
    now = clock.now()
    local = now.astimezone(clock.zone("Pacific/Auckland"))
    found = selectors.counted(
        workspace_id=shop.agent.workspace_id,
        since=now - timedelta(days=7),
        now=now + timedelta(seconds=1),
        step=timedelta(days=1),
        zone="Pacific/Auckland",
        by_week=(rollup.DECIDED,),
    )
    (day,) = found.slots(rollup.DECIDED)
    assert day.astimezone(local.tzinfo) == local.replace(hour=0, minute=0, second=0, microsecond=0)
    assert found.week[rollup.DECIDED] == {(local.isoweekday(), local.hour): 1}


def test_old_counts_are_forgotten(shop: KeyCaller) -> None:
    shop.submit()
    with later(clock.now()):
        folding.fold()
    with later(clock.now(), folding.KEPT + timedelta(days=2)):
        folding.prune()
    assert not stored()
    assert not FoldedHour.objects.exists()


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_quantile_of_buckets_is_near_the_true_one(share: float) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    values = sorted(chance.lognormvariate(6, 2) for _ in range(2000))
    found = histogram.quantile(Counter(map(histogram.bucket_of, values)), share)
    assert found is not None
    assert found == pytest.approx(values[int(share * len(values)) - 1], rel=0.2)


def test_nothing_has_no_quantile() -> None:
    assert histogram.quantile({}, 0.5) is None


@pytest.mark.django_db
def test_sql_and_python_have_the_same_buckets() -> None:
    seconds = [0.0, 0.0005, 0.0011, 0.9, 1.7, 59.0, 3600.5, 86_400.0 * 3, 9e9]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {histogram.bucket_sql('s')} FROM unnest(%s::float8[]) s", [seconds])
        assert [row[0] for row in cursor.fetchall()] == [histogram.bucket_of(one) for one in seconds]
