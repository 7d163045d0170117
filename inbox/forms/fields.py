"""The fields of a form, made from its schema: how each is called, what it begins with."""

from collections.abc import Collection, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from inbox import presentation
from inbox.forms import objects, wording
from inbox.forms.field import PREFIX, Choice, Field
from inbox.forms.looks import LONG, look
from inbox.forms.objects import Union
from inbox.forms.schemas import Part, Schema, same, settled

_TYPING = {"email": "email", "uri": "url"}
"""Formats that phones have a keyboard for."""


def fields(
    schema: Mapping[str, Any], *, sent: QueryDict | None = None, without: Collection[str | None] = (), prefix: str = PREFIX
) -> list[Field]:
    """The fields of a checked form schema, filled with what was `sent`, else with its defaults; `without` those that
    something else gives. Every schema has some way to be filled in: what no fields can be made for is one field of JSON.
    `prefix` is what the names of its inputs begin with, so that a page can hold two forms."""
    return [one for one in _Form(dict(schema), sent, prefix).fields() if one.key is None or one.key not in without]


class _Form:
    def __init__(self, root: Schema, sent: QueryDict | None, prefix: str) -> None:
        self._root, self._sent, self._prefix = root, sent, prefix

    def fields(self) -> list[Field]:
        part = settled(self._root, self._root)
        default = part.schema.get("default")
        if objects.is_shown(part, self._root):
            return self._inside(part, self._prefix, default)
        if not objects.asks_for_something(part):
            return []
        whole = Field(None, f"{self._prefix}-0", _("Answers"), "json", rows=3, shape=wording.shape(self._root))
        self._fill(whole, default)
        return [whole]

    def _inside(
        self, part: Part, name: str, default: Any, *, optional: bool = False, constant: str | None = None
    ) -> list[Field]:
        """The fields of an object. `constant` is the property that is one, needed or not."""
        choice = objects.union(part, self._root)
        known, required = objects.properties(part, self._root), part.schema.get("required", ())
        fields = []
        for number, (key, inner) in enumerate(known.items()):
            never = inner.schema.get("not") in ({}, True) and key not in required
            if never or (choice is not None and key == choice.discriminator):
                continue
            begins = default[key] if isinstance(default, dict) and key in default else inner.schema.get("default")
            fields.append(self._field(key, f"{name}-{number}", inner, required=key in (*required, constant), default=begins))
        if choice is not None:
            fields.append(self._choice(choice, f"{name}-{len(known)}", default, optional=optional))
        return fields

    def _choice(self, choice: Union, name: str, default: Any, *, optional: bool) -> Field:
        """One of several objects: what is chosen is sent alone."""
        discriminator = choice.discriminator
        constants = [settled(one.schema["properties"][discriminator], self._root) for one in choice.branches]
        label = wording.label(discriminator, constants[0].schema.get("title"))
        field = Field(None, name, label, "union", required=True, needed=not optional, values=[discriminator])
        for place, (branch, part) in enumerate(zip(choice.branches, constants, strict=True)):
            constant = part.constant()
            begins = default if isinstance(default, dict) and same(default.get(discriminator), constant) else None
            inside = self._inside(branch, f"{name}-{place}", begins, constant=discriminator)
            for one in inside:
                # The choice itself says what it is.
                one.is_hidden = one.key == discriminator
            called = wording.said(branch.schema.get("title") or constant)
            field.fields.append(
                Field(None, f"{name}-{place}", called, "group", required=True, value=str(place), fields=inside)
            )
            field.value = str(place) if begins is not None else field.value
        if self._sent is not None:
            field.value = self._sent.get(name, "")
        return field

    def _field(self, key: str, name: str, part: Part, *, required: bool, default: Any) -> Field:
        schema, (kind, values) = part.schema, look(part, self._root, required=required, default=default)
        field = Field(
            key,
            name,
            wording.label(key, schema.get("title")),
            kind,
            required=required,
            nullable=part.nullable,
            needed=required and not part.nullable and (kind not in ("checks", "lines") or schema.get("minItems", 0) > 0),
            hint=presentation.one_line(str(schema.get("description", "")), most=500),
            warning=wording.warning(schema, key),
            choices=[Choice(str(place), *words) for place, words in enumerate(wording.choices(values))],
            values=[value for value, _title in values],
            typing=_typing(part, kind),
            rows=3 if kind in ("json", "lines") or schema.get("maxLength", 0) > LONG else 1,
            example=_example(schema),
            shape=wording.shape(schema) if kind == "json" else "",
            takes_text="string" in part.types or not (part.types or part.branches),
            clears=part.nullable and default is not None,
        )
        if kind == "radios" and not field.needed:
            field.choices.append(Choice("", _("No answer")))
        if kind == "group":
            field.fields = self._inside(part, name, default, optional=not field.needed)
        elif kind != "constant":
            self._fill(field, default)
        return field

    def _fill(self, field: Field, default: Any) -> None:
        if self._sent is not None:
            field.value = self._sent.getlist(field.name) if field.kind == "checks" else self._sent.get(field.name, "")
            return
        field.value = _begins(field, default)
        if isinstance(field.value, str) and (said := presentation.plain(field.value)) != field.value:
            odd = _("It is filled in with characters that cannot be seen: %(text)s") % {"text": presentation.one_line(said)}
            field.hint = f"{field.hint} {odd}".strip()


def _begins(made: Field, default: Any) -> Any:
    """What a field begins with, as a browser would send it."""
    match made.kind:
        case "checks":
            chosen = default if isinstance(default, list) else []
            return [str(place) for place, one in enumerate(made.values) if any(same(one, item) for item in chosen)]
        case "radios" | "select":
            return next((str(place) for place, one in enumerate(made.values) if same(one, default)), "")
        case "lines":
            return "\n".join(wording.text(one) for one in default) if isinstance(default, list) else ""
        case "json":
            return "" if default is None else wording.pretty(default)
        case _:
            return "" if default is None else wording.text(default)


def _typing(part: Part, kind: str) -> str:
    """The keyboard that a phone shows. Those with digits alone have no minus."""
    if kind != "number":
        return _TYPING.get(part.schema.get("format", ""), "")
    if part.schema.get("minimum", 0) < 0:
        return ""
    return "numeric" if part.types == {"integer"} else "decimal"


def _example(schema: Schema) -> str:
    if schema.get("format") == "date-time":
        return "2030-01-31T09:00:00Z"
    examples = schema.get("examples")
    return presentation.one_line(wording.text(examples[0]), most=80) if isinstance(examples, list) and examples else ""
