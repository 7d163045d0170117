"""Earlier decisions beside a task, in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median
from uuid import UUID

from django.utils.translation import gettext as _

from inbox.presentation import amount_words
from inbox.tasks.selectors import DAYS, MOST_ALIKE, Earlier
from inbox.views.kit import words
from inbox.vocabulary.series import series

LATEST = 3


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier decision, to be opened."""

    task_id: UUID
    headline: str
    words: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Precedents:
    """How the same was decided before: `summary` in a sentence, and the `latest`."""

    summary: str
    latest: Sequence[Before]


def precedents(found: Sequence[Earlier]) -> Precedents | None:
    """None where nothing alike was decided lately."""
    if not found:
        return None
    latest = [Before(one.task_id, one.headline, words.done(one.outcome), one.decided_by, one.decided_at) for one in found]
    return Precedents(". ".join([_counted(found), *_median(found)]) + ".", latest[:LATEST])


def _counted(found: Sequence[Earlier]) -> str:
    said = _("%(number)s like this in %(days)s days: %(outcomes)s")
    outcomes = Counter(words.done_inside(one.outcome) for one in found)
    number = f"{MOST_ALIKE}+" if len(found) == MOST_ALIKE else str(len(found))
    if len(outcomes) == 1:
        told = next(iter(outcomes)) if len(found) == 1 else _("all %(outcome)s") % {"outcome": next(iter(outcomes))}
    else:
        told = series(f"{many} {outcome}" for outcome, many in outcomes.most_common())
    return said % {"number": number, "days": DAYS, "outcomes": told}


def _median(found: Sequence[Earlier]) -> list[str]:
    """The median of the amounts of each currency, where there are several."""
    by_currency: dict[str, list[Decimal]] = {}
    for one in found:
        if one.amount is not None:
            by_currency.setdefault(one.currency, []).append(one.amount)
    said = [amount_words(median(amounts), currency) for currency, amounts in by_currency.items() if len(amounts) > 1]
    return [_("Median %(amounts)s") % {"amounts": series(said)}] if said else []
