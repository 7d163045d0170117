"""Reports by a queue in a table, with a sign-off by email and a client that polls:

    .venv/bin/python examples/report_by_queue/reports.py worker
    .venv/bin/python examples/report_by_queue/reports.py order June
    .venv/bin/python examples/report_by_queue/reports.py sign 1

As it is usually written first: docs/migrate-from-job-queues.md and docs/migrate-from-polling.md tell what goes wrong.
A report takes 45 minutes; PART_SECONDS=1 makes it short.
"""

import contextlib
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

FILE = Path(os.environ.get("QUEUE_FILE", "var/queue.sqlite"))
PARTS, PART_SECONDS = 9, float(os.environ.get("PART_SECONDS", "300"))
TIMEOUT_SECONDS = float(os.environ.get("TIMEOUT_SECONDS", "1800"))
POLL_SECONDS = float(os.environ.get("POLL_SECONDS", "2"))

TABLE = "CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, month TEXT, status TEXT DEFAULT 'new', taken_at REAL)"
# A worker that has had a job for longer than the time-out is taken for dead.
TAKE = """
    UPDATE jobs SET status = 'taken', taken_at = ? WHERE id = (
        SELECT id FROM jobs WHERE status = 'new' OR (status = 'taken' AND taken_at < ?) ORDER BY id LIMIT 1
    ) RETURNING id, month
"""


def query(statement: str, *values: object) -> list[Any]:
    with contextlib.closing(sqlite3.connect(FILE, timeout=30)) as database, database:
        database.execute(TABLE)
        return database.execute(statement, values).fetchall()


def work() -> None:
    while True:
        now = time.time()
        for job, month in query(TAKE, now, now - TIMEOUT_SECONDS):
            for part in range(1, PARTS + 1):
                time.sleep(PART_SECONDS)
                print(f"made part {part}", flush=True)
            query("UPDATE jobs SET status = 'made' WHERE id = ?", job)
            # An email, in real life, with a link for signing.
            print(f"emailed the manager: sign report {job}, of {month}", flush=True)
        time.sleep(POLL_SECONDS)


def order(month: str) -> None:
    ((job,),) = query("INSERT INTO jobs (month) VALUES (?) RETURNING id", month)
    print(f"ordered report {job}", flush=True)
    asked = 1
    while query("SELECT status FROM jobs WHERE id = ?", job) != [("signed",)]:
        time.sleep(POLL_SECONDS)
        asked += 1
    print(f"signed; asked {asked} times", flush=True)


def sign(job: str) -> None:
    query("UPDATE jobs SET status = 'signed' WHERE id = ?", job)


if __name__ == "__main__":
    {"worker": work, "order": order, "sign": sign}[sys.argv[1]](*sys.argv[2:])
