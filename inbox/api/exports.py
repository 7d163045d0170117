"""Lists of operations as files: made page by page while they are sent, from the same selectors as the lists."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from inbox.operations import selectors
from inbox.operations.query import Query
from inbox.operations.selectors import Watched
from inbox.schemas import intent_shapes
from intents.kernel import replica
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField
from intents.kernel.replica import AsOf
from intents.streams.downloads import Made
from intents.streams.openapi import operation, parameter

PATH = "/v1/operations/intents/export"
ROWS = 500
"""Intents of one piece."""
COLUMNS = (
    *("id", "intent_type", "status", "waiting_reason", "waits_for", "waits_until", "risk", "age_in_state_seconds"),
    *("created_at", "updated_at", "deadline_at", "attempts", "from_agent", "to_agent", "progress"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
DOCUMENT = operation(
    "export_intents",
    "Operations",
    "Export intents",
    "All intents that match, newest first, as a file: CSV with a line of names, or a JSON object a line (NDJSON) as in the"
    " list. In CSV a text that a spreadsheet would take for a formula has an apostrophe before it. What changes meanwhile is"
    " in the file as it is when its line is written.",
    [
        parameter("q", "query", {"type": "string", "default": ""}, "Terms, as for the list."),
        parameter("format", "query", {"type": "string", "enum": ["csv", "ndjson"], "default": "csv"}, "Of the file."),
    ],
    {"text/csv": {"schema": {"type": "string"}}, "application/x-ndjson": {"schema": {"type": "string"}}},
)


def begin(actor: Tenant, query: Mapping[str, str], late: bool = True) -> Made:
    """Read on a standby, where it may be late. Raises Denied for those who do not watch, InvalidField."""
    wanted = selectors.read(query.get("q", ""))
    # Whoever may not, or asks for what cannot be, is told before the file begins.
    first = replica.read(lambda: selectors.page(actor, wanted, limit=1), late=late)
    match query.get("format", "csv"):
        case "csv":
            more = _pieces(actor, wanted, late, _csv, head=_lines([COLUMNS]))
            return Made(_headers("text/csv; charset=utf-8", "csv", first.as_of), more)
        case "ndjson":
            return Made(_headers("application/x-ndjson", "ndjson", first.as_of), _pieces(actor, wanted, late, _ndjson))
    raise InvalidField("format", "csv or ndjson")


def _headers(content_type: str, ending: str, as_of: AsOf | None) -> list[tuple[bytes, bytes]]:
    named = f'attachment; filename="intents.{ending}"'
    headers = [(b"content-type", content_type.encode()), (b"content-disposition", named.encode())]
    if as_of is not None:
        headers.append((replica.HEADER.lower().encode(), as_of.rfc3339.encode()))
    return headers


def _pieces(
    actor: Tenant, query: Query, late: bool, written: Callable[[Iterable[Watched]], bytes], head: bytes = b""
) -> Callable[[], bytes]:
    """What gives the file piece by piece: `head` and the first rows, then those after the last."""
    after: UUID | None = None
    begun = over = False

    def more() -> bytes:
        nonlocal after, begun, over
        if over:
            return b""
        rows, after = replica.read(lambda: selectors.page(actor, query, after, ROWS), late=late).value
        over = after is None
        piece = (b"" if begun else head) + written(rows)
        begun = True
        return piece

    return more


def _ndjson(rows: Iterable[Watched]) -> bytes:
    return "".join(f"{json.dumps(intent_shapes.watched(row), ensure_ascii=False)}\n" for row in rows).encode()


def _csv(rows: Iterable[Watched]) -> bytes:
    return _lines(_cells(intent_shapes.watched(row)) for row in rows)


def _cells(shown: dict[str, Any]) -> list[Any]:
    waits = shown["waits_for"] or {}
    progress = shown["progress"]
    flat = shown | {
        "waits_for": waits.get("who"),
        "waits_until": waits.get("until"),
        "progress": json.dumps(progress, ensure_ascii=False) if progress else None,
    }
    return [flat[name] for name in COLUMNS]


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([_safe(one) for one in row] for row in rows)
    return file.getvalue().encode()


def _safe(value: Any) -> Any:
    """No spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
