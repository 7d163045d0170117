"""What a value must keep to, in words of the page's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a schema. `of` is what is counted: "characters", "items", or "number" for the value itself, as are
    `least` and `most`, None where there is none. "above" is a number that a value must exceed, "pattern" what a text has to
    match; both are in `least`."""

    of: str
    least: Any = None
    most: Any = None

    def __str__(self) -> str:
        if self.of == "pattern":
            return _("matches %(pattern)s") % {"pattern": self.least}
        values = {"least": _number(self.least), "most": _number(self.most)}
        match self.of:
            case "characters":
                return self._characters() % values
            case "items":
                return self._items() % values
            case "above":
                return _("more than %(least)s") % values
        return self._number() % values

    def _characters(self) -> str:
        if self.most is None:
            return ngettext("at least %(least)s character", "at least %(least)s characters", self.least)
        if self.least is None:
            return ngettext("at most %(most)s character", "at most %(most)s characters", self.most)
        return ngettext("%(least)s to %(most)s character", "%(least)s to %(most)s characters", self.most)

    def _items(self) -> str:
        if self.most is None:
            return ngettext("at least %(least)s item", "at least %(least)s items", self.least)
        if self.least is None:
            return ngettext("at most %(most)s item", "at most %(most)s items", self.most)
        return ngettext("%(least)s to %(most)s item", "%(least)s to %(most)s items", self.most)

    def _number(self) -> str:
        if self.most is None:
            return _("at least %(least)s")
        return _("at most %(most)s") if self.least is None else _("%(least)s to %(most)s")


def _number(value: float | None) -> str:
    return "" if value is None else str(number_format(value, force_grouping=True))


def limits(schema: Mapping[str, Any]) -> Iterator[Limit]:
    """Those that a schema states and that say something: not that a text has at least one character."""
    for low, high, of in (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items")):
        least, most = schema.get(low), schema.get(high)
        if most is not None:
            yield Limit(of, least if least and least < most else None, most)
        elif least and least > 1:
            yield Limit(of, least)
    if "minimum" in schema or "maximum" in schema:
        yield Limit("number", schema.get("minimum"), schema.get("maximum"))
    if (above := schema.get("exclusiveMinimum")) is not None:
        yield Limit("above", above)
    if pattern := schema.get("pattern"):
        yield Limit("pattern", pattern)
