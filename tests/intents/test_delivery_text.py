"""The two forms of a delivery."""

import json

from tests.callers import KeyCaller
from tests.intents.factory import take


def test_a_delivery_as_text_says_what_it_says_as_json(worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit("order-service", payload={"naïve": [1, 2.5, None], "deep": {'"': "\n"}})
    (fresh,) = take(worker)
    assert json.loads(fresh.text()) == fresh.json()
    worker.post(f"/intents/{intent_id}/checkpoint", {"step": 1, "state": {"é": 1e21}}).ok()
    worker.post(f"/intents/{intent_id}/wait", {"for": "time", "delay_seconds": 60}).ok()
    shop.post(f"/intents/{intent_id}/resume", {"go": "on"}).ok()
    (resumed,) = take(worker)
    assert json.loads(resumed.text()) == resumed.json()
    assert resumed.json()["resume"] is not None
    assert resumed.json()["checkpoint"]["state"] == {"é": 1e21}
