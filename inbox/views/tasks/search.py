"""What a list can be narrowed to, as chips with counts; its orders; how much was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from inbox.operations import selectors
from inbox.operations.completing import completions
from inbox.operations.language import TASKS
from inbox.operations.query import quoted, without, words_of
from inbox.tasks.lists import COUNTED, Counts, View
from inbox.tasks.places import DueGroup, SortOrder
from inbox.tasks.tallies import Tally
from inbox.templatetags.pages import risk_words
from inbox.views.kit import words
from inbox.views.kit.acting import Request, signed_in
from inbox.views.kit.refusals import marked
from inbox.views.tasks.asked import LONGEST, AskedList
from inbox.vocabulary.counts import grouped
from inbox.vocabulary.kinds import RISK_WORDS, RISKS, kind_of
from inbox.vocabulary.series import series

MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A term that a list can be narrowed by, and how much of the list it leaves."""

    words: str
    url: str
    count: int | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A chip: what the list is narrowed by of one key, with a way to end that, or what it can be."""

    key: str
    words: str
    chosen: str
    clear_url: str
    choices: list[FilterChoice]


_WORDS = {
    "risk": gettext_lazy("Risk"),
    "kind": gettext_lazy("Kind"),
    "agent": gettext_lazy("Agent"),
    "due": gettext_lazy("Due"),
    "amount": gettext_lazy("Amount"),
    "assignee": gettext_lazy("Mine"),
}
_DUE = (
    ("due:<1h", gettext_lazy("Within the hour"), DueGroup.HOUR),
    ("due:today", gettext_lazy("Today"), None),
    ("due:<7d", gettext_lazy("Within 7 days"), None),
    ("due:none", gettext_lazy("No deadline"), None),
)
_AMOUNTS = ("amount:>100", "amount:>1000", "amount:>10000")


def facets(asked: AskedList, tally: Tally) -> list[Facet]:
    """The chips of a list. One that would leave nothing to choose is left out."""
    if asked.refusal is not None:
        return []
    made: dict[str, list[tuple[str, str, int | None]]] = {
        "risk": [(f"risk:{one}", str(risk_words(one)), tally.risks[one]) for one in RISKS if one in tally.risks],
        "kind": _kinds(tally.types),
        "agent": [(f"agent:{quoted(one)}", one, count) for one, count in _most(tally.agents)],
        "due": [(term, str(said), tally.groups.get(group) if group is not None else None) for term, said, group in _DUE],
        "amount": [(one, one.partition(":")[2].replace(">", "> "), None) for one in _AMOUNTS] if tally.sums else [],
        "assignee": [("assignee:me", _("Assigned to me personally"), None)],
    }
    if asked.view is View.OVER:
        made["due"] = []
    found = [_facet(asked, key, choices) for key, choices in made.items()]
    return [one for one in found if one.choices or one.chosen]


def _facet(asked: AskedList, key: str, choices: list[tuple[str, str, int | None]]) -> Facet:
    terms = [one for one in words_of(asked.q) if one.partition(":")[0].lower() in (key, f"-{key}")]
    rest = without(asked.q, key)
    offered = [
        FilterChoice(said, asked.url(q=f"{rest} {term}".strip()), count, term in terms) for term, said, count in choices
    ]
    chosen = series(_chosen(term, _said(key, choices)) for term in terms)
    return Facet(key, str(_WORDS[key]), chosen, asked.url(q=rest), offered)


def _said(key: str, choices: list[tuple[str, str, int | None]]) -> dict[str, str]:
    """Terms in words, as far as they have some."""
    if key == "risk":
        return {f"risk:{one}": str(said) for one, said in RISK_WORDS.items()}
    return {} if key == "assignee" else {term: said for term, said, _count in choices}


def _chosen(term: str, said: Mapping[str, str]) -> str:
    """What a chip says of a term, whose `-` says what must not hold."""
    plain = term.removeprefix("-")
    key, _colon, values = plain.partition(":")
    value = said.get(plain) or series(said.get(f"{key}:{one}", one) for one in values.split(","))
    return value if plain == term else _("not %(value)s") % {"value": value}


def _kinds(types: Mapping[str, int]) -> list[tuple[str, str, int | None]]:
    counts: dict[str, int] = {}
    for task_type, count in types.items():
        name = kind_of(task_type).name
        counts[name] = counts.get(name, 0) + count
    return [(f"kind:{name}", words.kind(name), count) for name, count in _most(counts)]


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_CHOICES]


_ORDERS: dict[SortOrder, Promise] = {
    SortOrder.DUE: gettext_lazy("Due time"),
    SortOrder.RISK: gettext_lazy("Risk"),
    SortOrder.NEWEST: gettext_lazy("Newest"),
    SortOrder.AMOUNT: gettext_lazy("Amount"),
}


def orders(asked: AskedList) -> list[FilterChoice]:
    """In which orders a list can be shown; what is over has its own."""
    if asked.view is View.OVER:
        return []
    return [
        FilterChoice(str(said), asked.url(sort="" if order is SortOrder.DUE else str(order)), chosen=order is asked.order)
        for order, said in _ORDERS.items()
    ]


def problem(asked: AskedList) -> dict[str, Any] | None:
    """Why a search means nothing, and what may be meant."""
    if asked.refusal is None:
        return None
    details = asked.refusal.details
    word = str(details.get("word", ""))
    meant = [str(one) for one in details.get("suggestions", [])][:4]
    why = str(details.get("why", asked.refusal.reason))
    return {
        "why": marked(why),
        "meant": [(one, asked.url(q=asked.q.replace(word, one, 1) if word else one)) for one in meant],
    }


def found(asked: AskedList, tally: Tally, counts: Counts) -> str:
    """How many of a list a search found: "23 of 323"."""
    if not asked.q or asked.refusal is not None:
        return ""
    by_view: dict[View, Callable[[], int | None]] = {
        View.WAITING: lambda: counts.waiting,
        View.CLAIMED: lambda: counts.claimed,
        View.SNOOZED: lambda: counts.snoozed,
        View.UNDECIDED: lambda: counts.undecided,
    }
    whole = by_view[asked.view]() if asked.view in by_view else None
    if whole is None:
        return ngettext("%(found)s task", "%(found)s tasks", tally.total) % {"found": said(tally.total)}
    return _("%(found)s of %(all)s") % {"found": said(tally.total), "all": said(whole)}


def said(count: int) -> str:
    """A count in full, up to where counting ends."""
    return grouped(count) if count <= COUNTED else f"{grouped(COUNTED)}+"


@signed_in
@require_safe
def suggest(request: Request) -> HttpResponse:
    """How the search that is being typed may go on, as options of its field."""
    known = selectors.known_values(request.person) | {"assignee": ["me"]}
    made = completions(request.GET.get("q", "")[:LONGEST], known, language=TASKS)
    return render(request, "operations/options.html", {"completions": made})
