"""The history is tamper-evident: whatever is edited, deleted, reordered, inserted or cut, both verifiers find it."""

import io
import random
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from intents.engine import chains
from intents.engine.chains import broken_chains
from intents.engine.events import chain_hash
from intents.engine.invariants import findings
from intents.engine.models import Intent, IntentBody, IntentEvent
from intents.engine.services import work
from intents.kernel import canonical
from intents.kernel.models import new_id
from tests.callers import KeyCaller

TAMPERINGS = 100
EDITABLE = (
    "event_type",
    "status",
    "waiting_reason",
    "handler",
    "actor",
    "at",
    "details",
    "salt",
    "digest",
    "prev_hash",
    "hash",
)


@pytest.fixture
def history(machine: KeyCaller) -> str:
    """An intent with a dozen events, live at the end; and beside it one that is over."""
    intent_id = machine.submit(payload={"amount": 99.99})
    for step in range(8):
        machine.post(f"/intents/{intent_id}/checkpoint", {"step": step, "message": f"step {step}"}).ok()
    over = machine.submit()
    machine.post(f"/intents/{over}/resume", {"done": True}).ok()
    return intent_id


@pytest.mark.slow
def test_the_verifiers_find_every_random_tampering(history: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    missed: list[str] = []
    for _ in range(TAMPERINGS):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
            kind = chance.choice((edit, delete, reorder, insert, cut, rewrite, swap_payload))
            what = kind(chance, list(IntentEvent.objects.filter(intent_id=history).order_by("seq")))
            if not list(broken_chains()):
                missed.append(f"offline: {what}")
            if kind is not swap_payload and not findings():
                missed.append(f"in SQL: {what}")
            transaction.set_rollback(True)
    assert missed == []


def edit(chance: random.Random, events: list[IntentEvent]) -> str:
    """One field of one event."""
    event, field = chance.choice(events), chance.choice(EDITABLE)
    match field:
        case "at":
            event.at += timedelta(microseconds=chance.choice((-1, 1, 1_000_000)))
        case "salt" | "digest" | "prev_hash" | "hash":
            value = bytearray(getattr(event, field))
            value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
            setattr(event, field, bytes(value))
        case "details":
            event.details = canonical.dumps({"forged": chance.random()})
        case "event_type":
            event.event_type = "intent.comment" if event.event_type != "intent.comment" else "intent.answer"
        case _:
            setattr(event, field, f"{getattr(event, field) or ''}x"[-16:])
    event.save()
    return f"edited {field} of event {event.seq}"


def delete(chance: random.Random, events: list[IntentEvent]) -> str:
    """An event, with or without closing the gap."""
    event = chance.choice(events)
    event.delete()
    if close := chance.random() < 0.5:
        for later in events[event.seq :]:
            IntentEvent.objects.filter(id=later.id).update(seq=later.seq - 1)
        Intent.objects.filter(id=event.intent_id).update(seq=len(events) - 1)
    return f"deleted event {event.seq}{' and closed the gap' if close else ''}"


def reorder(chance: random.Random, events: list[IntentEvent]) -> str:
    one, other = chance.sample(events, 2)
    IntentEvent.objects.filter(id=one.id).update(seq=10_000)
    IntentEvent.objects.filter(id=other.id).update(seq=one.seq)
    IntentEvent.objects.filter(id=one.id).update(seq=other.seq)
    return f"swapped events {one.seq} and {other.seq}"


def insert(chance: random.Random, events: list[IntentEvent]) -> str:
    """A well-made event at the end, which its intent does not know of."""
    last = events[-1]
    text, salt = canonical.dumps({"forged": True}), canonical.new_salt()
    forged = IntentEvent.objects.get(id=chance.choice(events).id)
    forged.id, forged.seq, forged.details, forged.salt = new_id(), last.seq + 1, text, salt
    forged.status, forged.event_type, forged.at = last.status, "intent.comment", last.at
    _chain(forged, bytes(last.hash))
    forged.save(force_insert=True)
    return "appended an event"


def cut(chance: random.Random, events: list[IntentEvent]) -> str:
    """The end, or everything."""
    left = chance.randrange(len(events))
    IntentEvent.objects.filter(intent_id=events[0].intent_id, seq__gt=left).delete()
    return f"cut after event {left}"


def rewrite(chance: random.Random, events: list[IntentEvent]) -> str:
    """An event and, after it, every hash but the one the intent keeps."""
    at = chance.randrange(len(events))
    events[at].actor = "mallory"
    prev_hash = bytes(events[at].prev_hash)
    for event in events[at:]:
        _chain(event, prev_hash)
        event.save()
        prev_hash = bytes(event.hash)
    return f"rewrote everything from event {at + 1}"


def swap_payload(chance: random.Random, events: list[IntentEvent]) -> str:
    payload = canonical.dumps({"amount": chance.choice((9.99, 100, "99.99", str(uuid.uuid4())))})
    IntentBody.objects.filter(intent_id=events[0].intent_id).update(payload=payload)
    return f"changed the payload to {payload}"


def _chain(event: IntentEvent, prev_hash: bytes) -> None:
    event.prev_hash = prev_hash
    event.digest = canonical.digest(event.details or "", bytes(event.salt or b""))
    event.hash = chain_hash(
        prev_hash=prev_hash,
        intent_id=event.intent_id,
        seq=event.seq,
        event_type=event.event_type,
        status=event.status,
        waiting_reason=event.waiting_reason,
        handler=event.handler,
        actor=event.actor,
        at=event.at,
        digest=event.digest,
    )


def test_details_that_are_gone_are_missed_unless_this_server_erased_them(history: str) -> None:
    with transaction.atomic():
        IntentEvent.objects.filter(intent_id=history).update(details=None, salt=None)
        missed = [str(one) for one in broken_chains()]
        assert missed == [f"what it carried is gone, and was not erased by this server: {history}"]
        assert [one.rule for one in findings()] == ["what an intent carried is there, unless it was erased"]
        transaction.set_rollback(True)


def test_an_event_shows_the_hashes_that_chain_it(machine: KeyCaller, history: str) -> None:
    events = machine.events(history)
    assert events[0]["prev_hash"] == "0" * 64
    assert [event["prev_hash"] for event in events[1:]] == [event["hash"] for event in events[:-1]]


def test_the_command_names_the_changed_history_and_exits_with_1(history: str) -> None:
    IntentEvent.objects.filter(intent_id=history, seq=3).update(actor="mallory")
    told = io.StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_audit", stdout=told)
    assert told.getvalue() == f"the history was changed at event 3: {history}\n"
    IntentEvent.objects.filter(intent_id=history, seq=3).update(actor="agent://myorg/production/demo")
    told = io.StringIO()
    call_command("verify_audit", stdout=told)
    assert told.getvalue().startswith("All chains hold (")


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_history_is_passed_over_however_few_are_read_at_a_time(
    size: int, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "SLICE", size)
    ids = [uuid.UUID(machine.submit()) for _ in range(4)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE intents_intentevent SET actor = 'mallory' WHERE seq = 2")
        assert [one.intent_id for one in broken_chains()] == sorted(ids)
        assert [one.intent_id for one in broken_chains(ids[1:3])] == sorted(ids[1:3])
        IntentEvent.objects.filter(intent_id=ids[3]).delete()
        assert [one.intent_id for one in broken_chains()] == sorted(ids)
        transaction.set_rollback(True)


def test_what_was_rolled_back_leaves_no_gap_in_the_chain(history: str, machine: KeyCaller) -> None:
    def seqs() -> list[int]:
        return list(IntentEvent.objects.filter(intent_id=history).order_by("seq").values_list("seq", flat=True))

    before = seqs()
    with transaction.atomic():
        work.checkpoint(actor=machine.actor, intent_id=uuid.UUID(history), details={"step": 90})
        assert len(seqs()) == len(before) + 1
        transaction.set_rollback(True)
    assert seqs() == before
    machine.post(f"/intents/{history}/progress", {"percent": 91}).ok()
    assert seqs() == [*before, before[-1] + 1]
    assert list(broken_chains()) == []
    assert findings() == []
