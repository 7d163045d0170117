"""The lines of a page of the list of intents."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inbox.operations.selectors import Watched
from inbox.templatetags.pages import shortened
from inbox.views.operations import row_acts
from inbox.views.operations.cells import NOTHING, Cells
from inbox.views.operations.listed import listed, url

_PLACE = uuid4()
"""Stands where an intent's own id belongs, in what is made once for many."""


@dataclass(frozen=True, slots=True)
class IntentLine:
    """A line, all of it text by now. `pick` is what ticking it is called, `form` what repairs it, and `rerun_url` leads to
    the intent that it was run again as. `agent` and `attempts` are told beside others where their columns have no room,
    and empty where they are not chosen or there was one attempt."""

    id: str
    short: str
    url: str
    name: SafeString
    pick: str
    state: str
    tone: str
    cells: SafeString
    form: SafeString
    rerun_url: str
    agent: SafeString
    attempts: str


class Lines:
    """Makes the lines of one page: of what `q` finds, `after` an id, with some columns. For those who repair, `token` is
    that of their forms."""

    def __init__(self, q: str, after: str, columns: Sequence[str], *, token: str = "") -> None:
        self._cells, self._columns = Cells(columns), columns
        self._around = {"q": q, "after": after, "csrf_token": token}
        self._address = url(_PLACE, q)
        self._pick = _("Pick %(name)s")
        self._forms: dict[tuple[str, ...], str] = {}
        self._repairs = bool(token)

    def of(self, row: Watched) -> IntentLine:
        """The line of an intent."""
        one, own = listed(row), str(row.id)
        form = self._form(row, own) if self._repairs else NOTHING
        return IntentLine(
            id=own,
            short=shortened(own),
            url=_own(self._address, own),
            name=self._cells.name(one.name),
            pick=self._pick % {"name": one.name},
            state=str(one.state),
            tone=one.tone,
            cells=self._cells.of(one),
            form=form,
            rerun_url=url(row.rerun_as, "") if self._repairs and row.rerun_as and not form else "",
            agent=self._cells.name(row.intent.mailbox) if "agent" in self._columns else NOTHING,
            attempts=str(row.attempts) if "attempts" in self._columns and row.attempts > 1 else "",
        )

    def _form(self, row: Watched, own: str) -> SafeString:
        """The form of what can be done to an intent. Those of a type to which the same can be done differ in their ids."""
        names = row_acts.names(row)
        if not names:
            return NOTHING
        key = (row.intent.intent_type, *names)
        if key not in self._forms:
            known = {"acts": row_acts.acts(names, _PLACE), "name": row.intent.intent_type, "id": _PLACE}
            self._forms[key] = render_to_string("operations/row_acts.html", self._around | known)
        return SafeString(_own(self._forms[key], own))


def _own(text: str, intent_id: str | UUID) -> str:
    return text.replace(str(_PLACE), str(intent_id))
