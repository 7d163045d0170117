"""What changed in an inbox: a cursor that misses nothing, however transactions overlap."""

import random
import threading
import time
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from intents.engine.models import Intent
from intents.threads.services import threads
from intents.threads.services.views import Owner
from tests.callers import Caller, KeyCaller
from tests.intents.inboxes import PATIENCE, check_shape, until

OWNER = Owner("order-service", "order-service")


class Reader:
    """A client that keeps a cursor, and the last that it was told about each thread."""

    def __init__(self, caller: Caller, *, limit: int = 50) -> None:
        self.caller, self.limit = caller, limit
        self.cursor: str | None = None
        self.seen: dict[str, dict[str, Any]] = {}

    def read(self) -> list[str]:
        """Read until there is no more: the ids told, in order."""
        told: list[str] = []
        while True:
            query = {"limit": self.limit} | ({"cursor": self.cursor} if self.cursor else {})
            body = self.caller.get("/inbox/changes", **query).ok()
            assert body.keys() >= {"ok", "changes", "next_cursor", "has_more"}
            assert len(body["changes"]) <= self.limit
            for change in body["changes"]:
                assert 3 <= len(change["cursor"]) <= 128
                check_shape(change["thread"])
                self.seen[change["thread"]["thread_id"]] = change["thread"]
                told.append(change["thread"]["thread_id"])
            assert not body["changes"] or body["next_cursor"] == body["changes"][-1]["cursor"]
            self.cursor = body["next_cursor"]
            if not body["has_more"]:
                return told


def until_told(reader: Reader, count: int) -> list[str]:
    """The ids told until there are `count`: of several changes one may be held back longer than another."""
    told: list[str] = []
    while len(told) < count:
        told += until(reader.read)
    return told


class Elsewhere:
    """A reply written by a transaction of another connection, which commits when told."""

    def __init__(self, worker: KeyCaller, intent_id: str, message: str) -> None:
        self._work = (worker.actor, UUID(intent_id), message)
        self._written, self._may_commit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        actor, intent_id, message = self._work
        try:
            with transaction.atomic():
                threads.reply(actor=actor, owner=OWNER, intent_id=intent_id, message=message)
                self._written.set()
                assert self._may_commit.wait(PATIENCE)
        finally:
            connection.close()

    def __enter__(self) -> "Elsewhere":
        self._thread.start()
        assert self._written.wait(PATIENCE)
        return self

    def commit(self) -> None:
        self._may_commit.set()
        self._thread.join(PATIENCE)

    def __exit__(self, *_: object) -> None:
        self.commit()


@pytest.fixture
def reader(worker: KeyCaller) -> Reader:
    return Reader(worker)


class TestChanges:
    def test_each_thread_that_changed_is_told_once_as_it_is_now(
        self, shop: KeyCaller, worker: KeyCaller, reader: Reader
    ) -> None:
        made = [shop.submit(), shop.submit()]
        first, _ = made
        assert until_told(reader, 2) == made
        assert reader.read() == []
        for text in ("one", "two"):
            worker.post(f"/inbox/{first}/reply", {"message": text}).ok()
        worker.post(f"/intents/{first}/resume", {}).ok()
        assert until(reader.read) == [first]
        assert reader.seen[first]["status"] == "done"
        assert reader.seen[first]["timeline"][-1]["event_type"] == "intent.completed"

    def test_a_cursor_holds_when_nothing_changed_and_when_nothing_was_there(self, reader: Reader, shop: KeyCaller) -> None:
        assert reader.read() == []
        assert reader.cursor
        kept = reader.cursor
        assert reader.read() == []
        assert reader.cursor == kept
        made = shop.submit()
        assert until(reader.read) == [made]

    def test_pages_follow_each_other(self, shop: KeyCaller, worker: KeyCaller) -> None:
        made = [shop.submit() for _ in range(7)]
        until(lambda: len(Reader(worker).read()) == 7)
        assert Reader(worker, limit=2).read() == made

    def test_a_completion_and_a_delegation_are_told(self, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller) -> None:
        reader = Reader(stranger)
        wanted, delegated = shop.submit(reply_to="stranger"), shop.submit()
        assert reader.read() == []
        worker.post(f"/intents/{wanted}/resume", {}).ok()
        assert until(reader.read) == [wanted]
        worker.post(f"/inbox/{delegated}/delegate", {"delegate_to": "stranger"}).ok()
        assert until(reader.read) == [delegated]

    def test_what_is_hidden_from_all_is_told_but_not_what_is_hidden_from_oneself(
        self, shop: KeyCaller, worker: KeyCaller, reader: Reader
    ) -> None:
        made = shop.submit()
        said = worker.post(f"/inbox/{made}/reply", {"message": "x"}).ok()["thread"]["timeline"][-1]["event_id"]
        assert until(reader.read) == [made]
        path = f"/inbox/{made}/messages/delete"
        worker.post(path, {"mode": "self", "message_ids": [said]}).ok()
        assert reader.read() == []
        worker.post(path, {"mode": "both", "message_ids": [said]}).ok()
        assert until(reader.read) == [made]

    def test_a_late_commit_is_not_skipped(self, shop: KeyCaller, worker: KeyCaller, reader: Reader) -> None:
        early, late = shop.submit(), shop.submit()
        until(lambda: reader.read() and len(reader.seen) == 2)
        with Elsewhere(worker, late, "written first, committed last") as writer:
            worker.post(f"/inbox/{early}/reply", {"message": "written last, committed first"}).ok()
            # The later change is held back, else the cursor would pass the earlier one.
            assert reader.read() == []
            writer.commit()
            told = []
            until(lambda: told.extend(reader.read()) or len(told) == 2)
            assert told == [late, early]

    def test_the_list_does_not_wait_for_others(self, shop: KeyCaller, worker: KeyCaller) -> None:
        held = shop.submit()
        with Elsewhere(worker, held, "unfinished"):
            fresh = shop.submit()
            assert [one["thread_id"] for one in worker.get("/inbox").ok()["threads"]] == [fresh, held]


class TestUnderConcurrentWriters:
    WRITERS, ROUNDS = 8, 12

    def test_eight_writers_lose_no_change(self, shop: KeyCaller, worker: KeyCaller) -> None:
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        made = [shop.submit() for _ in range(self.WRITERS * 2)]
        running = threading.Event()
        running.set()
        failures: list[BaseException] = []

        def write(number: int) -> None:
            chance = random.Random(seed + number)
            try:
                for round_ in range(self.ROUNDS):
                    target = chance.choice(made)
                    with transaction.atomic():
                        threads.reply(actor=worker.actor, owner=OWNER, intent_id=UUID(target), message=f"{number}.{round_}")
                        time.sleep(chance.random() * 0.02)  # commits overlap in any order
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        writers = [threading.Thread(target=write, args=(number,)) for number in range(self.WRITERS)]
        reader = Reader(worker, limit=5)
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            reader.read()
        for writer in writers:
            writer.join()
        assert failures == []

        def caught_up() -> bool:
            reader.read()
            return all(
                reader.seen.get(str(row.id), {"timeline": [{"seq": 0}]})["timeline"][-1]["seq"] == row.seq
                for row in Intent.objects.all()
            )

        until(caught_up)
        told = [entry["details"].get("message") for shown in reader.seen.values() for entry in shown["timeline"]]
        expected = {f"{number}.{round_}" for number in range(self.WRITERS) for round_ in range(self.ROUNDS)}
        assert sorted(one for one in told if one) == sorted(expected)
