"""The kill switch on the wire: what one process is told, every other does at once, and open streams close."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.flows.api import SLACK, Api
from tests.flows.conftest import Sites
from tests.load import checks
from tests.load.sse import Open


@pytest.fixture(scope="module")
def api(shared_sites: Sites) -> Iterator[Api]:
    """Two processes."""
    site = shared_sites.scaled()
    site.start("uvicorn", "daphne")
    api = Api(site)
    yield api
    api.http.close()
    site.end()


def test_a_kill_by_one_process_is_a_refusal_by_the_other_and_closes_its_streams(api: Api) -> None:
    names = [checks.mailbox(api.site.address(word)) for word in ("idle", "busy", "own")]
    api.call("POST", "/v1/service-accounts", {"name": names[2]})
    account = api.call("GET", f"/v1/agents/{names[2]}")["agent"]["service_account_id"]
    own = api.post(f"/v1/service-accounts/{account}/keys", {"scope": "own"})["key"]["token"]
    held = api.submit(names[1])
    other = api.site.urls[1]

    def work(name: str, key: str = "") -> Open:
        url = f"{other}/v1/agents/{name}/intents/stream"
        return Open(url, key or api.site.api_key, params={"wait_seconds": 60})

    with work(names[0]) as idle, work(names[1]) as busy, work(names[2], own) as by_its_key:
        token = busy.wait_for("intent.delivered").data["lease_token"]
        api.post(f"/v1/intents/{held}/progress", {"percent": 10})
        api.submit(names[0])
        first = idle.wait_for("intent.delivered").data
        api.post(f"/v1/intents/{first['intent_id']}/resume", {"done": True})
        for name in names:
            api.post("/v1/mesh/heartbeat?owner_agent=" + name)
            api.post(f"/v1/mesh/agents/{name}/kill")
        killed = time.monotonic()
        with httpx.Client(base_url=other, headers={"x-api-key": api.site.api_key}, timeout=30) as http:
            doors = (
                ("/v1/intents", {"intent_type": "test.stream.v1", "to_agent": names[0], "payload": {}}),
                (f"/v1/agents/{names[0]}/claim", {}),
                (f"/v1/intents/{held}/resume", {"lease_token": token, "done": True}),
                (f"/v1/intents?owner_agent={names[1]}", {"intent_type": "test.stream.v1", "to_agent": "x", "payload": {}}),
            )
            for path, body in doors:
                refused = http.post(path, json=body)
                assert (refused.status_code, refused.json()["error"]["details"]["status"]) == (403, "killed"), path
            assert http.get(f"/v1/agents/{names[1]}/intents").status_code == 403
            assert http.get(f"/v1/agents/{names[1]}/intents/stream").status_code == 403
        for stream in (idle, busy, by_its_key):
            stream.wait_closed(5 + SLACK)
            assert (stream.closed_at or 0) - killed < 5 + SLACK
    api.post(f"/v1/mesh/agents/{names[1]}/resume")
    with work(names[1]) as again:
        handed = again.wait_for("intent.delivered").data
        assert (handed["intent_id"], handed["delivery_attempt"], handed["status"]) == (held, 1, "IN_PROGRESS")
        api.post(f"/v1/intents/{held}/resume", {"lease_token": handed["lease_token"], "done": True})
    assert api.intent(held)["status"] == "COMPLETED"
