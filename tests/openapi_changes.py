"""`python -m tests.openapi_changes OLD NEW`: what a program written for OLD would miss in NEW. Code 1 when there is any."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def breaking(old: Json, new: Json) -> list[str]:
    """Each change in words: what went, what is demanded now, and what became of another type."""
    return sorted(set(_operations(old, new)))


def _operations(old: Json, new: Json) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, before in methods.items():
            where = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                yield f"{where} is gone"
                continue
            yield from _parameters(where, before, after)
            for status, answer in before.get("responses", {}).items():
                if status.startswith("2"):
                    if status not in after.get("responses", {}):
                        yield f"{where} answers {status} no more"
                        continue
                    yield from _answers(where, _schema(answer, old), _schema(after["responses"][status], new), old, new)
            yield from _requests(
                where, _schema(before.get("requestBody"), old), _schema(after.get("requestBody"), new), old, new
            )


def _parameters(where: str, before: Json, after: Json) -> Iterator[str]:
    known = {(one["in"], one["name"]): one for one in before.get("parameters", [])}
    taken = {(one["in"], one["name"]): one for one in after.get("parameters", [])}
    for kind, name in known.keys() - taken.keys():
        yield f"{where} takes no {kind} {name} any more"
    for (kind, name), one in taken.items():
        if one.get("required") and not known.get((kind, name), {}).get("required"):
            yield f"{where} demands the {kind} {name}"


def _schema(content: Json | None, document: Json) -> Json:
    """The JSON schema of a body, resolved, or an empty one."""
    for kind, one in ((content or {}).get("content") or {}).items():
        if kind.endswith("json"):
            return _resolved(one.get("schema", {}), document)
    return {}


def _resolved(schema: Json, document: Json) -> Json:
    while reference := schema.get("$ref"):
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    return schema


def _answers(
    where: str, before: Json, after: Json, old: Json, new: Json, seen: frozenset[int] = frozenset()
) -> Iterator[str]:
    """What a reader relied on: fields are still there, and of their type."""
    if id(before) in seen:
        return
    seen |= {id(before)}
    if _type(before) and _type(after) and _type(before) != _type(after):
        yield f"{where}: {_type(before)} became {_type(after)}"
    for name, field in before.get("properties", {}).items():
        if name not in after.get("properties", {}):
            yield f"{where} answers without {name}"
            continue
        inner = _resolved(after["properties"][name], new)
        yield from _answers(f"{where} .{name}", _resolved(field, old), inner, old, new, seen)
    if "items" in before and "items" in after:
        yield from _answers(f"{where} []", _resolved(before["items"], old), _resolved(after["items"], new), old, new, seen)


def _requests(
    where: str, before: Json, after: Json, old: Json, new: Json, seen: frozenset[int] = frozenset()
) -> Iterator[str]:
    """What a writer relied on: what was accepted is accepted, and nothing more is demanded."""
    if id(before) in seen:
        return
    seen |= {id(before)}
    if _type(before) and _type(after) and _type(before) != _type(after):
        yield f"{where}: takes {_type(after)} in place of {_type(before)}"
    for value in before.get("enum", []):
        if value not in after.get("enum", before["enum"]):
            yield f"{where} takes no {value!r} any more"
    for name in set(after.get("required", [])) - set(before.get("required", [])):
        yield f"{where} demands the field {name}"
    for name, field in before.get("properties", {}).items():
        if name in after.get("properties", {}):
            inner = _resolved(after["properties"][name], new)
            yield from _requests(f"{where} .{name}", _resolved(field, old), inner, old, new, seen)
        elif after.get("additionalProperties") is False:
            yield f"{where} takes no field {name} any more"


def _type(schema: Json) -> str:
    if "type" in schema:
        return str(schema["type"])
    return " or ".join(sorted(str(one.get("type", "object")) for one in schema.get("anyOf", [])))


if __name__ == "__main__":
    changes = breaking(*(json.loads(Path(name).read_text()) for name in sys.argv[1:3]))
    sys.stdout.writelines(f"{change}\n" for change in changes)
    sys.exit(bool(changes))
