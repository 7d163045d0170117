"""A list of objects as a file for spreadsheets, none of whose cells is taken for a formula."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def sheet(rows: Sequence[Mapping[str, Any]]) -> str:
    """CSV with a line of names: the keys as they were sent, numbers as numbers, what is nested as JSON."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([_safe(key) for key in keys])
    writer.writerows([_cell(row.get(key)) for key in keys] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return _safe(json.dumps(value, ensure_ascii=False))
    return _safe(value)


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value
