"""The document of a scenario, changed by its form: what no field is about stays as it was written."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from inbox.views.operations.scenarios import fields
from inbox.views.operations.scenarios.fields import Spec
from intents.kernel import canonical
from intents.kernel.errors import InvalidField
from intents.scenarios import kinds
from intents.scenarios.compiling import AGENT, HUMAN

Document = dict[str, Any]
MOST_ROWS = {"agents": 50, "humans": 20, "workflow.steps": 100, "workflow_steps": 100}
_OF_KIND = ("runtime_type", "runtime_config", "config", "requires_approval", "human_task", "assigned_to", "input")


def new() -> Document:
    """What a new scenario begins with."""
    intent = {"type": "", "payload": {}}
    return {"scenario_id": "", "title": "", "agents": [], "humans": [], "workflow": {"steps": []}, "intent": intent}


def text_of(document: Mapping[str, Any]) -> str:
    """A document as it is written and kept."""
    return json.dumps(document, ensure_ascii=False, indent=2)


def parsed(text: str) -> Document:
    """The document that a text is. Raises InvalidField."""
    try:
        found = canonical.parse(text.encode())
    except InvalidField as refusal:
        raise InvalidField("text", refusal.message) from None
    if not isinstance(found, dict):
        raise InvalidField("text", "must be an object")
    return found


def steps_path(document: Mapping[str, Any]) -> str:
    """Where a document has its steps."""
    return "workflow_steps" if document.get("workflow_steps") and not at(document, "workflow.steps") else "workflow.steps"


def at(document: Any, path: str) -> Any:
    """What stands at a path, None for nothing."""
    for part in path.split("."):
        if isinstance(document, list):
            document = document[int(part)] if _is_place(part, document) else None
        else:
            document = document.get(part) if isinstance(document, dict) else None
    return document


def _is_place(part: str, entries: list[Any]) -> bool:
    """Whether a part of a path, which anybody may have sent, is the place of an entry."""
    return part.isdecimal() and len(part) < 4 and int(part) < len(entries)


def put(document: Document, path: str, value: Any) -> None:
    """Write `value` at a path, None for nothing. What is no place for it stays as it is."""
    *way, last = path.split(".")
    place: Any = document
    for part in way:
        if isinstance(place, list):
            place = at(place, part)
        elif isinstance(place, dict):
            if place.get(part) is None:
                if value is None:
                    return
                place[part] = {}
            place = place[part]
    if not isinstance(place, dict):
        return
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value


def rows(document: Mapping[str, Any], path: str) -> list[tuple[str, dict[str, Any]]]:
    """The entries of a list of the document, each with its path; no more than a document may have."""
    found = at(document, path)
    entries = enumerate(found[: MOST_ROWS.get(path)] if isinstance(found, list) else [])
    return [(f"{path}.{place}", one) for place, one in entries if isinstance(one, dict)]


def named(row: Mapping[str, Any], name: str) -> str:
    """The name that an entry says there: nothing where that is no text, whatever it is instead."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def kind_of(step: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """By whom a step is done, as far as that is said yet."""
    if step.get("runtime_type"):
        return str(step["runtime_type"])
    agents, humans = ({named(one, "role") for _, one in rows(document, name)} - {""} for name in ("agents", "humans"))
    assigned = named(step, "assigned_to")
    asks = step.get("requires_approval") or (assigned in humans and assigned not in agents)
    return HUMAN if asks or (step.get("human_task") and assigned not in agents) else AGENT


def config_path(step: Mapping[str, Any], name: str) -> str:
    """Where a step has a field that is called as of `runtime_config`: public documents call that `config`."""
    if name.startswith("runtime_config.") and step.get("config") and not step.get("runtime_config"):
        return name.removeprefix("runtime_")
    return name


def sent(document: Document, given: QueryDict) -> None:
    """Write into a document what was typed into its form."""
    former = (document.get("scenario_id"), at(document, "intent.type"))
    _write(document, "", fields.GENERAL, given)
    kind, scenario_id = at(document, "intent.type"), document.get("scenario_id")
    if not kind or (kind == former[1] == former[0] and scenario_id):
        put(document, "intent.type", scenario_id or None)
    renamed: dict[str, str] = {}
    for name, specs in (("agents", fields.AGENTS), ("humans", fields.HUMANS)):
        for path, row in rows(document, name):
            before = row.get("role")
            _write(document, f"{path}.", specs, given)
            _note_renamed(renamed, before, row.get("role"))
    places = {path: one.get("step_id") for path, one in rows(document, steps_path(document))}
    ids: dict[str, str] = {}
    for path, step in rows(document, steps_path(document)):
        _write_step(document, path, step, given, renamed)
        _note_renamed(ids, places[path], step.get("step_id"))
    for _, step in rows(document, steps_path(document)):
        for name in ("on_success", "on_failure"):
            if (target := named(step, name)) in ids:
                step[name] = ids[target]
    for spec in fields.DURABILITY:
        path = durability_path(document, spec.name)
        _write(document, path.removesuffix(spec.name), [spec], given)


def durability_path(document: Mapping[str, Any], name: str) -> str:
    """Where a document says what holds for all of its steps: `intent` is read first."""
    of_intent = name != "deadline_seconds" and at(document, f"intent.{name}") is not None
    return f"{'intent' if of_intent else 'durability'}.{name}"


def _note_renamed(renamed: dict[str, str], before: Any, after: Any) -> None:
    if isinstance(before, str) and isinstance(after, str) and before and after and before != after:
        renamed[before] = after


def _write_step(document: Document, path: str, step: dict[str, Any], given: QueryDict, roles: Mapping[str, str]) -> None:
    kind, wanted = kind_of(step, document), given.get(f"{path}.kind")
    _write(document, f"{path}.", fields.NAMED, given)
    if wanted and wanted != kind and wanted in kinds.names():
        for name in _OF_KIND:
            step.pop(name, None)
        if wanted == HUMAN:
            step["requires_approval"] = True
        elif wanted != AGENT:
            step["runtime_type"] = wanted
        step |= {"assigned_to": role} if (role := first_role(document, wanted)) else {}
        return
    specs = [Spec(config_path(step, one.name), one.label, one.form) for one in fields.of_step(kind)]
    _write(document, f"{path}.", specs, given)
    if (role := named(step, "assigned_to")) in roles:
        step["assigned_to"] = roles[role]


def first_role(document: Mapping[str, Any], kind: str) -> str:
    """Who does a new step of a kind."""
    found = rows(document, {AGENT: "agents", HUMAN: "humans"}.get(kind, "nobody"))
    return next((role for _, one in found if (role := named(one, "role"))), "")


def _write(document: Document, before: str, specs: Sequence[Spec], given: QueryDict) -> None:
    """Write the fields that were sent and say something else than the document does."""
    for spec in specs:
        path = f"{before}{spec.name}"
        if path not in given:
            continue
        stored, typed = at(document, path), fields.sent_value(spec.form, given, path)
        if typed == fields.typed(spec.form, stored):
            continue
        put(document, path, fields.value_of(spec.form, typed))


def changed(document: Document, does: str, path: str) -> str:
    """Add a row to a list, or remove or move one. Returns the path of the row that is to be looked at then."""
    name, _, place = path.rpartition(".")
    if does == "add":
        return _add(document, path)
    found = at(document, name)
    if name not in MOST_ROWS or not isinstance(found, list) or not _is_place(place, found):
        return ""
    here = int(place)
    if does == "remove":
        found.pop(here)
        return f"{name}.{max(0, min(here, len(found) - 1))}" if found else ""
    there = here + {"up": -1, "down": 1}.get(does, 0)
    if 0 <= there < len(found):
        found[here], found[there] = found[there], found[here]
        return f"{name}.{there}"
    return path


def _add(document: Document, name: str) -> str:
    found = at(document, name)
    if found is None and name in MOST_ROWS:
        put(document, name, [])
        found = at(document, name)
    if name not in MOST_ROWS or not isinstance(found, list) or len(found) >= MOST_ROWS[name]:
        return ""
    if name in ("agents", "humans"):
        found.append({"role": ""})
    else:
        ids = {named(one, "step_id") for one in found if isinstance(one, dict)}
        step_id = next(one for one in (f"step_{number}" for number in range(len(found) + 1, 999)) if one not in ids)
        agent, human = first_role(document, AGENT), first_role(document, HUMAN)
        made = {"assigned_to": agent} if agent or not human else {"assigned_to": human, "requires_approval": True}
        found.append({"step_id": step_id} | made)
    return f"{name}.{len(found) - 1}"
