"""Reading what people fill in by a checked form schema: texts become what it wants, and what is wrong is told by field."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from pydantic import ValidationError as NoMatch
from referencing import Registry

from inbox import formschema
from intents import canonical
from intents.errors import InvalidField

MAX_SHOWN = 20
"""Problems of one answer that are told at once."""


def read(data: dict[str, Any], schema: dict[str, Any], *, field: str) -> dict[str, Any]:
    """`data` with texts turned into what `schema`, which was checked, wants ("12" into 12).

    Raises InvalidField below `field`, telling every problem in its details (`errors`, each with `field` and `message`).
    """
    root = _validator(schema)
    coerced = _coerced(data, schema, root)
    problems = [problem for error in root.iter_errors(coerced) for problem in _told(error, field)]
    if problems:
        first = min(problems)
        told = [{"field": where, "message": message} for where, message in sorted(set(problems))[:MAX_SHOWN]]
        raise InvalidField(*first, errors=told)
    result: dict[str, Any] = coerced
    return result


def _matches(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    try:
        formschema.reader(pattern).validate_python(instance)
    except NoMatch:
        yield ValidationError("does not have the form that is asked for")


_Validator = extend(Draft202012Validator, {"pattern": _matches})
_formats = FormatChecker(formats=())


def _is_date(text: str) -> bool:
    return re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}", text) is not None and bool(date.fromisoformat(text))


def _is_moment(text: str) -> bool:
    return "T" in text and datetime.fromisoformat(text).tzinfo is not None


def _is_email(text: str) -> bool:
    return re.fullmatch(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*", text[:321]) is not None


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and bool(UUID(text))


def _is_uri(text: str) -> bool:
    return bool(urlsplit(text).scheme) and " " not in text


_FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "date": (_is_date, "a date like 2030-01-31"),
    "date-time": (_is_moment, "a time with its zone, like 2030-01-31T09:00:00Z"),
    "email": (_is_email, "an e-mail address"),
    "uuid": (_is_uuid, "a UUID"),
    "uri": (_is_uri, "an address like https://example.org/page"),
}
"""The formats that are checked, and how they are called; any other is a remark."""

for _name, (_check, _) in _FORMATS.items():
    _formats.checks(_name, raises=ValueError)(lambda value, check=_check: not isinstance(value, str) or check(value))


def _validator(schema: dict[str, Any]) -> Any:
    # An empty registry: nothing is ever fetched.
    return _Validator(schema, registry=Registry(), format_checker=_formats)


def _coerced(value: Any, schema: Any, root: Any) -> Any:
    """`value` with texts as `schema`, a part of `root.schema`, wants them; what cannot be turned stays as it is."""
    if not isinstance(schema, dict):
        return value
    if "$ref" in schema:
        value = _coerced(value, formschema.named(root.schema, schema["$ref"]), root)
    for part in schema.get("allOf", ()):
        value = _coerced(value, part, root)
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        value = {key: _coerced(item, properties.get(key, others), root) for key, item in value.items()}
    elif isinstance(value, list):
        first = schema.get("prefixItems", [])
        parts = [*first, *[schema.get("items")] * max(0, len(value) - len(first))]
        value = [_coerced(item, part, root) for item, part in zip(value, parts, strict=False)]
    elif not isinstance(value, str):
        return value
    if _fits(value, schema, root):
        return value
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        turned = _coerced(value, part, root)
        if _fits(turned, part, root):
            return turned
    return _turned(value, schema) if isinstance(value, str) else value


def _fits(value: Any, schema: Any, root: Any) -> bool:
    if isinstance(schema, dict):
        schema = schema | {name: root.schema[name] for name in ("$defs", "definitions") if name in root.schema}
    return bool(root.evolve(schema=schema).is_valid(value))


def _turned(text: str, schema: dict[str, Any]) -> Any:
    types = schema.get("type", [])
    for kind in [types] if isinstance(types, str) else types:
        turned = _as(kind, text)
        if turned is not text:
            return turned
    choices = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    return next((one for one in choices if not isinstance(one, str) and canonical.dumps(one) == text), text)


_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?")
_TRUTH = {"true": True, "false": False}


def _as(kind: str, text: str) -> Any:
    """`text` as JSON type `kind`, or `text` itself when it is none."""
    plain = text.strip()
    match kind:
        case "integer" if _NUMBER.fullmatch(plain) and float(plain).is_integer() and abs(float(plain)) < 2**53:
            return int(float(plain))
        case "number" if _NUMBER.fullmatch(plain):
            return float(plain) if not re.fullmatch(r"[+-]?[0-9]+", plain) else int(plain)
        case "boolean" if plain.lower() in _TRUTH:
            return _TRUTH[plain.lower()]
        case "null" if plain == "":
            return None
    return text


_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _told(error: ValidationError, field: str) -> Iterator[tuple[str, str]]:
    """A problem as (path, words). The words never quote what the person sent."""
    where, value = formschema.join(field, error.absolute_path), error.validator_value
    match error.validator:
        case "required":
            # Each error names one property, in its message alone.
            missing = [name for name in value if name not in error.instance]
            yield from ((f"{where}.{name}", "this is needed") for name in missing)
        case "additionalProperties" | "unevaluatedProperties":
            known = error.schema.get("properties", {})
            extra = [name for name in error.instance if name not in known]
            yield from ((f"{where}.{name[:80]}", "the form has no such field") for name in extra)
        case "type":
            kinds = [value] if isinstance(value, str) else value
            yield where, f"must be {' or '.join(_NAMES.get(kind, kind) for kind in kinds)}"
        case "enum":
            yield where, f"must be one of {', '.join(str(one) for one in value)[:200]}"
        case "const":
            yield where, f"must be {str(value)[:200]}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
            words = {
                "minimum": "at least",
                "maximum": "at most",
                "exclusiveMinimum": "more than",
                "exclusiveMaximum": "less than",
                "multipleOf": "a multiple of",
            }
            yield where, f"must be {words[error.validator]} {value}"
        case "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties":
            way = "at least" if error.validator.startswith("min") else "at most"
            what = error.validator[3:].lower().replace("length", "characters").replace("properties", "fields")
            yield where, f"must hold {way} {value} {what}"
        case "format":
            yield where, f"must be {_FORMATS[value][1]}"
        case "pattern":
            yield where, error.message
        case None:
            yield where, "holds something that is never allowed"
        case _:
            yield where, f"does not fit the form ({error.validator})"
