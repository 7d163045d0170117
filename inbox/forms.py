"""A task's form: the fields of its JSON Schema as a page shows them, and what a browser sends back as data.

Nothing is judged here: `inbox.formdata` reads the data by the schema, for every surface alike.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from inbox import formschema, present

PREFIX = "data."
TEXTS = {"date": "date", "email": "email", "uri": "url"}
"""Formats that browsers have a field of their own for. Times are not among them: theirs has no zone."""
LONG = 200
"""A text that may be longer than this gets a field of several lines."""


@dataclass(slots=True)
class Field:
    """One field. `kind` is text, date, email, url, number, area, lines (a list of texts, one a line), select, radios,
    checks, switch, json or group (its `fields` are inside). `key` is the name in the data, `name` the whole path."""

    key: str
    name: str
    label: str
    kind: str
    needed: bool = False
    hint: str = ""
    value: Any = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    fields: list["Field"] = field(default_factory=list)
    error: str = ""
    step: str = "any"
    example: str = ""

    @property
    def id(self) -> str:
        return "field-" + re.sub(r"[.\s]+", "-", self.name)


def fields(
    schema: Mapping[str, Any], *, sent: QueryDict | None = None, errors: Mapping[str, str] | None = None
) -> list[Field]:
    """The fields of a checked form schema, filled with what was `sent`, else with its defaults. `errors` are by path, as
    `data.amount`."""
    return list(_fields(dict(schema), dict(schema), PREFIX, sent, errors or {}))


def _fields(
    schema: dict[str, Any], root: dict[str, Any], prefix: str, sent: QueryDict | None, errors: Mapping[str, str]
) -> Iterator[Field]:
    required = list(schema.get("required", ()))
    properties = _properties(schema, root)
    # Canonical JSON sorts keys; the list of what is needed keeps the order that its author gave it.
    ordered = [name for name in required if name in properties] + [name for name in properties if name not in required]
    for name in ordered:
        part = properties[name]
        yield _field(f"{prefix}{name}", name, part, root, needed=name in required, sent=sent, errors=errors)


def _properties(schema: Mapping[str, Any], root: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The properties of an object's schema, those of its `allOf` included, with references followed."""
    found: dict[str, Any] = {}
    for part in schema.get("allOf", ()):
        found |= _properties(_followed(part, root), root)
    return found | {name: _followed(part, root) for name, part in schema.get("properties", {}).items()}


