"""Whatever is changed in the database behind the server is found by the checkpoints."""

import io
import random
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from intents.audit import auditor, checkpoints, notes, tree
from intents.audit.models import AuditCheckpoint, AuditFinding, AuditLeaf
from intents.engine import chains
from intents.engine.models import IntentEvent
from tests.callers import KeyCaller
from tests.inbox.conftest import Asked
from tests.inbox.sealing import TIMES, faults, seal, tampering
from tests.intents.receivers import receiver, says


def test_events_are_sealed_once_and_late_ones_later(decided: Asked, shop: KeyCaller) -> None:
    assert tree.size() == IntentEvent.objects.count() == AuditLeaf.objects.count()
    assert faults() == []
    assert not checkpoints.make()
    late = shop.submit()
    assert tree.append() > 0
    assert checkpoints.make()
    assert AuditCheckpoint.objects.count() == 2
    assert set(IntentEvent.objects.filter(intent_id=late).values_list("id", flat=True)) <= set(
        AuditLeaf.objects.values_list("event_id", flat=True)
    )
    assert faults() == []


CHAIN = """
UPDATE intents_intentevent e SET prev_hash = coalesce((SELECT p.hash FROM intents_intentevent p
    WHERE p.intent_id = e.intent_id AND p.seq = e.seq - 1), decode(repeat('00', 32), 'hex')) WHERE {which} AND seq = {seq};
UPDATE intents_intentevent SET hash = intents_event_hash(
    prev_hash, intent_id, seq, event_type, status, waiting_reason, handler, actor, at, digest) WHERE {which} AND seq = {seq}
"""
"""Makes the chain anew at one event, as whoever knows how it is computed can."""


def changes(chance: random.Random) -> str:
    """A random change of the stored histories, made good where the database alone can."""
    event = chance.choice(list(IntentEvent.objects.order_by("id")))
    which, last = f"intent_id = '{event.intent_id}'", event.intent.seq
    anew = ";".join(CHAIN.format(which=which, seq=seq) for seq in range(event.seq, last + 1))
    fold = f"""UPDATE intents_intent i SET last_hash = e.hash, seq = e.seq, status = e.status FROM intents_intentevent e
        WHERE e.intent_id = i.id AND i.id = '{event.intent_id}'
          AND e.seq = (SELECT max(seq) FROM intents_intentevent WHERE {which})"""
    edit = chance.choice(
        (
            "actor = 'mallory@evil.example'",
            "at = at - interval '1 second'",
            "handler = 'agent://x/y/z'",
            "digest = sha256('x'), details = NULL",
            "details = '{\"decision\":{}}', salt = '', digest = sha256('{\"decision\":{}}')",
        )
    )
    leaf = AuditLeaf.objects.get(event_id=event.id).index
    beside = AuditLeaf.objects.filter(index__lt=leaf).order_by("-index").first() or AuditLeaf.objects.get(index=leaf + 1)
    other = chance.choice([seq for seq in range(1, last + 1) if seq != event.seq] or [event.seq])
    swapped = f"""UPDATE intents_intentevent SET seq = 30000 WHERE {which} AND seq = {event.seq};
        UPDATE intents_intentevent SET seq = {event.seq} WHERE {which} AND seq = {other};
        UPDATE intents_intentevent SET seq = {other} WHERE {which} AND seq = 30000"""
    from_first = ";".join(CHAIN.format(which=which, seq=seq) for seq in range(1, last + 1))
    return chance.choice(
        (
            swapped if other != event.seq else "SELECT",
            f"{swapped}; {from_first}; {fold}" if other != event.seq else "SELECT",
            f"UPDATE intents_auditleaf SET event_id = gen_random_uuid() WHERE index = {leaf};"
            f"UPDATE intents_auditleaf SET event_id = '{event.id}' WHERE index = {beside.index};"
            f"UPDATE intents_auditleaf SET event_id = '{beside.event_id}' WHERE index = {leaf}",
            f"UPDATE intents_intentevent SET {edit} WHERE id = '{event.id}'",
            f"UPDATE intents_intentevent SET {edit} WHERE id = '{event.id}'; {anew}; {fold}",
            f"DELETE FROM intents_intentevent WHERE {which} AND seq >= {event.seq}; {fold}",
            f"DELETE FROM intents_intentevent WHERE {which}; DELETE FROM intents_intent WHERE id = '{event.intent_id}'",
            f"DELETE FROM intents_auditleaf WHERE index >= {leaf};"
            f"DELETE FROM intents_auditcheckpoint WHERE size > {leaf}; UPDATE intents_audittree SET size = {leaf}",
            f"UPDATE intents_auditleaf SET event_id = gen_random_uuid() WHERE index = {leaf}",
            "UPDATE intents_audittile SET hashes = set_byte(hashes, 1, (get_byte(hashes, 1) + 1) % 256)",
            "UPDATE intents_auditcheckpoint SET note = replace(note, E'\\n', ' ')",
        )
    )


