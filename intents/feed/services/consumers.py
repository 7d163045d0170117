"""Groups of readers whose cursor is kept here: one reader at a time has what comes next, under a lease, and says how far it
came."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from intents.feed import cursors, selectors
from intents.feed.filters import Filter
from intents.feed.models import FeedConsumer
from intents.feed.selectors import FeedSlice
from intents.kernel import clock, live, statements
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, InvalidField, Missing
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

NAME = re.compile(r"[A-Za-z0-9._-]{1,120}")
MOST = 100
"""Groups of one owner."""
LEASE_SECONDS = range(1, 3601)
USUAL_SECONDS = 60

_COLUMNS = statements.columns(FeedConsumer, "c")
_LOCK = f"""
SELECT {_COLUMNS} FROM intents_feedconsumer c WHERE workspace_id = %s AND owner = %s AND name = %s FOR UPDATE
"""
_COUNT = "SELECT count(*) FROM intents_feedconsumer WHERE workspace_id = %s AND owner = %s"
_ADD = """
INSERT INTO intents_feedconsumer (id, workspace_id, owner, name, cursor, created_at, updated_at)
VALUES (%(id)s, %(workspace)s, %(owner)s, %(name)s, %(cursor)s, %(now)s, %(now)s) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class LeasedSlice:
    """What a reader of a group gets. Nothing, while another has what is to be read until `held_until`."""

    page: FeedSlice
    held_until: datetime | None = None


@unit
def take(
    *, actor: Tenant, name: str, start: int, wanted: Filter, limit: int, size: int, lease_seconds: int = USUAL_SECONDS
) -> LeasedSlice:
    """The next entries for the group, leased to the caller. A group that there is not yet begins behind the place `start`.

    Raises Denied, InvalidField, Conflict when there are too many groups, CursorExpired.
    """
    row = _locked(actor, name) or _added(actor, name, start)
    now = clock.now()
    if row.leased_until is not None and row.leased_until > now:
        return LeasedSlice(FeedSlice(row.cursor), held_until=row.leased_until)
    page = selectors.page(actor, after=row.cursor, wanted=wanted, limit=limit, size=size)
    if page.entries:
        row.leased_to, row.leased_until = page.last, now + timedelta(seconds=lease_seconds)
    elif page.last == row.cursor:
        return LeasedSlice(page)
    else:
        # What nobody of the group wants needs no acknowledgement.
        row.cursor = page.last
    row.save(update_fields=["cursor", "leased_to", "leased_until"])
    return LeasedSlice(page)


@unit
def acknowledge(*, actor: Tenant, name: str, cursor: str, rewind: bool = False) -> tuple[FeedConsumer, bool]:
    """The group has done what is up to `cursor`. Whether that moved it: an older place does so with `rewind` alone. What was
    leased is free once its last is acknowledged. Raises Denied, InvalidField, Missing."""
    row = _locked(actor, name)
    if row is None:
        raise _unknown(name)
    seq = cursors.parse(cursor, "cursor")
    if seq > selectors.bounds().last:
        raise InvalidField("cursor", "ahead of the feed")
    if seq <= row.cursor and not (rewind and seq < row.cursor):
        return row, False
    if rewind or row.leased_to is None or seq >= row.leased_to:
        row.leased_to = row.leased_until = None
        live.wake_up(feeds=[row.workspace_id])
    row.cursor, row.updated_at = seq, clock.now()
    row.save(update_fields=["cursor", "leased_to", "leased_until", "updated_at"])
    return row, True


@unit
def forget(*, actor: Tenant, name: str) -> None:
    """Delete a group with its place. Raises Denied, Missing."""
    row = _locked(actor, name)
    if row is None:
        raise _unknown(name)
    row.delete()


def _locked(actor: Tenant, name: str) -> FeedConsumer | None:
    if not NAME.fullmatch(name):
        return None
    found: Sequence[FeedConsumer] = statements.objects(
        FeedConsumer, _LOCK, [actor.workspace_id, selectors.owner_of_groups(actor), name]
    )
    return found[0] if found else None


def _added(actor: Tenant, name: str, start: int) -> FeedConsumer:
    if not NAME.fullmatch(name):
        raise InvalidField("consumer", "letters, digits, dots, hyphens and underscores, at most 120")
    owner = selectors.owner_of_groups(actor)
    ((count,),) = statements.rows(_COUNT, [actor.workspace_id, owner])
    if count >= MOST:
        raise Conflict(f"there are {MOST} consumers already: delete one that is not used any more", limit=MOST)
    params = {"id": new_id(), "workspace": actor.workspace_id, "owner": owner, "name": name, "cursor": start}
    statements.rows(_ADD, params | {"now": clock.now()})
    row = _locked(actor, name)
    assert row is not None
    return row


def _unknown(name: str) -> Missing:
    return Missing(f"no consumer of the feed is called {name[:120]}", consumer=name[:120])
