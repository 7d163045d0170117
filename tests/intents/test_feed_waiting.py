"""Following the feed: as a stream, waiting for a page, and as a group of readers that shares its place."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from intents.feed.models import FeedConsumer
from intents.feed.services import consumers
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.intents.feeds import Reader, frames, in_thread, sequenced
from tests.intents.test_feed import completed, history, names
from tests.security.edge import Loop


@pytest.fixture
def reader(loop: Loop, machine: KeyCaller) -> Reader:
    return Reader(loop, machine)


def later(work: Any) -> threading.Thread:
    thread = threading.Thread(target=in_thread, args=(work,))
    thread.start()
    return thread


class TestStreams:
    def test_a_stream_has_what_is_there_and_what_comes_and_resumes_from_its_last_id(
        self, reader: Reader, machine: KeyCaller
    ) -> None:
        first = machine.submit()
        sequenced()
        second: list[str] = []

        def submit() -> None:
            second.append(machine.submit())
            sequenced()

        thread = later(submit)
        found = frames(reader.ask("/events/stream", wait_seconds=3).raw)
        thread.join()
        *events, (_, ended, said) = found
        assert sorted(names([data for _, _, data in events])) == history(first, *second)
        assert all((cursor, kind) == (data["cursor"], data["event_type"]) for cursor, kind, data in events)
        assert (ended, said) == ("stream.timeout", {"next_cursor": events[-1][0]})
        reader.after = events[0][0]
        resumed = frames(reader.ask("/events/stream", wait_seconds=1, after=events[0][0]).raw)
        assert [data for _, _, data in resumed[:-1]] == [data for _, _, data in events[1:]]

    def test_an_event_that_is_too_long_for_a_line_is_cut_and_says_so(self, reader: Reader, machine: KeyCaller) -> None:
        intent_id = machine.submit()
        machine.post(f"/intents/{intent_id}/resume", {"big": "x" * 60_000, "small": 1}).ok()
        sequenced()
        found = frames(reader.ask("/events/stream", wait_seconds=1, types="intent.completed").raw)
        (_, kind, data), _ = found
        assert (kind, data["truncated"], data["details"]) == ("intent.completed", True, {})
        assert "result" not in data

    def test_one_whose_place_is_pruned_meanwhile_is_told_where_to_go_on(self, reader: Reader, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        cursor = reader.page(limit=1)["next_cursor"]
        with connection.cursor() as cursor_:
            cursor_.execute("UPDATE intents_feedstate SET pruned_seq = last_seq")
        answer = reader.ask("/events/stream", after=cursor, wait_seconds=1)
        assert (answer.status, answer.code) == (410, "cursor_expired")


class TestWaiting:
    def test_a_page_that_waits_comes_with_the_first_event(self, reader: Reader, machine: KeyCaller) -> None:
        reader.after = "latest"
        assert reader.read() == []
        made: list[str] = []

        def submit() -> None:
            made.append(machine.submit())
            sequenced()

        thread = later(submit)
        events = reader.page(wait_seconds=30)["events"]
        thread.join()
        assert names(events + reader.read()) == history(*made)

    def test_one_that_waits_for_other_types_goes_on_waiting(self, reader: Reader, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        page = reader.page(wait_seconds=1, types="auth.*")
        assert (page["events"], page["has_more"]) == ([], False)


class TestConsumers:
    def ack(self, caller: KeyCaller | PersonCaller, cursor: str, name: str = "sync", **more: Any) -> Any:
        return caller.post(f"/events/consumers/{name}/ack", {"cursor": cursor} | more)

    def test_two_readers_of_a_group_never_have_the_same_and_what_is_acknowledged_does_not_come_back(
        self, loop: Loop, machine: KeyCaller
    ) -> None:
        intents = [machine.submit() for _ in range(2)]
        sequenced()
        one, other = (Reader(loop, machine, consumer="sync", limit=3) for _ in range(2))
        first = one.ask().ok()
        assert len(first["events"]) == 3
        assert other.ask().ok()["events"] == []
        assert self.ack(machine, first["next_cursor"]).ok()["applied"] is True
        second = other.ask().ok()
        assert sorted(names(first["events"] + second["events"])) == history(*intents)
        assert self.ack(machine, second["next_cursor"]).ok()["applied"] is True
        assert one.ask().ok()["events"] == other.ask().ok()["events"] == []

    def test_what_is_not_acknowledged_in_time_is_given_to_another(self, loop: Loop, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        reader = Reader(loop, machine, consumer="sync")
        first = reader.ask(lease_seconds=30).ok()["events"]
        FeedConsumer.objects.update(leased_until=clock.now() - timedelta(seconds=1))
        assert reader.ask().ok()["events"] == first != []

    def test_one_that_waits_gets_what_another_held_as_soon_as_that_is_done(self, loop: Loop, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        reader = Reader(loop, machine, consumer="sync", limit=1, types="intent.*")
        first = reader.ask().ok()
        thread = later(lambda: self.ack(machine, first["next_cursor"]).ok())
        second = reader.ask(wait_seconds=30).ok()
        thread.join()
        assert [one["seq"] for one in first["events"] + second["events"]] == [1, 2]

    def test_an_older_place_counts_only_with_rewind(self, loop: Loop, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        reader = Reader(loop, machine, consumer="sync")
        page = reader.ask().ok()
        oldest, newest = page["events"][0]["cursor"], page["next_cursor"]
        assert self.ack(machine, newest).ok() == {"ok": True, "applied": True, "cursor": newest}
        assert self.ack(machine, oldest).ok() == {"ok": True, "applied": False, "cursor": newest}
        assert self.ack(machine, oldest, rewind=True).ok() == {"ok": True, "applied": True, "cursor": oldest}
        assert reader.ask().ok()["events"] == page["events"][1:]

    def test_a_part_can_be_acknowledged_and_the_rest_stays_leased(self, loop: Loop, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        reader = Reader(loop, machine, consumer="sync")
        page = reader.ask().ok()
        self.ack(machine, page["events"][0]["cursor"]).ok()
        assert reader.ask().ok()["events"] == []
        FeedConsumer.objects.update(leased_until=clock.now() - timedelta(seconds=1))
        assert reader.ask().ok()["events"] == page["events"][1:]

    def test_what_nobody_of_the_group_wants_is_passed_by(self, loop: Loop, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        assert Reader(loop, machine, consumer="sync", types="auth.*").ask().ok()["events"] == []
        (shown,) = machine.get("/events/consumers").ok()["consumers"]
        assert (shown["name"], shown["pending"], shown["leased_until"]) == ("sync", 0, None)

    def test_the_list_tells_how_far_each_is_behind(self, loop: Loop, machine: KeyCaller) -> None:
        sequenced()
        Reader(loop, machine, consumer="sync", after="latest").ask().ok()
        machine.submit()
        sequenced()
        (shown,) = machine.get("/events/consumers").ok()["consumers"]
        assert shown["pending"] == 2
        assert shown["behind_seconds"] >= 0
        machine.delete("/events/consumers/sync")
        assert machine.get("/events/consumers").ok()["consumers"] == []

    def test_a_new_group_begins_where_its_first_reader_says(self, loop: Loop, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        reader = Reader(loop, machine, consumer="sync", after="latest")
        assert reader.ask().ok()["events"] == []
        later_one = machine.submit()
        sequenced()
        assert names(reader.ask().ok()["events"]) == history(later_one)

    def test_groups_of_an_agent_and_of_another_workspace_are_their_own(
        self, loop: Loop, machine: KeyCaller, worker: KeyCaller, foreign_machine: KeyCaller
    ) -> None:
        machine.submit()
        sequenced()
        page = Reader(loop, machine, consumer="sync").ask().ok()
        for caller in (worker, foreign_machine):
            assert self.ack(caller, page["next_cursor"]).code == "not_found"
            assert caller.delete("/events/consumers/sync").code == "not_found"
            assert caller.get("/events/consumers").ok()["consumers"] == []
        mine = Reader(loop, worker, consumer="sync").ask().ok()["events"]
        assert mine == [one for one in page["events"] if one["intent_id"]] != []
        assert self.ack(worker, page["next_cursor"]).ok()["applied"] is True
        (shown,) = machine.get("/events/consumers").ok()["consumers"]
        assert shown["pending"] == len(page["events"])

    def test_who_only_looks_on_moves_no_group(self, loop: Loop, vera: PersonCaller, bob: PersonCaller) -> None:
        for caller in (vera, bob):
            assert Reader(loop, caller, consumer="sync").ask().code == "policy_denied"
            assert self.ack(caller, "e1").code == "policy_denied"
            assert caller.get("/events/consumers").code == "policy_denied"

    def test_what_cannot_be_is_refused(self, loop: Loop, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
        reader = Reader(loop, machine)
        assert reader.ask(consumer="a b").status == 422
        assert reader.ask(consumer="a", lease_seconds=0).status == 422
        reader.ask(consumer="a").ok()
        assert self.ack(machine, "e9999999999999999", "a").status == 422
        assert self.ack(machine, "nonsense", "a").status == 422
        monkeypatch.setattr(consumers, "MOST", 1)
        assert reader.ask(consumer="b").status == 409

    def test_an_event_that_was_done_is_not_done_again_by_a_group_of_many(self, loop: Loop, machine: KeyCaller) -> None:
        intents = [machine.submit() for _ in range(5)]
        for intent_id in intents[:2]:
            completed(machine, intent_id)
        sequenced()
        readers = [Reader(loop, machine, consumer="sync", limit=2) for _ in range(3)]
        done: list[tuple[str, int]] = []
        while len(done) < len(history(*intents)):
            for reader in readers:
                page = reader.ask().ok()
                if page["events"]:
                    done += names(page["events"])
                    self.ack(machine, page["next_cursor"]).ok()
        assert sorted(done) == history(*intents)
