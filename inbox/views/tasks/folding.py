"""Rows that ask for the same, folded into one: of one type and agent, with equal data but for ids.

They stand together at the place of the first; each of them stays a task of its own.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from uuid import UUID

from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks import selectors
from inbox.views.tasks.rows import Row, Same
from intents.kernel import canonical

FOLDED = 5
"""So many rows of a page that are alike are folded into one."""
LARGEST_BYTES = 20_000
"""Of a payload that is compared with others."""
_NAMING = re.compile(r"\S*[0-9]\S*")


def folded(found: Sequence[Row], *, selected: UUID | None = None) -> list[Row]:
    """Rows, of which those that are alike follow each other and are marked to be folded."""
    runs = {one.id: run for run in _alike(found) for one in run}
    made, begun = list[Row](), set[UUID]()
    for one in found:
        run = runs.get(one.id)
        if run is None:
            made.append(one)
        elif run[0].id not in begun:
            begun.add(run[0].id)
            made += [replace(run[0], same=_same(run, selected)), *run[1:-1], replace(run[-1], ends_same=True)]
    return made


def _alike(found: Iterable[Row]) -> list[list[Row]]:
    """The rows of which enough are alike. What they carry is read only where they look alike."""
    runs = _enough((_looks(one), one) for one in found if one.selectable)
    if not runs:
        return []
    ids = [one.intent_id for run in runs for one in run if one.intent_id is not None]
    carried = selectors.payloads(ids, most=LARGEST_BYTES)
    return _enough((_asks(one, carried[one.intent_id]), one) for run in runs for one in run if one.intent_id in carried)


def _enough(keyed: Iterable[tuple[tuple[object, ...], Row]]) -> list[list[Row]]:
    runs = defaultdict[tuple[object, ...], list[Row]](list)
    for key, one in keyed:
        runs[key].append(one)
    return [run for run in runs.values() if len(run) >= FOLDED]


def _looks(one: Row) -> tuple[object, ...]:
    """What rows that are alike have in common at least; words with digits may be ids."""
    said = _NAMING.sub("", one.headline)
    of = (one.group, one.intent_type, one.from_name, one.kind_words, one.risk)
    marks = (one.words, one.snoozed_until, one.answered, one.changed, one.instead_of)
    return (*of, one.amount, *marks, said)


def _asks(one: Row, carried: str) -> tuple[object, ...]:
    return (*_looks(one), *_without_names(one.headline, carried))


# The same rows are compared on each page.
@lru_cache(256)
def _without_names(headline: str, carried: str) -> tuple[str, str]:
    payload = canonical.loads(carried)
    return presentation.unnamed(headline, payload), canonical.dumps(presentation.without_ids(payload))


def _same(run: Sequence[Row], selected: UUID | None) -> Same:
    first, number = run[0], len(run)
    said = _("%(number)s alike, from %(agent)s, %(amount)s each") if first.amount else ""
    said = said or _("%(number)s alike, from %(agent)s")
    return Same(
        _headline([one.headline.split() for one in run]),
        said % {"number": number, "agent": first.from_name, "amount": first.amount},
        ",".join(str(one.id) for one in run),
        any(one.id == selected for one in run),
    )


def _headline(said: Sequence[Sequence[str]]) -> str:
    """What headlines have in common, word by word."""
    return " ".join(words[0] if len(set(words)) == 1 else "…" for words in zip(*said, strict=False))
