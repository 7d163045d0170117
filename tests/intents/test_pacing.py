"""How often events get their places: soon while somebody follows, seldom while nobody does, and never too late."""

import math

import pytest

from axme_site import waking
from intents.feed.selectors import bounds
from intents.kernel import live
from intents.sending import channels, pacing, sender
from intents.sending.channels import Feeder
from intents.sending.pacing import Pace
from intents.sending.sender import Sender
from tests.callers import KeyCaller
from tests.intents.feeds import Reader, sequenced
from tests.intents.test_feed_waiting import reader  # noqa: F401 - a fixture
from tests.intents.test_waking import NEVER, WAITED, Loop

BATCH = 3


class Fed:
    """A feeder with a batch that makes what each of `finds` says, then nothing."""

    def __init__(self, *finds: int) -> None:
        self.asked, self._finds = 0, list(finds)
        self.feeder = Feeder("true", self.feed, batch=BATCH)

    def feed(self) -> int:
        self.asked += 1
        return self._finds.pop(0) if self._finds else 0


@pytest.fixture(autouse=True)
def unfollowed(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody follows, a rest lasts longer than any test; while somebody does, there is none."""
    monkeypatch.setattr(pacing, "UNFOLLOWED_SECONDS", NEVER)
    monkeypatch.setattr(pacing, "SHORTEST_SECONDS", 0.0)
    monkeypatch.setattr(pacing, "LONGEST_SECONDS", 0.0)


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> Fed:
    fed = Fed()
    monkeypatch.setattr(channels, "_feeders", [fed.feeder])
    return fed


def test_while_nobody_follows_it_is_asked_once_however_much_is_recorded(fed: Fed) -> None:
    sender = Sender([])
    for _ in range(3):
        sender.recorded()
        sender.work()
    assert fed.asked == 1


def test_what_one_look_leaves_behind_is_done_at_once_also_while_nobody_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    fed = Fed(BATCH, BATCH, 1)
    monkeypatch.setattr(channels, "_feeders", [fed.feeder])
    Sender([]).work()
    assert fed.asked == 3


def test_feeders_without_a_batch_are_asked_at_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def feed() -> int:
        asked.append(1)
        return 0

    monkeypatch.setattr(channels, "_feeders", [Fed().feeder, Feeder("true", feed)])
    sender = Sender([])
    for _ in range(3):
        sender.work()
    assert len(asked) == 3


def test_who_begins_to_follow_ends_the_rest_and_for_some_time_there_is_none(fed: Fed) -> None:
    sender = Sender([])
    sender.work()
    sender.followed()
    for _ in range(3):
        sender.work()
    assert fed.asked == 4


def test_what_follows_in_the_database_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    fed = Fed()
    monkeypatch.setattr(channels, "_feeders", [fed.feeder, Feeder("false", lambda: 0, followed="true")])
    sender = Sender([])
    for _ in range(3):
        sender.work()
    assert fed.asked == 3


def test_a_rest_is_the_longer_the_more_was_found_and_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(pacing.time, "monotonic", lambda: 100.0)
    pace = Pace()
    pace.wanted = True
    rests = []
    for found in (0, 1, 10, 1000):
        pace.looked(found, more=False, followed=True)
        rests.append(round(pace.next_look - 100.0, 3))
    pace.looked(0, more=False, followed=False)
    rests.append(round(pace.next_look - 100.0, 3))
    assert rests == [0.01, 0.01, 0.05, 0.1, 1.0]
    pace.wanted = False
    assert pace.next_look == math.inf


def test_a_worker_that_rests_is_woken_by_whoever_begins_to_follow(fed: Fed) -> None:
    sender = Sender([])
    worker = Loop(lambda: sender.keep_working(NEVER))
    sender.work()
    really = sender.work
    looked: list[int] = []

    def work(seconds: float = 0.5) -> None:
        really(seconds)
        looked.append(fed.asked)
        worker.look()

    sender.work = work  # type: ignore[method-assign]
    worker.thread.start()
    assert worker.first.wait(WAITED)
    sender.recorded()
    sender.followed()
    assert worker.second.wait(WAITED)
    worker.thread.join(WAITED)
    assert looked == [2, 3], "the call of beat asks, and so does who begins to follow"


def test_signals_of_other_processes_say_whether_somebody_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    for name in ("followed", "recorded"):
        monkeypatch.setattr(sender, name, lambda name=name: heard.append(name))
    for signal in ([], list(live.WORK), list(live.FOLLOWED), list(live.RECORDED), ["task", "a", "b"]):
        waking.heard(signal)
    live.work.clear()
    live.asked.clear()
    waking.heard(list(live.ASKED))
    assert live.asked.is_set()
    live.asked.clear()
    assert heard == ["followed", "recorded"]


@pytest.mark.parametrize("path", ["/events", "/events/stream"])
def test_whoever_reads_the_feed_says_that_it_is_followed(
    reader: Reader,  # noqa: F811 - the fixture
    machine: KeyCaller,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(live, "_on_followed", lambda: said.append(path))
    monkeypatch.setattr(live, "_followed_at", -math.inf)
    sequenced()
    reader.ask(path, wait_seconds=1)
    assert said


def test_a_subscription_that_is_active_follows_the_feed(machine: KeyCaller) -> None:
    def placed_at_once() -> bool:
        """Whether what is recorded gets its place at the next look."""
        sender = Sender([])
        sender.work()
        before = bounds().last
        machine.submit()
        sender.work()
        return bounds().last > before

    assert not placed_at_once()
    there = {"callback_url": "https://example.com/", "event_types": ["intent.*"]}
    made = machine.post("/webhooks/subscriptions", there).ok()["subscription"]
    assert placed_at_once()
    machine.patch(f"/webhooks/subscriptions/{made['subscription_id']}", {"active": False}).ok()
    assert not placed_at_once()
