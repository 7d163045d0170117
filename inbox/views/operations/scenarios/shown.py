"""What the page of a draft shows: its fields with what is wrong at each, and its steps as a graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from inbox.views.kit.refusals import in_words
from inbox.views.operations import steps
from inbox.views.operations.scenarios import document as documents
from inbox.views.operations.scenarios import fields
from inbox.views.operations.scenarios.fields import Spec, Words
from inbox.views.operations.steps import Edge, Node
from intents.scenarios.compiling import AGENT, END, HUMAN, Problem


@dataclass(slots=True)
class FieldView:
    """A field as it is drawn. `path` is its name."""

    path: str
    spec: Spec
    value: Any
    choices: Sequence[tuple[str, Words]] = ()


@dataclass(slots=True)
class StepView:
    """A step of the form. `more` are the fields that are folded away, open where one is filled in; `focus` is the button
    that moved it, or the other where it moves no further that way."""

    path: str
    number: int
    step_id: str
    fields: list[FieldView]
    more: list[FieldView] = field(default_factory=list)
    opened: bool = False
    focus: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path of the document, and the field that shows it, if one does."""

    path: str
    words: str
    field: str


MORE = {spec.name for spec in (*fields.TIMES, *fields.REMINDING, fields.POLICY, fields.INPUT)}


def general(document: Mapping[str, Any], given: QueryDict) -> list[FieldView]:
    """The fields of the whole. `given` is what was typed, if anything was, here as below."""
    return _views(document, "", fields.GENERAL, given)


def durability(document: Mapping[str, Any], given: QueryDict) -> list[FieldView]:
    """The fields of what holds for all steps."""
    return [
        _view(document, documents.durability_path(document, spec.name).removesuffix(spec.name), spec, given)
        for spec in fields.DURABILITY
    ]


def people(document: Mapping[str, Any], name: str, given: QueryDict) -> list[tuple[str, int, list[FieldView]]]:
    """The agents, or the humans: the path of each, its place from 1 on, and its fields."""
    specs = fields.AGENTS if name == "agents" else fields.HUMANS
    found = documents.rows(document, name)
    return [(path, number, _views(document, f"{path}.", specs, given)) for number, (path, _row) in enumerate(found, start=1)]


def step_views(document: Mapping[str, Any], moved: str, way: str, given: QueryDict) -> list[StepView]:
    """The steps in their order, of which the one at the path `moved` just went that `way`."""
    found = documents.rows(document, documents.steps_path(document))
    made = [_step(document, path, one, number, given) for number, (path, one) in enumerate(found, start=1)]
    for one in made:
        if one.path == moved and way in ("up", "down"):
            edge = one.number == (1 if way == "up" else len(made))
            one.focus = {"up": "down", "down": "up"}[way] if edge else way
    return made


def _step(document: Mapping[str, Any], path: str, step: Mapping[str, Any], number: int, given: QueryDict) -> StepView:
    kind = documents.kind_of(step, document)
    shown = _views(document, f"{path}.", fields.NAMED, given)
    shown.append(FieldView(f"{path}.kind", fields.KIND, kind, _with(fields.kind_choices(), kind)))
    more: list[FieldView] = []
    for spec in fields.of_step(kind):
        name = documents.config_path(step, spec.name)
        one = _view(document, f"{path}.", Spec(name, spec.label, spec.form, spec.hint, spec.choices), given)
        if spec.name == "assigned_to":
            one.choices = _with([("", _("Choose")), *_roles(document, kind)], one.value)
        elif spec.name in ("on_success", "on_failure"):
            one.choices = _with(_targets(document, path, spec.name), one.value)
        (more if spec.name in MORE else shown).append(one)
    opened = any(documents.at(step, one.path.removeprefix(f"{path}.")) is not None for one in more)
    return StepView(path, number, str(step.get("step_id") or number), shown, more, opened)


def _roles(document: Mapping[str, Any], kind: str) -> list[tuple[str, Words]]:
    name = {AGENT: "agents", HUMAN: "humans"}.get(kind, "humans")
    found = [documents.named(one, "role") for _path, one in documents.rows(document, name)]
    return [(one, one) for one in dict.fromkeys(found) if one]


