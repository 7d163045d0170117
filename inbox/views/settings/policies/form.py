"""A policy as a form: read from a browser or from what is stored, and turned into what the API takes."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from inbox import presentation
from inbox.escalation.models import Policy
from inbox.schemas.requests import CreatePolicy
from inbox.views.kit.lengths import NUMBER, Length, length_of, sent_length
from inbox.views.kit.refusals import in_words
from inbox.views.settings.policies import several
from inbox.views.settings.policies.several import SeveralFields
from intents.kernel import canonical
from intents.kernel.errors import DomainError, InvalidField
from intents.schemas.refusals import problems_of

COMPARES = (("is", _("is")), ("at_least", _("is at least")), ("at_most", _("is at most")))
MOST_ROWS = 20
DUTIES = {"always": True, "never": False}
"""How a form says `separation_of_duties`; by default it is neither."""


@dataclass(slots=True)
class ConditionFields:
    field: str = ""
    compare: str = "is"
    value: str = ""

    def body(self) -> dict[str, Any]:
        return {"field": self.field.strip(), self.compare: _value(self.value)}


@dataclass(slots=True)
class LevelFields:
    after: Length
    to: str = ""


@dataclass(slots=True)
class Form:
    """What stands in the fields. Names of fields are the paths of the API's body, so that what is wrong is found by them."""

    name: str = ""
    intent_types: str = ""
    agents: str = ""
    risks: list[str] = field(default_factory=list)
    conditions: list[ConditionFields] = field(default_factory=list)
    remind: Length = field(default_factory=Length)
    interval: Length = field(default_factory=Length)
    at_most: str = ""
    levels: list[LevelFields] = field(default_factory=list)
    repeat: str = ""
    pause: Length = field(default_factory=Length)
    end: Length = field(default_factory=lambda: Length("1", "days"))
    then: str = "expire"
    outcome: str = ""
    calendar: str = ""
    least_risk: str = ""
    least_duties: str = ""
    least_grants: str = ""
    several: SeveralFields = field(default_factory=SeveralFields)

    def body(self) -> dict[str, Any]:
        """What the API takes."""
        found: dict[str, Any] = {
            "intent_types": _lines(self.intent_types),
            "agents": _lines(self.agents),
            "risks": self.risks,
            "payload": [one.body() for one in self.conditions],
        }
        levels = [_given(after_seconds=one.after.seconds(), to=one.to or None) for one in self.levels]
        escalation: dict[str, Any] = {"levels": levels} if levels else {}
        if self.remind.amount.strip() or self.interval.amount.strip() or self.at_most.strip():
            escalation["reminders"] = _given(
                after_seconds=self.remind.seconds(), interval_seconds=self.interval.seconds(), at_most=_whole(self.at_most)
            )
        if (repeat := _whole(self.repeat)) is not None:
            escalation["repeat"] = repeat
        if (paused := self.pause.seconds()) is not None:
            escalation["question_pause_seconds"] = paused
        escalation["end"] = _given(after_seconds=self.end.seconds(), then=self.then)
        if self.then == "complete" and self.outcome.strip():
            escalation["end"]["outcome"] = self.outcome.strip()
        match = {name: value for name, value in found.items() if value}
        least = _given(risk=self.least_risk or None, separation_of_duties=DUTIES.get(self.least_duties))
        least |= _given(standing_grants=DUTIES.get(self.least_grants))
        least |= self.several.body()
        body: dict[str, Any] = {"name": self.name, "match": match, "escalation": escalation}
        return body | _given(calendar=self.calendar or None, least=least or None)

    def read(self) -> tuple[CreatePolicy | None, dict[str, str]]:
        """What it says, or what is wrong with it by the names of its fields."""
        try:
            body = self.body()
            canonical.check(body)
            return CreatePolicy.model_validate(body), {}
        except InvalidField as error:
            return None, beside([(error.details["field"], in_words(error.reason))])
        except ValidationError as error:
            return None, beside(problems_of(error.errors(include_url=False)))


