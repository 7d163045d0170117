"""One event to one endpoint: what was posted, what was answered, and posting it again."""

import shlex
from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.operations import posts
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch, may_repair
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.operations import words
from inbox.views.operations.page import show
from inbox.vocabulary import unsent
from intents.kernel import canonical
from intents.webhooks import selectors
from intents.webhooks.services import replays


@signed_in
@require_safe
def post_page(request: Request, message_id: UUID) -> HttpResponse:
    person = ensure_may_watch(request.person)
    found = posts.one(person, message_id)
    endpoint = posts.endpoint_of(person, found.row)
    signed = may_repair(person)
    headers = list(posts.headers(found.row, endpoint, signed=signed).items())
    body = found.row.body
    state, tone = words.POSTS[found.row.state]
    known = {
        "post": found,
        "endpoint": endpoint,
        "state": state,
        "tone": tone,
        "tries": [(one, unsent.fault(one.fault)) for one in found.tries],
        "body": canonical.loads(body) if body is not None else None,
        "headers": headers,
        "signed": signed,
        "curl": curl(endpoint.callback_url, headers, body) if signed and body is not None else "",
    }
    return show(request, "deliveries", known, template="post", part=True)


def curl(url: str, headers: Sequence[tuple[str, str]], body: str) -> str:
    """The command that posts the same to a URL, for a shell."""
    parts = [f"curl {shlex.quote(url)}", *(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers)]
    return " \\\n  ".join([*parts, f"--data-binary {shlex.quote(body)}"])


@acts
def replay(request: Request, message_id: UUID) -> HttpResponse:
    person = ensure_may_repair(request.person)
    made = replays.replay(actor=person, row=selectors.message(person, message_id))
    messages.success(request, _("It is posted again now."))
    return redirect("operations-post", made.id)
