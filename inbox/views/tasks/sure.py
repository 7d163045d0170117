"""Whether somebody means a decision that cannot be undone: of critical risk it takes more than a press of a button."""

import re
from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks.models import Task
from inbox.views.kit import words
from inbox.vocabulary.series import isolated

HELD, TYPED = "held", "typed"
"""Sent with a decision: that its button was held for a second, or what was typed instead."""


def word(task: Task, payload: Any, outcome: str) -> str:
    """What is to be typed to confirm a decision: the amount that it is about, else what its button says. Nothing below
    critical risk."""
    if task.risk != "critical":
        return ""
    amounts = presentation.amounts(payload)
    return amounts[0] if len(amounts) == 1 else words.verb(outcome)


def question(decision: str, headline: str) -> str:
    """What is asked: the decision, and the fact that it makes."""
    asked = headline if headline.endswith("?") else f"{headline}?"
    return _("%(decision)s: %(fact)s") % {"decision": decision, "fact": isolated(asked)}


def missing(task: Task, outcome: str, sent: QueryDict, payload: Callable[[], Any]) -> str:
    """What a confirmed decision still lacks, in words; nothing when it lacks nothing. `payload` reads what is approved,
    which is of no matter below critical risk."""
    if task.risk != "critical" or sent.get(HELD) == "yes":
        return ""
    wanted = word(task, payload(), outcome)
    if _plain(sent.get(TYPED, "")) == _plain(wanted):
        return ""
    return _("Type “%(word)s” to confirm.") % {"word": wanted}


def _plain(text: str) -> str:
    """Without what people leave out: of an amount its currency, spaces and round cents, of a word its case."""
    digits = re.sub(r"[^\d.]", "", text)
    return re.sub(r"\.0+$", "", digits) if digits.strip(".") else " ".join(text.casefold().split())
