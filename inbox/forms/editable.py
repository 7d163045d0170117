"""Values of a payload that whoever decides may change: which they are, and what each may become."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from inbox.forms import data as formdata
from inbox.forms import schema as formschema
from inbox.presentation.labels import label as in_words
from inbox.presentation.money import amount_at, money_label
from inbox.vocabulary import pointers
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

MOST = 20
LONGEST_TEXT = 4000
Kind = Literal["text", "number", "integer", "amount", "boolean", "date", "datetime"]
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
_AMOUNT = "x-amount"
"""Marks a text that is an amount."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.+(Z|[+-][0-9]{2}:[0-9]{2})")
_BY_KIND: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": LONGEST_TEXT},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "amount": {"type": "string", _AMOUNT: True},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


class EditableField(BaseModel):
    """A value of the payload that may be changed by whoever approves. Without `type`, `choices` or `schema` it stays of the
    type that it has; money that is not negative, a number whose currency the payload tells, stays so."""

    model_config = ConfigDict(extra="forbid")

    pointer: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="A JSON pointer into the payload, or the name of a key at its top.", examples=["/amount"]
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = Field(
        None, description="What `data.approved` calls it; the pointer as it was sent when absent."
    )
    label: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = Field(
        None, description="What the page calls it."
    )
    type: Kind | None = Field(None, description='`amount` is a number written as text, such as "129.00".')
    minimum: float | None = None
    maximum: float | None = None
    choices: Annotated[list[Any], Field(min_length=1, max_length=50)] | None = None
    schema_: dict[str, Any] | None = Field(
        None,
        validation_alias=AliasChoices("schema", "schema_"),
        serialization_alias="schema",
        description="A JSON Schema of a single value, in place of all that.",
    )

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: Any) -> Any:
        return {"pointer": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_way(self) -> "EditableField":
        if self.schema_ is not None and (self.type or self.choices or self.minimum is not None or self.maximum is not None):
            raise ValueError("a schema says all: leave type, choices, minimum and maximum out")
        return self


def completed(fields: Sequence[EditableField], *, field: str) -> list[dict[str, Any]]:
    """Fields as JSON, each with its pointer and its name. Raises InvalidField naming the place below `field`."""
    found: list[dict[str, Any]] = []
    known: set[str] = set()
    for place, one in enumerate(fields):
        pointer = one.pointer if one.pointer.startswith("/") else pointers.of_key(one.pointer)
        if not pointers.is_pointer(pointer):
            raise InvalidField(f"{field}.{place}", "must be a JSON pointer into the payload, like /amount")
        named = one.name or one.pointer
        if {pointer, named} & known:
            raise InvalidField(f"{field}.{place}", "each only once")
        known |= {pointer, named}
        written = one.model_dump(exclude_none=True, by_alias=True)
        if one.schema_ is not None:
            _ensure_schema(one.schema_, field=f"{field}.{place}.schema")
        found.append(written | {"pointer": pointer, "name": named})
    return found


def ensure_fits(fields: Sequence[Mapping[str, Any]], payload: Any, *, field: str) -> None:
    """Raises InvalidField, naming the pointer that misses, unless each field is a single value of `payload` that could stay
    as it is."""
    for place, one in enumerate(fields):
        where, spot = f"{field}.{place}", pointers.spot(one["pointer"], payload)
        if spot is None:
            raise InvalidField(where, f"{one['pointer']} points to nothing in the payload")
        if isinstance(spot.value, dict | list):
            raise InvalidField(where, f"{one['pointer']} is more than one value: point to those inside of it")
        if spot.value is None and not {"type", "choices", "schema"} & one.keys():
            raise InvalidField(where, f"{one['pointer']} is null: say its type")
        try:
            fits = read([one], {one["name"]: spot.value}, payload, field=where)[one["name"]] == spot.value
        except InvalidField as error:
            raise InvalidField(where, f"{one['pointer']} does not fit as it is: {error.reason}") from None
        if not fits:
            raise InvalidField(where, f"{one['pointer']} is of another type in the payload")


def proposed(fields: Sequence[Mapping[str, Any]], payload: Any) -> dict[str, Any]:
    """What the payload says, by the names of the fields that may be changed."""
    return {one["name"]: spot.value for one in fields if (spot := pointers.spot(one["pointer"], payload)) is not None}


def read(fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any], payload: Any, *, field: str) -> dict[str, Any]:
    """All values by their names: those that were `given`, by name or by pointer, in place of the payload's own.

    Raises InvalidField below `field`, for what may not be changed too, telling all that is wrong in its details.
    """
    names = {one[by]: one["name"] for one in fields for by in ("pointer", "name")}
    for key in given:
        if key not in names:
            editable = [one["name"] for one in fields]
            raise InvalidField(f"{field}.{key[:80]}", "may not be changed", editable_fields=editable)
    values = proposed(fields, payload) | {names[key]: value for key, value in given.items()}
    schema = schema_of(fields, payload)
    found = formdata.read(values, schema, field=field)
    wrong = [(f"{field}.{name}", why) for name, why in _not_amounts(fields, found, schema)]
    if wrong:
        raise InvalidField(*wrong[0], errors=[{"field": place, "message": why} for place, why in wrong])
    return found


