"""Lists of operations as files."""

import asyncio
import csv
import io
import json
from typing import Any

import pytest

from inbox.api import exports
from intents.kernel.errors import Denied, InvalidField
from intents.streams import downloads, is_stream
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person


def whole(made: downloads.Made) -> str:
    pieces = []
    while piece := made.more():
        pieces.append(piece)
    return b"".join(pieces).decode()


def test_a_file_has_every_intent_once_in_the_lists_order(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS", 2)
    made = [shop.submit(payload={"n": n}) for n in range(5)]
    text = whole(exports.begin(person(olga), {"q": "is:open", "format": "ndjson"}))
    lines = [json.loads(line) for line in text.splitlines()]
    assert [one["id"] for one in lines] == made[::-1]
    listed = olga.get("/operations/intents", q="is:open").ok()["items"]
    assert [one.keys() for one in lines] == [one.keys() for one in listed]
    rows = list(csv.DictReader(io.StringIO(whole(exports.begin(person(olga), {"q": "is:open"})))))
    assert [row["id"] for row in rows] == made[::-1]
    nothing = whole(exports.begin(person(olga), {"q": "is:dead"}))
    assert nothing.strip() == ",".join(exports.COLUMNS)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    (row,) = csv.reader(io.StringIO(exports._lines([[text, "a=1", 5, None]]).decode()))
    assert row == [f"'{text}", "a=1", "5", ""]


def test_names_that_begin_like_a_formula_are_no_formula_in_the_file(
    shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    intent_id = shop.submit()
    worker.post(f"/intents/{intent_id}/wait", {"for": "tool", "tool": "printer", "external_id": "=cmd|'/C calc'!A0"}).ok()
    ask(shop, assignees=["=HYPERLINK(1)"])
    rows = list(csv.DictReader(io.StringIO(whole(exports.begin(person(olga), {})))))
    assert [row["waits_for"] for row in rows] == ["'=HYPERLINK(1)", "printer =cmd|'/C calc'!A0"]


def test_who_may_not_watch_and_what_means_nothing_is_refused_before_the_file_begins(
    machine: KeyCaller, olga: PersonCaller, bob: PersonCaller, charlie: PersonCaller, shop: KeyCaller
) -> None:
    shop.submit()
    for actor in (machine.actor, person(bob)):
        with pytest.raises(Denied):
            exports.begin(actor, {})
    for query in ({"q": "is:wating"}, {"format": "xlsx"}):
        with pytest.raises(InvalidField):
            exports.begin(person(olga), query)
    assert whole(exports.begin(person(charlie), {"format": "ndjson"})) == ""


def test_a_download_is_sent_piece_by_piece_and_ends_when_its_client_leaves() -> None:
    assert is_stream("GET", exports.PATH)
    assert not is_stream("POST", exports.PATH)
    sent: list[Any] = []
    pieces = [b"a", b"b", b"c", b""]

    class Threads:
        closing = False

        async def in_thread(self, work: Any) -> Any:
            await asyncio.sleep(0)
            return work()

    async def ask_for(leaves_after: int) -> list[bytes]:
        sent.clear()
        left = iter(pieces)
        gone = asyncio.Event()

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if len(sent) > leaves_after:
                gone.set()
                await asyncio.sleep(0)
                await asyncio.sleep(0)

        made = downloads.Made([(b"content-type", b"text/csv")], lambda: next(left))
        hub: Any = Threads()
        await downloads.answer(hub, lambda: made, bare=False, receive=receive, send=send)
        return [one["body"] for one in sent[1:]]

    assert asyncio.run(ask_for(99)) == pieces
    assert sent[-1]["more_body"] is False
    assert asyncio.run(ask_for(1)) == [b"a"]


def test_what_cannot_be_begun_is_refused_before_its_response_has_begun() -> None:
    sent: list[Any] = []

    class Threads:
        closing = False

        async def in_thread(self, work: Any) -> Any:
            return work()

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    def more() -> bytes:
        raise InvalidField("q", "this search reads too much")

    hub: Any = Threads()
    made = downloads.Made([(b"content-type", b"text/csv")], more)
    with pytest.raises(InvalidField):
        asyncio.run(downloads.answer(hub, lambda: made, bare=False, receive=receive, send=send))
    assert sent == []
