"""Finding intents: `GET /v1/intents?q=`."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from intents.engine import search
from intents.kernel.errors import InvalidField
from tests.callers import Caller, KeyCaller


def found(caller: Caller, q: str, **query: Any) -> list[str]:
    return [one["intent_id"] for one in caller.get("/intents", q=q, **query).ok()["intents"]]


class TestSearch:
    @pytest.mark.parametrize(
        "q",
        [
            "ORD-123",
            "ord 123",
            "shipp",
            "main street",
            "STREET Main",
            "Zoë",
            "zoë.b@example.com",
            "fulfill",
            "refunds.approve",
        ],
    )
    def test_it_finds_an_intent_by_words_of_its_payload_type_and_addresses(self, shop: KeyCaller, q: str) -> None:
        wanted = shop.submit(
            payload={"order_id": "ORD-123", "shipping": {"street": "Main\nStreet 5"}, "to": ["Zoë.B@example.com"]},
            intent_type="refunds.approve.v1" if q == "refunds.approve" else "order.fulfill.v1",
        )
        other = shop.submit(payload={"order_id": "124"}, intent_type="other.thing.v1")
        assert found(shop, q) == [wanted]
        assert other not in found(shop, q)

    def test_it_finds_addresses(self, shop: KeyCaller, machine: KeyCaller) -> None:
        to_billing, to_stock = shop.submit("agent://myorg/production/billing"), shop.submit("stock")
        assert found(machine, "billing") == [to_billing]
        assert found(machine, "shop") == [to_stock, to_billing]

    def test_all_words_must_be_there(self, shop: KeyCaller) -> None:
        both = shop.submit(payload={"a": "red", "b": "green"})
        shop.submit(payload={"a": "red"})
        assert found(shop, "red green") == [both]

    def test_it_finds_ids_whole_and_by_their_beginning(self, shop: KeyCaller) -> None:
        correlation = uuid4()
        wanted, other = shop.submit(correlation_id=str(correlation)), shop.submit()
        assert found(shop, wanted) == [wanted]
        assert found(shop, wanted.replace("-", "").upper()) == [wanted]
        assert set(found(shop, wanted[:8])) == {wanted, other}
        assert found(shop, str(correlation)) == [wanted]
        assert found(shop, str(correlation)[:15]) == [wanted]

    def test_it_finds_the_words_of_a_human_task(self, shop: KeyCaller) -> None:
        wanted = shop.submit(human_task={"title": "Refund the unhappy walrus", "assignees": ["bob@myorg.example"]})
        assert found(shop, "walrus") == [wanted]

    def test_it_combines_with_filters_and_pages(self, shop: KeyCaller, machine: KeyCaller) -> None:
        made = [shop.submit(payload={"text": "needle"}) for _ in range(5)]
        shop.submit("stock", payload={"text": "needle"})
        page = machine.get("/intents", q="needle", to_agent="order-service", limit=3).ok()
        rest = machine.get("/intents", q="needle", to_agent="order-service", cursor=page["next_cursor"]).ok()
        assert [one["intent_id"] for one in page["intents"] + rest["intents"]] == made[::-1]

    def test_nobody_finds_what_he_may_not_see(
        self, shop: KeyCaller, stranger: KeyCaller, foreign_machine: KeyCaller
    ) -> None:
        wanted = shop.submit(payload={"text": "needle"})
        for caller in (stranger, foreign_machine):
            assert found(caller, "needle") == []
            assert found(caller, wanted) == []

    @pytest.mark.parametrize("q", ["", "  ", "-.-", "a b c d e f g h i", "x" * 201])
    def test_a_search_without_words_or_with_too_many_is_refused(self, shop: KeyCaller, q: str) -> None:
        assert shop.get("/intents", q=q).status == 422

    @pytest.mark.parametrize("q", ["'", "a:*", "a & !b | (c", "%", "\\", "';--x", "<->"])
    def test_operators_are_mere_separators(self, shop: KeyCaller, q: str) -> None:
        assert shop.get("/intents", q=q).status in (200, 422)

    def test_it_finds_before_and_after_the_index_was_merged(self, shop: KeyCaller) -> None:
        wanted = shop.submit(payload={"text": "needle"})
        assert found(shop, "needle") == [wanted]
        search.merge_new()
        assert found(shop, "needle") == [wanted]

    def test_it_reads_the_index(self, shop: KeyCaller) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute("EXPLAIN SELECT FROM intents_intentbody WHERE document @@ 'needle:*'::tsquery")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            cursor.execute("RESET enable_seqscan")
        assert "intentbody_document" in plan


class TestWords:
    def test_a_large_payload_keeps_its_first_words_alone(self) -> None:
        payload = '"' + " ".join(f"w{number}" for number in range(50_000)) + '"'
        words = search.document(payload=payload, human_task=None, correlation_id=uuid4(), names=("a.b.v1",)).split(" ")
        assert len(words) == search.MOST_WORDS
        assert words[1:5] == ["a", "b", "v1", "w0"]

    def test_words_are_cut_to_what_an_index_takes(self) -> None:
        words = search.document(payload=f'"{"ü" * 5000}"', human_task=None, correlation_id=uuid4(), names=())
        assert words.split(" ")[1] == "ü" * search.LONGEST_WORD
        assert search.query("ü" * 100) == "ü" * search.LONGEST_WORD + ":*"

    @pytest.mark.parametrize("text", ["01a1faa7", "01a1faa7-0b", "01A1FAA7-0BDD-72CB-9DA2-77A6B9333CD1", "0" * 32])
    def test_the_beginning_of_an_id_is_a_range(self, text: str) -> None:
        bounds = search.id_range(text)
        assert bounds is not None
        first, last = bounds
        digits = text.replace("-", "").lower()
        assert first.hex.startswith(digits)
        assert last.hex.startswith(digits)
        assert first <= last

    @pytest.mark.parametrize("text", ["", "01a1", "order-service", "0" * 33, "01a1faa7 01a1faa7", "-01a1faa7"])
    def test_other_texts_are_words(self, text: str) -> None:
        assert search.id_range(text) is None

    def test_no_words_are_no_search(self) -> None:
        with pytest.raises(InvalidField):
            search.query("!?")
