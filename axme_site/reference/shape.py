"""A JSON Schema as a reader of the reference sees it: fields with types in words, their limits, and what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from axme_site.reference.limits import Limit, limits

Schema = Mapping[str, Any]

DEEPEST = 6
"""Levels below a body that are shown; what is deeper is told by its type alone."""
MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the shapes that a value may have: its title, and its fields."""

    title: str
    about: str
    fields: tuple["Field", ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body or an answer, or a parameter. `type` is in words, `choices` what it may be where that is one of a
    few, `default` as JSON. `fields` are those inside it, or inside each of its items; `variants` the shapes it may have
    instead."""

    name: str
    type: str
    about: str = ""
    required: bool = False
    deprecated: bool = False
    limits: tuple[Limit, ...] = ()
    choices: tuple[Any, ...] = ()
    default: Any = None
    fields: tuple["Field", ...] = ()
    variants: tuple[Variant, ...] = field(default=())


class Reader:
    """Reads the schemas of one API document, whose named ones are `schemas`."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def resolved(self, schema: Schema) -> Schema:
        """The schema behind a reference."""
        while "$ref" in schema:
            schema = self._schemas[_name(schema)]
        return schema

    def fields(self, schema: Schema, *, above: tuple[str, ...] = ()) -> tuple[Field, ...]:
        """The fields of an object, in their order; none for what is no object."""
        if len(above) >= DEEPEST:
            return ()
        below = (*above, _name(schema)) if "$ref" in schema else above
        whole = self.resolved(schema)
        needed = set(whole.get("required", ()))
        return tuple(
            self.field(name, one, required=name in needed, above=below) for name, one in whole.get("properties", {}).items()
        )

    def field(self, name: str, schema: Schema, *, required: bool = False, above: tuple[str, ...] = ()) -> Field:
        """One field, or one parameter."""
        inner, nullable = self._inner(schema)
        whole = self.resolved(inner)
        return Field(
            name=name,
            type=self.type(inner) + (" or null" if nullable else ""),
            about=str(schema.get("description") or whole.get("description", "")),
            required=required,
            deprecated=bool(schema.get("deprecated") or whole.get("deprecated")),
            limits=tuple(limits(whole)),
            choices=_choices(whole),
            default=schema.get("default", whole.get("default")),
            fields=self._below(inner, above),
            variants=self.variants(inner, above=above),
        )

    def type(self, schema: Schema) -> str:
        """The type in words: "string", "array of Task", "integer or string"."""
        whole = self.resolved(schema)
        if "const" in whole:
            return f'"{whole["const"]}"'
        many = [one for one in _many(whole) if one.get("type") != "null"]
        if many:
            return " or ".join(dict.fromkeys(self.type(one) for one in many))
        kind = whole.get("type", "any")
        if kind == "array":
            return f"array of {self.type(whole.get('items', {}))}"
        if kind == "string" and (form := _FORMATS.get(whole.get("format", ""))):
            return form
        return " or ".join(kind) if isinstance(kind, list) else str(kind)

    def variants(self, schema: Schema, *, above: tuple[str, ...] = ()) -> tuple[Variant, ...]:
        """The shapes that an object may have, where there are several."""
        many = [one for one in _many(self.resolved(schema)) if self.resolved(one).get("properties")]
        if len(many) < 2 or len(above) >= DEEPEST:
            return ()
        return tuple(
            Variant(self._title(one), self.resolved(one).get("description", ""), self.fields(one, above=above))
            for one in many
            if not ("$ref" in one and _name(one) in above)
        )

    def _title(self, schema: Schema) -> str:
        whole = self.resolved(schema)
        told = [f"{name}: {one['const']}" for name, one in whole["properties"].items() if "const" in one]
        return told[0] if told else str(whole.get("title", "object"))

    def _inner(self, schema: Schema) -> tuple[Schema, bool]:
        """What a schema says besides that there may be nothing, and whether there may be."""
        many = _many(schema)
        some = [one for one in many if one.get("type") != "null"]
        if len(some) == 1:
            return some[0], len(many) > 1
        return schema, len(some) < len(many)

    def _below(self, schema: Schema, above: tuple[str, ...]) -> tuple[Field, ...]:
        if "$ref" in schema and _name(schema) in above:
            return ()
        whole = self.resolved(schema)
        if whole.get("type") == "array":
            return self._below(whole.get("items", {}), (*above, _name(schema)) if "$ref" in schema else above)
        more = whole.get("additionalProperties")
        if isinstance(more, Mapping) and not whole.get("properties"):
            return self._below(more, above)
        return self.fields(schema, above=above)


def sample(reader: Reader, schema: Schema, *, name: str = "", depth: int = 0) -> Any:
    """A value that has the shape: what the schema gives as an example, else the least that it takes."""
    whole = reader.resolved(schema)
    for said in (schema, whole):
        if said.get("examples"):
            return said["examples"][0]
    if "const" in whole:
        return whole["const"]
    if "enum" in whole:
        return whole["enum"][0]
    many = [one for one in _many(whole) if one.get("type") != "null"]
    if many:
        return sample(reader, many[0], name=name, depth=depth)
    match whole.get("type"):
        case "object" if depth < DEEPEST:
            needed = whole.get("required", ())
            properties = whole.get("properties", {})
            return {one: sample(reader, properties[one], name=one, depth=depth + 1) for one in needed if one in properties}
        case "array":
            few = [sample(reader, whole["items"], name=name, depth=depth + 1)] if "items" in whole else []
            return few if whole.get("minItems") or depth < 2 else []
        case "integer" | "number":
            return max(whole.get("minimum", 1), 1)
        case "boolean":
            return True
        case "string":
            return _SAMPLES.get(whole.get("format", ""), name or "text")
    return {} if whole.get("type") == "object" else None


_FORMATS = {"uuid": "UUID", "date-time": "RFC 3339 time", "date": "date", "email": "email address", "binary": "bytes"}
_SAMPLES = {
    "uuid": "01a1faa0-d7a6-7491-bfae-27ab1f66cf80",
    "date-time": "2026-12-01T09:30:00Z",
    "date": "2026-12-01",
    "email": "maria@myorg.example",
}


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2] if "$ref" in schema else ""


def _many(schema: Schema) -> list[Schema]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def _choices(schema: Schema) -> tuple[Any, ...]:
    if schema.get("type") == "array":
        return _choices(schema.get("items", {}))
    return tuple(schema.get("enum", ()))[: MOST_CHOICES * 4]