def schema_of(fields: Sequence[Mapping[str, Any]], payload: Any) -> dict[str, Any]:
    """The form of the values that may be changed, which begins with those of the payload."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [one["name"] for one in fields],
        "properties": {one["name"]: _property(one, payload) for one in fields},
    }


def is_amount(part: Mapping[str, Any]) -> bool:
    """Whether a property of `schema_of` is an amount that is written as text."""
    return _AMOUNT in part


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: 1 and 1.0 are, 1 and true are not."""
    return type(one) is type(other) and one == other if isinstance(one, bool) or isinstance(other, bool) else one == other


def _property(one: Mapping[str, Any], payload: Any) -> dict[str, Any]:
    spot = pointers.spot(one["pointer"], payload)
    found = amount_at(spot.key, spot.beside) if spot is not None else None
    called = one.get("label") or (money_label(spot.key, found) if spot is not None else in_words(one["name"]))
    if found is not None:
        called = f"{called} ({found.amount.currency}{', in the smallest unit' if found.in_minor else ''})"
    value = spot.value if spot is not None else None
    return {"title": called} | _typed(one, value, is_money=found is not None) | {"default": value}


def _typed(one: Mapping[str, Any], value: Any, *, is_money: bool) -> dict[str, Any]:
    if "schema" in one:
        return dict(one["schema"])
    if "choices" in one:
        return {"enum": one["choices"]}
    bounds = {name: one[name] for name in ("minimum", "maximum") if name in one}
    fraction = isinstance(value, str) and "." in value
    kind = one.get("type") or _kind(value, is_number=is_money or fraction or bool(bounds))
    if is_money and not str(value).startswith("-"):
        bounds = {"minimum": 0} | bounds
    nullable = {"type": [_BY_KIND[kind]["type"], "null"]} if value is None else {}
    return _BY_KIND[kind] | bounds | nullable


def _kind(value: Any, *, is_number: bool) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str() if is_number and _DECIMAL.fullmatch(value):
            return "amount"
        case str() if _DATE.fullmatch(value):
            return "date"
        case str() if _MOMENT.fullmatch(value):
            return "datetime"
    return "text"


def _not_amounts(
    fields: Sequence[Mapping[str, Any]], found: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """What is wrong with amounts that are written as text, of which JSON Schema cannot tell how large they are."""
    for one in fields:
        value, part = found[one["name"]], schema["properties"][one["name"]]
        if not is_amount(part) or not isinstance(value, str):
            continue
        if not _DECIMAL.fullmatch(value):
            yield one["name"], "must be a number, such as 129.00"
        elif "minimum" in part and Decimal(value) < Decimal(str(part["minimum"])):
            yield one["name"], f"must be at least {part['minimum']:g}"
        elif "maximum" in part and Decimal(value) > Decimal(str(part["maximum"])):
            yield one["name"], f"must be at most {part['maximum']:g}"


def _ensure_schema(schema: dict[str, Any], *, field: str) -> None:
    canonical.check(schema)
    formschema.check_schema({"type": "object", "properties": {"value": schema}}, field=field)
