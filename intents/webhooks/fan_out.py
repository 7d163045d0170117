"""From the feed to the endpoints: a message for each event and subscription that asks for it.

One process at a time, under the lock of the cursor's row, makes messages of what follows it and moves it on in the same
transaction: each event is told once, whatever dies in between.
"""

from django.db import transaction

from intents.feed import selectors as feed
from intents.kernel import clock, failpoints, statements
from intents.kernel.unit_of_work import unit
from intents.sending import sender
from intents.sending.channels import Feeder
from intents.webhooks import completions, entries, lines, messages, selectors, threads

BATCH = 500

_MOVE = "UPDATE intents_fanoutcursor SET seq = %s WHERE id = 1"
WAITING = """
coalesce(
    (SELECT s.last_seq > c.seq FROM intents_feedstate s CROSS JOIN intents_fanoutcursor c WHERE s.id = 1 AND c.id = 1),
    EXISTS (SELECT FROM intents_feedstate)
)
"""


@unit
def fan_out() -> int:
    """Make messages of the next entries of the feed. Returns how many entries those were: none also while another process is
    at it."""
    seq = selectors.cursor()
    if seq is None:
        # Its first time, or another's turn.
        selectors.begin_cursor()
        return 0
    if not selectors.any_told():
        statements.rows(_MOVE, [feed.bounds().last])
        return 0
    found = feed.after(seq, BATCH)
    if not found:
        return 0
    completions.begin(found, after_seq=seq)
    rows = selectors.listening({entry.workspace_id for entry in found})
    pairs = entries.wanted(rows, [one for entry in found if (one := entries.of(entry))]) + threads.wanted(rows, found)
    now = clock.now()
    made = messages.enqueue([messages.of(row, one, now=now) for row, one in entries.filled(pairs, found)])
    lines.move_up((row.id, one.intent_id) for row, one in pairs if row.ordered and one.intent_id)
    statements.rows(_MOVE, [found[-1].seq])
    failpoints.hit("fanned_out")
    if made:
        transaction.on_commit(sender.nudge)
    return len(found)


# Endpoints follow the feed as readers do.
FOLLOWED = "EXISTS (SELECT FROM intents_subscription WHERE active AND revoked_at IS NULL)"
FEEDER = Feeder(WAITING, fan_out, followed=FOLLOWED)
