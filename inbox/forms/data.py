"""Reading what people fill in by a checked form schema: texts become what it wants, and what is wrong is told by field."""

import re
from typing import Any

from intents.kernel import canonical
from intents.kernel.errors import InvalidField
from intents.kernel.jsonschema import numbers, patterns, validator
from intents.kernel.jsonschema.judging import TOO_MUCH, problems, told
from intents.kernel.jsonschema.paths import named


def read(data: dict[str, Any], schema: dict[str, Any], *, field: str) -> dict[str, Any]:
    """`data` with texts turned into what `schema`, which was checked, wants ("12" into 12). It takes a bounded time.

    Raises InvalidField below `field`, telling every problem in its details (`errors`, each with `field` and `message`).
    """
    root = validator.of(schema, validator.Budget())
    try:
        coerced = _coerced(data, schema, root)
    except validator.TooMuch:
        raise InvalidField(field, TOO_MUCH) from None
    except patterns.Unsound as refusal:
        raise InvalidField(field, f"the form has a pattern that {refusal}") from None
    if wrong := problems(coerced, root, field=field):
        raise InvalidField(*wrong[0], errors=told(wrong))
    result: dict[str, Any] = coerced
    return result


def _coerced(value: Any, schema: Any, root: Any) -> Any:
    """`value` with texts as `schema`, a part of `root.schema`, wants them; what cannot be turned stays as it is."""
    root.format_checker.spend(1)
    if not isinstance(schema, dict):
        return value
    if "$ref" in schema:
        value = _coerced(value, named(root.schema, schema["$ref"]), root)
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


_TRUTH = {"true": True, "false": False}


def _as(kind: str, text: str) -> Any:
    """`text` as JSON type `kind`, or `text` itself when it is none, or a number that would become another one."""
    plain = text.strip()
    match kind:
        case "integer" if (number := numbers.decimal(plain)) is not None and abs(number) <= numbers.LARGEST:
            return int(number) if number == number.to_integral_value() else text
        case "number" if (number := numbers.decimal(plain)) is not None:
            if abs(number) <= numbers.LARGEST and re.fullmatch(r"[+-]?[0-9]+", plain):
                return int(number)
            kept = canonical.kept(plain)
            return text if kept is None else kept
        case "boolean" if plain.lower() in _TRUTH:
            return _TRUTH[plain.lower()]
        case "null" if plain == "":
            return None
    return text
