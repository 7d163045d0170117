"""A sender process: `python -m tests.load.sender '{"urls", "api_key", "address", "journal", "first", "step", "least",
"stop", "payload", "pause"}'`

It submits an intent for each of the numbers `first`, `first + step`..., up to `least` and on until there is a file `stop`,
each under a key of its own, and writes down what was accepted. Started again with the same journal it takes up where it was
killed: what it cannot know to be accepted it sends again.
"""

import itertools
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from axme import AxmeClient

from tests.load import journal as journals
from tests.load.clients import Clients
from tests.load.journal import Journal


def submission(address: str, number: int, payload: dict[str, Any]) -> dict[str, Any]:
    return {"intent_type": "load.square.v1", "to_agent": address, "payload": {"n": number} | payload}


def main() -> None:
    spec = json.loads(sys.argv[1])
    path = Path(spec["journal"])
    first, step = spec["first"], spec["step"]
    accepted = {line["n"] for line in journals.read(path, "accepted") if line["n"] % step == first}
    # The number after those may have been accepted without our knowing.
    least = max([spec["least"], *(number + step + 1 for number in accepted)])
    journal = Journal(path)
    clients = Clients(spec["urls"], spec["api_key"], journal)
    for number in itertools.count(first, step):
        if number >= least and Path(spec["stop"]).exists():
            break
        if number in accepted:
            continue
        wanted = submission(spec["address"], number, spec.get("payload", {}))
        key = f"{spec['address']} {number}"
        intent_id = clients.call(partial(AxmeClient.send_intent, payload=wanted, idempotency_key=key))
        journal.note("accepted", n=number, intent_id=intent_id)
        time.sleep(spec.get("pause", 0))
    clients.close()


if __name__ == "__main__":
    main()
