"""What outside services send to a callback address: kept as they sent it, or refused where people can see it."""

import json
from typing import Any

import pytest

from intents.engine.services import callbacks
from intents.kernel import canonical
from tests.callers import Caller, KeyCaller
from tests.intents.waiting import resume_of, states, token_of, wait

FORM = "application/x-www-form-urlencoded"
LIMIT = 128 * 1024


@pytest.fixture
def parked(shop: KeyCaller, worker: KeyCaller) -> tuple[str, str]:
    """An intent that waits for a tool: its id and its callback token."""
    intent_id = shop.submit()
    return intent_id, token_of(wait(worker, intent_id, "tool", tool="printer"))


def call(nobody: Caller, token: str, body: bytes, content_type: str) -> Any:
    return nobody.send("POST", f"/callbacks/{token}", raw=body, headers={"content-type": content_type})


def refusals(shop: KeyCaller, intent_id: str) -> list[dict[str, Any]]:
    return [one["details"]["refused"] for one in shop.events(intent_id) if "refused" in one["details"]]


@pytest.mark.parametrize(
    ("body", "content_type", "kept"),
    [
        (b'{"pages": 3}', FORM, {"pages": 3}),
        (b" \r\n", "application/json", {}),
        (b'\xef\xbb\xbf{"pages": 3}', "text/plain", {"pages": 3}),
        (
            b"payload=%7B%7D&ok=1",
            FORM,
            {"form": {"payload": "{}", "ok": "1"}, "body": "payload=%7B%7D&ok=1", "content_type": FORM},
        ),
        (b"<ok/>", "application/xml", {"body": "<ok/>", "content_type": "application/xml"}),
        (
            b"fertig \xfc",
            "text/plain; charset=ISO-8859-1",
            {"body": "fertig ü", "content_type": "text/plain; charset=ISO-8859-1"},
        ),
        (
            b'{"a": 1}\n{"a": 2}\n',
            "application/x-ndjson",
            {"body": '{"a": 1}\n{"a": 2}\n', "content_type": "application/x-ndjson"},
        ),
        (b"[]", "application/json", {"body": "[]", "content_type": "application/json"}),
        (b'"ok"', "application/json", {"body": '"ok"', "content_type": "application/json"}),
        (b"null", "", {"body": "null", "content_type": ""}),
        (
            b'{"id": 12345678901234567890}',
            "text/plain",
            {"body": '{"id": 12345678901234567890}', "content_type": "text/plain"},
        ),
        (
            b"--b\r\n\r\nx\r\n--b--",
            "multipart/form-data; boundary=b",
            {"body": "--b\r\n\r\nx\r\n--b--", "content_type": "multipart/form-data; boundary=b"},
        ),
    ],
)
def test_whatever_text_an_outside_service_sends_reaches_the_agent(
    parked: tuple[str, str], worker: KeyCaller, nobody: Caller, body: bytes, content_type: str, kept: dict[str, Any]
) -> None:
    intent_id, token = parked
    assert call(nobody, token, body, content_type).ok() == {
        "ok": True,
        "applied": True,
        "kept": False,
        "intent_id": intent_id,
    }
    assert resume_of(worker)["result"] == kept


@pytest.mark.parametrize(
    ("body", "content_type", "status", "reason"),
    [
        (b'{"a": ', "application/json", 422, "not JSON"),
        (b'{"a": 1, "a": 2}', "application/problem+json", 422, "twice"),
        (b'{"a": NaN}', "", 422, "NaN"),
        (b"\xff\xfe\x00", "application/octet-stream", 422, "neither JSON nor text"),
        (b"a\x00b", "text/plain", 422, "neither JSON nor text"),
        (b"x", "text/plain; charset=idna", 422, "neither JSON nor text"),
        (b"x" * (LIMIT + 1), "text/plain", 413, str(LIMIT)),
        (b'{"a": "' + b"x" * LIMIT + b'"}', "application/json", 413, str(LIMIT)),
        (b"\x7f" * (LIMIT - 10), "text/plain", 413, str(LIMIT)),
    ],
)
def test_a_refused_call_is_noted_once_with_its_reason_and_the_wait_goes_on(
    parked: tuple[str, str],
    shop: KeyCaller,
    nobody: Caller,
    body: bytes,
    content_type: str,
    status: int,
    reason: str,
) -> None:
    intent_id, token = parked
    for _ in range(3):
        assert call(nobody, token, body, content_type).status == status
    assert states(intent_id) == ["open"]
    (noted,) = refusals(shop, intent_id)
    assert reason in noted["reason"]
    assert (noted["bytes"], noted["content_type"]) == (len(body), content_type)
    assert len(noted["beginning"]) <= 4 * callbacks.SHOWN
    assert nobody.post(f"/callbacks/{token}", {"fine": 1}).ok()["applied"] is True
    # Nothing is noted any more once nothing waits.
    call(nobody, token, b"{", "application/json")
    assert len(refusals(shop, intent_id)) == 1


def test_refusals_for_ever_new_reasons_do_not_fill_a_history(
    parked: tuple[str, str], shop: KeyCaller, nobody: Caller
) -> None:
    intent_id, token = parked
    for number in range(callbacks.NOTED + 5):
        assert call(nobody, token, b" " * number + b"{,", "application/json").status == 422
    assert len(refusals(shop, intent_id)) == callbacks.NOTED


def test_nothing_is_read_of_a_body_for_nobody_or_of_a_body_too_large(
    parked: tuple[str, str], nobody: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks: an anonymous caller can have nothing parsed."""
    _, token = parked
    large = json.dumps({"a": [{"": 0}] * LIMIT}).encode()

    def parse(body: bytes) -> Any:
        raise AssertionError(f"{len(body)} bytes were parsed")

    monkeypatch.setattr(canonical, "parse", parse)
    assert call(nobody, "axme_cb_unknown", large, "application/json").status == 404
    assert call(nobody, "axme_cb_unknown", b"{}", "application/json").status == 404
    assert call(nobody, token, large, "application/json").status == 413
