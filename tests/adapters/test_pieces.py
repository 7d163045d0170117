"""Pieces of the adapters by themselves: whose answer is whose, keys as headers take them, and what was brought twice."""

import asyncio
import base64
import inspect
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import axme_inbox
import httpx
import jsonschema
import pytest
from axme_inbox import asking, client, running, work
from axme_inbox.django import called
from axme_inbox.waits import Decision
from django.test import RequestFactory

from inbox.forms import schema

Json = dict[str, Any]


class Asked:
    """An intent whose people say the same of each tool, however often its program begins anew."""

    delivery = {"to_agent": "agent://myorg/production/clerk"}

    def __init__(self, **says: str) -> None:
        self.says, self.stored, self.put = says, dict[str, Any](), list[Json]()
        self.client = SimpleNamespace(get=self._tasks)

    @staticmethod
    async def _tasks(*_: str, **__: str) -> Json:
        return {"tasks": []}

    async def step(self, key: str, does: Callable[[], Any]) -> Any:
        if key not in self.stored:
            found = does()
            self.stored[key] = await found if inspect.isawaitable(found) else found
        return self.stored[key]

    async def wait_for_agent(self, *intents: Json, name: str) -> list[Json]:
        if name not in self.stored:
            self.put += intents
            ended = [{"outcome": self.says[one["payload"]["tool"]]} for one in intents]
            self.stored[name] = [{"intent_id": str(n), "status": "COMPLETED", "result": one} for n, one in enumerate(ended)]
        found: list[Json] = self.stored[name]
        return found


def judged(intent: Asked, *names: str, run: str = "run-1", key: str = "") -> dict[str, str]:
    calls = [asking.Call(key or f"call-{name}", name, {}) for name in names]
    return {key: one.act for key, one in asyncio.run(asking.judge(intent, calls, run=run)).items()}


def test_an_answer_stays_with_its_call_in_whatever_order_calls_come_again() -> None:
    intent = Asked(pay="approved", scrap="rejected")
    said = {"call-pay": "approve", "call-scrap": "reject"}
    assert judged(intent, "scrap", "pay") == judged(intent, "pay", "scrap") == said
    assert len(intent.put) == 2


def test_a_call_of_another_run_is_asked_about_also_when_its_id_was_there_before() -> None:
    intent = Asked(pay="approved", scrap="rejected")
    assert judged(intent, "pay", key="call-0") == {"call-0": "approve"}
    assert judged(intent, "scrap", key="call-0", run="run-2") == {"call-0": "reject"}
    assert judged(intent, "pay", key="call-0") == {"call-0": "approve"}
    assert len(intent.put) == 2


@pytest.mark.parametrize(
    "told",
    [
        *({"outcome": one} for one in ("expired", "canceled", "failed", "", "approve", "APPROVED", "respond")),
        {"outcome": "respond", "comment": "  "},
        {"outcome": "submitted", "data": {"approved": {"/arguments/euros": 40}}},
    ],
)
def test_nothing_but_an_approval_lets_a_call_run(told: Json) -> None:
    call = asking.Call("call-1", "pay", {"euros": 40}, allowed=("approve", "edit", "reject", "respond"))
    assert call.verdict(Decision.of(told)).act == "unanswered"


@pytest.mark.parametrize("status", ["TIMED_OUT", "CANCELED", "FAILED"])
def test_a_question_that_ended_by_itself_approves_nothing(status: str) -> None:
    assert asking._decision({"status": status, "result": {"outcome": "approved"}}, by=None).approved is False


EDITED = {"/arguments/euros": 25}
PAY = {"euros": 40, "to": {"iban": "DE02"}}


@pytest.mark.parametrize(
    ("allowed", "data", "act", "args"),
    [
        (("approve", "edit"), {"approved": EDITED}, "edit", PAY | {"euros": 25}),
        (("approve", "edit"), {"approved": {"euros": 25}}, "edit", PAY | {"euros": 25}),
        (("approve", "edit"), {"approved": {"/arguments/euros": 40}}, "approve", PAY),
        (("approve", "edit"), {"approved": True}, "approve", PAY),
        (("approve", "edit"), {"approved": "yes", "euros": 25}, "approve", PAY),
        # What nobody offered to change, or what the framework can't: neither as it was asked for nor as it was approved.
        (("approve", "edit"), {"approved": EDITED | {"/arguments/payee": "mallory"}}, "reject", PAY),
        (("approve", "edit"), {"approved": {"/arguments/to": {"iban": "GB33"}}}, "reject", PAY),
        (("approve",), {"approved": EDITED}, "reject", PAY),
    ],
)
def test_people_change_only_what_they_were_shown(allowed: Any, data: Json, act: str, args: Json) -> None:
    call = asking.Call("call-1", "pay", PAY, allowed=allowed)
    verdict = call.verdict(Decision.of({"outcome": "approved", "data": data}))
    assert (verdict.act, verdict.args) == (act, args)
    assert (verdict.message == asking.OTHERWISE) is (act == "reject")


