"""The feed has every event of a workspace once, each intent's in order, behind what was read before."""

import threading
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction

from intents.accounts.models import Workspace
from intents.engine.models import IntentEvent
from intents.feed import selectors, sequencer
from intents.feed.services.publish import publish
from intents.kernel import failpoints
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.intents.feeds import Reader, ids_from, in_thread, look_wide, sequenced
from tests.security.edge import Loop


@pytest.fixture
def reader(loop: Loop, machine: KeyCaller) -> Reader:
    return Reader(loop, machine)


def names(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(one["intent_id"], one["seq"]) for one in events if one["intent_id"]]


def history(*intents: str) -> list[tuple[str, int]]:
    rows = IntentEvent.objects.filter(intent_id__in=intents).values_list("intent_id", "seq")
    return sorted((str(intent_id), seq) for intent_id, seq in rows)


def in_order(events: list[tuple[str, int]]) -> bool:
    """Whether each intent's events are there from the first on, in order and once."""
    seen: dict[str, int] = {}
    for intent_id, seq in events:
        if seq != seen.get(intent_id, 0) + 1:
            return False
        seen[intent_id] = seq
    return True


def completed(machine: KeyCaller, intent_id: str) -> None:
    machine.post(f"/intents/{intent_id}/resume", {"done": True}).ok()


def test_every_event_comes_once_and_what_is_shown_is_what_the_intent_shows(reader: Reader, machine: KeyCaller) -> None:
    first, second = machine.submit(payload={"n": 1}), machine.submit()
    completed(machine, first)
    sequenced()
    events = reader.read()
    assert sorted(names(events)) == history(first, second)
    assert in_order(names(events))
    own = {one["seq"]: one for one in machine.events(first)}
    for event in events:
        if event["intent_id"] == first:
            assert {name: event[name] for name in own[event["seq"]]} == own[event["seq"]]
            assert (event["intent_type"], event["to_agent"].rpartition("/")[2]) == ("order.fulfill.v1", "order-service")
    assert len({one["event_id"] for one in events}) == len(events)
    assert reader.read() == []


def test_a_reader_goes_on_from_its_cursor_whatever_pages_it_asks_for(reader: Reader, machine: KeyCaller) -> None:
    intents = [machine.submit() for _ in range(3)]
    sequenced()
    before = reader.page(limit=1)
    assert (len(before["events"]), before["has_more"]) == (1, True)
    intents.append(machine.submit())
    sequenced()
    events = before["events"] + reader.read(limit=2)
    assert sorted(names(events)) == history(*intents)
    # Each event's own cursor leads to the one behind it.
    for event, follower in pairwise(events):
        assert reader.ask(after=event["cursor"], limit=1).ok()["events"] == [follower]


def test_latest_is_behind_all_that_there_is(reader: Reader, machine: KeyCaller) -> None:
    machine.submit()
    sequenced()
    reader.after = "latest"
    assert reader.read() == []
    later = machine.submit()
    sequenced()
    assert sorted(names(reader.read())) == history(later)


@pytest.mark.usefixtures("looked_up_once")
@pytest.mark.parametrize(("ago", "look"), [({"seconds": 30}, 1), ({"minutes": 10}, 12), ({"hours": 20}, 720)], ids=str)
def test_what_a_long_transaction_commits_comes_behind_what_was_read_meanwhile(
    reader: Reader, machine: KeyCaller, ago: dict[str, float], look: int
) -> None:
    began, may_end = threading.Event(), threading.Event()
    late: list[str] = []

    def slowly() -> None:
        with transaction.atomic():
            with ids_from(**ago):
                late.append(machine.submit())
            began.set()
            may_end.wait(30)

    sequenced()
    thread = threading.Thread(target=in_thread, args=(slowly,))
    thread.start()
    assert began.wait(30)
    meanwhile = machine.submit()
    sequenced()
    assert sorted(names(reader.read())) == history(meanwhile)
    may_end.set()
    thread.join()
    look_wide(look)
    assert sequenced() == len(history(*late))
    assert names(reader.read()) == history(*late)


