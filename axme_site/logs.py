"""Structured log lines on standard error: one JSON object a line, or aligned text for a terminal.

A line says what was done (`action`), the request's ids, and facts by name. Both structlog's loggers and the standard
library's (with facts in `extra`) end here. No line holds a payload; what looks like a secret is blotted out.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from intents.kernel import tracing

# Keys, tokens and webhook secrets by their prefix, bearer credentials, and the one secret in a path.
_SECRET = re.compile(r"(axme_[a-z]{2,4}_|whsec_|[Bb]earer |/callbacks/)[A-Za-z0-9_\-.~+/=]+")
# There PostgreSQL quotes the values of rows and parameters.
_QUOTING = re.compile(r"^(?:DETAIL|CONTEXT):.*\n?", re.MULTILINE)
_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "request"}  # Django attaches the request itself


def configure(options: dict[str, str]) -> None:
    """Set up the process's logging: `level` by name, `format` json or console. Django calls this with LOGGING."""
    level = logging.getLevelNamesMapping()[options["level"]]
    rendering = _json_renderer() if options["format"] == "json" else _console_renderer()
    structlog.configure(
        processors=[structlog.processors.add_log_level, _describe, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, _take_extra, _describe],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("django", "django.server"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # A refused request has its own line, without its raw path.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    for talkative in ("daphne", "twisted", "uvicorn", "asyncio", "celery", "kombu"):
        logging.getLogger(talkative).setLevel(max(level, logging.WARNING))


def _describe(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    described: EventDict = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": event.pop("level"),
        "action": event.pop("event"),
        **event,
    }
    trace = tracing.bound()
    if trace is not None:
        described["request_id"], described["trace_id"] = trace.request_id, trace.trace_id
    return described


def _take_extra(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The standard library's record: its `extra` as facts, its logger's name as the action where `extra` has none."""
    record: logging.LogRecord = event["_record"]
    extra = {name: value for name, value in vars(record).items() if name not in _RECORD}
    return {**event, "message": event["event"], "event": record.name, **_renamed(extra)}


def _renamed(extra: dict[str, object]) -> dict[str, object]:
    return {("event" if name == "action" else name): value for name, value in extra.items()}


def _json_renderer() -> list[Processor]:
    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return _blot(json.dumps(event, default=str))

    return [structlog.processors.ExceptionRenderer(_traceback), render]


def _console_renderer() -> list[Processor]:
    def write_traceback(file: TextIO, exc_info: ExcInfo) -> None:
        file.write(_traceback(exc_info))

    plain = structlog.dev.ConsoleRenderer(
        event_key="action",
        timestamp_key="at",
        colors=sys.stderr.isatty(),
        # The default one prints local variables.
        exception_formatter=write_traceback,
    )

    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return _blot(plain(logger, method, event))

    return [render]


def _traceback(exc_info: ExcInfo) -> str:
    return _QUOTING.sub("", "".join(traceback.format_exception(*exc_info)).rstrip())


def _blot(line: str) -> str:
    return _SECRET.sub(r"\1…", line)