def test_of_two_calls_of_one_id_none_is_asked_about() -> None:
    intent = Asked(pay="approved", scrap="rejected")
    with pytest.raises(work.Failed):
        judged(intent, "pay", "scrap", key="call-0")
    assert intent.put == []


@pytest.mark.parametrize(
    ("wanted", "right", "wrong"),
    [
        ({}, "yes", ""),
        ({"description": "the account"}, "yes", 7),
        ({"type": "string", "enum": ["", "x"]}, "x", ""),
        ({"type": ["string", "null"]}, None, 7),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, "7"),
        ({"enum": [1, 2]}, 2, "2"),
        ({"type": "array", "items": {"$ref": "#/$defs/Item"}, "$defs": {"Item": {"type": "integer"}}}, [1], ["1"]),
        ({"$ref": "#/$defs/Item", "$defs": {"Item": {"type": "object", "required": ["a"]}}}, {"a": 1}, "a"),
    ],
)
def test_people_are_asked_for_what_a_schema_says(wanted: Json, right: Any, wrong: Any) -> None:
    form = asking.by_schema("1", "How much?", {}, wanted).task["form_schema"]
    schema.check_schema(form, field="form_schema")
    jsonschema.validate({"answer": right}, form)
    for one in ({"answer": wrong}, {}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(one, form)


def by(answers: Callable[[httpx.Request], httpx.Response]) -> client.Client:
    """A client that is answered so."""
    made = client.Client("http://inbox.example", "a key")
    made._http = httpx.AsyncClient(transport=httpx.MockTransport(answers), base_url="http://inbox.example")
    return made


def test_keys_of_any_letters_and_length_are_sent_and_told_apart() -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["idempotency-key"])
        return httpx.Response(200, json={})

    async def post() -> None:
        api = by(answer)
        for key in ("refund-7", "Ärger-7", "Ärger-8", "Ärger-7", "7" * 256, "7\n"):
            await api.post("/v1/intents", key=key)

    asyncio.run(post())
    assert sent[0] == "refund-7"
    assert sent[1] == sent[3]
    assert len(set(sent)) == 5
    assert all(one.isascii() and one.isprintable() and len(one) <= 255 for one in sent)


class _Ahead(asyncio.SelectorEventLoop):
    """A loop whose time is set on."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


class _Cut(httpx.AsyncByteStream):
    """A stream that a proxy cuts, each time after one event, when a third of the patience is over."""

    def __init__(self, seq: int) -> None:
        self._seq = seq

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'data: {"seq": %d}\n\n' % self._seq
        _Ahead.ahead += client.PATIENCE_SECONDS / 3
        raise httpx.ReadError("cut")


def test_a_stream_that_is_cut_each_time_goes_on_for_as_long_as_the_server_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Ahead, "ahead", 0.0)

    async def told() -> list[int]:
        api = by(lambda request: httpx.Response(200, stream=_Cut(int(request.url.params["since"]) + 1)))
        found: list[int] = []
        async for event in api.events("/v1/intents/1"):
            found.append(event["seq"])
            if len(found) == 5:
                break
        return found

    with asyncio.Runner(loop_factory=_Ahead) as runner:
        assert runner.run(told()) == [1, 2, 3, 4, 5]


def test_what_was_brought_twice_is_worked_on_once(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: dict[str, Any] = {}
    worked: list[str] = []

    class Api:
        async def post(self, *_: Any, **__: Any) -> Json:
            await asyncio.sleep(0)
            return {}

        async def put(self, path: str, body: Json) -> Json:
            return {"step": {"result": steps.setdefault(path, body["result"])}}

        async def get(self, *_: Any, **__: Any) -> Json:
            return {"steps": [], "next_cursor": None}

    @asynccontextmanager
    async def opened(*_: Any, **__: Any) -> AsyncIterator[Api]:
        yield Api()

    @running.agent("shop")
    async def refund(intent: Any) -> None:
        await asyncio.sleep(0)
        worked.append(intent.delivery["lease_token"])

    async def brought(*tokens: str) -> None:
        await asyncio.gather(*(refund.work({"intent_id": "1", "payload": {}, "lease_token": one}) for one in tokens))

    monkeypatch.setattr(running, "opened", opened)
    asyncio.run(brought("a", "a", "b"))
    assert worked == ["a", "b"]


PUBLIC = "whpk_" + base64.b64encode(b"a key that everybody may know.").decode()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", PUBLIC])
def test_without_a_secret_there_is_no_view(secret: str) -> None:
    with pytest.raises(ValueError):
        called(print, secret=secret)


def test_a_time_of_any_length_is_refused() -> None:
    view = called(print, secret="whsec_" + base64.b64encode(b"a secret of one who tests").decode())
    for sent in ("9" * 5000, "9" * 20, "-1", ""):
        request = RequestFactory().post("/", b"{}", content_type="application/json", headers={"webhook-timestamp": sent})
        assert view(request).status_code == 401


def test_checkers_of_types_read_the_adapters_where_they_are_installed() -> None:
    package = Path(axme_inbox.__file__).parent
    data = tomllib.loads((package.parent / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert (package / "py.typed").exists()
    assert data == {"axme_inbox": ["py.typed"]}
