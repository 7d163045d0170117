"""Which list a page asks for, by its address: the view, what is looked for in it, and the order."""

from dataclasses import dataclass
from typing import Any

from inbox.operations import finding
from inbox.tasks.filters import EVERYTHING, TaskFilter
from inbox.tasks.lists import View
from inbox.tasks.places import SortOrder
from inbox.views.kit import addresses
from inbox.views.kit.acting import Request
from inbox.views.tasks.rows import listed
from intents.kernel.errors import InvalidField

LONGEST = 500


@dataclass(frozen=True, slots=True)
class AskedList:
    """A list as its address names it. `find` is what `q` means; where that means nothing, `refusal` tells why, and the list
    holds nothing."""

    view: View
    q: str
    order: SortOrder
    find: TaskFilter = EVERYTHING
    refusal: InvalidField | None = None

    def url(self, **changes: str) -> str:
        """The address of this list with other parts."""
        parts = {"view": str(self.view), "q": self.q, "sort": "" if self.order is SortOrder.DUE else str(self.order)}
        return f"{addresses.page('inbox')}?{listed(**(parts | changes))}"

    @property
    def what(self) -> dict[str, Any]:
        """What names it to the functions of `lists`."""
        return {"view": self.view, "find": self.find}


def asked(request: Request) -> AskedList:
    """An unknown view is the first, an unknown order the usual one."""
    q = request.GET.get("q", "").strip()[:LONGEST]
    named, sort = request.GET.get("view", ""), request.GET.get("sort", "")
    view = View(named) if named in set(View) else View.WAITING
    order = SortOrder(sort) if sort in set(SortOrder) else SortOrder.DUE
    try:
        return AskedList(view, q, order, finding.read(request.person, q))
    except InvalidField as refusal:
        return AskedList(view, q, order, finding.NOTHING, refusal)
