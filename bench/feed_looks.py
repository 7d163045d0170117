"""How long the statements of the sequencer take in the database that the environment names: one JSON object, in
milliseconds. Run while events are recorded, or just after."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
django.setup()

from datetime import timedelta  # noqa: E402

from intents.feed import sequencer  # noqa: E402
from intents.kernel import clock, statements  # noqa: E402


def taken(query: str, params: Mapping[str, Any]) -> float:
    """The time of one execution, as PostgreSQL tells it."""
    plan = "\n".join(row[0] for row in statements.rows(f"EXPLAIN (ANALYZE, TIMING OFF) {query}", params))
    return sum(float(text) for text in re.findall(r"(?:Planning|Execution) Time: ([\d.]+) ms", plan))


def main() -> None:
    ((now, kept_from),) = statements.rows("SELECT clock_timestamp(), kept_from FROM intents_feedstate", ())
    found = {"waiting_ms": taken(f"SELECT {sequencer.WAITING}", {"now": None})}
    for name, back in (("near", sequencer.NEAR), ("minute", timedelta(minutes=1)), ("day", timedelta(days=1))):
        found[f"{name}_ms"] = taken(sequencer._NEW, {"since": clock.first_id(now - back), "kept_from": kept_from})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
