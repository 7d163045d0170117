"""Of what kind the field of a place is, and what can be chosen there."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from inbox.forms.objects import is_shown
from inbox.forms.schemas import SCALARS, Part, Schema, settled

LONG = 200
"""A text that may be longer than this gets a field of several lines."""
FEW = 4
"""Up to so many choices are all shown."""

Look = tuple[str, list[tuple[Any, Any]]]
"""A kind of field and its choices, each as (value, title)."""
_LISTED = frozenset({"string", "integer", "number"})
"""What can be typed one on a line."""
_MEASURES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


def look(part: Part, root: Schema, *, required: bool, default: Any) -> Look:
    """The field of `part` that begins with `default`. Where nothing else lets everything be said, it is JSON."""
    schema = part.schema
    if "const" in schema and schema["const"] is not True:
        only = [(schema["const"], None)]
        return ("constant", only) if required and not part.nullable else _chosen(only)
    if values := _values(part, root):
        return _chosen(values)
    if part.types == {"boolean"} or "const" in schema:
        return _chosen([(True, _("Yes")), (False, _("No"))]) if part.nullable else ("switch", [])
    if part.types == {"object"}:
        return ("group" if is_shown(part, root) else "json"), []
    if part.branches:
        return ("text" if _are_scalars(part, root) else "json"), []
    if part.types == {"array"}:
        return _list(part, root, default)
    return _typed(part, default), []


def _typed(part: Part, default: Any) -> str:
    if part.types in ({"integer"}, {"number"}):
        return "number"
    if part.types == {"string"}:
        return _text(part.schema, default)
    if part.types:
        return "text" if part.types <= SCALARS else "json"
    plain = default is None or isinstance(default, str)
    return "area" if plain and not _MEASURES & part.schema.keys() else "json"


def _text(schema: Schema, default: Any) -> str:
    if isinstance(default, str) and len(default.splitlines()) > 1:
        return "area"
    if schema.get("format") == "date":
        return "date"
    return "text" if "format" in schema or schema.get("maxLength", LONG + 1) <= LONG else "area"


def _list(part: Part, root: Schema, default: Any) -> Look:
    inner = settled(part.schema.get("items", {}), root)
    if "items" not in part.schema or {"prefixItems", "contains"} & part.schema.keys() or inner.nullable:
        return "json", []
    if values := _values(inner, root):
        return "checks", values
    if len(inner.types) != 1 or not inner.types <= _LISTED or inner.branches or "const" in inner.schema:
        return "json", []
    texts = [one for one in default if isinstance(one, str)] if isinstance(default, list) else []
    return ("json" if any([one] != one.strip().splitlines() for one in texts) else "lines"), []


def _chosen(values: list[tuple[Any, Any]]) -> Look:
    return ("radios" if len(values) <= FEW else "select"), values


def _values(part: Part, root: Schema) -> list[tuple[Any, Any]]:
    """(value, title) of what may be chosen: an `enum`, or a union of constants, with titles or without."""
    if "enum" in part.schema:
        return [(one, None) for one in part.schema["enum"]]
    branches = [settled(one, root) for one in part.branches]
    if any(one.nullable or not {"const", "enum"} & one.schema.keys() for one in branches):
        return []
    return [(value, one.schema.get("title")) for one in branches for value in _constants(one.schema)]


def _constants(schema: Schema) -> Sequence[Any]:
    found: Sequence[Any] = [schema["const"]] if "const" in schema else schema["enum"]
    return found


def _are_scalars(part: Part, root: Schema) -> bool:
    """Whether each branch says of which types it is, none of them needing more than a line."""
    branches = [settled(one, root) for one in part.branches]
    return part.types <= SCALARS and all(one.types and one.types <= SCALARS and not one.branches for one in branches)
