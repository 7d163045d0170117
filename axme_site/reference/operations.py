"""The operations of the API as the reference shows them, made from its document once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from axme_site.api import api
from axme_site.reference import sections, snippets
from axme_site.reference.sections import Section
from axme_site.reference.shape import Field, Reader, Variant, sample

EXAMPLES = Path(__file__).with_name("examples.json")
PERSONS = (
    *("Tasks", "Out of office", "Standing grants", "Policies", "Schedules", "Notifications"),
    *("Operations", "Bulk operations", "Retention"),
)
"""Tags of what only people do: their calls are shown with a person's token."""
BOTH = ("inbox_api_tasks_list_tasks", "inbox_api_tasks_get_task")


@dataclass(frozen=True, slots=True)
class Example:
    """A call and its answer. `real` when both were recorded from a run."""

    calls: tuple[tuple[str, str], ...]
    status: int
    answer: str
    real: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API. `who` says in words with which credential; `body` are its fields, or `variants` its shapes."""

    id: str
    slug: str
    method: str
    path: str
    title: str
    about: str
    who: str
    params: tuple[Field, ...]
    body: tuple[Field, ...]
    variants: tuple[Variant, ...]
    body_type: str
    answer: tuple[Field, ...]
    example: Example
    section: Section


@cache
def all_of(section: str = "") -> tuple[Operation, ...]:
    """Those of a section, or all, in the order of the document."""
    return tuple(one for one in _read() if section in ("", one.section.slug))


@cache
def human_task() -> tuple[Field, ...]:
    """The fields of what people are asked."""
    schemas = _document()["components"]["schemas"]
    return Reader(schemas).fields(schemas["AskedTask"])


@cache
def _document() -> dict[str, Any]:
    return cast("dict[str, Any]", api.get_openapi_schema())


@cache
def _read() -> tuple[Operation, ...]:
    document = _document()
    reader = Reader(document["components"]["schemas"])
    of = sections.by_tag()
    recorded = json.loads(EXAMPLES.read_text())
    found = [
        _operation(reader, method, path, one, of[one["tags"][0]], recorded.get(one["operationId"]))
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
    order = {tag: place for place, tag in enumerate(of)}
    return tuple(one for _, one in sorted(found, key=lambda pair: order[pair[0]]))


def _operation(
    reader: Reader, method: str, path: str, told: Mapping[str, Any], section: Section, recorded: Mapping[str, Any] | None
) -> tuple[str, Operation]:
    tag = told["tags"][0]
    params = tuple(
        reader.field(one["name"], one["schema"] | _about(one), required=one.get("required", False))
        for one in told.get("parameters", ())
    )
    kind, body = _content((told.get("requestBody") or {}).get("content", {}))
    answer: Mapping[str, Any] = next((one for status, one in told["responses"].items() if int(status) < 300), {})
    shape = _content(answer.get("content", {}))[1]
    keyless = not told.get("security")
    person = tag in PERSONS and told["operationId"] not in BOTH
    made = Operation(
        id=told["operationId"],
        slug=told["operationId"].partition("_api_")[2] or told["operationId"],
        method=method.upper(),
        path=path,
        title=told["summary"],
        about=told.get("description", ""),
        who="nobody" if keyless else "person" if person else "machine",
        params=params,
        body=reader.fields(body) if kind == "application/json" else (),
        variants=reader.variants(body),
        body_type=kind,
        answer=reader.fields(shape),
        example=_example(reader, method.upper(), path, told, recorded, person=person, keyless=keyless),
        section=section,
    )
    return tag, made


def _about(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": parameter["description"]} if "description" in parameter else {}


def _content(content: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The first kind of a body, and its schema."""
    return next(((kind, one.get("schema", {})) for kind, one in content.items()), ("", {}))


def _example(
    reader: Reader,
    method: str,
    path: str,
    told: Mapping[str, Any],
    recorded: Mapping[str, Any] | None,
    *,
    person: bool,
    keyless: bool,
) -> Example:
    if recorded is None:
        kind, body = _content((told.get("requestBody") or {}).get("content", {}))
        status, answer = next((int(status), one) for status, one in told["responses"].items() if int(status) < 300)
        shape = _content(answer.get("content", {}))
        recorded = {
            "params": {
                one["name"]: str(sample(reader, one["schema"], name=one["name"]))
                for one in told.get("parameters", ())
                if one["in"] == "path"
            },
            "query": {},
            "body": sample(reader, body) if kind == "application/json" else None,
            "status": status,
            "answer": sample(reader, shape[1]) if shape[0] == "application/json" else None,
            "real": False,
        }
    params, body = recorded["params"], recorded["body"]
    at = snippets.filled(path, params, recorded["query"])
    how = {"person": person, "keyless": keyless}
    calls = (
        ("curl", snippets.curl(method, at, body, **how)),
        ("Python", snippets.python(told["operationId"], method, at, body, params, **how)),
        ("TypeScript", snippets.typescript(method, at, body, **how)),
    )
    answer = recorded["answer"]
    text = answer if isinstance(answer, str) else "" if answer is None else json.dumps(answer, indent=2, ensure_ascii=False)
    return Example(calls, recorded["status"], text, recorded.get("real", True))
