"""Reading what people fill in by a checked form schema: texts become what it wants, and what is wrong is told by field."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from jsonschema.exceptions import ValidationError

from inbox.forms import patterns, validator
from inbox.forms import schema as formschema
from inbox.forms.formats import FORMATS
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

MAX_SHOWN = 20
"""Problems of one answer that are told at once."""
MAX_FOUND = 200
"""Problems that are looked for: those that are told are the first of these by their places."""
TOO_MUCH = "there is too much to check: send less, or a simpler form"


def read(data: dict[str, Any], schema: dict[str, Any], *, field: str) -> dict[str, Any]:
    """`data` with texts turned into what `schema`, which was checked, wants ("12" into 12). It takes a bounded time.

    Raises InvalidField below `field`, telling every problem in its details (`errors`, each with `field` and `message`).
    """
    root = validator.of(schema, validator.Budget())
    try:
        coerced = _coerced(data, schema, root)
        problems = [problem for error in islice(root.iter_errors(coerced), MAX_FOUND) for problem in _told(error, field)]
    except validator.TooMuch:
        raise InvalidField(field, TOO_MUCH) from None
    except patterns.Refused as refusal:
        raise InvalidField(field, f"the form has a pattern that {refusal}") from None
    if problems:
        first = min(problems)
        told = [{"field": where, "message": message} for where, message in sorted(set(problems))[:MAX_SHOWN]]
        raise InvalidField(*first, errors=told)
    result: dict[str, Any] = coerced
    return result


def _coerced(value: Any, schema: Any, root: Any) -> Any:
    """`value` with texts as `schema`, a part of `root.schema`, wants them; what cannot be turned stays as it is."""
    root.format_checker.spend(1)
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
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if branches:
        if _fits(value, schema, root):
            return value
        for part in branches:
            turned = _coerced(value, part, root)
            if _fits(turned, part, root):
                return turned
    return _turned(value, schema, root) if isinstance(value, str) else value


def _fits(value: Any, schema: Any, root: Any) -> bool:
    return bool(root.format_checker.part(root, schema).is_valid(value))


def _turned(text: str, schema: dict[str, Any], root: Any) -> Any:
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "string" in types and (len(types) == 1 or _fits(text, schema, root)):
        return text
    for kind in types:
        turned = _as(kind, text)
        if turned is not text:
            return turned
    choices = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    root.format_checker.spend(len(choices) // 4)
    if text in choices:
        return text
    return next((one for one in choices if not isinstance(one, str) and canonical.dumps(one) == text), text)


_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
_TRUTH = {"true": True, "false": False}
LARGEST = Decimal(canonical.MAX_SAFE_INTEGER)


def _as(kind: str, text: str) -> Any:
    """`text` as JSON type `kind`, or `text` itself when it is none, or a number that would become another one."""
    plain = text.strip()
    match kind:
        case "integer" if (number := _decimal(plain)) is not None and abs(number) <= LARGEST:
            return int(number) if number == number.to_integral_value() else text
        case "number" if (number := _decimal(plain)) is not None:
            if abs(number) <= LARGEST and re.fullmatch(r"[+-]?[0-9]+", plain):
                return int(number)
            kept = canonical.kept(plain)
            return text if kept is None else kept
        case "boolean" if plain.lower() in _TRUTH:
            return _TRUTH[plain.lower()]
        case "null" if plain == "":
            return None
    return text


def _decimal(plain: str) -> Decimal | None:
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


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
            missing = [name for name in value if name not in error.instance]
            yield from ((f"{where}.{name}", "this field is required") for name in missing)
        case "additionalProperties" | "unevaluatedProperties":
            known = error.schema.get("properties", {})
            extra = [name for name in error.instance if name not in known]
            yield from ((f"{where}.{name[:80]}", "unknown field") for name in extra)
        case "type":
            yield where, _other_type([value] if isinstance(value, str) else value, error.instance)
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
            yield where, f"must be {FORMATS[value][1]}"
        case "pattern":
            yield where, error.message
        case "uniqueItems":
            yield where, "holds the same thing twice"
        case None:
            yield where, "holds something that is never allowed"
        case _:
            yield where, f"does not fit the form ({error.validator})"


def _other_type(kinds: list[str], value: Any) -> str:
    number = _decimal(value.strip()) if isinstance(value, str) else None
    if number is not None and "number" in kinds:
        return "is too large, or has more digits than a number keeps (about 15)"
    if number is not None and "integer" in kinds and abs(number) > LARGEST:
        return f"is too large: numbers go up to {LARGEST}"
    return f"must be {' or '.join(_NAMES.get(kind, kind) for kind in kinds)}"
