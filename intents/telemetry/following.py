"""Follows the tree of all events, in which each event is once and none comes late, and sends the traces of what ended.

The place is kept after the collector took them: a crash in between sends the same spans again, with the same ids.
"""

import logging
import time
from importlib import import_module

from intents.kernel import statements
from intents.telemetry import extra, selectors
from intents.telemetry.spans import spans

EXPORTER = "intents.telemetry.exporter"
SECONDS = 20.0
"""After so long a run begins no further step."""

log = logging.getLogger(__name__)


def follow() -> int:
    """Send the traces of intents that ended since the last run; the first run only notes where to begin. Returns how many.
    Does nothing where no collector is configured, or the packages are not installed."""
    if not extra.wanted() or not extra.installed():
        return 0
    until, sent = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        first, size = selectors.next_leaf()
        if first == size:
            _keep(first)
            break
        found = selectors.ended(first, size)
        if found.traced and not _send(found):
            break
        _keep(found.next_leaf)
        sent += len(found.traced)
    return sent


def _send(found: selectors.TraceBatch) -> bool:
    steps = selectors.steps([one.id for one in found.traced])
    made = [span for one in found.traced if one.id in steps for span in spans(one, steps[one.id])]
    taken: bool = import_module(EXPORTER).export(made)
    if not taken:
        log.warning("traces were not taken", extra={"action": "telemetry.export", "intents": len(found.traced)})
    return taken


def _keep(next_leaf: int) -> None:
    query = """
INSERT INTO intents_tracecursor (id, next_leaf) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET next_leaf = excluded.next_leaf
"""
    statements.rows(query, [next_leaf])
