"""Strangers send small bodies only: of the others nothing is kept before it is known whose they are."""

import asyncio
from typing import Any

import pytest
from django.conf import settings

from axme_site import asgi, callers
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.intents.waiting import states, token_of, wait
from tests.pages.browser import Browser

PASSED = None


def scope(method: str, path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }


def refused(path: str, headers: dict[str, str], method: str = "POST") -> int | None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    reply = callers.refused(scope(method, path, pairs))
    return reply.status if reply else PASSED


def cookie(browser: Browser) -> dict[str, str]:
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME]}"}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/intents", {}, 401),
        ("/v1/intents", {"x-api-key": "axme_sa_nonsense"}, 401),
        ("/v1/intents", {"authorization": "Bearer axme_pat_nonsense"}, 401),
        ("/v1/callbacks/token", {}, 413),
        ("/v1/callbacks/token", {"x-api-key": "axme_sa_nonsense"}, 413),
        ("/v1/incoming/nothing", {}, 413),
        ("/sign-in", {}, 413),
        ("/inbox", {"cookie": "axme_session=nonsense"}, 413),
    ],
)
def test_a_stranger_sends_no_large_body(database: None, path: str, headers: dict[str, str], status: int) -> None:
    assert refused(path, headers) == status


def test_whoever_is_known_does(machine: KeyCaller, alice: PersonCaller) -> None:
    for caller in (machine, alice, Caller(machine.headers | alice.headers)):
        assert refused("/v1/intents", caller.headers) is PASSED
    assert refused("/inbox/some-task/decide", cookie(Browser().sign_in(alice.user))) is PASSED


def test_a_callback_too_large_to_be_read_is_seen_at_its_intent(shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = shop.submit()
    token = token_of(wait(worker, intent_id, "tool", tool="printer"))
    for method in ("GET", "PUT", "POST", "POST"):
        assert refused(f"/v1/callbacks/{token}", {"content-type": method}, method) == 413
    (told,) = [one["details"]["refused"] for one in shop.events(intent_id) if "refused" in one["details"]]
    assert told == {"reason": "the body is larger than 131072 bytes", "content_type": "POST"}
    assert states(intent_id) == ["open"]


def test_a_call_of_a_tools_address_too_large_to_be_read_is_seen_at_the_tool(machine: KeyCaller) -> None:
    fields = {"style": "github", "secret": "a secret of the CI", "external_id_at": "/id"}
    tool = machine.put("/tools/ci", fields).ok()["tool"]["tool_id"]
    for _ in range(2):
        assert refused(f"/v1/incoming/{tool}", {}, "POST") == 413
    (told,) = machine.get("/tools/ci").ok()["refused_incoming"]
    assert told["reason"] == "the body is larger than 131072 bytes"


def test_who_is_not_known_any_more_does_not(alice: PersonCaller, bob: PersonCaller) -> None:
    page = cookie(Browser().sign_in(bob.user))
    bob.user.memberships.all().delete()
    assert refused("/inbox/some-task/decide", page) == 413
    assert refused("/v1/tasks/some-task/decide", bob.headers) == 401


@pytest.mark.parametrize(("path", "status"), [("/v1/intents", 401), ("/v1/callbacks/token", 413)])
def test_the_site_asks_before_it_reads_on(database: None, path: str, status: int) -> None:
    pieces, sent = [b" " * 100_000] * 20, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(), "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    asked = scope("POST", path, [(b"transfer-encoding", b"chunked")])
    asyncio.run(asgi.application(asked, receive, send))
    # Their connections are those of this test's database.
    asgi.threads.stop(10.0)
    assert sent[0]["status"] == status
