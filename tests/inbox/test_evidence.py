"""Whatever is changed of a history afterwards is found: by `verify_audit` on the server, and offline in a bundle."""

import copy
import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from examples import verify_evidence
from examples.verify_evidence import Changed
from intents.audit import auditor, checkpoints, notes, tree
from intents.audit.models import AuditCheckpoint, AuditFinding, AuditLeaf
from intents.engine import chains
from intents.engine.models import IntentEvent
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.intents.receivers import receiver, says
from tests.pages.browser import Browser

TIMES = int(os.environ.get("TAMPERINGS", "60"))
"""Random changes of the database, and of a bundle; TAMPERINGS=1000 is the full proof."""


@pytest.fixture(autouse=True)
def checkpoint_file(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_FILE = tmp_path / "checkpoints.txt"
    return tmp_path / "checkpoints.txt"


@pytest.fixture
def decided(shop: KeyCaller, bob: PersonCaller) -> Asked:
    """A decided task among other intents, all of it signed."""
    for number in range(3):
        shop.submit(payload={"number": number})
    asked = ask(shop, {"amount": 129, "to": "ACME"}, title="Refund 129.00 EUR to ACME?", risk="medium")
    asked.decide(bob, "approved", comment="fine").ok()
    seal()
    return asked


def seal() -> None:
    while tree.append():
        pass
    checkpoints.make()


def bundle(who: PersonCaller, asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = who.get(f"/intents/{asked.intent_id}/evidence").ok()
    return found


def faults() -> list[str]:
    kept = [*checkpoints.written(), *checkpoints.stored()]
    return [str(one) for one in (*chains.broken_chains(), *tree.faults(), *checkpoints.faults(kept))]


@contextmanager
def tampering(statements: str) -> Iterator[bool]:
    """As one with full access to the database would do it, undone afterwards; whether it changed anything."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            changed = 0
            for statement in statements.split(";"):
                cursor.execute(statement)
                changed += max(0, cursor.rowcount)
        yield changed > 0
        transaction.set_rollback(True)


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
    return chance.choice(
        (
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


def test_a_bundle_is_verified_offline_by_the_key_of_the_server(decided: Asked, vera: PersonCaller, tmp_path: Path) -> None:
    found = bundle(vera, decided)
    (task,) = found["tasks"]
    assert json.loads(task["shown"])["asked"]["title"] == "Refund 129.00 EUR to ACME?"
    assert (task["decisions"][0]["person"], task["decisions"][0]["outcome"]) == ("bob@myorg.example", "approved")
    assert json.loads(found["payload"]) == {"amount": 129, "to": "ACME"}
    path, script = tmp_path / "evidence.json", verify_evidence.__file__
    path.write_text(json.dumps(found))
    asked = [sys.executable, "-I", "-S", script, str(path), "--key", notes.verifier_key()]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"All {len(found['events'])} events are as they were written and signed.\n")
    path.write_text(json.dumps(found | {"payload": '{"amount":1290,"to":"ACME"}'}))
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "CHANGED: the payload was changed\n")


def test_what_is_in_no_checkpoint_yet_is_said_and_not_proved(decided: Asked, shop: KeyCaller, vera: PersonCaller) -> None:
    fresh = ask(shop, {"n": 1}, title="New?")
    found = bundle(vera, fresh)
    assert verify_evidence.verify(found, notes.verifier_key()) == len(found["events"])


def test_a_bundle_signed_by_another_key_is_refused(decided: Asked, vera: PersonCaller, settings: Any) -> None:
    real = notes.verifier_key()
    found = bundle(vera, decided)
    assert verify_evidence.verify(found, real) == 0
    settings.AUDIT_KEY = b"m" * 32
    found["log"]["checkpoint"] = notes.signed(notes.TreeHead(tree.size(), bytes(32)))
    found["log"]["public_key"] = notes.verifier_key()
    with pytest.raises(Changed):
        verify_evidence.verify(found, real)


UNPROVED = {"made_at", "deliveries", "trace_id", "request_id", "headline", "plan", "notified", "state", "public_key"}
"""What a bundle tells beside what is proved."""
BESIDE = {"intent": {"intent_id", "seq", "last_hash", "status"}}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a bundle that is proved, down to the values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            beside = path == ("intent",) and name not in BESIDE["intent"]
            beside |= path[-2:] == ("policy", "spec") or (path[2:3] == ("decisions",) and name in ("at", "void_reason"))
            if name not in UNPROVED and not beside:
                yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        yield path
        for place, inner in enumerate(value):
            yield from places(inner, (*path, place))
    else:
        yield path


def changed_at(found: dict[str, Any], path: tuple[Any, ...], chance: random.Random) -> dict[str, Any]:
    """A copy of a bundle with another value at a place."""
    made: dict[str, Any] = copy.deepcopy(found)
    inner: Any = made
    for part in path[:-1]:
        inner = inner[part]
    value = inner[path[-1]]
    match value:
        case list():
            inner[path[-1]] = chance.choice((value[:-1], value[::-1], [*value, value[0]], value[1:]))
        case str() if value:
            place = chance.randrange(len(value))
            inner[path[-1]] = (
                value[:place] + chance.choice([one for one in "0aZ-" if one != value[place]]) + value[place + 1 :]
            )
        case bool():
            inner[path[-1]] = not value
        case int():
            inner[path[-1]] = value + chance.choice((-1, 1))
        case _:
            inner[path[-1]] = "x"
    return made


def test_whatever_is_changed_in_a_bundle_is_found(decided: Asked, vera: PersonCaller) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    found, key = bundle(vera, decided), notes.verifier_key()
    every = list(places(found))
    for _ in range(TIMES):
        path = chance.choice(every)
        made = changed_at(found, path, chance)
        if made != found:
            with pytest.raises(Changed):
                print(path, verify_evidence.verify(made, key))


def test_a_page_gives_the_same_evidence_as_a_file(decided: Asked, vera: PersonCaller, bob: PersonCaller) -> None:
    path = f"/operations/intents/{decided.intent_id}"
    viewer = Browser().sign_in(vera.user)
    assert f'href="{path}/evidence"' in viewer.get(path).html
    file = viewer.get(f"{path}/evidence")
    assert verify_evidence.verify(json.loads(file.html), notes.verifier_key()) == 0
    assert json.loads(file.html)["events"] == bundle(vera, decided)["events"]
    assert Browser().sign_in(bob.user).get(f"{path}/evidence").status == 403


def test_evidence_is_for_those_who_watch(decided: Asked, shop: KeyCaller, bob: PersonCaller, charlie: PersonCaller) -> None:
    path = f"/intents/{decided.intent_id}/evidence"
    assert shop.get(path).status == 403
    assert bob.get(path).status == 403
    assert charlie.get(path).status == 404
