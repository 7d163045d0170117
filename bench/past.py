"""A workspace with a past: very many intents that ended over the last 90 days, and some that are open, of every kind."""

import asyncio
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from bench import fill
from bench.client import Connection
from bench.intents import order, submit
from bench.product import Product

LENGTH = timedelta(days=90)
YEAR, LATELY = timedelta(days=365), timedelta(days=2)
"""A long history goes from a year ago to two days ago: what looks at the newest rows all the while has none of it to do."""
BYTES_EACH = 8192
"""What one intent of a history takes of the disk at most while it is filled in, its share of the log included."""
OPEN_FOR = timedelta(days=3)
"""What is open has been for so long at most, spread evenly: tasks of critical risk are overdue after one day."""
RISKS = ("low", "medium", "high", "critical")
SOON = "now() + interval '30 days' + n.number * interval '1 s'"
"""Timers must not fire while others are measured."""

TYPES = ("order.fulfill.v1", "refund.pay.v1", "invoice.book.v1", "ticket.triage.v1")
_VARIED = {
    "intent": {
        "intent_type": f"(ARRAY{list(TYPES)})[1 + n.number %% {len(TYPES)}]",
        "mailbox": "CASE WHEN n.number %% 5 = 0 THEN 'billing' ELSE t.mailbox END",
    },
    "intentbody": {
        "payload": "replace(t.payload, '4200', (n.number::bigint * 7919 %% 10000)::text)",
        "document": "t.document || array_to_tsvector(ARRAY["
        "'ref' || n.number, 'town' || n.number %% 1000, 'street' || n.number %% 150])",
    },
}
"""Intents differ: in type and agent, in an amount, in a word that few have and one that a thousandth have. Words that many
have are more than a hundred, as in the world: of fewer PostgreSQL does not tell how many begin in some way."""
_LATER = {"timer": {"due_at": SOON, "next_at": SOON}}


class Kind(NamedTuple):
    """Intents that are alike: what share of the open ones, or of those that are over, and what differs among them."""

    name: str
    share: float
    changes: Mapping[str, Mapping[str, str]] = {}


PEOPLE = 8
"""So many decide, by turns, each 20 s after they first looked."""
_LOOKED = """
INSERT INTO inbox_opened (id, workspace_id, task_id, user_id)
SELECT (
    lpad(to_hex((extract(epoch FROM d.at - interval '20 s') * 1000)::bigint), 12, '0') || right(d.id::text, 23)
)::uuid, d.workspace_id, d.task_id, d.person_id
FROM inbox_decision d WHERE d.person_id = ANY(%s) ON CONFLICT DO NOTHING
"""

OPEN = (
    *(Kind(f"asking-{risk}", 0.15, _LATER) for risk in RISKS),
    Kind("later", 0.2, _LATER | {"wait": {"deadline_at": SOON}}),
    Kind("tool", 0.08, _LATER),
    Kind("agent", 0.04, _LATER),
    Kind("queued", 0.08),
)
OVER = (
    Kind("decided", 0.3),
    Kind("completed", 0.62),
    Kind("failed", 0.05),
    Kind("dead", 0.005, {"delivery": {"state": "'dead'"}}),
    Kind("canceled", 0.025),
)


class TooLarge(Exception):
    """The disk has no room for so much history."""


async def history(product: Product, intents: int) -> None:
    """Let `intents` more exist that ended over a year. Raises TooLarge."""
    free = shutil.disk_usage(product.folder).free
    if free < intents * BYTES_EACH:
        raise TooLarge(f"{intents:,} intents take up to {intents * BYTES_EACH / 1e9:.0f} GB; {free / 1e9:.0f} are free")
    await make(product, intents, 0, length=YEAR, until=LATELY)


async def make(
    product: Product, intents: int, opened: int, *, length: timedelta = LENGTH, until: timedelta = timedelta(0)
) -> None:
    """Let about `intents` more exist, `opened` of them open, and have the hours that are over counted. The others began over
    the time from `length` `until` so long ago."""
    templates = {kind.name: await _template(product, kind.name) for kind in (*OVER, *OPEN)}
    people = await asyncio.to_thread(_people, product)
    by_turns = f"(ARRAY{people}::uuid[])[1 + n.number %% {PEOPLE}]"

    def copy(kind: Kind, count: int, past: timedelta, until: timedelta = timedelta(0)) -> None:
        with product.database() as database:
            changes = dict(_VARIED | {"decision": {"person_id": by_turns}} | kind.changes)
            copied = round(count * kind.share)
            fill.copies(database, templates[kind.name], copied, changes=changes, past=past, until=until)

    with product.database() as database:
        with fill.without_indexes(database), ThreadPoolExecutor(2) as pool:
            over = [pool.submit(copy, kind, intents - opened, length, until) for kind in OVER]
            for one in [*over, *(pool.submit(copy, kind, opened, OPEN_FOR) for kind in OPEN)]:
                one.result()
        database.execute(_LOOKED, [people])
        fill.tidy(database)
    await asyncio.to_thread(product.program, "bench.watched", "fold")


def _people(product: Product) -> list[str]:
    """The ids of those who decide."""
    addresses = [f"decider-{number}@myorg.example" for number in range(PEOPLE)]
    with product.database() as database:
        found = "SELECT id::text FROM intents_user WHERE email = ANY(%s)"
        if not database.execute(found, [addresses]).rowcount:
            for address in addresses:
                product.command("create_person", address, "--workspace", "myorg/production", "--role", "approver")
        return [one for (one,) in database.execute(found, [addresses]).fetchall()]


async def _template(product: Product, name: str) -> UUID:
    """An intent of a kind, made as the product makes it."""
    machine = await Connection.open(product.target(0))
    manager = await Connection.open(product.target(0), as_manager=True)
    body = order(0)
    if name.startswith("asking") or name == "decided":
        body |= {"human_task": _question(name.partition("-")[2] or "medium")}
    made = await submit(machine, body)
    for by, path, said in _steps(name):
        await (manager if by == "manager" else machine).post(f"/v1/{path.format(made)}", said)
    machine.close()
    manager.close()
    return made


def _question(risk: str) -> dict[str, Any]:
    return {"title": "Refund 42.00 EUR to ACME", "task_type": "approval", "risk": risk, "description": "Arrived **broken**."}


def _steps(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What is done to an intent after its submit."""
    part = {"intent_type": "part.make.v1", "to_agent": "agent://myorg/production/order-service", "payload": {}}
    known: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
        "decided": [("manager", "approvals/{}/decision", {"decision": "approve"})],
        "completed": [("machine", "intents/{}/resolve", {"status": "COMPLETED", "result": {"ok": True}})],
        "canceled": [("machine", "intents/{}/resolve", {"status": "CANCELED", "reason": "not wanted"})],
        "failed": [("machine", "intents/{}/fail", {"error": {"message": "no stock"}, "retryable": False})],
        "dead": [("machine", "intents/{}/fail", {"error": {"message": "no stock"}, "retryable": False})],
        "later": [("machine", "intents/{}/fail", {"error": {"message": "later"}, "retryable": True})],
        "tool": [("machine", "intents/{}/wait", {"for": "tool", "tool": "printer"})],
        "agent": [("machine", "intents/{}/wait", {"for": "agent", "intents": [part]})],
    }
    return known.get(name, [])