def _targets(document: Mapping[str, Any], path: str, name: str) -> list[tuple[str, Words]]:
    first = _("The next step") if name == "on_success" else _("The run fails")
    found = documents.rows(document, documents.steps_path(document))
    ids = [documents.named(one, "step_id") for place, one in found if place != path]
    others = [(one, one) for one in dict.fromkeys(ids) if one]
    return [("", first), *others, (END, _("End of the run"))]


def _with(choices: list[tuple[str, Words]], value: Any) -> list[tuple[str, Words]]:
    """Also what is chosen already, whatever it is."""
    known = {one for one, _words in choices}
    return choices if value in known else [*choices, (str(value), str(value))]


def _views(document: Mapping[str, Any], before: str, specs: Sequence[Spec], given: QueryDict) -> list[FieldView]:
    return [_view(document, before, spec, given) for spec in specs]


def _view(document: Mapping[str, Any], before: str, spec: Spec, given: QueryDict) -> FieldView:
    path = f"{before}{spec.name}"
    stored = documents.at(document, path)
    value = fields.typed(spec.form, stored)
    if path in given:
        # What says the same stays as it is typed, for who types on: a blank or a comma at its end, a unit.
        sent = fields.sent_value(spec.form, given, path)
        value = sent if fields.value_of(spec.form, sent) == stored else value
    choices = _with(list(spec.choices), value) if spec.form == "select" else spec.choices
    return FieldView(path, spec, value, choices)


def faults(problems: Sequence[Problem], names: Sequence[str]) -> list[Fault]:
    """What is wrong, each with the field among `names` that is nearest to its path."""
    known = set(names)
    return [Fault(path, in_words(words), _nearest(path, known)) for path, words in problems]


def _nearest(path: str, known: set[str]) -> str:
    """The field of a path, of what it is in, or the first of what is in it."""
    place = path.replace(".runtime_type", ".kind")
    while place:
        if place in known:
            return place
        for name in ("step_id", "role", "title", "kind"):
            if f"{place}.{name}" in known:
                return f"{place}.{name}"
        place = place.rpartition(".")[0]
    return ""


def names(
    *groups: Sequence[FieldView], people: Sequence[tuple[str, int, list[FieldView]]], of: Sequence[StepView]
) -> list[str]:
    """The names of all fields of a form."""
    found = [one.path for group in groups for one in group]
    found += [one.path for _path, _number, views in people for one in views]
    return found + [one.path for step in of for one in (*step.fields, *step.more)]


def sketch(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a document as a program would have them, as far as they are said, whatever is wrong with them."""
    found = documents.rows(document, documents.steps_path(document))
    ids = [str(one.get("step_id") or path) for path, one in found]
    return [
        {
            "path": path,
            "step_id": ids[place],
            "title": str(one.get("description") or documents.at(one, "human_task.title") or ids[place])[:255],
            "kind": documents.kind_of(one, document),
            "role": str(one.get("assigned_to") or ""),
            "on_success": documents.named(one, "on_success") or (ids[place + 1] if place + 1 < len(ids) else END),
            "on_failure": documents.named(one, "on_failure") or None,
        }
        for place, (path, one) in enumerate(found)
    ]


def graph(document: Mapping[str, Any], found: Sequence[Fault]) -> dict[str, Any]:
    """The graph of a draft: its steps, those at fault marked, and the lines that lead somewhere."""
    drawn = sketch(document)
    wrong = {one["path"] for one in drawn for fault in found if f"{fault.path}.".startswith(f"{one['path']}.")}
    nodes = [
        Node(
            step_id=one["step_id"],
            title=one["title"],
            kind=steps.KINDS.get(one["kind"], one["kind"]),
            role=one["role"],
            words=_("Needs another look") if one["path"] in wrong else "",
            tone="red",
            tries=0,
            current=False,
        )
        for one in drawn
    ]
    known = {END, *(one["step_id"] for one in drawn)}
    leading = [
        one | {name: None for name in ("on_success", "on_failure") if one[name] and one[name] not in known} for one in drawn
    ]
    edges: list[Edge] = steps.edges(leading)
    return {"nodes": nodes, "edges": edges, "height": steps.height(drawn)}
