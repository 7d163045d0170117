"""An agent process that does steps of runs: `python -m tests.load.run_agent '{"urls", "api_key", "address", "journal"}'`.

What a step is to do is in its `input`: `seconds` of work, and whether it `fails`: "once", or "always". It writes down when
it held which intent for which step of which run, and when its answer was accepted.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from axme.exceptions import AxmeHttpError

from tests.load.clients import AWAY, Clients
from tests.load.journal import Journal

WAIT_SECONDS = 10


def answer(payload: dict[str, Any]) -> dict[str, Any]:
    """What the step ends with. It fails once: the step's next try is told of the failure."""
    step_id, asked = payload["step_id"], payload.get("input") or {}
    fails = asked.get("fails")
    if fails == "always" or (fails == "once" and step_id not in payload.get("errors", {})):
        return {"action": "fail", "error": {"code": "broken", "message": f"{step_id} fails"}}
    return {"did": step_id, "after": sorted(payload["results"])}


def work(clients: Clients, journal: Journal, handed: dict[str, Any]) -> None:
    intent_id, payload = handed["intent_id"], handed["payload"]
    mark = {"intent_id": intent_id, "run_id": payload["run_id"], "step_id": payload["step_id"]}
    mark |= {"token": handed["lease_token"], "attempt": handed["delivery_attempt"]}
    journal.note("held", **mark)
    time.sleep((payload.get("input") or {}).get("seconds", 0.05))
    try:
        key = f"done-{handed['lease_token']}"
        clients.call(lambda client: client.resume_intent(intent_id, answer(payload), idempotency_key=key))
        how = "accepted"
    except AxmeHttpError as error:
        # It is over, or another's by now: the server says so, and this agent goes on.
        if error.status_code != 409:
            raise
        how = "refused"
    journal.note("left", **mark, how=how)


def main() -> None:
    spec = json.loads(sys.argv[1])
    journal = Journal(Path(spec["journal"]))
    clients = Clients(spec["urls"], spec["api_key"], journal)
    while True:
        try:
            for handed in clients.current.listen(spec["address"], wait_seconds=WAIT_SECONDS):
                work(clients, journal, handed)
        except AWAY as error:
            clients.trouble("listen", error)
        except AxmeHttpError as error:
            clients.trouble("listen", error)
            if error.status_code < 500:
                raise
        clients.turn()


if __name__ == "__main__":
    main()
