"""Messages to people: what could not be sent, and what is on its way."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as told
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from inbox.notifications import wording
from inbox.operations import messages
from inbox.operations.messages import Ended, MessageRow, MessageView
from inbox.operations.permissions import ensure_may_repair
from inbox.operations.services import messages as repairs
from inbox.views.kit import late
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.operations import words
from inbox.views.operations.page import chosen, show

PAGE = 50
WORDS = {MessageView.FAILED: gettext_lazy("Failed"), MessageView.WAITING: gettext_lazy("Waiting")}


@signed_in
@require_safe
def message_list(request: Request) -> HttpResponse:
    view = chosen(request, "state", MessageView, MessageView.FAILED)
    since = chosen(request, "ended", Ended, Ended.ALL)
    before = _id(request.GET.get("after", ""))
    read = late.read(request, lambda: messages.page(request.person, view, ended=since, before=before, limit=PAGE))
    found = read.value
    kept = _kept(since)
    known = {
        "rows": [_shown(one) for one in found.items],
        "view": view,
        "as_of": read.as_of,
        "delivered": "messages",
        "total": found.total,
        "lately": since is Ended.DAY and view is MessageView.FAILED,
        "ended": since,
        "most": messages.MOST_AT_ONCE,
        "kinds": [(one, said, found.counts[one], _list(state=one, **kept)) for one, said in WORDS.items()],
        "more": _list(state=view, after=found.last.hex, **kept) if found.last else "",
    }
    return show(request, "deliveries", known, template="messages", part=True)


def _list(**query: str) -> str:
    return f"{reverse('operations-messages')}?{urlencode(query)}"


def _shown(row: MessageRow) -> dict[str, Any]:
    """A message in words."""
    return {
        "row": row,
        "channel": words.CHANNELS.get(row.channel, row.channel),
        "says": wording.SAYS.get(row.kind, row.kind),
        "state": words.MESSAGES.get(row.state, row.state),
    }


def _kept(since: Ended) -> dict[str, str]:
    return {} if since is Ended.ALL else {"ended": since}


def _ended(text: str) -> Ended:
    return Ended(text) if text in set(Ended) else Ended.ALL


def _id(text: str) -> UUID | None:
    """What an address names; one that was typed wrong names nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


@acts
def send_again(request: Request) -> HttpResponse:
    """The messages that the form names; or all that failed, as the list shows them."""
    person = ensure_may_repair(request.person)
    since = _ended(request.POST.get("ended", ""))
    ids = [one for text in request.POST.getlist("id") if (one := _id(text))]
    if "all" in request.POST:
        ids = messages.failed(person, ended=since)
    sent = repairs.send_again(actor=person, ids=ids) if ids else []
    if sent:
        said = ngettext("%(n)s message is sent again now.", "%(n)s messages are sent again now.", len(sent))
        told.success(request, said % {"n": len(sent)})
    else:
        told.info(request, _("Nothing was left to be sent again."))
    if intent_id := _id(request.POST.get("intent", "")):
        return HttpResponseRedirect(reverse("operations-intent", args=[intent_id]), status=303)
    return HttpResponseRedirect(_list(state=MessageView.FAILED, **_kept(since)), status=303)
