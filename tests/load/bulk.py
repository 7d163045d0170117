"""A bulk operation over very many intents, whose workers are killed midway: everything is done, and once."""

import signal
import time
from typing import Any

import httpx

from tests.load import checks, due
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet

PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 0.1
_EVENTS = """
SELECT i.status, c.canceled, i.seq, count(*) FROM intents_intent i, LATERAL (
    SELECT count(*) AS canceled FROM intents_intentevent e
    WHERE e.intent_id = i.id AND e.event_type = 'intent.canceled' AND e.details::jsonb ->> 'bulk_id' = %s
) c
WHERE i.mailbox = %s GROUP BY 1, 2, 3
"""
_ITEMS = "SELECT result, count(*), count(DISTINCT intent_id) FROM inbox_bulkitem WHERE bulk_id = %s GROUP BY 1"
_NOTED = "SELECT action, details ->> 'succeeded' FROM intents_auditentry WHERE subject = %s ORDER BY id"
_SECONDS = "SELECT extract(epoch FROM ended_at - started_at)::float8 FROM inbox_bulk WHERE id = %s"


def cancel(site: Scaled, *, count: int, kills: int, tell: Tell = quiet) -> dict[str, float]:
    """Cancel `count` intents by one bulk operation; `kills` times on the way all workers are killed, and started again. Each
    is canceled once, and the counts are exact. The rate is that of the time with a worker at it."""
    address = site.address("bulk")
    item = {"intent_type": "load.bulk.v1", "to_agent": address, "payload": {"note": "x" * 100}}
    due.submit(site, (item for _ in range(count)), count, tell)
    token = site.keys["DEMO_OPS_TOKEN"]
    with httpx.Client(base_url=site.urls[0], headers={"Authorization": f"Bearer {token}"}, timeout=120) as http:
        q = f"is:open agent:{checks.mailbox(address)}"
        body = {"action": "cancel", "filter": {"q": q}, "reason": "the campaign is over"}
        began = time.monotonic()
        ordered = http.post("/v1/operations/bulk", json=body)
        assert ordered.status_code == 200, ordered.text
        assert (ordered.json()["matched"], ordered.json()["skipped"]) == (count, [])
        order_seconds = time.monotonic() - began
        bulk_id = ordered.json()["bulk_id"]
        idle = 0.0
        for number in range(kills):
            _until(http, bulk_id, count * (number + 1) // (kills + 1), tell)
            killed = time.monotonic()
            for process in site.workers:
                process.stop(signal.SIGKILL)
            halfway = _shown(http, bulk_id)
            assert halfway["state"] == "running", halfway
            tell(f"workers killed at {halfway['succeeded']} of {count}")
            site.start_again()
            _until(http, bulk_id, halfway["succeeded"] + 1, tell)
            idle += time.monotonic() - killed
        done = _until(http, bulk_id, count, tell)
    assert done["state"] == "done"
    assert (done["matched"], done["succeeded"], done["skipped"], done["failed"]) == (count, count, 0, 0)
    assert site.rows(_EVENTS, bulk_id, checks.mailbox(address)) == [("CANCELED", 1, 3, count)]
    assert site.rows(_ITEMS, bulk_id) == [("succeeded", count, count)]
    assert site.rows(_NOTED, bulk_id) == [("bulk.create", None), ("bulk.end", str(count))]
    checks.nothing_is_broken(site)
    ((seconds,),) = site.rows(_SECONDS, bulk_id)
    return {
        "intents": count,
        "kills": kills,
        "order_seconds": round(order_seconds, 1),
        "seconds": round(seconds, 1),
        "without_a_worker_seconds": round(idle, 1),
        "items_per_second": round(count / (seconds - idle)),
    }


def _shown(http: httpx.Client, bulk_id: str) -> dict[str, Any]:
    answer = http.get(f"/v1/operations/bulk/{bulk_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _until(http: httpx.Client, bulk_id: str, succeeded: int, tell: Tell) -> dict[str, Any]:
    """The bulk as it is when so many have succeeded, and all of it is over if those are all."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = _shown(http, bulk_id)
        if found["succeeded"] >= succeeded and (succeeded < found["matched"] or found["state"] == "done"):
            return found
        assert time.monotonic() < deadline, found
        tell(f"{found['succeeded']} of {found['matched']} canceled")
        time.sleep(LOOK_SECONDS)