def _followed(part: Any, root: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(part, dict):
        return {}
    if "$ref" in part:
        return _followed(formschema.named(root, part["$ref"]), root) | {key: part[key] for key in part if key != "$ref"}
    return part


def _field(
    path: str,
    name: str,
    part: dict[str, Any],
    root: dict[str, Any],
    *,
    needed: bool,
    sent: QueryDict | None,
    errors: Mapping[str, str],
) -> Field:
    kind, choices = _kind(part, root)
    made = Field(
        key=name,
        name=path,
        label=present.one_line(str(part.get("title") or name.replace("_", " ").capitalize()), most=200),
        kind=kind,
        needed=needed,
        hint=present.one_line(str(part.get("description", "")), most=500),
        choices=choices,
        error=errors.get(path, ""),
        step="1" if _type(part) == "integer" else "any",
        example=_example(part),
    )
    if kind == "group":
        made.fields = list(_fields(part, root, f"{path}.", sent, errors))
    elif sent is not None:
        made.value = sent.getlist(path) if kind == "checks" else sent.get(path, "")
    else:
        made.value = _shown(kind, part.get("default"))
        if isinstance(made.value, str) and (said := present.plain(made.value)) != made.value:
            odd = _("It is filled in with characters that cannot be seen: %(text)s") % {"text": present.one_line(said)}
            made.hint = f"{made.hint} {odd}".strip()
    return made


def _type(part: Mapping[str, Any]) -> str:
    types = part.get("type", "string" if "enum" not in part else "")
    if isinstance(types, list):
        types = next((one for one in types if one != "null"), "null")
    return str(types)


def _kind(part: dict[str, Any], root: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    if choices := _choices(part):
        return ("radios" if len(choices) <= 4 else "select"), choices
    match _type(part):
        case "boolean":
            return "switch", []
        case "integer" | "number":
            return "number", []
        case "array":
            inner = _followed(part.get("items", {}), root)
            if choices := _choices(inner):
                return "checks", choices
            return ("lines" if _type(inner) in ("string", "integer", "number") and "items" in part else "json"), []
        case "object" if _properties(part, root):
            return "group", []
        case "string":
            if part.get("format") in TEXTS:
                return TEXTS[part["format"]], []
            return ("area" if part.get("maxLength", LONG + 1) > LONG and "format" not in part else "text"), []
    return "json", []


def _choices(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(value, label) of what may be chosen: an `enum`, or a `oneOf` of constants with titles."""
    if "enum" in part:
        return [(_text(one), _label(one)) for one in part["enum"]]
    options = part.get("oneOf", ())
    if options and all(isinstance(one, dict) and "const" in one for one in options):
        return [(_text(one["const"]), _label(one.get("title", one["const"]))) for one in options]
    return []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _label(value: Any) -> str:
    words = present.one_line(_text(value).replace("_", " "), most=400)
    return words[:1].upper() + words[1:]


def _shown(kind: str, value: Any) -> Any:
    match kind:
        case "checks":
            return [_text(one) for one in value] if isinstance(value, list) else []
        case "lines":
            return "\n".join(_text(one) for one in value) if isinstance(value, list) else ""
        case "json":
            return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
    return "" if value is None else _text(value)


def _example(part: Mapping[str, Any]) -> str:
    if part.get("format") == "date-time":
        return "2030-01-31T09:00:00Z"
    examples = part.get("examples")
    return present.one_line(_text(examples[0]), most=80) if isinstance(examples, list) and examples else ""


_OWN = {
    "clarification": ("answer", _("Answer"), "area"),
    "assignment": ("assignee", _("To whom"), "text"),
    "form": ("text", _("Text"), "area"),
}
"""What a kind asks for when its task brings no form: the key in the data, what it is called, the kind of field."""


def own_field(kind: str, *, sent: QueryDict | None = None, errors: Mapping[str, str] | None = None) -> Field | None:
    """The one field of a task without a form, for the kinds that need one."""
    if kind not in _OWN:
        return None
    key, label, look = _OWN[kind]
    name = f"{PREFIX}{key}"
    value = sent.get(name, "") if sent is not None else ""
    return Field(key=key, name=name, label=str(label), kind=look, value=value, error=(errors or {}).get(name, ""))


def own(kind: str, sent: QueryDict) -> dict[str, Any]:
    """What a browser sent in `own_field`."""
    found = own_field(kind, sent=sent)
    return {found.key: found.value.strip()} if found is not None and found.value.strip() else {}


def data(schema: Mapping[str, Any], sent: QueryDict) -> dict[str, Any]:
    """What a browser sent, in the shape of the schema, its texts as they are. What was left empty is left out, but for
    switches, which are false."""
    return _data(fields(schema, sent=sent))


def _data(made: list[Field]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in made:
        name, value = one.key, one.value
        match one.kind:
            case "group":
                if inner := _data(one.fields):
                    found[name] = inner
            case "switch":
                found[name] = value == "true"
            case "checks" if value:
                found[name] = list(value)
            case "lines" if value.strip():
                found[name] = [line.strip() for line in value.splitlines() if line.strip()]
            case "json" if value.strip():
                found[name] = _parsed(value)
            case "text" | "area" | "date" | "email" | "url" | "number" | "select" | "radios" if value.strip():
                found[name] = value.strip() if one.kind != "area" else value.replace("\r\n", "\n")
    return found


def _parsed(text: str) -> Any:
    """JSON as a person typed it; what is none is text, and the schema says what is wrong with that."""
    try:
        return json.loads(text)
    except ValueError:
        return text
