"""Parts of the page of a task that are made once: the bar that decides it, and what stands around it, for all tasks of which
they say the same, and what stands in two places of one page."""

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Protocol
from uuid import UUID

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from inbox.templatetags import around
from inbox.templatetags.around import TASK, TOKEN

register = template.Library()

KEPT = 256
"""Bars that a process keeps, some ten kilobytes each."""


class Parts(Protocol):
    """What of a shown task the bar is made of, as its templates name it."""

    row: Any
    rights: Any
    answer: Any
    later: Any


@dataclass(frozen=True, slots=True)
class KeptBar:
    """All that a bar says, but for the task and the token. Its templates are given nothing else, so that a bar cannot say
    what it is not kept by."""

    query: str
    shortcuts: bool
    language: str | None
    may_ask: bool
    claimable: bool
    may_release: bool
    may_delegate: bool
    may_assign: bool
    snooze_choices: tuple[tuple[str, str], ...]
    delegate_days: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    snoozed_until: bool
    outcomes: tuple[Any, ...]
    reasons: tuple[tuple[str, str, bool], ...]
    comment_needed: bool
    editable: bool

    @property
    def consequences(self) -> list[Any]:
        """As `AnswerForm` has them."""
        return [one for one in self.outcomes if one.consequence]

    @property
    def asks_why(self) -> bool:
        """As `AnswerForm` has it."""
        return self.comment_needed or any(one.negative for one in self.outcomes)


@register.simple_tag(takes_context=True)
def decide_bar(context: Context) -> SafeString:
    """The answers, and what else there is to do with a task that one may decide."""
    shown: Parts = context["shown"]
    answer = shown.answer
    if settings.DEBUG or answer.comment or answer.reasons_given or answer.errors:
        return _included(context, "tasks/bar/open.html")
    rights, later = shown.rights, shown.later
    bar = KeptBar(
        query=context["query"],
        shortcuts=context["request"].user.shortcuts,
        language=get_language(),
        may_ask=rights.may_ask,
        claimable=rights.claimable,
        may_release=rights.may_release,
        may_delegate=rights.may_delegate,
        may_assign=rights.may_assign,
        snooze_choices=tuple(later.snooze_choices),
        delegate_days=tuple(later.delegate_days),
        people=tuple(later.people),
        snoozed_until=later.snoozed_until is not None,
        outcomes=tuple(answer.outcomes),
        reasons=tuple(answer.reasons),
        comment_needed=answer.comment_needed,
        editable=bool(answer.editable),
    )
    return _of(bar, shown.row.id, str(context["csrf_token"]))


def _of(bar: KeptBar, task_id: UUID, token: str) -> SafeString:
    return SafeString(_html(bar).replace(TASK, str(task_id)).replace(TOKEN, escape(token)))


@lru_cache(KEPT)
def _html(bar: KeptBar) -> SafeString:
    shown = {"row": {"id": UUID(TASK)}, "rights": bar, "answer": bar, "later": bar}
    known = {"shown": shown, "query": bar.query, "request": {"user": bar}, "csrf_token": TOKEN}
    return render_to_string("tasks/bar/open.html", known)


@register.simple_tag(takes_context=True)
def once(context: Context, name: str) -> SafeString:
    """A part that a page shows in two places, where nothing differs that it shows: `{% include %}`, made once. Most say the
    same of many tasks, and are kept."""
    of_page: Any = context.render_context.dicts[0]
    kept = of_page.setdefault("once", {})
    found = kept.get(name)
    if found is None:
        found = kept[name] = around.part(context, name) or _included(context, name)
    return SafeString(found)


def _included(context: Context, name: str) -> SafeString:
    """As `{% include %}` does: what the part names is known in it alone."""
    assert context.template is not None
    with context.push():
        return SafeString(context.template.engine.get_template(name).render(context))
