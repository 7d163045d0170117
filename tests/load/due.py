"""What is due: after a stop of everything, and by workers whose clocks are wrong."""

import random
import signal
import subprocess
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from tests.load import checks
from tests.load.load import Load
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet
from tests.mailbox import receiving

BATCH = 500
OVERDUE_SECONDS = 300.0
_FIRED = """
SELECT count(*), count(*) FILTER (WHERE e.at < i.deadline_at)
FROM intents_intentevent e JOIN intents_intent i ON i.id = e.intent_id
WHERE i.mailbox = %s AND e.event_type = 'intent.timed_out'
"""
_LATENESS = """
SELECT count(*), min(late), percentile_cont(0.5) WITHIN GROUP (ORDER BY late),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY late)
FROM (
    SELECT extract(epoch FROM e.at - i.deadline_at) AS late
    FROM intents_intentevent e JOIN intents_intent i ON i.id = e.intent_id
    WHERE i.mailbox = %s AND e.event_type = 'intent.timed_out'
) fired
"""
_STILL_DUE = """
SELECT (SELECT count(*) FROM intents_timer WHERE next_at < now()) + (SELECT count(*) FROM inbox_notice)
     + (SELECT count(*) FROM inbox_message WHERE slot = 'now'
        AND (state = 'leased' OR state = 'ready' AND due_at < now() + make_interval(secs => %s)))
"""
_STEPS = """
SELECT reminders, reminded, escalations, level, count(*) FROM (
    SELECT t.reminded, t.level,
           count(*) FILTER (WHERE e.event_type = 'intent.reminder') AS reminders,
           count(*) FILTER (WHERE e.event_type = 'intent.escalated') AS escalations
    FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id JOIN intents_intentevent e ON e.intent_id = i.id
    WHERE i.mailbox = %s GROUP BY t.id
) task GROUP BY 1, 2, 3, 4
"""
_REMINDED_TWICE = """
SELECT task_id, user_id, count(*) FROM inbox_notification WHERE kind = 'reminder' GROUP BY 1, 2 HAVING count(*) > 1
"""
_MAILED_TWICE = """
SELECT i.notification_id, count(*) FROM inbox_messageitem i JOIN inbox_message m ON m.id = i.message_id
WHERE m.state = 'sent' AND NOT i.left_out GROUP BY 1 HAVING count(*) > 1
"""


def submit(site: Scaled, items: Iterable[dict[str, Any]], count: int, tell: Tell) -> None:
    """Submit `count` intents in batches."""
    done, left = 0, iter(items)
    with httpx.Client(base_url=site.urls[0], headers={"x-api-key": site.api_key}, timeout=120) as http:
        while batch := list(islice(left, BATCH)):
            answer = http.post("/v1/intents/batch", json={"intents": batch})
            assert answer.status_code == 200, answer.text
            assert all(item["ok"] for item in answer.json()["intents"]), answer.text
            done += len(batch)
            tell(f"{done} of {count} submitted")


def _escalation(site: Scaled, step: int) -> dict[str, Any]:
    """Five reminders and two levels, all within seven steps of so many seconds."""
    return {
        "reminders": {"after_seconds": 3 * step, "interval_seconds": step, "at_most": 5},
        "levels": [
            {"after_seconds": 4 * step, "to": site.keys["DEMO_DEPUTY_EMAIL"]},
            {"after_seconds": 2 * step, "to": site.keys["DEMO_OPS_EMAIL"]},
        ],
        "end": {"after_seconds": 7 * 24 * 3600, "then": "expire"},
    }