def test_whatever_is_changed_in_the_database_is_found(decided: Asked) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(TIMES):
        statements = changes(chance)
        with tampering(statements) as changed:
            assert not changed or faults(), statements
    assert faults() == []


def test_who_builds_the_tree_anew_is_found_by_the_checkpoints_that_left(decided: Asked, checkpoint_file: Path) -> None:
    with tampering(
        f"UPDATE intents_intentevent SET actor = 'mallory' WHERE intent_id = '{decided.intent_id}' AND seq = 1;"
        + ";".join(CHAIN.format(which=f"intent_id = '{decided.intent_id}'", seq=seq) for seq in range(1, 9))
        + f""";UPDATE intents_intent i SET last_hash = e.hash FROM intents_intentevent e
        WHERE e.intent_id = i.id AND i.id = '{decided.intent_id}' AND e.seq = i.seq;
        DELETE FROM intents_auditleaf; DELETE FROM intents_audittile; DELETE FROM intents_audittree;
        DELETE FROM intents_auditcheckpoint"""
    ):
        while tree.append():
            pass
        assert tree.faults() == []
        assert list(chains.broken_chains()) == []
        assert checkpoints.faults(checkpoints.written())


@pytest.mark.parametrize(
    ("statements", "rule"),
    [
        (
            "UPDATE intents_intentevent SET hash = sha256('x') WHERE id = (SELECT event_id FROM intents_auditleaf LIMIT 1)",
            "an event is the one in the tree of all events",
        ),
        (
            "UPDATE intents_audittile SET hashes = set_byte(hashes, 40, (get_byte(hashes, 40) + 1) % 256)",
            "the tree of all events agrees with its newest checkpoint",
        ),
    ],
)
def test_the_auditor_reports_what_does_not_agree_with_the_tree(decided: Asked, statements: str, rule: str) -> None:
    auditor.run()
    assert AuditFinding.objects.filter(resolved_at=None).count() == 0
    with tampering(statements):
        auditor.run()
        assert AuditFinding.objects.filter(rule=rule, resolved_at=None).exists()


def test_a_tree_that_was_changed_is_not_signed_again(decided: Asked, shop: KeyCaller) -> None:
    with tampering("UPDATE intents_audittile SET hashes = set_byte(hashes, 40, (get_byte(hashes, 40) + 1) % 256)"):
        shop.submit()
        tree.append()
        assert not checkpoints.make()


def test_the_command_compares_with_checkpoints_that_were_kept_elsewhere(
    decided: Asked, shop: KeyCaller, checkpoint_file: Path, tmp_path: Path
) -> None:
    elsewhere, told = tmp_path / "elsewhere.txt", io.StringIO()
    elsewhere.write_text(checkpoint_file.read_text())
    checkpoint_file.unlink()
    shop.submit()
    seal()
    call_command("verify_audit", "--checkpoints", str(elsewhere), stdout=told)
    assert "All chains hold" in told.getvalue()
    with tampering("DELETE FROM intents_auditcheckpoint; UPDATE intents_audittree SET size = 1"):
        found = [str(one) for one in checkpoints.faults(checkpoints.parsed(elsewhere.read_text()))]
        assert any("cut off" in one for one in found)


def test_a_checkpoint_is_posted_once_and_again_until_it_is_taken(decided: Asked, settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiver({"/no": says("500 No", b""), "/yes": says("204 Taken", b"")}) as listening:
        settings.AUDIT_URL = f"http://127.0.0.1:{listening.port}/no"
        assert not checkpoints.send()
        settings.AUDIT_URL = f"http://127.0.0.1:{listening.port}/yes"
        assert checkpoints.send()
        assert not checkpoints.send()
        assert len(listening.requests) == 2
        assert notes.opened(listening.requests[1].partition(b"\r\n\r\n")[2].decode()).size == tree.size()
