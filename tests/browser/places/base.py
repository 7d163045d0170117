"""A page and how to get there, and what the pages have in common."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.browser.conftest import Desk, Site

Open = Callable[[Desk, Site], None]


@dataclass(frozen=True)
class Place:
    """A page. `who` is "nobody", "manager" or "owner", `language` the one that was chosen in their browser, if any."""

    name: str
    who: str
    open: Open
    language: str = ""

    def show(self, desk: Desk, site: Site) -> None:
        cookies = desk.page.context
        cookies.clear_cookies(name="axme_language")
        if self.language:
            cookies.add_cookies([{"name": "axme_language", "value": self.language, "url": site.url}])
        self.open(desk, site)


PLACES: list[Place] = []

BOTH = {"assignees": ["manager@myorg.example", "ops@myorg.example"]}
REFUND = {
    "customer": {"name": "ACME Gesellschaft für Antriebstechnik GmbH", "id": "C-20931"},
    "amount": 12_900.5,
    "currency": "EUR",
    "reason": "Two of three gearboxes arrived with cracked housings",
    "lines": [
        {"sku": "GB-204-X", "quantity": 2, "price": 6_200, "currency": "EUR"},
        {"sku": "SHIPPING", "quantity": 1, "price": 500.5, "currency": "EUR"},
    ],
    "old_iban": "DE89 3704 0044 0532 0130 00",
    "new_iban": "LV80 BANK 0000 4351 9500 1",
    "ordered_at": "2026-11-02T09:30:00Z",
    "insured": True,
}
FORM = {
    "type": "object",
    "required": ["laptop", "budget", "start"],
    "properties": {
        "laptop": {"enum": ["small", "large"], "title": "Laptop"},
        "budget": {"type": "number", "minimum": 100, "title": "Budget", "description": "In EUR, without tax."},
        "office": {"enum": ["Riga", "Berlin", "Lisbon", "Porto", "Oslo", "Turin"], "title": "Office"},
        "start": {"type": "string", "format": "date", "title": "First day"},
        "days": {"type": "array", "items": {"enum": ["Mon", "Tue", "Wed", "Thu", "Fri"]}, "title": "Days in the office"},
        "remote": {"type": "boolean", "title": "Works remotely"},
        "address": {"type": "object", "title": "Address", "properties": {"city": {"type": "string", "maxLength": 80}}},
        "notes": {"type": "string", "title": "Notes"},
    },
}
KINDS = ("approval", "review", "confirmation", "assignment", "form", "clarification", "manual_action", "override")
SAID = "The customer sent **photographs** of both housings.\n\n- Serial numbers match\n- Bought in [May](https://shop.example/o/1)\n"


def place(name: str, who: str = "manager", *, language: str = "") -> Callable[[Open], Open]:
    def keep(found: Open) -> Open:
        PLACES.append(Place(name, who, found, language))
        return found

    return keep


def at(name: str, path: str, who: str = "manager", *, language: str = "") -> None:
    """A page that has an address of its own."""
    PLACES.append(Place(name, who, lambda desk, site: desk.look(path), language))


def upload(site: Site, data: bytes, mime_type: str, filename: str) -> str:
    """A finished file of an agent: its id."""
    with httpx.Client(base_url=f"{site.url}/v1/media", headers={"x-api-key": site.embedded.api_key}, timeout=60) as http:
        body = {"owner_agent": "demo", "filename": filename, "mime_type": mime_type, "size_bytes": len(data)}
        upload_id = str(http.post("/create-upload", json=body).raise_for_status().json()["upload_id"])
        http.put(f"/{upload_id}/content", content=data).raise_for_status()
        http.post("/finalize-upload", json={"upload_id": upload_id, "size_bytes": len(data)}).raise_for_status()
        return upload_id


def soon(minutes: float = 3) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def asked(desk: Desk, site: Site, task: dict[str, Any], **fields: Any) -> str:
    """A task, opened: its intent."""
    task = {"title": "Refund two gearboxes", "description": SAID, "risk": "low"} | BOTH | task
    intent_id = site.ask(task, REFUND, **{"deadline_at": soon(90)} | fields)
    desk.open(intent_id)
    return intent_id


def owners(site: Site) -> dict[str, str]:
    """The header by which Olivia calls the API."""
    keys = site.embedded.keys
    if "OLIVIA_TOKEN" not in keys:
        said = site.manage("create_token", "olivia@myorg.example", "--workspace", "myorg/production", "--name", "places")
        keys["OLIVIA_TOKEN"] = re.findall(r"axme_pat_[0-9a-z]+", said)[0]
    return {"authorization": f"Bearer {keys['OLIVIA_TOKEN']}"}


def confirm_if_asked(desk: Desk, site: Site) -> None:
    """Olivia shows that it is her, if she signed in too long ago."""
    if desk.page.get_by_role("heading", name="Please confirm your password").count():
        desk.page.locator("[name=password]").fill(site.embedded.keys["OLIVIA_PASSWORD"])
        desk.press("Continue")
