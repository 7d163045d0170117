"""What a browser sent in a form's fields, as data. Only what could not be taken for anything is judged here: the rest is
`inbox.forms.data`'s, for every surface alike."""

from collections.abc import Collection, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from inbox.forms.field import PREFIX, Field
from inbox.forms.fields import fields
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

NOTHING: Any = object()
"""Of a field that was left empty and is left out of the data."""


def read(
    schema: Mapping[str, Any], sent: QueryDict, *, without: Collection[str] = (), prefix: str = PREFIX
) -> tuple[dict[str, Any], dict[str, str]]:
    """The data that was sent, in the shape of the schema, its texts as they are; and what is wrong with fields that could
    not be read, by the names of their inputs. What was left empty is left out, but for switches, which are false."""
    reading = _Reading()
    found = reading.object(fields(schema, sent=sent, without=without, prefix=prefix))
    return found, reading.wrong


def untouched(schema: Mapping[str, Any], found: Mapping[str, Any], *, without: Collection[str] = ()) -> bool:
    """Whether `found`, data that was read, is what the form sends when nobody types anything."""
    return _Reading().object(fields(schema, without=without)) == found


class _Reading:
    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def object(self, made: list[Field]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in made:
            value = self._value(one)
            if value is NOTHING:
                continue
            if one.key is not None:
                found[one.key] = value
            elif isinstance(value, dict):
                found |= value
            else:
                self.wrong[one.name] = _('must be an object, like {"name": "value"}')
        return found

    def _value(self, one: Field) -> Any:
        match one.kind:
            case "constant":
                return one.values[0]
            case "group":
                return self._group(one)
            case "union":
                return self._union(one)
            case "switch":
                return one.value == "true"
            case "checks":
                chosen = [self._chosen(one, value) for value in one.value]
                return [value for value in chosen if value is not NOTHING] or self._empty(one, [])
            case "lines":
                return [line.strip() for line in one.value.splitlines() if line.strip()] or self._empty(one, [])
            case "radios" | "select":
                return self._chosen(one, one.value) if one.value else self._empty(one)
            case "json":
                return self._json(one) if one.value.strip() else self._empty(one)
            case "area":
                return one.value.replace("\r\n", "\n") if one.value.strip() else self._empty(one)
            case _:
                return one.value.strip() or self._empty(one)

    def _empty(self, one: Field, value: Any = NOTHING) -> Any:
        """A field that was left empty. What may be null and must be there is null, and so is what was emptied."""
        if one.nullable and (one.required or one.clears):
            return None
        return value if one.required else NOTHING

    def _group(self, one: Field) -> Any:
        if not one.required and one.is_blank():
            return NOTHING
        if one.nullable and one.is_blank():
            return None
        return self.object(one.fields)

    def _union(self, one: Field) -> Any:
        branch = next((branch for branch in one.fields if branch.value == one.value), None)
        if branch is not None:
            return self.object(branch.fields)
        self.wrong[one.name] = _("choose one of these")
        return NOTHING

    def _chosen(self, one: Field, value: str) -> Any:
        if value.isdecimal() and len(value) < 6 and int(value) < len(one.values):
            return one.values[int(value)]
        self.wrong[one.name] = _("choose one of these")
        return NOTHING

    def _json(self, one: Field) -> Any:
        try:
            return canonical.parse(one.value.encode())
        except InvalidField as error:
            if one.takes_text and "not JSON" in error.reason:
                return one.value.replace("\r\n", "\n").strip()
            place = error.details.get("field")
            words = error.reason.replace("the body", _("this"))
            self.wrong[one.name] = f"{place}: {words}" if place else words
            return NOTHING