def test_an_event_whose_process_has_a_wrong_clock_comes_before_what_followed_it(reader: Reader, machine: KeyCaller) -> None:
    sequenced()
    with ids_from(minutes=10):
        intent_id = machine.submit()
    machine.post(f"/intents/{intent_id}/progress", {"message": "half"}).ok()
    with ids_from(minutes=-10):
        completed(machine, intent_id)
    assert sequenced() > 0
    assert names(reader.read()) == history(intent_id)
    look_wide(12)
    assert sequenced() == 0


def test_what_does_not_fit_into_one_look_comes_in_the_next_and_in_order(
    reader: Reader, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "BATCH", 3)
    monkeypatch.setattr(sequencer, "_NEW", sequencer._NEW.replace("LIMIT 2000", "LIMIT 3"))
    intents = [machine.submit() for _ in range(4)]
    with ids_from(seconds=1):
        for intent_id in intents:
            completed(machine, intent_id)
    sequenced()
    events = names(reader.read())
    assert sorted(events) == history(*intents)
    assert in_order(events)


def test_of_two_that_give_places_at_a_time_one_does(reader: Reader, machine: KeyCaller) -> None:
    machine.submit()
    sequenced()
    machine.submit()
    with transaction.atomic():
        assert sequencer.sequence() > 0
        other: list[int] = []
        thread = threading.Thread(target=in_thread, args=(lambda: other.append(sequencer.sequence()),))
        thread.start()
        thread.join()
        assert other == [0]
    assert sequenced() == 0


