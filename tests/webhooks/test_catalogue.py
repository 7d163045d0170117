"""The catalogue of events is complete, and its examples are what is posted."""

from pathlib import Path

import pytest

from intents.engine.lifecycle import EventType
from intents.webhooks import catalogue
from tests.callers import KeyCaller

DOCS = Path(__file__).parent.parent.parent / "docs" / "delivery.md"


def test_every_event_of_an_intent_is_in_it() -> None:
    assert {str(kind) for kind in EventType} <= set(catalogue.BY_NAME)


def test_each_stands_in_it_once_and_says_what_it_is() -> None:
    assert len(catalogue.BY_NAME) == len(catalogue.KINDS)
    assert all(kind.about.endswith(".") for kind in catalogue.KINDS)


def test_a_family_of_events_can_be_asked_for_and_nothing_else() -> None:
    families = {f"{kind.name.partition('.')[0]}.*" for kind in catalogue.KINDS}
    assert all(catalogue.knows(pattern) for pattern in ("*", "task.*", *families, *catalogue.BY_NAME))
    assert not any(catalogue.knows(pattern) for pattern in ("intent*", "intent", "order.*", "intent.finished", "*.*", ""))


def test_the_documentation_holds_each_with_what_it_says() -> None:
    text = DOCS.read_text()
    rows = [f"| `{kind.name}` | {kind.about} |" for kind in catalogue.KINDS]
    assert [row for row in rows if row not in text] == []


@pytest.mark.django_db
def test_the_api_tells_it_with_an_example_of_each(shop: KeyCaller) -> None:
    told = shop.get("/webhooks/event-types").ok()["event_types"]
    assert [one["event_type"] for one in told] == [kind.name for kind in catalogue.KINDS]
    assert all(one["example"]["type"] == one["event_type"] and one["description"] for one in told)
    assert all(set(one["example"]) == {"type", "timestamp", "event_id", "data"} for one in told)
    assert {one["event_type"] for one in told if one["published_by_clients"]} == catalogue.PUBLISHED
