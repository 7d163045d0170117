"""What a log line shows, and what it never shows."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest
import structlog
from django.conf import settings

from axme_site import logs
from intents.kernel import tracing

Written = Callable[[], str]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Written]]:
    """Set logging up anew, onto a file of ours: `configured(level, format)` gives what was written."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level

    def configure(level: str, form: str) -> Written:
        output = io.StringIO()
        monkeypatch.setattr("sys.stderr", output)
        logs.configure({"level": level, "format": form})
        return output.getvalue

    # Outside of a request, whatever ran before in this process.
    outside = tracing._current.set(None)
    yield configure
    tracing._current.reset(outside)
    monkeypatch.undo()
    logs.configure(settings.LOGGING)
    root.handlers, root.level = handlers, level


def lines(written: Written) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written().splitlines()]


def test_both_kinds_of_logger_write_lines_of_one_shape(configured: Callable[[str, str], Written]) -> None:
    written = configured("INFO", "json")
    structlog.get_logger().info("intent.moved", intent="7", status="DONE")
    logging.getLogger("intents.kernel.live").warning("wake-up signals dropped", extra={"action": "live.publish", "count": 3})
    logging.getLogger("somebody.else").info("hello %s", "world")
    first, second, third = lines(written)
    assert list(first) == ["at", "level", "action", "intent", "status"]
    assert (first["level"], first["action"], first["intent"]) == ("info", "intent.moved", "7")
    assert (second["action"], second["message"], second["count"]) == ("live.publish", "wake-up signals dropped", 3)
    assert (third["action"], third["message"], third["level"]) == ("somebody.else", "hello world", "info")


def test_the_level_decides_what_is_written(configured: Callable[[str, str], Written]) -> None:
    written = configured("WARNING", "json")
    structlog.get_logger().info("quiet")
    logging.getLogger("any").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["action"] for line in lines(written)] == ["loud"]


def test_the_ids_of_the_request_are_in_its_lines(configured: Callable[[str, str], Written]) -> None:
    written = configured("INFO", "json")

    def handle() -> None:
        tracing.bind(tracing.Trace("trace-1", "request-2"))
        structlog.get_logger().info("one")
        logging.getLogger("two").info("two")

    copy_context().run(handle)
    assert [(line["trace_id"], line["request_id"]) for line in lines(written)] == [("trace-1", "request-2")] * 2


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key axme_sa_0193-abcd_S3cr3t-Value.x sent", "S3cr3t"),
        ("token axme_pat_S3cr3t", "S3cr3t"),
        ("signed with whsec_S3cr3t/+=", "S3cr3t"),
        ("Authorization: Bearer S3cr3t.x.y", "S3cr3t"),
        ("POST /v1/callbacks/S3cr3t?x=1", "S3cr3t"),
    ],
)
def test_secrets_are_blotted_out(configured: Callable[[str, str], Written], form: str, text: str, secret: str) -> None:
    written = configured("INFO", form)
    structlog.get_logger().info("told", text=text)
    logging.getLogger("std").info("%s", text, extra={"also": text})
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("std").exception("failed")
    assert secret not in written()
    assert written().count("…") >= 5


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_values(configured: Callable[[str, str], Written], form: str) -> None:
    written = configured("INFO", form)
    message = "duplicate key\nDETAIL:  Key (name)=(payload-value) already exists.\nCONTEXT:  payload-value"
    try:
        raise ValueError(message)
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("std").exception("failed")
    assert written().count("duplicate key") == 2
    assert "payload-value" not in written()
