"""Tasks as lines of lists, each made once as long as nothing in it changes: a page has dozens, mostly as they were."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from inbox.templatetags.pages import left, now_of

register = template.Library()

KEPT = 1_000
"""Lines that a process keeps, some kilobytes each."""


class ListedRow(Hashable, Protocol):
    """A row of the pages of tasks, as far as what it says goes with the time."""

    @property
    def id(self) -> UUID: ...
    @property
    def over(self) -> bool: ...
    @property
    def assigned_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def paused_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class KeptRow:
    """All that a line is made of. What it says of the time is `left` and `today`, and so the same line is right for a
    while; `now` tells them apart no further."""

    row: ListedRow
    is_selected: bool
    is_newcomer: bool
    is_paused: bool
    left: tuple[Hashable, ...]
    today: date
    zone: str
    language: str | None
    now: datetime = field(compare=False)


@register.simple_tag(takes_context=True)
def task_row(context: Context, row: ListedRow, *, newcomer: bool = False) -> SafeString:
    """A task as a line of a list."""
    now = now_of(context)
    due: dict[str, Any] = {} if row.over else left(context, row.due_at, row.assigned_at, short=True)
    line = KeptRow(
        row=row,
        is_selected=row.id == context.get("selected"),
        is_newcomer=newcomer,
        is_paused=row.paused_until is not None and row.paused_until > now,
        left=tuple(due.values()),
        today=timezone.localtime(now).date(),
        zone=timezone.get_current_timezone_name(),
        language=get_language(),
        now=now,
    )
    # With DEBUG templates are edited.
    return _html.__wrapped__(line) if settings.DEBUG else _html(line)


@lru_cache(KEPT)
def _html(line: KeptRow) -> SafeString:
    return render_to_string("tasks/row.html", {"line": line, "row": line.row, "now": line.now})
