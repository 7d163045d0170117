"""One field of a form, as a page shows it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

PREFIX = "data"
"""What the names of all inputs of a form begin with, and the paths of what is wrong with it."""
SHORT = 12
"""Choices with labels up to this long stand beside each other."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is its number, which is what a browser sends: what it stands for need not be text. `sends` is shown where the
    label does not tell what will be sent."""

    value: str
    label: str
    sends: str = ""


@dataclass(slots=True)
class Field:
    """One field. `kind` is text, date, number, area (a text of several lines), lines (a list, one on each line), select,
    radios, checks, switch, json, constant, group (its `fields` are inside) or union (its `fields` are groups, one of which
    is sent). `key` is the name in the data, None for a field whose own data stands for the object around it. `name` is the
    input's, by its place in the form: keys are strangers' and may be anything. `required` is what the schema says, `needed`
    what a person is told. `values` are what `choices` stand for; of a union, the key that tells its groups apart.
    `takes_text`: what is no JSON is text. `clears`: emptied, it is null."""

    key: str | None
    name: str
    label: str
    kind: str
    required: bool = False
    nullable: bool = False
    needed: bool = False
    hint: str = ""
    warning: str = ""
    value: Any = ""
    choices: list[Choice] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    fields: list["Field"] = field(default_factory=list)
    error: str = ""
    typing: str = ""
    rows: int = 1
    example: str = ""
    shape: str = ""
    takes_text: bool = False
    clears: bool = False
    first_wrong: bool = False
    is_hidden: bool = False

    @property
    def id(self) -> str:
        return f"field-{self.name}"

    @property
    def described_by(self) -> str:
        """The ids of what is said about it."""
        return " ".join(f"{self.id}-{name}" for name in ("hint", "warning", "error") if getattr(self, name))

    @property
    def across(self) -> bool:
        return all(len(one.label) + len(one.sends) <= SHORT for one in self.choices)

    @property
    def input_type(self) -> str:
        """A browser shows a date only when it is one; what is none is shown as it was typed."""
        return "date" if self.kind == "date" and (not self.value or _is_date(self.value)) else "text"

    def is_blank(self) -> bool:
        """Whether nothing was typed or chosen in it, nor inside it."""
        match self.kind:
            case "constant":
                return True
            case "group":
                return all(inner.is_blank() for inner in self.fields)
            case "switch":
                return bool(self.value != "true")
            case "checks":
                return not self.value
            case _:
                return not self.value.strip()


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
