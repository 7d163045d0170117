"""An intent as a line of a list: its state in words, what its agent tells of it, where its page is."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inbox.operations.selectors import Watched
from inbox.views.operations import words
from inbox.vocabulary.roles import everybody
from inbox.vocabulary.series import series
from intents.engine.lifecycle import WaitReason

Words = str | Promise


@dataclass(frozen=True, slots=True)
class ListedIntent:
    """An intent as a line of the list: `state` in words, and its colour; `done` in percent."""

    row: Watched
    state: Words
    tone: str
    done: int | None
    progress: str

    @property
    def name(self) -> str:
        return self.row.intent.intent_type


def listed(row: Watched) -> ListedIntent:
    """An intent as a list has it."""
    state, tone = state_of(row)
    told = row.progress or {}
    percent = told.get("percent")
    step = _("Step %(step)s") % told if "step" in told else ""
    if step and "total" in told:
        step = _("Step %(step)s of %(total)s") % told
    done = round(percent) if isinstance(percent, int | float) else None
    return ListedIntent(row, state, tone, done, step or str(told.get("message", "")))


def state_of(row: Watched) -> tuple[Words, str]:
    """In words, with a colour."""
    state, tone = words.STATES[row.intent.status]
    if row.intent.waiting_reason == WaitReason.TIME and row.intent.retry_count:
        return words.RETRIES, tone
    return words.WAITS.get(row.intent.waiting_reason or "", state), tone


def waits_for(row: Watched) -> str:
    """For whom or what an intent waits, as the inbox names people; nothing where a time alone is waited for."""
    if row.asked is None or row.asked.stage:
        return row.who or ""
    return series(_named(*one) for one in zip(row.asked.kinds, row.asked.names, strict=True))


def _named(kind: str, name: str) -> str:
    if kind == "role":
        return everybody(name)
    return _("group %(group)s") % {"group": name} if kind == "group" else name


def url(intent_id: UUID, q: str) -> str:
    """The page of an intent, in the list of what `q` finds."""
    return reverse("operations-intent", args=[intent_id]) + (f"?{urlencode({'q': q})}" if q else "")
