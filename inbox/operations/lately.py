"""How many intents people decided within a long span that ends now, without counting all of them each time.

How many they were when the span ended some minutes ago is counted once and kept. A total leaves out those that fell out of
the span since, and adds those that were decided since: a decision is not taken back after as many minutes.
"""

from datetime import datetime

from django.db import DatabaseError, transaction

from inbox.operations import bounds, counting
from inbox.operations.query import Query
from inbox.operations.states import DECIDED, WORKSPACE
from inbox.operations.wheres import Where
from intents.kernel import clock, replica, statements

_KNOWN = f"""
SELECT number, until FROM inbox_decidedcount
WHERE {WORKSPACE} AND span = {{span}} AND until > {clock.START} - {counting.BACK} - {counting.HOURLY}
"""
_COUNT = f"""
WITH edge AS MATERIALIZED (SELECT {clock.START} - {counting.BACK} AS until)
SELECT count(*), (SELECT until FROM edge) FROM (
    SELECT DISTINCT * FROM ({DECIDED}
        AND t.over_at > (SELECT until FROM edge) - {{span}} AND t.over_at <= (SELECT until FROM edge)) every
) found
"""
_KEEP = """
INSERT INTO inbox_decidedcount (workspace_id, span, until, number)
VALUES (%(workspace)s::uuid, {span}, %(until)s::timestamptz, %(number)s::bigint)
ON CONFLICT (workspace_id, span) DO UPDATE SET until = excluded.until, number = excluded.number
"""
# In the span now, and in what was counted.
_STILL = f"""
EXISTS (
    SELECT FROM inbox_task s WHERE s.intent_id = t.intent_id AND s.state IN ('decided', 'held')
    AND s.over_at > {clock.START} - {{span}} AND s.over_at <= %(until)s::timestamptz
)
"""
_FELL_OUT = f"""
{DECIDED} AND t.over_at > %(until)s::timestamptz - {{span}} AND t.over_at <= {clock.START} - {{span}} AND NOT {_STILL}
"""
_CAME = f"{DECIDED} AND t.over_at > %(until)s::timestamptz AND NOT {_STILL}"
_TOTAL = f"""
SELECT %(number)s::bigint + (SELECT count(DISTINCT intent_id) FROM ({_CAME}) came)
    - (SELECT count(DISTINCT intent_id) FROM ({_FELL_OUT}) fell_out)
"""


def span_of(made: Where) -> str:
    """The span as SQL within which all intents of a list were decided; empty where it is another list."""
    return made.words[0].span if made.words and counting.is_plain(made) else ""


def total(query: Query, made: Where, span: str, *, seconds: float | None) -> int:
    """How many intents were decided within a `span` as above. Raises TooBroad when counting them takes longer than
    `seconds`."""
    found = statements.rows(_KNOWN.format(span=span), made.params)
    number, until = found[0] if found else _counted(query, made, span, seconds)
    since = made.params | {"number": number, "until": until}
    ((whole,),) = bounds.rows(query, _TOTAL.format(span=span), since, seconds=seconds)
    return int(whole)


def _counted(query: Query, made: Where, span: str, seconds: float | None) -> tuple[int, datetime]:
    """All are counted, and kept where they are many."""
    if replica.is_read():
        ((number, until),) = bounds.rows(query, _COUNT.format(span=span), made.params, seconds=seconds)
        if number < counting.WORTH:
            return number, until
        with replica.primary():  # where it is kept
            return _counted(query, made, span, seconds)
    with transaction.atomic():
        # Nothing is erased of what is counted, until it is kept; while something is, nothing is kept.
        ((alone,),) = statements.rows(counting.SHARED, made.params)
        ((number, until),) = bounds.rows(query, _COUNT.format(span=span), made.params, seconds=seconds)
        if alone and number >= counting.WORTH:
            try:
                with transaction.atomic():
                    statements.rows(_KEEP.format(span=span), made.params | {"number": number, "until": until})
            except DatabaseError:
                pass  # one that takes no writes now counts all the same
    return number, until
