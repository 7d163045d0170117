"""Parts of the page of a task that say the same of many tasks: each is made once for all of them.

What differs in each, its ids and the tokens of its forms, is put in afterwards. The templates are given nothing but what a
part is kept by, so that it cannot say anything else.
"""

import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language

KEPT = 512
"""Parts that a process keeps, some kilobytes each."""
TASK, INTENT, TOKEN, DIGEST = str(uuid4()), str(uuid4()), secrets.token_hex(16), secrets.token_hex(32)
"""What stands in a kept part for the task, its intent, the token of a form and the digest of what is shown."""


class KeptWho(NamedTuple):
    """Whom a task is assigned to, and who may decide it."""

    language: str | None
    query: str
    over: bool
    watching: bool
    asked: tuple[str, ...]
    asked_late: tuple[str, ...]
    deciders: tuple[str, ...]
    watchers: tuple[str, ...]


class KeptNext(NamedTuple):
    """What happens next where nothing of it is at a time."""

    language: str | None
    next_steps: tuple[str, ...]
    due_at: None = None
    ahead: tuple[()] = ()


class KeptAbout(NamedTuple):
    """What kind of request it is. `watches` is whether its intent is for this person to look at."""

    language: str | None
    watches: bool
    type_words: str
    intent_type: str


class KeptComments(NamedTuple):
    """The form of a comment."""

    language: str | None
    query: str
    may_comment: bool
    may_ask: bool


class KeptAnswer(NamedTuple):
    """The form that a decision sends where nothing is to be filled in."""

    query: str
    overriding: bool


Part = KeptWho | KeptNext | KeptAbout | KeptComments | KeptAnswer


def part(context: Context, name: str) -> str | None:
    """The part that the template `name` makes for the page, None for one that is this task's alone."""
    read = _READ.get(name)
    if read is None or settings.DEBUG:  # With DEBUG templates are edited.
        return None
    says = read(context)
    if says is None:
        return None
    shown, made = context["shown"], _html(name, says)
    made = made.replace(TASK, str(shown.row.id)).replace(INTENT, str(shown.around.intent_id))
    return made.replace(DIGEST, shown.answer.digest).replace(TOKEN, escape(str(context["csrf_token"])))


@lru_cache(KEPT)
def _html(name: str, says: Part) -> str:
    row = {"id": UUID(TASK), "over": getattr(says, "over", False), "due_at": None}
    around: Any = says._asdict() | {"intent_id": UUID(INTENT)}
    answer = {"digest": DIGEST}
    shown = {"row": row, "around": around, "data": around, "rights": around, "answer": answer}
    return render_to_string(name, around | {"shown": shown, "csrf_token": TOKEN})


def _who(context: Context) -> KeptWho:
    shown = context["shown"]
    around = shown.around
    return KeptWho(
        get_language(),
        context["query"],
        shown.row.over,
        around.watching,
        tuple(around.asked),
        tuple(around.asked_late),
        tuple(around.deciders),
        tuple(around.watchers),
    )


def _next(context: Context) -> KeptNext | None:
    shown = context["shown"]
    if shown.around.ahead or (shown.row.due_at and not shown.row.over):
        return None
    return KeptNext(get_language(), tuple(shown.around.next_steps))


def _about(context: Context) -> KeptAbout:
    shown = context["shown"]
    return KeptAbout(get_language(), bool(context.get("watches")), shown.data.type_words, shown.around.intent_type)


def _comments(context: Context) -> KeptComments:
    rights = context["shown"].rights
    return KeptComments(get_language(), context["query"], rights.may_comment, rights.may_ask)


def _answer(context: Context) -> KeptAnswer | None:
    shown = context["shown"]
    form = shown.answer
    filled_in = form.fields or form.own_field or form.evidence_needed or form.evidence or form.editable
    if filled_in or form.confirm or form.changes_mark or form.problem or context.get("identity"):
        return None
    return KeptAnswer(context["query"], shown.rights.overriding)


_READ: dict[str, Callable[[Context], Part | None]] = {
    "tasks/around/who.html": _who,
    "tasks/around/next.html": _next,
    "tasks/around/about.html": _about,
    "tasks/comments.html": _comments,
    "tasks/answer.html": _answer,
}