def test_of_one_that_dies_before_its_commit_nothing_is_left(
    reader: Reader, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = machine.submit()

    def die(name: str) -> None:
        if name == "before_commit":
            raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(failpoints, "hit", die)
        with pytest.raises(SystemExit):
            sequencer.sequence()
    assert reader.read() == []
    sequenced()
    assert sorted(names(reader.read())) == history(intent_id)


def test_what_was_read_before_a_restored_backup_is_before_all_that_follows(reader: Reader, machine: KeyCaller) -> None:
    machine.submit()
    sequenced()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kept AS SELECT * FROM intents_feedstate")
        cursor.execute("CREATE TEMP TABLE kept_entries AS SELECT * FROM intents_feedentry")
        lost = machine.submit()
        sequenced()
        reader.read()
        # As in a backup of before: that it has no place yet.
        cursor.execute("DELETE FROM intents_feedstate; INSERT INTO intents_feedstate SELECT * FROM kept")
        cursor.execute("DELETE FROM intents_feedentry; INSERT INTO intents_feedentry SELECT * FROM kept_entries")
        cursor.execute("DROP TABLE kept, kept_entries")
    after = machine.submit()
    sequenced()
    assert sorted(names(reader.read())) == sorted(history(lost, after))


def test_published_events_stand_between_those_of_intents(reader: Reader, machine: KeyCaller, workspace: Workspace) -> None:
    machine.submit()
    publish(actor=SETUP, workspace_id=workspace.id, event_type="agent.updated", subject="order-service", details={"n": 1})
    last = machine.submit()
    sequenced()
    events = reader.read()
    (place,) = [number for number, one in enumerate(events) if one["event_type"] == "agent.updated"]
    event = events[place]
    assert (event["intent_id"], event["subject"], event["details"]) == (None, "order-service", {"n": 1})
    assert (event["actor"], event["source"]) == (SETUP.label, "server")
    assert names(events[place:]) == history(last)


class TestFilters:
    @pytest.fixture(autouse=True)
    def stored(self, machine: KeyCaller, workspace: Workspace) -> None:
        self.order = machine.submit()
        self.bill = machine.submit(to_agent="billing", intent_type="bill.write.v1")
        publish(actor=SETUP, workspace_id=workspace.id, event_type="endpoint.disabled", subject="billing")
        sequenced()

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"types": "intent.submitted"}, {"intent.submitted"}),
            ({"types": "intent.submitted,endpoint.*"}, {"intent.submitted", "endpoint.disabled"}),
            ({"types": "*"}, {"intent.created", "intent.submitted", "endpoint.disabled", "agent.created"}),
            ({"types": "auth.*"}, set()),
            ({"types": "int.*"}, set()),
            ({"agent": "billing", "types": "endpoint.*,intent.created"}, {"endpoint.disabled", "intent.created"}),
            ({"agent": "agent://myorg/production/order-service"}, {"intent.created", "intent.submitted"}),
            ({"agent": "nobody"}, set()),
            ({"intent_type": "bill.*"}, {"intent.created", "intent.submitted"}),
        ],
        ids=lambda given: str(given) if isinstance(given, dict) else "",
    )
    def test_what_is_asked_for_is_found(self, reader: Reader, query: dict[str, str], found: set[str]) -> None:
        assert {one["event_type"] for one in reader.read(**query)} == found

    def test_an_agent_or_a_type_of_intents_finds_no_other_intent(self, reader: Reader) -> None:
        assert {one["intent_id"] for one in reader.read(agent="billing")} == {self.bill, None}
        reader.after = None
        assert {one["intent_id"] for one in reader.read(intent_type="order.fulfill.v1")} == {self.order}

    def test_a_page_that_finds_nothing_says_that_there_is_more(
        self, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(selectors, "SCANNED", 2)
        page = reader.page(types="endpoint.*")
        assert (page["events"], page["has_more"]) == ([], True)
        assert [one["event_type"] for one in reader.read(types="endpoint.*")] == ["endpoint.disabled"]

    @pytest.mark.parametrize("query", [{"types": "in*"}, {"types": "a,,b"}, {"intent_type": "é"}, {"after": "x1"}], ids=str)
    def test_what_is_no_filter_or_cursor_is_refused(self, reader: Reader, query: dict[str, str]) -> None:
        answer = reader.ask(**query)
        assert (answer.status, answer.json["error"]["details"]["field"]) == (422, next(iter(query)))


class TestWhoReads:
    def test_an_agents_own_key_sees_what_concerns_it(
        self, loop: Loop, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, workspace: Workspace
    ) -> None:
        mine = shop.submit()
        granted = shop.submit(to_agent="billing")
        grant = {"grants_patch": {"resume": [f"agent://myorg/production/{stranger.agent.name}"]}}
        shop.post(f"/intents/{granted}/policy", grant).ok()
        publish(actor=SETUP, workspace_id=workspace.id, event_type="agent.updated", subject="order-service")
        sequenced()
        assert {one["intent_id"] for one in Reader(loop, worker).read()} == {mine}
        assert {one["intent_id"] for one in Reader(loop, shop).read()} == {mine, granted}
        assert {one["intent_id"] for one in Reader(loop, stranger).read()} == {granted}

    def test_people_who_watch_read_all_and_who_only_decides_is_refused(
        self, loop: Loop, machine: KeyCaller, vera: PersonCaller, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller
    ) -> None:
        intent_id = machine.submit()
        sequenced()
        for caller in (vera, alice, bob.also(machine)):
            assert sorted(names(Reader(loop, caller).read())) == history(intent_id)
        assert Reader(loop, bob).ask().code == "policy_denied"
        assert Reader(loop, bob).ask("/events/stream", wait_seconds=1).code == "policy_denied"
        assert Reader(loop, bob.also(shop)).read() == []

    def test_nobody_of_another_workspace_finds_anything(
        self, loop: Loop, machine: KeyCaller, foreign_machine: KeyCaller, charlie: PersonCaller
    ) -> None:
        machine.submit()
        sequenced()
        cursor = Reader(loop, machine).page(limit=1)["next_cursor"]
        for caller in (foreign_machine, charlie):
            assert Reader(loop, caller, types="intent.*").read() == []
            assert Reader(loop, caller).ask(after=cursor, types="intent.*").ok()["events"] == []
