"""Until when agents could be heard: while the server stood still, or no web process was at work, everybody was silent."""

from intents.engine import pulse
from intents.kernel import clock, statements

GAP_SECONDS = 7
"""A web process says every five seconds that it is at work. One that has not for so long may not be."""

UNTIL = f"""
least(moment.now, pulse.looked_at + interval '{pulse.GAP_SECONDS} s', pulse.heard_at + interval '{GAP_SECONDS} s')
"""
"""SQL for: until when any agent could be heard. `pulse` is the row of `intents_pulse`, if there is one."""
SINCE = "greatest(pulse.resumed_at, pulse.hearing_since)"
"""SQL for: since when, null for always."""

HEARD = f"""(
    SELECT CASE WHEN pulse.looked_at < moment.now - interval '{pulse.GAP_SECONDS} s' THEN moment.now ELSE {SINCE} END
    FROM intents_pulse pulse, moment
)"""
"""SQL for: since when, as somebody is heard just now. Then a standstill is over that nobody has seen to yet."""

_NOTE = f"""
UPDATE intents_pulse p
SET heard_at = w.at,
    hearing_since = CASE WHEN w.at > p.heard_at + interval '{GAP_SECONDS} s' THEN w.at ELSE p.hearing_since END
FROM (SELECT max(heartbeat_at) AS at FROM intents_instance WHERE kind = 'web' AND heartbeat_at <= {clock.START}) w
WHERE w.at > p.heard_at OR (w.at IS NOT NULL AND p.heard_at IS NULL)
"""


def note() -> None:
    """Note that web processes are at work, or were away."""
    statements.rows(_NOTE, {"now": clock.override()})