def outage(site: Scaled, *, deadlines: int, tasks: int, step: int, tell: Tell = quiet) -> dict[str, float]:
    """Deadlines pass while nothing runs, and the reminders and levels of `tasks`, `step` seconds apart. Afterwards each
    deadline fires once, none early; each task is reminded once and is at its last level; nobody is told the same twice."""
    address, asking = site.address("due"), site.address("asking")
    to_manager = [site.keys["DEMO_MANAGER_EMAIL"]]
    question = {"title": "May I?", "assignees": to_manager, "escalation": _escalation(site, step)}
    to_ask = {"intent_type": "load.ask.v1", "to_agent": asking, "payload": {}, "human_task": question}
    for process in (*site.workers, *site.beats):
        process.stop(signal.SIGKILL)
    submit(site, (to_ask for _ in range(tasks)), tasks, tell)
    due_at = datetime.now(UTC) + timedelta(seconds=10 + deadlines / 500)
    due = {"intent_type": "load.due.v1", "to_agent": address, "payload": {}, "deadline_at": due_at.isoformat()}
    submit(site, (due for _ in range(deadlines)), deadlines, tell)
    assert datetime.now(UTC) < due_at, "too slow to be down in time"
    site.kill()
    down_until = max(due_at, datetime.now(UTC) + timedelta(seconds=7 * step))
    time.sleep(max(0.0, (down_until - datetime.now(UTC)).total_seconds()) + 1.0)
    assert len(checks.open_intents(site, address)) == deadlines
    with receiving() as (mailbox, port):
        site.variables["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
        site.start_again()
        started = time.monotonic()
        checks.wait_until_over(site, address, OVERDUE_SECONDS)
        left = OVERDUE_SECONDS - (time.monotonic() - started)
        checks.eventually(lambda: site.rows(_STILL_DUE, 0) == [(0,)], "nothing is overdue any more", left)
        drained = time.monotonic() - started
        # A person gets a mail a minute.
        checks.eventually(lambda: site.rows(_STILL_DUE, 10 * step) == [(0,)], "what was to be mailed is", 600)
    assert site.rows(_FIRED, checks.mailbox(address)) == [(deadlines, 0)]
    # The fifth of five reminders, told as one, and the second of two levels.
    assert site.rows(_STEPS, checks.mailbox(asking)) == [(1, 5, 1, 2, tasks)]
    for twice in (_REMINDED_TWICE, _MAILED_TWICE):
        assert site.rows(twice) == []
    ids = [mail["Message-ID"] for mail in mailbox.mails]
    assert len(ids) == len(set(ids))
    checks.nothing_is_broken(site)
    ((told,),) = site.rows("SELECT count(*) FROM inbox_notification")
    return {
        "deadlines": deadlines,
        "reminders_and_levels": 2 * tasks,
        "drained_seconds": round(drained, 1),
        "notifications": told,
        "mails": len(ids),
    }


def wrong_clocks(
    site: Scaled, *, armed: int, due: int, seconds: float, orders: int, seed: int, tell: Tell = quiet
) -> dict[str, float]:
    """With `armed` timers for later, `due` fall due within `seconds`, fired by workers of which one's clock is ten minutes
    ahead and another's ten minutes behind, told by a beat that is ahead. Meanwhile agents work on `orders`."""
    chance = random.Random(seed)
    later, soon = site.address("later"), site.address("soon")
    in_a_month = {"deadline_at": (datetime.now(UTC) + timedelta(days=30)).isoformat()}
    item = {"intent_type": "load.due.v1", "to_agent": later, "payload": {}}
    submit(site, (item | in_a_month for _ in range(armed)), armed, tell)
    for process in (*site.workers, *site.beats):
        assert process.stop(signal.SIGTERM) == 0, process.output
    site.workers = [site.run_worker(**clock_off(site, minutes)) for minutes in (10, -10)]
    site.beats = [site.run_beat(**clock_off(site, 10))]
    begins = datetime.now(UTC) + timedelta(seconds=30 + due / 100)
    times = [begins + timedelta(seconds=chance.random() * seconds) for _ in range(due)]
    item = item | {"to_agent": soon}
    submit(site, (item | {"deadline_at": at.isoformat()} for at in times), due, tell)
    assert datetime.now(UTC) < begins, "too slow to arm in time"
    load = Load(site, orders)
    left = (begins - datetime.now(UTC)).total_seconds()
    checks.wait_until_over(site, soon, left + seconds + OVERDUE_SECONDS)
    deliveries = load.finish(OVERDUE_SECONDS)
    assert deliveries == load.accepted, "a wrong clock took work away"
    ((fired, earliest, p50, p99),) = site.rows(_LATENESS, checks.mailbox(soon))
    assert fired == due
    assert earliest >= 0
    assert len(checks.open_intents(site, later)) == armed
    checks.nothing_is_broken(site)
    return {
        "armed": armed,
        "fired": fired,
        "late_p50_seconds": round(p50, 2),
        "late_p99_seconds": round(p99, 2),
        "deliveries": deliveries,
    }


def clock_off(site: Scaled, minutes: int) -> dict[str, str]:
    """The variables that let a process of the site see a wrong time of day. It takes a C compiler."""
    library = site.guarded.folder / "clock_off.so"
    if not library.exists():
        source = Path(__file__).with_name("clock_off.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        library.chmod(0o755)
    return {"LD_PRELOAD": str(library), "CLOCK_OFF_SECONDS": str(60 * minutes)}
