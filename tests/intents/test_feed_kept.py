"""For how long the feed keeps what, what is erased of it, what it tells beside intents, and who notices when it stands."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from intents import jobs
from intents.accounts.models import Workspace
from intents.accounts.services import agents, tokens
from intents.audit import auditor
from intents.feed import pruning, rules, selectors, sequencer
from intents.feed.models import FeedEntry, FeedState, WorkspaceEvent
from intents.feed.services.publish import publish
from intents.kernel import clock
from intents.sending.sender import Sender
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.intents.feeds import Reader, ids_from, look_wide, sequenced
from tests.intents.test_auditor import open_rules
from tests.intents.test_feed import history, names
from tests.intents.test_retention import ended, keep, run, sealed
from tests.security.edge import Loop


@pytest.fixture
def reader(loop: Loop, machine: KeyCaller) -> Reader:
    return Reader(loop, machine)


def types(events: list[dict[str, Any]]) -> list[str]:
    return [one["event_type"] for one in events]


class TestRetention:
    def aged(self, days: float) -> None:
        """What is in the feed came so many days ago."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE intents_feedentry SET seq = seq - %(shift)s, at = at - make_interval(secs => %(seconds)s)",
                {"shift": int(days * 86_400_000_000), "seconds": days * 86_400},
            )

    def test_what_is_past_its_time_is_forgotten_and_a_cursor_from_then_is_refused_with_the_oldest(
        self, reader: Reader, machine: KeyCaller, workspace: Workspace
    ) -> None:
        machine.submit()
        publish(actor=SETUP, workspace_id=workspace.id, event_type="agent.updated", subject="x")
        sequenced()
        self.aged(31)
        old, count = reader.page(limit=1)["next_cursor"], FeedEntry.objects.count()
        kept = machine.submit()
        sequenced()
        assert pruning.prune() == count
        assert not WorkspaceEvent.objects.exists()
        answer = reader.ask(after=old)
        assert (answer.status, answer.code) == (410, "cursor_expired")
        oldest = answer.json["error"]["details"]["oldest"]
        assert names(reader.ask(after=oldest).ok()["events"]) == history(kept)
        reader.after = None
        assert names(reader.read()) == history(kept)

    def test_what_is_younger_stays_and_what_was_forgotten_does_not_come_back(
        self, reader: Reader, machine: KeyCaller
    ) -> None:
        intent_id = machine.submit()
        sequenced()
        self.aged(29)
        assert pruning.prune() == 0
        self.aged(2)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE intents_intentevent SET at = at - interval '31 days' WHERE intent_id = %s", [intent_id])
            cursor.execute("SET session_replication_role = origin")
        try:
            assert pruning.prune() > 0
            look_wide(720)
            assert sequenced() == 0
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
                cursor.execute("UPDATE intents_intentevent SET at = at + interval '31 days'")
                cursor.execute("SET session_replication_role = origin")

    def test_the_setting_says_for_how_long_and_the_hourly_job_sees_to_it(self, machine: KeyCaller, settings: Any) -> None:
        settings.FEED_DAYS = 2
        machine.submit()
        sequenced()
        self.aged(3)
        jobs.prune()
        assert not FeedEntry.objects.exists()

    def test_a_group_that_fell_behind_is_told_and_goes_on_from_the_oldest(self, reader: Reader, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        first = reader.ask(consumer="sync", limit=1).ok()
        machine.post("/events/consumers/sync/ack", {"cursor": first["next_cursor"]}).ok()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE intents_feedstate SET pruned_seq = last_seq")
        kept = machine.submit()
        sequenced()
        answer = reader.ask(consumer="sync")
        assert (answer.status, answer.code) == (410, "cursor_expired")
        oldest = answer.json["error"]["details"]["oldest"]
        machine.post("/events/consumers/sync/ack", {"cursor": oldest}).ok()
        assert names(reader.ask(consumer="sync").ok()["events"]) == history(kept)

    def test_a_cursor_ahead_of_a_restored_feed_is_refused_with_the_latest(self, reader: Reader, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        ahead = FeedState.objects.get().last_seq + 86_400_000_000
        answer = reader.ask(after=f"e{ahead}")
        assert (answer.status, answer.code) == (410, "cursor_expired")
        assert reader.ask(after=answer.json["error"]["details"]["latest"]).ok()["events"] == []


class TestErasing:
    def test_of_erased_contents_the_events_stay_without_details(
        self, reader: Reader, alice: PersonCaller, shop: KeyCaller, worker: KeyCaller
    ) -> None:
        intent_id = ended(shop, worker)
        sequenced()
        alice.post(f"/intents/{intent_id}/erase", {"reason": "asked"}).ok()
        events = [one for one in reader.read() if one["intent_id"] == intent_id]
        assert names(events) == history(intent_id)
        assert {str(one["details"]) for one in events} == {"{}"}

    def test_removed_intents_are_not_in_the_feed_and_do_not_stop_its_readers(
        self, reader: Reader, alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, workspace: Workspace
    ) -> None:
        removed = ended(shop, worker)
        sequenced()
        kept = shop.submit()
        sequenced()
        sealed()
        keep(alice, COMPLETED={"intent_days": 30})
        assert run(workspace, in_days=31).removed == 1
        events = reader.read()
        assert {one["intent_id"] for one in events} == {kept, None}
        assert removed not in str(events)
        look_wide(720)
        assert sequenced() == 0

    def test_an_entry_whose_event_is_gone_is_passed_by(
        self, reader: Reader, machine: KeyCaller, workspace: Workspace
    ) -> None:
        publish(actor=SETUP, workspace_id=workspace.id, event_type="agent.updated", subject="x")
        sequenced()
        WorkspaceEvent.objects.all().delete()
        kept = machine.submit()
        sequenced()
        assert names(reader.read(limit=1)) == history(kept)
        assert {one.event_type for one in selectors.after(0, 10) if one.removed} == {"agent.created", "agent.updated"}


class TestActs:
    def test_what_happens_to_agents_is_told_in_the_transaction_that_does_it(
        self, reader: Reader, alice: PersonCaller, workspace: Workspace
    ) -> None:
        row = agents.create_agent(actor=SETUP, workspace=workspace, name="billing")
        agents.update_agent(actor=SETUP, agent=row, description="Bills")
        agents.suspend_agent(actor=SETUP, agent=row)
        agents.suspend_agent(actor=SETUP, agent=row, suspended=False)
        agents.delete_agent(actor=SETUP, agent=row)
        sequenced()
        events = reader.read(agent="billing")
        told = ["created", "updated", "suspended", "resumed", "deleted"]
        assert types(events) == [f"agent.{verb}" for verb in told]
        assert events[1]["details"] == {"changes": {"description": "Bills"}}

    def test_an_ended_token_is_told_without_its_secret(self, reader: Reader, alice: PersonCaller) -> None:
        tokens.revoke_person_token(actor=SETUP, token=alice.token)
        sequenced()
        (event,) = reader.read(types="auth.*")
        assert (event["event_type"], event["subject"]) == ("auth.session_revoked", alice.user.email)
        assert alice.secret not in str(event)


class TestNoticing:
    def test_the_auditor_tells_of_an_event_that_stays_out(self, machine: KeyCaller) -> None:
        machine.submit()
        sequenced()
        late = machine.submit()
        auditor.run()
        assert rules.COMPLETE_NAMED not in open_rules()
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE intents_intentevent SET at = at - interval '2 minutes' WHERE intent_id = %s", [late])
        try:
            auditor.run()
            assert str(open_rules()[rules.COMPLETE_NAMED]) == late
            sequenced()
            auditor.run()
            assert rules.COMPLETE_NAMED not in open_rules()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE intents_intentevent SET at = at + interval '2 minutes' WHERE intent_id = %s", [late])
                cursor.execute("SET session_replication_role = origin")

    def test_the_metric_tells_how_old_the_oldest_is_that_has_no_place(self, machine: KeyCaller) -> None:
        assert selectors.lag() == 0
        machine.submit()
        sequenced()
        assert selectors.lag() == 0
        machine.submit()
        assert 0 < selectors.lag() < 60
        text = Client().get("/metrics").content.decode()
        (line,) = [line for line in text.splitlines() if line.startswith("axme_feed_lag_seconds ")]
        assert float(line.split()[1]) > 0

    def test_a_worker_gives_places_when_it_looks(self, reader: Reader, machine: KeyCaller) -> None:
        Sender([]).work()
        intent_id = machine.submit()
        with ids_from(seconds=1):
            other = machine.submit()
        Sender([]).work()
        assert sorted(names(reader.read())) == history(intent_id, other)

    def test_a_wide_look_that_takes_too_long_holds_up_nothing(
        self, reader: Reader, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sequenced()
        intent_id = machine.submit()
        slow = sequencer._NEW.replace("SELECT * FROM (", "SELECT found.* FROM (SELECT pg_sleep(30)) s, (", 1)
        really = sequencer._new

        def far(state: FeedState, since: Any) -> Any:
            with monkeypatch.context() as slowly:
                if since != state.looked_from:
                    slowly.setattr(sequencer, "_NEW", slow)
                return really(state, since)

        monkeypatch.setattr(sequencer, "WIDE_SECONDS", 1)
        monkeypatch.setattr(sequencer, "_new", far)
        look_wide(12)
        sequenced()
        assert names(reader.read()) == history(intent_id)
        assert FeedState.objects.get().wide_looks == 12

    def test_history_that_is_brought_in_is_looked_for(self, reader: Reader, machine: KeyCaller) -> None:
        sequenced()
        with ids_from(days=20):
            intent_id = machine.submit()
        assert sequenced() == 0
        sequencer.look_back(clock.now() - timedelta(days=21))
        sequenced()
        assert names(reader.read()) == history(intent_id)
