"""An agent process: `python -m tests.load.agent '{"urls", "api_key", "address", "journal"}'`.

It squares `payload.n`, taking `payload.seconds`, with `payload.calls` reports of progress on the way. It writes down when it
held what: `held` at the delivery, `left` when its answer was accepted or refused.
"""

import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from axme import AxmeClient
from axme.exceptions import AxmeHttpError

from tests.load.clients import AWAY, Clients
from tests.load.journal import Journal

WAIT_SECONDS = 10


def progress(client: AxmeClient, intent_id: str, done: int) -> Any:
    return client.resume_intent(intent_id, {"action": "progress", "message": f"step {done}"})


def work(clients: Clients, journal: Journal, handed: dict[str, Any]) -> None:
    intent_id, payload = handed["intent_id"], handed["payload"]
    mark = {"intent_id": intent_id, "token": handed["lease_token"], "attempt": handed["delivery_attempt"]}
    journal.note("held", **mark, status=handed["status"])
    try:
        calls = payload.get("calls", 0)
        for done in range(calls):
            time.sleep(payload.get("seconds", 0) / calls)
            clients.call(partial(progress, intent_id=intent_id, done=done))
        if not calls:
            time.sleep(payload.get("seconds", 0))
        result = {"n": payload["n"], "square": payload["n"] ** 2, "lease_token": handed["lease_token"]}
        clients.call(lambda client: client.resume_intent(intent_id, result, idempotency_key=f"done-{handed['lease_token']}"))
        how = "completed"
    except AxmeHttpError as error:
        # Somebody else ended it, or has it now: the server says so, and this agent goes on.
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
