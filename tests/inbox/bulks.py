"""Bulk operations, as their tests order and read them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.callers import Caller

ROOT = Path(__file__).parents[2]


ARGUMENTS = {
    "transfer": {"to_agent": "back-office"},
    "set_deadline": {"deadline_at": "2999-01-01T00:00:00Z"},
    "reassign": {"from": "alice@myorg.example", "to": "bob@myorg.example"},
}


def order(who: Caller, chosen: Sequence[str] | str, action: str = "cancel", **fields: Any) -> dict[str, Any]:
    """Order something for the intents of some ids, or of a search."""
    meant = {"filter": {"q": chosen}} if isinstance(chosen, str) else {"ids": list(chosen)}
    body = {"action": action, "reason": "no longer needed"} | meant | fields
    return who.post("/operations/bulk", body).ok()  # type: ignore[no-any-return]


def shown(who: Caller, bulk_id: str) -> dict[str, Any]:
    return who.get(f"/operations/bulk/{bulk_id}").ok()  # type: ignore[no-any-return]


def counts(bulk: dict[str, Any]) -> tuple[int, int, int, int]:
    return bulk["matched"], bulk["succeeded"], bulk["skipped"], bulk["failed"]
