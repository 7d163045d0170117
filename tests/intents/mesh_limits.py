"""Limits of the agent `order-service`, and running into them."""

from typing import Any

from tests.callers import Answer, Caller

AGENT = "/mesh/agents/order-service"


def limited(by: Caller, name: str = "order-service", **limits: Any) -> dict[str, Any]:
    found: dict[str, Any] = by.put(f"/mesh/agents/{name}/policies/cost", limits).ok()
    return found


def used(by: Caller, name: str = "order-service") -> dict[str, Any]:
    found: dict[str, Any] = by.get(f"/mesh/agents/{name}/policies").ok()["used"]
    return found


def send(by: Caller, to: str = "order-service", **more: Any) -> Answer:
    return by.post("/intents", {"intent_type": "order.fulfill.v1", "to_agent": to, "payload": {}} | more)


def body() -> dict[str, Any]:
    return {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}


def breached(answer: Answer, policy: str) -> dict[str, Any]:
    assert (answer.status, answer.code) == (429, "rate_limit_exceeded"), answer.raw
    details: dict[str, Any] = answer.json["error"]["details"]
    assert details["policy"] == policy
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    return details
