"""The columns of the list of intents, as cells of its table.

Made here and not by a template: a page has some hundred of them, and to fill in a template for each took most of its time.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inbox.templatetags import pages
from inbox.templatetags.untrusted import one_line, visible
from inbox.views.operations import words
from inbox.views.operations.listed import ListedIntent, waits_for

NOTHING = SafeString()


class Column(NamedTuple):
    """What a column shows of an intent; one that is `plain` needs no name where the table is a stack of lines."""

    shown: Callable[["Cells", ListedIntent], SafeString]
    plain: bool = False
    css: str = ""


class Cells:
    """Makes the cells of one page; what many of them have in common is made once."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = [(COLUMNS[name], *_openings(name)) for name in columns]
        self._names: dict[str, SafeString] = {}
        self._until = _("until %(until)s")
        self._progress = escape(words.COLUMNS["progress"])

    def of(self, one: ListedIntent) -> SafeString:
        """The cells of an intent."""
        parts = []
        for column, opening, empty in self._columns:
            shown = column.shown(self, one)
            parts.append(f"{opening if is_told(column, one, shown) else empty}{shown}</td>")
        return SafeString("".join(parts))

    def name(self, text: str) -> SafeString:
        """A type or an agent, as text of others is shown."""
        found = self._names.get(text)
        if found is None:
            found = self._names[text] = visible(text)
        return found

    def waits_for(self, one: ListedIntent) -> SafeString:
        who, until = waits_for(one.row), one.row.until
        if not who and not until:
            return NOTHING
        named = f'{escape(one_line(who))} <br class="wide">' if who else ""
        said = self._until % {"until": pages.time_element(until, one.row.now, "clock")} if until else ""
        return SafeString(f'<div>{named}<span class="tiny muted">{said}</span></div>' if said else f"<div>{named}</div>")

    def risk(self, one: ListedIntent) -> SafeString:
        return pages.risk(one.row.risk) if one.row.risk else NOTHING

    def progress(self, one: ListedIntent) -> SafeString:
        if one.done is None and not one.progress:
            return NOTHING
        bar = ""
        if one.done is not None:
            bar = f'<progress value="{one.done}" max="100" aria-label="{self._progress}"></progress> {one.done} %'
        said = f' <span class="tiny muted">{escape(one_line(one.progress))}</span>' if one.progress else ""
        return SafeString(f"<div>{bar}{said}</div>")


def _openings(name: str) -> tuple[str, str]:
    """The beginning of a cell, and that of one that tells nothing, which a stack of lines leaves out."""
    column = COLUMNS[name]
    attributes = (f' class="{column.css}"' if column.css else "") + (" data-plain" if column.plain else "")
    label = format_html(' data-label="{}"', words.COLUMNS[name])
    return f"<td{attributes}{label}>", f"<td{attributes} data-none{label}>"


def is_told(column: Column, one: ListedIntent, shown: SafeString) -> bool:
    """Whether a cell tells anything; a first attempt goes without saying."""
    return one.row.attempts > 1 if column is COLUMNS["attempts"] else bool(shown)


def _time(of: Callable[[ListedIntent], datetime | None]) -> Callable[[Cells, ListedIntent], SafeString]:
    def shown(_cells: Cells, one: ListedIntent) -> SafeString:
        moment = of(one)
        return pages.time_element(moment, one.row.now) if moment else NOTHING

    return shown


COLUMNS = {
    "waits_for": Column(Cells.waits_for, plain=True),
    "age": Column(_time(lambda one: one.row.since), plain=True, css="nowrap"),
    "risk": Column(Cells.risk, plain=True),
    "progress": Column(Cells.progress, plain=True, css="progress"),
    "attempts": Column(lambda _cells, one: SafeString(one.row.attempts), css="number spare"),
    "agent": Column(lambda cells, one: cells.name(one.row.intent.mailbox), plain=True, css="spare"),
    "from": Column(lambda cells, one: cells.name(one.row.intent.sender)),
    "deadline": Column(_time(lambda one: one.row.intent.deadline_at), css="nowrap"),
    "created": Column(_time(lambda one: one.row.intent.created_at), css="nowrap"),
    "updated": Column(_time(lambda one: one.row.intent.updated_at), css="nowrap"),
}
