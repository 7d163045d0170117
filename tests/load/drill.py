"""The restore drill: a backup under load, all that came after it lost, and everything goes on from it."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.load import checks
from tests.load import journal as journals
from tests.load.load import Load
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet

_SQUARES = """
SELECT i.id::text, i.status, (b.payload::jsonb ->> 'n')::int, (e.details::jsonb #>> '{result,square}')::bigint
FROM intents_intent i JOIN intents_intentbody b ON b.intent_id = i.id
LEFT JOIN intents_intentevent e ON e.intent_id = i.id AND e.seq = i.seq
WHERE i.mailbox = %s
"""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
COMMAND_SECONDS = 600.0


def drill(site: Scaled, *, count: int, tell: Tell = quiet) -> dict[str, Any]:
    """Under a load of `count` intents and more, take a backup that is restored and verified beside the database; go on, kill
    everything, and restore. What was accepted before the backup is there and is done once, the audits hold, and it is said
    from when all of it is."""
    folder = site.guarded.folder / f"kept-{time.monotonic_ns()}"
    load = Load(site, count, payload={"seconds": 0.02})
    checks.eventually(lambda: load.done >= count // 3, "a third is done", 60 + count * 0.2)
    before = {line["intent_id"] for line in journals.read(load.journal, "accepted")}
    began = time.monotonic()
    _manage(site, "backup", str(folder), "--verify")
    backup_seconds = time.monotonic() - began
    tell(f"backed up with {len(before)} accepted, {load.accepted} by now")
    load.finish(60 + count * 0.2)
    finished = {line["intent_id"] for line in journals.read(load.journal, "accepted")}
    site.kill()
    checks.eventually(lambda: site.rows(_OTHERS) == [(0,)], "no connection is left")
    began = time.monotonic()
    _manage(site, "restore", str(folder), "--replace")
    restore_seconds = time.monotonic() - began
    tell("restored")
    _manage(site, "audit_invariants")
    _manage(site, "verify_audit")
    stored = {row[0] for row in site.rows(_SQUARES, checks.mailbox(load.address))}
    assert before <= stored, f"of the backup's intents {len(before - stored)} are missing"
    assert stored <= finished
    undone = len(checks.open_intents(site, load.address))
    site.start_again()
    agents = [site.client("agent", address=load.address, journal=load.journal) for _ in range(2)]
    checks.wait_until_over(site, load.address, 60 + count * 0.2)
    for agent in agents:
        agent.stop(signal.SIGKILL)
    found = site.rows(_SQUARES, checks.mailbox(load.address))
    assert [row for row in found if row[1] != "COMPLETED" or row[3] != row[2] ** 2] == []
    Load(site, count // 3).finish(60 + count * 0.2)
    _manage(site, "verify_audit")
    headers = {"Authorization": f"Bearer {site.keys['DEMO_OPS_TOKEN']}"}
    told = httpx.get(f"{site.urls[0]}/v1/operations/system", headers=headers, timeout=30).json()["restored"]
    assert told["backup_at"] == json.loads((Path(folder) / "manifest.json").read_text())["at"]
    return {
        "intents": len(finished),
        "in_the_backup": len(stored),
        "done_again": undone,
        "lost": len(finished - stored),
        "backup_and_verify_seconds": round(backup_seconds, 1),
        "restore_seconds": round(restore_seconds, 1),
    }


def _manage(site: Scaled, *command: str) -> None:
    done = site.run(command[0], [sys.executable, "manage.py", *command])
    checks.eventually(lambda: not done.running, " ".join(command), COMMAND_SECONDS)
    assert done.wait() == 0, done.output