def beside(wrong: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What is wrong by path, each at a field that the form has."""
    return {_field(path): _in_words(path, words) for path, words in reversed(wrong)}


def _field(path: str) -> str:
    parts = path.split(".")
    match parts:
        case ["match", ("intent_types" | "agents" | "risks") as name, *_]:
            return f"match.{name}"
        case ["match", "payload", number] | ["match", "payload", number, "is" | "is_" | "at_least" | "at_most"]:
            return f"match.payload.{number}.value"
        case ["escalation"]:
            return "escalation.end.after_seconds"
        case ["escalation", "end"]:
            return "escalation.end.outcome"
        case ["escalation", "reminders"]:
            return "escalation.reminders.after_seconds"
        case ["escalation", "levels", number]:
            return f"escalation.levels.{number}.to"
        case ["least", *rest] if found := several.field_of(rest):
            return found
    return path


def _in_words(path: str, words: str) -> str:
    if path.endswith("_seconds"):
        words = str(
            {"is required": _("say how long"), "must be a whole number": _("a number, like 2 or 1.5")}.get(words, words)
        )
        if words.startswith("must be at"):
            words = str(_("must be more than nothing, and 366 days at most"))
    elif path.endswith(".to"):
        words = str({"is required": _("choose an assignee")}.get(words, words))
    elif path == "escalation.end":
        words = str(_("give the automatic answer"))
    return f"{presentation.capitalised(in_words(words))}."


def of_policy(row: Policy) -> Form:
    """Needs `row.calendar`."""
    match, escalation, least = (canonical.loads(part) for part in (row.match, row.escalation, row.least))
    reminders, end = escalation.get("reminders") or {}, escalation["end"]
    return Form(
        name=row.name,
        intent_types="\n".join(match.get("intent_types") or ()),
        agents="\n".join(match.get("agents") or ()),
        risks=match.get("risks") or [],
        conditions=[_condition(one) for one in match.get("payload") or ()],
        remind=length_of(reminders.get("after_seconds")),
        interval=length_of(reminders.get("interval_seconds")),
        at_most=str(reminders.get("at_most", "")),
        levels=[LevelFields(length_of(one["after_seconds"]), one["to"]) for one in escalation.get("levels") or ()],
        repeat=str(escalation.get("repeat") or ""),
        pause=length_of(escalation.get("question_pause_seconds")),
        end=length_of(end["after_seconds"]),
        then=end["then"],
        outcome=end.get("outcome") or "",
        calendar=row.calendar.name if row.calendar else "",
        least_risk=least.get("risk") or "",
        least_duties=next((said for said, duties in DUTIES.items() if duties is least.get("separation_of_duties")), ""),
        least_grants="never" if least.get("standing_grants") is False else "",
        several=several.of_least(least),
    )


def of_sent(sent: QueryDict, *, without: str = "") -> Form:
    """What a browser sent, but for the row at the path `without` and rows in which nothing was filled in."""
    conditions = [
        ConditionFields(sent.get(f"{at}.field", ""), sent.get(f"{at}.compare", ""), sent.get(f"{at}.value", ""))
        for at in _rows(sent, "match.payload", "field")
        if at != without
    ]
    levels = [
        LevelFields(sent_length(sent, f"{at}.after_seconds"), sent.get(f"{at}.to", ""))
        for at in _rows(sent, "escalation.levels", "to")
        if at != without
    ]
    return Form(
        name=sent.get("name", ""),
        intent_types=sent.get("match.intent_types", ""),
        agents=sent.get("match.agents", ""),
        risks=sent.getlist("match.risks"),
        conditions=[one for one in conditions if one.compare in dict(COMPARES) and (one.field.strip() or one.value.strip())],
        remind=sent_length(sent, "escalation.reminders.after_seconds"),
        interval=sent_length(sent, "escalation.reminders.interval_seconds"),
        at_most=sent.get("escalation.reminders.at_most", ""),
        levels=[one for one in levels if one.to or one.after.amount.strip()],
        repeat=sent.get("escalation.repeat", ""),
        pause=sent_length(sent, "escalation.question_pause_seconds"),
        end=sent_length(sent, "escalation.end.after_seconds"),
        then=sent.get("escalation.end.then", ""),
        outcome=sent.get("escalation.end.outcome", ""),
        calendar=sent.get("calendar", ""),
        least_risk=sent.get("least.risk", ""),
        least_duties=sent.get("least.separation_of_duties", ""),
        least_grants=sent.get("least.standing_grants", ""),
        several=several.of_sent(sent),
    )


def _rows(sent: QueryDict, path: str, name: str) -> list[str]:
    """The paths of the rows that were sent, in their order. A row that was taken away leaves a gap."""
    return [f"{path}.{number}" for number in _numbers(sent, path, name)[:MOST_ROWS]]


def _numbers(sent: QueryDict, path: str, name: str) -> list[int]:
    found = (re.fullmatch(rf"{re.escape(path)}\.([0-9]{{1,3}})\.{name}", key) for key in sent)
    return sorted(int(one[1]) for one in found if one)


def new_row(sent: QueryDict, path: str, name: str) -> str:
    """The path of a row that comes after those that were sent, nothing when there are enough. No row of an open page has it,
    so that it can be put below them."""
    numbers = _numbers(sent, path, name)
    return f"{path}.{max(numbers, default=-1) + 1}" if len(numbers) < MOST_ROWS else ""


def _condition(stored: Mapping[str, Any]) -> ConditionFields:
    compare = next(name for name, _words in COMPARES if name in stored)
    value = stored[compare]
    plain = isinstance(value, str) and _value(value) == value
    return ConditionFields(stored["field"], compare, value if plain else json.dumps(value, ensure_ascii=False))


def _value(text: str) -> Any:
    """Numbers, true, false, null and quoted texts as JSON has them; everything else is text."""
    try:
        found = canonical.parse(text.strip().encode())
    except DomainError:
        return text.strip()
    return text.strip() if isinstance(found, dict | list) else found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _whole(text: str) -> int | str | None:
    found = text.strip()
    return int(found) if NUMBER.fullmatch(found) and "." not in found else found or None


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
