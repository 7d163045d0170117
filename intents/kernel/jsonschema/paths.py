"""Places: of values below a field, and of schemas within one."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote


def join(field: str, path: Iterable[Any]) -> str:
    """The path of a place below `field`."""
    return ".".join((field, *(str(part)[:80] for part in path)))


def named(root: dict[str, Any], reference: str) -> Any:
    """The schema that `#/$defs/name` (or the older `#/definitions/name`) leads to in `root`, else None."""
    match = re.fullmatch(r"#/(\$defs|definitions)/([^/]+)", reference)
    if match is None:
        return None
    return root.get(match[1], {}).get(unquote(match[2]).replace("~1", "/").replace("~0", "~"))
