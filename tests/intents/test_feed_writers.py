"""The feed under many writers: no gap, nothing out of order, nothing twice, whoever loses a connection or takes long."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connection, connections, transaction

from intents.engine.models import IntentEvent
from intents.feed import selectors, sequencer
from intents.feed.filters import Filter
from intents.feed.models import FeedEntry
from intents.kernel.errors import Unavailable
from tests.callers import KeyCaller
from tests.intents.feeds import ids_from, look_wide, sequenced
from tests.intents.test_feed import in_order

pytestmark = pytest.mark.slow

WRITERS = 16
ROUNDS = 4


def disconnected() -> None:
    """The connection is lost in the middle of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


class Writer:
    """Submits and completes intents; now and then it loses its connection before the commit, takes long, or has
    a wrong clock."""

    def __init__(self, machine: KeyCaller, seed: int) -> None:
        self._machine, self._chance = machine, random.Random(seed)

    def run(self) -> None:
        try:
            for _ in range(ROUNDS):
                try:
                    self._round()
                except (OperationalError, InterfaceError):
                    connection.close()
        finally:
            connections.close_all()

    def _round(self) -> None:
        with ids_from(seconds=self._chance.choice((0, 0, 0, 30, 45, -120))), transaction.atomic():
            intents = [self._machine.submit() for _ in range(3)]
            if self._chance.random() < 0.3:
                time.sleep(self._chance.random())  # what makes it a long one
            if self._chance.random() < 0.2:
                disconnected()
        with ids_from(seconds=self._chance.choice((0, 0, 20, -20))):
            for intent_id in intents:
                self._machine.post(f"/intents/{intent_id}/resume", {"done": True}).ok()


class Sequencer:
    """Gives places until it is told to stop; some of its transactions never commit."""

    def __init__(self, seed: int) -> None:
        self._chance, self.stop = random.Random(seed), threading.Event()

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                try:
                    with transaction.atomic():
                        found = sequencer.sequence()
                        if found and self._chance.random() < 0.2:
                            disconnected()
                except (OperationalError, InterfaceError, Unavailable):
                    connection.close()
        finally:
            connections.close_all()


class Follower:
    """Reads by cursor from time to time, as readers do that lose their connection, and goes on from the last they had."""

    def __init__(self, machine: KeyCaller, seed: int) -> None:
        self._actor, self._chance, self._after = machine.actor, random.Random(seed), 0
        self.seen: list[tuple[str, int]] = []

    def read(self) -> None:
        more = True
        while more:
            limit = self._chance.randint(1, 50)
            page = selectors.page(self._actor, after=self._after, wanted=Filter(), limit=limit, size=1 << 20)
            self._after, more = page.last, page.more
            self.seen += [(str(one.event.intent_id), one.event.seq) for one in page.entries if one.event]


@pytest.fixture
def seed() -> int:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return seed


@contextmanager
def sequencers(seed: int) -> Iterator[None]:
    """Two work inside the block."""
    both = [Sequencer(seed + number) for number in range(2)]
    threads = [threading.Thread(target=one.run) for one in both]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one in both:
            one.stop.set()
        for thread in threads:
            thread.join()


def all_run(work: list[Callable[[], None]], meanwhile: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(work)) as pool:
        running = [pool.submit(one) for one in work]
        while not all(one.done() for one in running):
            meanwhile()
    for one in running:
        one.result()


def test_every_reader_sees_each_event_once_and_each_intents_in_order(machine: KeyCaller, seed: int) -> None:
    follower = Follower(machine, seed)
    writers = [Writer(machine, seed + 100 + number) for number in range(WRITERS)]
    with sequencers(seed):
        all_run([one.run for one in writers], follower.read)
    look_wide(12)
    sequenced()
    follower.read()
    written = sorted((str(intent_id), seq) for intent_id, seq in IntentEvent.objects.values_list("intent_id", "seq"))
    assert len(written) > WRITERS
    assert sorted(follower.seen) == written
    assert in_order(follower.seen)
    assert FeedEntry.objects.filter(of_intent=True).count() == len(written)
