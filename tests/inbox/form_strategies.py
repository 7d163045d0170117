"""Form schemas as agents write them, each with data that fits, and what a person types for that data."""

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from inbox.forms import Field
from inbox.forms.schemas import same

Schema = dict[str, Any]
Pair = tuple[Schema, Any]
"""A schema and a value that fits it."""

_LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))
KEYS = st.one_of(
    st.sampled_from(
        ["a", "a.b", "a b", "a-b", 'size 12"', "line\nbreak", "evidence_id", "evidenceUrl", "x" * 90, "", "%", "data.a", "0"]
    ),
    st.text(_LETTERS, min_size=1, max_size=12),
)
LINES = st.text(_LETTERS, min_size=1, max_size=20).map(lambda text: f"x{text}".strip())
"""What can be typed into one line and is not empty."""
TEXTS = st.one_of(LINES, st.lists(LINES, min_size=1, max_size=3).map("\n".join))
INTEGERS = st.integers(-(10**12), 10**12)
NUMBERS = st.one_of(INTEGERS, st.decimals(-1000, 1000, places=3).map(float))
ANYTHING = st.recursive(
    st.one_of(LINES, INTEGERS, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(_LETTERS, max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def _enums(draw: DrawFn) -> Pair:
    values = draw(st.lists(st.one_of(LINES, INTEGERS, st.booleans()), min_size=1, max_size=7, unique_by=json.dumps))
    return {"enum": values}, draw(st.sampled_from(values))


@st.composite
def _titled(draw: DrawFn) -> Pair:
    values = draw(st.lists(st.one_of(LINES, INTEGERS), min_size=1, max_size=5, unique_by=json.dumps))
    word = draw(st.sampled_from(["oneOf", "anyOf"]))
    return {word: [{"const": one, "title": "Some title"} for one in values]}, draw(st.sampled_from(values))


SCALARS: SearchStrategy[Pair] = st.one_of(
    st.tuples(st.just({"type": "string"}), TEXTS),
    st.tuples(st.just({"type": "string", "maxLength": 60}), LINES),
    st.tuples(st.just({"type": "string", "minLength": 1, "maxLength": 300}), TEXTS),
    st.tuples(st.just({"type": "string", "format": "date"}), st.dates().map(str)),
    st.tuples(st.just({"type": "string", "format": "email"}), st.just("ann@müller.example")),
    st.tuples(st.just({"type": "integer"}), INTEGERS),
    st.tuples(st.just({"type": "integer", "minimum": -5}), st.integers(-5, 5)),
    st.tuples(st.just({"type": "number"}), NUMBERS),
    st.tuples(st.just({"type": "boolean"}), st.booleans()),
    _enums(),
    _titled(),
    LINES.map(lambda text: ({"const": text}, text)),
)


def _on_one_line(value: Any) -> Any:
    """Texts of a list are typed one on a line."""
    return value.replace("\n", " ") if isinstance(value, str) else value


def _lists(inner: SearchStrategy[Pair]) -> SearchStrategy[Pair]:
    whole = st.one_of(
        st.tuples(st.just({"items": {"type": "string"}}), st.lists(LINES, min_size=1, max_size=3)),
        st.tuples(st.just({"items": {"type": "integer"}}), st.lists(INTEGERS, min_size=1, max_size=3)),
        st.tuples(
            st.just({"items": {"enum": ["a", "b", 3]}, "uniqueItems": True}),
            st.sets(st.integers(0, 2), min_size=1).map(lambda places: [["a", "b", 3][one] for one in sorted(places)]),
        ),
        inner.map(lambda pair: ({"items": pair[0]}, [_on_one_line(pair[1])])),
        inner.map(lambda pair: ({"prefixItems": [pair[0]]}, [pair[1]])),
    )
    return whole.map(lambda pair: ({"type": "array"} | pair[0], pair[1]))


@st.composite
def _nullable(draw: DrawFn, inner: SearchStrategy[Pair]) -> Pair:
    schema, value = draw(inner)
    word = draw(st.sampled_from(["anyOf", "oneOf"]))
    return {word: [schema, {"type": "null"}], "default": None}, value


@st.composite
def _mixed(draw: DrawFn, inner: SearchStrategy[Pair]) -> Pair:
    """A union that nothing tells apart."""
    schema, value = draw(inner.filter(lambda pair: isinstance(pair[1], dict | list)))
    return {"anyOf": [schema, {"type": "object", "required": ["never there"]}]}, value


@st.composite
def objects(draw: DrawFn, inner: SearchStrategy[Pair]) -> Pair:
    """There is always something in it that is typed."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=4, unique=True))
    pairs = [draw(st.tuples(st.just({"type": "string"}), LINES)), *(draw(inner) for _ in keys[1:])]
    required = [key for place, key in enumerate(keys) if place == 0 or draw(st.booleans())]
    properties, value = {}, {}
    for key, (schema, held) in zip(keys, pairs, strict=True):
        properties[key] = schema
        if key in required or isinstance(held, bool) or draw(st.booleans()):
            value[key] = held
    return {"type": "object", "properties": properties, "required": required}, value


@st.composite
def _chosen(draw: DrawFn, inner: SearchStrategy[Pair]) -> Pair:
    """A union of objects that a constant tells apart."""
    pairs = draw(st.lists(objects(inner), min_size=2, max_size=3))
    at, named = draw(st.integers(0, len(pairs) - 1)), draw(st.booleans())
    branches = []
    for place, (schema, _value) in enumerate(pairs):
        required = ["kind", *schema["required"]] if named else schema["required"]
        branches.append(
            schema | {"properties": schema["properties"] | {"kind": {"const": f"k{place}"}}, "required": required}
        )
    return {draw(st.sampled_from(["oneOf", "anyOf"])): branches}, pairs[at][1] | {"kind": f"k{at}"}


def _wrapped(pair: Pair) -> SearchStrategy[Pair]:
    schema, value = pair
    return st.sampled_from(
        [
            (schema, value),
            ({"allOf": [schema], "description": "Said twice"}, value),
            ({"title": "Called so"} | schema, value),
        ]
    )


PARTS: SearchStrategy[Pair] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(_lists(inner), objects(inner), _nullable(inner), _mixed(inner), _chosen(inner)),
    max_leaves=5,
).flatmap(_wrapped)


@st.composite
def forms(draw: DrawFn) -> Pair:
    """A form schema and data that fits it."""
    schema, data = draw(st.one_of(objects(PARTS), _chosen(PARTS)))
    if draw(st.booleans()) and "properties" in schema:
        schema = {"$ref": "#/$defs/F~1 x", "$defs": {"F/ x": schema}}
    more = draw(
        st.sampled_from([{}, {}, {"minProperties": 1}, {"not": {"required": ["never there"]}}, {"if": {}, "then": {}}])
    )
    return schema | more, data


def typed(made: list[Field], data: dict[str, Any]) -> dict[str, list[str]]:
    """What a browser sends when a person types `data`, by the names of the inputs."""
    sent: dict[str, list[str]] = {}
    for one in made:
        if one.kind == "union":
            constant = data[one.values[0]]
            branch = next(
                branch
                for branch in one.fields
                if any(same(inner.values, [constant]) for inner in branch.fields if inner.is_hidden)
            )
            sent |= {one.name: [branch.value]} | typed(branch.fields, data)
        elif one.key is None:
            sent[one.name] = [json.dumps(data)]
        elif one.key in data:
            sent |= _typed(one, data[one.key])
    return sent


def _typed(one: Field, value: Any) -> dict[str, list[str]]:
    match one.kind:
        case "constant":
            return {}
        case "group":
            return typed(one.fields, value)
        case "switch":
            return {one.name: ["true"]} if value else {}
        case "radios" | "select":
            return {one.name: [str(next(place for place, held in enumerate(one.values) if same(held, value)))]}
        case "checks":
            return {one.name: [str(one.values.index(item)) for item in value]}
        case "lines":
            return {one.name: ["\r\n".join(map(str, value))]}
        case "json":
            return {one.name: [json.dumps(value)]}
        case _:
            return {one.name: [str(value).replace("\n", "\r\n")]}
