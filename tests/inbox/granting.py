"""Standing grants, for tests."""

from datetime import timedelta
from typing import Any

from intents.kernel import clock
from tests.callers import Answer, KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.intents.waiting import look

REFUND = {"amount": 40, "currency": "EUR", "customer": "ACME"}
MATCH = {"intent_types": ["order.fulfill.v1"], "agents": ["shop"], "payload": [{"field": "customer", "is": "ACME"}]}
LIMITS = {"each": {"EUR": 50}, "per_day": {"count": 3, "sums": {"EUR": 100}}}
HANDS_OFF = {
    "name": "Hands off",
    "match": {},
    "least": {"standing_grants": False},
    "escalation": {"end": {"after_seconds": 3600, "then": "fail"}},
}


def try_grant(who: PersonCaller | KeyCaller, *, days: float = 30, **given: Any) -> Answer:
    """Ask for a standing grant of small refunds to ACME."""
    expires = (clock.now() + timedelta(days=days)).isoformat()
    body = {"name": "Small refunds", "match": MATCH, "limits": LIMITS, "risk": "medium", "expires_at": expires}
    return who.post("/standing-grants", body | given)


def make_grant(who: PersonCaller, **given: Any) -> str:
    grant_id: str = try_grant(who, **given).ok()["standing_grant"]["grant_id"]
    return grant_id


def shown(who: PersonCaller, grant_id: str) -> dict[str, Any]:
    found: dict[str, Any] = who.get(f"/standing-grants/{grant_id}").ok()["standing_grant"]
    return found


def come(shop: KeyCaller, *, at_once: int = 1, **payload: Any) -> list[Asked]:
    """Refunds that are asked for, and what is due then."""
    made = [ask(shop, REFUND | payload) for _ in range(at_once)]
    look()
    return made


def state(who: PersonCaller, asked: Asked) -> str:
    found: str = asked.task(who)["state"]
    return found
