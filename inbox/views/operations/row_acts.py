"""What can be done to an intent without leaving the list it is in."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox.operations.selectors import Watched
from intents.engine.lifecycle import TERMINAL, WaitReason
from intents.engine.services.rerun import RERUNNABLE

WORDS = {
    "retry": (_("Retry now"), _("It is tried again at once. The agent gets it with your reason.")),
    "run-again": (_("Run again"), _("A new intent like it is submitted. This one stays as it is.")),
    "cancel": (_("Cancel the intent"), _("It ends for good. Leases on it end, and people are asked no more.")),
}
_PAGES = {"retry": "operations-resume", "run-again": "operations-run-again", "cancel": "operations-cancel"}


@dataclass(frozen=True, slots=True)
class RowAct:
    """Something to do to an intent: where its form goes, its button, and what it will do."""

    name: str
    url: str
    words: str | Promise
    meaning: str | Promise


def names(row: Watched) -> list[str]:
    """What applies to an intent as it is, the mildest first."""
    intent, found = row.intent, []
    if intent.waiting_reason == WaitReason.TIME and intent.retry_count:
        found.append("retry")
    if intent.status in RERUNNABLE and row.rerun_as is None:
        found.append("run-again")
    if intent.status not in TERMINAL:
        found.append("cancel")
    return found


def acts(names: Sequence[str], intent_id: UUID) -> list[RowAct]:
    """Those of an intent, by their names."""
    return [RowAct(name, reverse(_PAGES[name], args=[intent_id]), *WORDS[name]) for name in names]
