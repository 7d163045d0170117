"""A site as its clients use it: plain calls and open streams."""

from typing import Any

import httpx

from tests.load.sites import Scaled
from tests.load.sse import Open

SLACK = 30.0
"""What a busy machine may add to any bound of the protocol."""


class Api:
    """Plain calls, with whatever key."""

    def __init__(self, site: Scaled) -> None:
        self.site = site
        self.http = httpx.Client(base_url=site.urls[0], timeout=30)

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", status: int = 200) -> dict[str, Any]:
        answer = self.http.request(method, path, json=body, headers={"x-api-key": key or self.site.api_key})
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, body: Any = None, *, status: int = 200) -> dict[str, Any]:
        return self.call("POST", path, body or {}, status=status)

    def submit(self, address: str, payload: dict[str, Any] | None = None, **fields: Any) -> str:
        wanted = {"intent_type": "test.stream.v1", "to_agent": address, "payload": payload or {}} | fields
        return str(self.post("/v1/intents", wanted)["intent_id"])

    def intent(self, intent_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/v1/intents/{intent_id}")["intent"]
        return found

    def event_types(self, intent_id: str) -> list[str]:
        return [event["event_type"] for event in self.call("GET", f"/v1/intents/{intent_id}/events")["events"]]

    def events(self, intent_id: str, *, key: str = "", headers: dict[str, str] | None = None, **params: Any) -> Open:
        url = f"{self.site.urls[0]}/v1/intents/{intent_id}/events/stream"
        return Open(url, key or self.site.api_key, params=params, headers=headers)

    def work(self, address: str, *, key: str = "", wait_seconds: int = 20, **params: Any) -> Open:
        url = f"{self.site.urls[0]}/v1/agents/{address.removeprefix('agent://')}/intents/stream"
        return Open(url, key or self.site.api_key, params={"wait_seconds": wait_seconds} | params)
